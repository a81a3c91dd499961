// What the server says of a draft, by the part of the form that it is about.
import type { Callee, Refusal } from '../api-types.ts';
import type { Draft } from './draft.ts';

/** The part of the form that holds each field of a request; the longest name that fits counts. */
const PARTS: Readonly<Record<string, keyof Draft>> = {
  to: 'to',
  profile: 'profile',
  task: 'prompt',
  'task.type': 'kind',
  'task.context': 'facts',
  voicemail: 'message',
  voicemailMessage: 'message',
  result: 'result',
  callbackUrl: 'callbackUrl',
  ringTimeoutS: 'ringTimeoutS',
  maxMinutes: 'maxMinutes',
  metadata: 'metadata',
};

/** null: it is about the call as a whole. */
export function partOf({ field = '' }: Refusal): keyof Draft | null {
  const [top = '', next = ''] = field.split('.');
  return PARTS[`${top}.${next}`] ?? PARTS[top] ?? null;
}

/** When the last of the refusals that pass by themselves is over; null: none of them does. */
export function retryAtOf(refusals: readonly Refusal[], at: number): number | null {
  const waits = refusals.map(({ retryAfterS }) => retryAfterS).filter((wait) => wait !== undefined);
  return waits.length === 0 ? null : at + Math.max(...waits) * 1_000;
}

/** `United States, 09:12 there`; the first and the last time where the country has several. */
export function whereIs({ country, timeZones }: Callee, now: number): string {
  // Time zones of a calling code that many countries share are around the world.
  if (country === null) return 'Country not known';
  const name = new Intl.DisplayNames('en', { type: 'region' }).of(country) ?? country;
  const times = timeZones.map((timeZone) => timeIn(timeZone, now)).toSorted();
  const [first, last] = [times[0], times.at(-1)].map((time) => time?.slice(-5));
  if (first === undefined) return name;
  return first === last ? `${name}, ${first} there` : `${name}, ${first} to ${last} there`;
}

/** `2026-11-30 09:12`: later in the alphabet is later in the day there. */
function timeIn(timeZone: string, now: number): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(now);
}
