// How long the far ends take for their parts of an answer: ideally, so that what the relay adds stands out, or as others
// measured the vendors in 2026, so that a call sounds as it will.
import { randomFrom } from './chaos/random.ts';

/** Milliseconds: always the same, or drawn anew for each answer. */
export type Latency = number | (() => number);

export interface Latencies {
  /** From the end of an utterance to its transcript. */
  readonly transcription: Latency;
  /** From a message to the agent's first word. */
  readonly agent: Latency;
  /** From `response.create` to the first audio. */
  readonly voice: Latency;
}

export const IDEAL = { transcription: 250, agent: 250, voice: 250 } as const satisfies Latencies;

/** In half of all answers up to the typical time, and at most the last. */
export const MEASURED = {
  /** gpt-4o-transcribe behind server VAD, telephone sound. */
  transcription: { leastMs: 860, typicalMs: 900, mostMs: 1_050 },
  /** The median of one application, up to that of the slower route of another. */
  agent: { leastMs: 800, typicalMs: 900, mostMs: 1_980 },
  /** A greeting over Realtime, and as far beyond the typical. */
  voice: { leastMs: 770, typicalMs: 850, mostMs: 930 },
} as const;

/** The same seed gives the same times in the same order. */
export function asMeasured(seed = 1): Latencies {
  const random = randomFrom(seed);
  const draw = (of: keyof typeof MEASURED) => (): number => {
    const { leastMs, typicalMs, mostMs } = MEASURED[of];
    return random.whole(0, 1) === 0 ? random.whole(leastMs, typicalMs) : random.whole(typicalMs, mostMs);
  };
  return { transcription: draw('transcription'), agent: draw('agent'), voice: draw('voice') };
}

export function msOf(latency: Latency): number {
  return typeof latency === 'number' ? latency : latency();
}
