// What the parts of a stand-in Realtime session share: the way out, names for things, and the faults a test may ask for.
import { TONES, type Voice } from '../voice/voice.ts';
import type {
  ConversationItem,
  RealtimeErrorEvent,
  RealtimeServerEvent,
} from 'openai/resources/realtime/realtime';
import type { Clock } from '../../src/call/ports.ts';
import { IDEAL, type Latency } from '../latencies.ts';

/** All may be changed at any time and hold for every session from then on. Counts run down by themselves. */
export interface RealtimeFaults {
  /** The upgrade is answered so much later. */
  dialDelayMs: number;
  /** So many dials are refused. */
  refuseDials: number;
  /** Refused dials are answered with 429 and this `Retry-After`; with 503 where it is null. */
  retryAfterS: number | null;
  /** From commit to transcript. */
  transcriptionMs: Latency;
  /** Every other transcript is held back until the next one is out, or for two seconds. */
  transcriptsOutOfOrder: boolean;
  /** So many transcripts never come. */
  loseTranscripts: number;
  /** Transcripts of these models never come. */
  deafTranscribers: readonly string[];
  /** The VAD reports the end of speech, and only the client commits it. */
  withholdCommits: boolean;
  /** The VAD takes no shorter silence for an end, whatever it was asked for. */
  leastSilenceMs: number;
  /** Every transcription model takes `language`, and none `languages`. */
  takesOneLanguage: boolean;
  /** So many come as `failed`. */
  failTranscripts: number;
  /** The voice says more than it was asked to, and its transcript says so. */
  paraphrase: boolean;
  /** How its texts sound, and what its ears understand. */
  voice: Voice;
  /** From `response.created` to the first audio. */
  firstAudioMs: Latency;
  /** So many responses begin and never bring any audio. */
  silenceNext: number;
  /** How many times faster than speech audio is generated. */
  speed: number;
  /** The sizes of the pieces it comes in, in turn. */
  deltaBytes: readonly number[];
  /** So many responses fail with `rate_limit_exceeded`. */
  rateLimitNext: number;
  /** So many responses fail with `server_error`, when half of their audio has been sent. */
  breakOffNext: number;
  /** Such a part of a `session.update` is refused: `session.audio.input.noise_reduction`. */
  refuseUpdatePart: string | null;
}

export function noFaults(): RealtimeFaults {
  return {
    dialDelayMs: 0,
    refuseDials: 0,
    retryAfterS: null,
    transcriptionMs: IDEAL.transcription,
    transcriptsOutOfOrder: false,
    loseTranscripts: 0,
    deafTranscribers: [],
    withholdCommits: false,
    leastSilenceMs: 0,
    takesOneLanguage: false,
    failTranscripts: 0,
    paraphrase: false,
    voice: TONES,
    firstAudioMs: IDEAL.voice,
    silenceNext: 0,
    speed: 5,
    // About 200 ms each, never a multiple of a telephone frame.
    deltaBytes: [1_613, 1_571, 1_637, 1_559],
    rateLimitNext: 0,
    breakOffNext: 0,
    refuseUpdatePart: null,
  };
}

/** A server event as its part writes it; the session adds the `event_id`. */
export type UnsentEvent = WithoutEventId<RealtimeServerEvent>;
type WithoutEventId<Event> = Event extends RealtimeErrorEvent
  ? never
  : Event extends { event_id: string }
    ? Omit<Event, 'event_id'>
    : never;

export interface Refusal {
  readonly code: string;
  readonly param: string | null;
  readonly message: string;
}

export interface FarEnd {
  readonly clock: Clock;
  readonly faults: RealtimeFaults;
  readonly newId: (prefix: string) => string;
  readonly send: (event: UnsentEvent) => void;
  /** To the end of the default conversation; returns the item before it. */
  readonly addItem: (id: string, item: ConversationItem) => string | null;
}
