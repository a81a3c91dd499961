// Where an instant of the call lies in its recording. Each process that had the call recorded a part of its own; what passed
// between two of them is in neither, so times after a hand-over are not simply moved. Pure.
export interface Peaks {
  readonly lengthMs: number;
  readonly parts: readonly {
    readonly beganAt: string | null;
    readonly offsetMs: number;
    readonly lengthMs: number;
  }[];
  readonly caller: readonly number[];
  readonly agent: readonly number[];
}

type Clock = Pick<Peaks, 'parts' | 'lengthMs'>;

/** An event is a moment before or after its sound. */
const SLACK_MS = 500;

/** `origin` stands in for the beginning of recordings that do not tell it. What lies between two parts is found at their seam. */
export function placeOf(at: number, { parts, lengthMs }: Clock, origin: number): number {
  let place = 0;
  for (const { beganAt, offsetMs, lengthMs: length } of parts) {
    const began = beganAt === null ? origin + offsetMs : Date.parse(beganAt);
    if (at < began) return place;
    place = offsetMs + Math.min(at - began, length);
  }
  return Math.min(place, lengthMs);
}

/** Whether a part holds this instant: what a process recorded that was killed comes later, or never. */
export function isRecorded(at: number, { parts }: Clock): boolean {
  return parts.some(({ beganAt, lengthMs }) => {
    if (beganAt === null) return true;
    const afterMs = at - Date.parse(beganAt);
    return afterMs > -SLACK_MS && afterMs < lengthMs + SLACK_MS;
  });
}

/** The instant that is heard at this place. */
export function instantAt(placeMs: number, { parts }: Clock, origin: number): number {
  const part = parts.findLast(({ offsetMs }) => offsetMs <= placeMs);
  if (part === undefined) return origin + placeMs;
  const began = part.beganAt === null ? origin + part.offsetMs : Date.parse(part.beganAt);
  return began + placeMs - part.offsetMs;
}

/** Quieter than this, in percent of full scale, nobody speaks. */
const QUIET = 2;
const LEAST_SILENCE_MS = 2_000;
/** A word begins before it is loud. */
const LEAD_MS = 250;

/** Where to go on from this place if silence is skipped; null: somebody speaks here, or soon. */
export function afterSilence(placeMs: number, { caller, agent, lengthMs }: Peaks): number | null {
  const stretchMs = lengthMs / Math.max(1, caller.length);
  const isQuiet = (at: number): boolean => (caller[at] ?? 0) <= QUIET && (agent[at] ?? 0) <= QUIET;
  const from = Math.floor(placeMs / stretchMs);
  let to = from;
  while (to < caller.length && isQuiet(to)) to += 1;
  const nextMs = to * stretchMs - LEAD_MS;
  return nextMs - placeMs >= LEAST_SILENCE_MS ? nextMs : null;
}

/** A lane as the path of an SVG, 1000 wide and 100 high. */
export function lanePath(peaks: readonly number[]): string {
  const step = 1000 / Math.max(1, peaks.length);
  // A telephone is never at full scale; the root makes quiet speech visible.
  const half = (peak: number): number => Math.max(0.6, 5 * Math.sqrt(peak));
  const above = peaks.map((peak, at) => `${(at * step).toFixed(1)},${(50 - half(peak)).toFixed(1)}`);
  const below = peaks.map((peak, at) => `${(at * step).toFixed(1)},${(50 + half(peak)).toFixed(1)}`);
  return peaks.length === 0 ? '' : `M${above.join('L')}L${below.reverse().join('L')}Z`;
}
