// The nouns of a call, shared by every side; SPEC.md says what they mean.
import type { AnsweredBy, Assignment } from './assignment.ts';
import type { CallResult } from './call-result.ts';
import type { Usage, UsageOwner } from './usage.ts';

/** The one name of a call on every side; `call-id.ts` makes and recognises it. Never the carrier's. */
export type CallId = string;

/** What is known of a call before anybody has spoken. Phone numbers are personal data: never logged by default. */
export interface CallFacts {
  readonly id: CallId;
  /** E.164, or what the carrier says instead ("anonymous"). Not proof of who calls. */
  readonly from: string;
  /** What the carriers' own check of `from` brought; left out where there was none, or it proves nothing either way. */
  readonly callerProof?: 'verified' | 'failed';
  readonly to: string;
  /** What the user of the relay wants the agent to know of this call, by name; personal data, perhaps. */
  readonly parameters: Readonly<Record<string, string>>;
  /** By which SID the carrier knows the call; null where no carrier does. */
  readonly carrier: { readonly sid: string } | null;
  /** What an outbound call is for; "the caller" is then the person who was called, at `to`. */
  readonly outbound?: { readonly assignment: Assignment };
  /** A call from a browser, in which `to` is the profile's name; `isTyped`: the caller types. */
  readonly talk?: { readonly isTyped: boolean };
}

/** A call from a browser, while it goes on. */
export interface LiveTalk {
  readonly callId: CallId;
  readonly startedAt: number;
  readonly profile: string;
  readonly isTyped: boolean;
  /** Whether its page is there now. */
  readonly isConnected: boolean;
}

/** An agent's command for the call. It runs after the caller has heard the whole reply it came with (E1). */
export type CallCommand =
  | { readonly type: 'end' }
  /** `to` is E.164. The person who answers hears `summary` before they are joined; '' for none. */
  | { readonly type: 'transfer'; readonly to: string; readonly summary: string }
  /** Keys, and pauses of half a second (w) or a whole one (W). */
  | { readonly type: 'send-digits'; readonly digits: string };

/**
 * What takes a live call from its stream for a while, or for good. `say` is spoken by the carrier itself first, for when
 * the voice is gone; `otherwise` is why the call ends if nobody answers, null where it then goes back to the agent.
 */
export type Errand =
  | (Extract<CallCommand, { type: 'transfer' }> & {
      readonly say: string;
      readonly otherwise: EndReason | null;
    })
  | Extract<CallCommand, { type: 'send-digits' }>;

/** What the telephone side is to do with a call: the answer to "a call comes in" and to "the stream ended, what next". */
export type NextStep = 'connect' | 'busy' | 'hang-up' | 'apologise' | 'ask-again' | Errand;

/** A sentence or so of what is to be spoken: one `response.create`. */
export interface Segment {
  readonly id: string;
  readonly text: string;
}

export type FixedLineName =
  | 'greeting'
  | 'filler'
  | 'apology'
  | 'still-there'
  | 'goodbye'
  | 'too-long'
  | 'giving-up'
  | 'transferring'
  | 'to-a-human'
  | 'closed'
  | 'unverified'
  | 'over-budget'
  | 'where-were-we'
  | 'farewell'
  | 'recording-notice'
  | 'draining';

/**
 * How a turn ended. `joined`: the caller went on before a word of the reply was heard, so what they said moved on
 * into the next turn (T3).
 */
export type TurnOutcome = 'done' | 'interrupted' | 'joined' | 'failed';

/** Why a transfer came to nothing. */
export type TransferFailure = 'busy' | 'no-answer' | 'failed' | 'not-allowed';

export type TransferOutcome = 'answered' | TransferFailure;

export type EndReason =
  | 'caller-hung-up'
  | 'agent-ended'
  | 'transferred'
  | 'closed'
  | 'unverified'
  | 'handed-over'
  | 'silence'
  | 'too-long'
  /** It reached what one call may cost. */
  | 'too-costly'
  | 'over-budget'
  | 'too-many-failures'
  | 'speech-lost'
  | 'line-lost'
  | 'no-stream'
  | 'bad-input'
  | 'draining'
  | 'bug'
  /** Somebody who watched the call ended it. */
  | 'operator-ended'
  /** An outbound call that reached nobody. */
  | 'callee-busy'
  | 'no-answer'
  | 'unreachable'
  | 'canceled'
  | 'carrier-rejected'
  /** The process died while it asked the carrier: nobody knows whether it rang, so it is not tried again. */
  | 'never-known'
  /** An answering machine: the message was left, or nothing. */
  | 'voicemail-left'
  | 'machine';

/** Ends of calls in which no person answered. */
export const NOBODY_REACHED: ReadonlySet<string> = new Set<EndReason>([
  'callee-busy',
  'no-answer',
  'unreachable',
  'canceled',
  'carrier-rejected',
  'never-known',
  'no-stream',
  'voicemail-left',
  'machine',
]);

