// How long callers wait for the first sound of an answer, in each of the ways in which the relay can find out that they have
// finished, and in the naive design. Some of what is asked ahead of time is thrown away: an ask without a reply.
import { spreadOf } from './figures.ts';
import type { Measured } from './load.ts';
import { PARTS } from './script.ts';
import { goal, markdown, timesOf } from './table.ts';

export interface Ways {
  /** The VAD's own silence is all of the wait. */
  readonly oneStep: Measured;
  /** The VAD closes early, and the transcript is made in the wait. */
  readonly relay: Measured;
  /** In the wait, the agent is asked already. */
  readonly ahead: Measured;
  readonly naive: Measured;
}

const NAMES: Readonly<Record<keyof Ways, string>> = {
  oneStep: 'relay, in one step',
  relay: 'relay, in two steps',
  ahead: 'relay, in two steps and asked ahead of time',
  naive: 'naive',
};

const MOST_MS = { relay: 1_400, ahead: 1_200 };
const LEAST_GAIN_MS = 400;

const typical = timesOf('lastWordToAudioMs', 'p50');

/** '–' where a way was not measured. */
export function waitsOf(ways: Partial<Ways>): string {
  const rows = (['oneStep', 'relay', 'ahead', 'naive'] as const).map((name) => {
    const way = ways[name];
    const spread = way === undefined ? null : spreadOf(way.lastWordToAudioMs);
    if (way === undefined || spread === null) return [NAMES[name], '–', '–', '–', '–'];
    const figures = [
      spread.p50.toFixed(0),
      spread.p99.toFixed(0),
      `${way.asks}`,
      `${way.asks - way.replies}`,
    ];
    return [NAMES[name], ...figures];
  });
  return markdown([
    ["caller's last word → first audio, ms", 'p50', 'p99', 'asks of the agent', 'thrown away'],
    ...rows,
  ]);
}

export function waitGoalsOf({ relay, ahead }: Ways): string {
  const { silenceMs, vadSilenceMs, transcriptionMs, firstSentenceMs, firstAudioMs } = PARTS;
  const inMs = (ms: number | null): string => (ms === null ? '–' : `${ms.toFixed(0)} ms`);
  const answerMs = firstSentenceMs + firstAudioMs;
  return [
    goal(`first audio within ${MOST_MS.relay} ms`, [typical(relay)], MOST_MS.relay, inMs),
    `  The parts: ${silenceMs} silence + ${firstSentenceMs} the agent's first sentence + ${firstAudioMs} the voice = ` +
      `${silenceMs + answerMs} ms.`,
    goal(`asked ahead of time, within ${MOST_MS.ahead} ms`, [typical(ahead)], MOST_MS.ahead, inMs),
    `  The parts: ${vadSilenceMs} VAD silence + ${transcriptionMs} transcription + ${firstSentenceMs} + ${firstAudioMs} = ` +
      `${vadSilenceMs + transcriptionMs + answerMs} ms.`,
  ].join('\n');
}

/** As the vendors were measured, the transcript outlasts the wait, so two steps gain all of the VAD's silence beyond its own. */
export function gainOf({ oneStep, relay }: Ways): string {
  const [before, after] = [typical(oneStep), typical(relay)];
  const gain = before === null || after === null ? null : before - after;
  return goal(
    `two steps at least ${LEAST_GAIN_MS} ms sooner than one`,
    [gain === null ? null : -gain],
    -LEAST_GAIN_MS,
    (ms) => (ms === null ? '–' : `${(-ms).toFixed(0)} ms`),
  );
}