/** Something that came from outside and was not taken. Closed, because each is a label of a counter. */
export type RefusedInput =
  | 'caller'
  | 'webhook-unsigned'
  | 'webhook-malformed'
  | 'request-slow'
  | 'upgrade-unsigned'
  | 'upgrade-origin'
  | 'upgrade-path'
  | 'upgrade-full'
  | 'stream-token'
  | 'stream-no-start'
  | 'stream-second-start'
  | 'stream-before-start'
  | 'stream-codec'
  | 'stream-foreign'
  | 'stream-malformed'
  | 'stream-binary'
  | 'stream-too-large'
  | 'stream-unknown-event'
  | 'stream-slow'
  | 'stream-too-fast'
  | 'speech-malformed'
  | 'speech-error';

/**
 * What happened in a call, in the past tense. `at` is milliseconds since the epoch by the call's clock. Fields named
 * `text`, `transcript`, `digits`, `from`, `to`, `said`, `heard`, `wanted`, `spoken`, `notes` and `heardOfLast` are personal
 * data.
 */
export type CallEvent = { readonly callId: CallId; readonly at: number } & CallEventBody;

export type CallEventBody =
  | { readonly type: 'call-queued'; readonly from: string; readonly to: string; readonly profile: string }
  /** The carrier is being asked to place it; from here on it is never asked again. */
  | { readonly type: 'call-dialled' }
  | { readonly type: 'call-placed'; readonly sid: string }
  | { readonly type: 'call-rang' }
  | { readonly type: 'call-answered' }
  | { readonly type: 'machine-detected'; readonly answeredBy: AnsweredBy }
  /** Somebody asks first who is calling: a call screener, which is no machine. */
  | { readonly type: 'screener-heard' }
  /** An outbound call is over and its work is done; `result` is null if none was requested. */
  | { readonly type: 'call-settled'; readonly result: CallResult['is'] | null }
  /** `sid` is the carrier's; null where no carrier knows the call. */
  | { readonly type: 'call-started'; readonly from: string; readonly to: string; readonly sid: string | null }
  /** Another process had the call before; `wasLost` where it did not hand it over. */
  | { readonly type: 'call-taken-up'; readonly wasLost: boolean }
  | { readonly type: 'line-connected'; readonly streamId: string }
  | { readonly type: 'line-lost' }
  | { readonly type: 'speech-ready' }
  /** It is being dialled anew; `speech-ready` or `speech-lost` follows. */
  | { readonly type: 'speech-away'; readonly reason: string }
  | { readonly type: 'speech-lost'; readonly reason: string }
  /** The first transcription model brought no transcripts. */
  | { readonly type: 'transcriber-replaced'; readonly model: string; readonly by: string }
  | { readonly type: 'caller-began-speaking' }
  | { readonly type: 'caller-stopped-speaking' }
  | {
      readonly type: 'caller-said';
      readonly utteranceId: string;
      readonly transcript: string;
      /** How long the caller had been silent by then, by their own audio; missing in older records. */
      readonly silentMs?: number;
    }
  | { readonly type: 'digits-pressed'; readonly digits: string }
  | { readonly type: 'transfer-began'; readonly to: string }
  | { readonly type: 'transfer-failed'; readonly why: TransferFailure }
  | { readonly type: 'digits-sent'; readonly digits: string }
  | { readonly type: 'line-spoken'; readonly line: FixedLineName; readonly text: string }
  /** Somebody who watches the call had this said, or told to the agent. */
  | { readonly type: 'operator-said'; readonly text: string }
  | { readonly type: 'operator-noted'; readonly text: string }
  | { readonly type: 'turn-started'; readonly turnId: number; readonly text: string }
  /**
   * The message went to the agent, exactly so; twice in a turn if its answer was lost. The first words of a call have turn 0,
   * and what the agent was told when the conversation was opened.
   */
  | {
      readonly type: 'agent-told';
      readonly turnId: number;
      readonly text: string;
      readonly notes: readonly string[];
      readonly heardOfLast: string | null;
    }
  | { readonly type: 'agent-began-replying'; readonly turnId: number }
  | { readonly type: 'segment-asked'; readonly turnId: number | null; readonly text: string }
  | { readonly type: 'reply-began'; readonly turnId: number }
  | { readonly type: 'reply-heard'; readonly turnId: number }
  | { readonly type: 'greeting-heard' }
  /** A further segment of it begins to be heard; those before it were heard to their end. */
  | { readonly type: 'segment-heard'; readonly turnId: number }
  | { readonly type: 'reply-held' }
  | { readonly type: 'reply-resumed' }
  | {
      readonly type: 'turn-finished';
      readonly turnId: number;
      readonly outcome: TurnOutcome;
      /** All that the agent wrote, as far as it was to be spoken. */
      readonly said: string;
      /** The part that the caller heard, to the word. */
      readonly heard: string;
      readonly failure: string | null;
    }
  /** `model` is null where the vendor does not say which. */
  | {
      readonly type: 'usage-counted';
      readonly owner: UsageOwner;
      readonly model: string | null;
      readonly usage: Usage;
    }
  /** The carrier has told what all legs of the call cost. */
  | { readonly type: 'carrier-priced'; readonly usd: number }
  | { readonly type: 'spoken-otherwise'; readonly wanted: string; readonly spoken: string }
  /** A fault of ours; `stack` holds no personal data, or is itself a bug. */
  | { readonly type: 'bug-found'; readonly stack: string }
  | { readonly type: 'input-refused'; readonly kind: RefusedInput; readonly detail: string }
  | { readonly type: 'call-ended'; readonly reason: EndReason; readonly durationMs: number };
