// What a call needs from outside, as the call would put it. The adapters (phone/, speech/, agent/) fit their vendors
// to these few methods; nothing in call/ knows a vendor's word.
import type { CallCommand, CallFacts, CallId, Errand, RefusedInput, Segment } from './call.ts';
import type { AgentMemory } from './call-record.ts';
import type { PhoneTools } from './phone-tools.ts';
import type { TokenUsage, Usage, UsageOwner } from './usage.ts';

/** Raw µ-law, 8000 Hz, mono, as base64 text: the form in which both Twilio and OpenAI carry it. One byte is 1/8 ms. */
export type Base64Audio = string;

/** Time, injected so that tests step it. */
export interface Clock {
  /** Milliseconds since the epoch, never running backwards. */
  now(): number;
  /** Calls `run` once after `ms`; the returned function takes that back and may be called at any time. */
  after(ms: number, run: () => void): () => void;
}

// ---- line: the caller's audio path both ways ----

export interface Line {
  readonly streamId: string;
  /** Queues audio to be played to the caller. Must be a multiple of 160 bytes. */
  play(audio: Base64Audio): void;
  /** A point in what was queued; comes back as `mark-reached` once played, or at once after `clear`. */
  mark(name: string): void;
  /** Drops all that is queued and not yet played. */
  clear(): void;
  /** Closes the caller's stream. Not a hang-up: the telephone side then asks what next. Idempotent. */
  close(): void;
}

export type LineEvent =
  /** Caller audio; `timestampMs` is its place on the stream's own clock, which jumps where silence was left out. */
  | { readonly type: 'audio'; readonly audio: Base64Audio; readonly timestampMs: number }
  | { readonly type: 'mark-reached'; readonly name: string }
  | { readonly type: 'digit'; readonly digit: string }
  /** Words that the caller typed: they count as an utterance. Never ''. */
  | { readonly type: 'typed'; readonly text: string }
  | { readonly type: 'refused'; readonly kind: RefusedInput; readonly detail: string }
  /** `hung-up`: the far end said that stream or call is over. `broken`: the socket went without a word. Comes once, last. */
  | { readonly type: 'closed'; readonly how: 'hung-up' | 'broken' | 'bad-input' };

// ---- speech: what hears and speaks ----

export interface Speech {
  /**
   * Caller audio, in order. What no session has understood yet is kept, 30 s at most, and the next session hears it:
   * at the start of a call, and after a loss.
   */
  hear(audio: Base64Audio): void;
  /**
   * Asks for a segment to be read aloud. At most two are ever asked of the vendor at a time; more wait here in order.
   * Audio of different segments may arrive interleaved: the playout puts it in order. One that is said again, with what
   * is missing of it, while `segment-done` tells that it failed takes the place it had.
   */
  say(segment: Segment): void;
  /** Stops a segment, whether waiting, asked for or being generated. Nothing of it arrives after this. Idempotent. */
  cancel(segmentId: string): void;
  /** The caller's latest audio, as far as it has no transcript: the last second, or all since an utterance began. */
  unheard(): readonly Base64Audio[];
  /** Idempotent; no event comes after it. */
  close(): void;
}

export type SpeechEvent =
  /** The session is set up. Comes again after `away`. */
  | { readonly type: 'ready' }
  | { readonly type: 'speech-started'; readonly utteranceId: string }
  | { readonly type: 'speech-stopped'; readonly utteranceId: string }
  /** A first piece of transcript: proof that these are words. Not every model sends it before the end. */
  | { readonly type: 'words'; readonly utteranceId: string }
  /** One for every committed utterance, in the order of the audio; transcript '' when empty, failed or overdue (L3). */
  | {
      readonly type: 'utterance';
      readonly utteranceId: string;
      readonly transcript: string;
      /** Where its last sound ended, in ms of all the audio that `hear` was given. */
      readonly endMs: number;
      /** Overdue: there may have been words. */
      readonly isLost?: true;
    }
  /** Any number of bytes; not yet cut for the line. */
  | { readonly type: 'segment-audio'; readonly segmentId: string; readonly audio: Base64Audio }
  /** Last word on a segment that was not cancelled. `spoken` is the voice's own transcript, where it came. */
  | {
      readonly type: 'segment-done';
      readonly segmentId: string;
      readonly outcome: 'completed' | 'failed';
      readonly spoken: string | null;
    }
  | { readonly type: 'refused'; readonly kind: RefusedInput; readonly detail: string }
  | {
      readonly type: 'usage-counted';
      readonly owner: Exclude<UsageOwner, 'agent'>;
      readonly model: string;
      readonly usage: Usage;
    }
  /** R9: `model` brought no transcripts; the next session, which hears the same audio, transcribes with `by`. */
  | { readonly type: 'transcriber-replaced'; readonly model: string; readonly by: string }
  /**
   * The session is gone, and is being dialled anew: `ready` follows, or `lost`. What the caller says is kept, utterances
   * that had begun go on under their names, and segments are asked for again.
   */
  | { readonly type: 'away'; readonly reason: string }
  /** There is no session any more and dialling again was given up. Last event. */
  | { readonly type: 'lost'; readonly reason: string };

// ---- agent: the published agent ----

/** What the agent receives when the call begins. */
export interface Opening {
  readonly call: CallFacts;
  /** Context for the agent, one bracketed line: it is on the phone, with whom it speaks, what was said already. */
  readonly note: string;
  /** The fixed greeting that the caller hears; null where the agent itself opens the conversation, or waits for them. */
  readonly greeting: string | null;
  /** They were called, and speak first: `greet` is never asked for. */
  readonly isCallerFirst?: boolean;
  /** For APIs that take function tools; directives in the text work without them. */
  readonly tools: PhoneTools;
}

/** One message to the agent. Never both empty. */
export interface AgentMessage {
  /** What the caller said or pressed; '' where there are only notes. */
  readonly text: string;
  /** Bracketed lines from the relay (how far the last reply was heard …), apart from what the caller said. */
  readonly notes: readonly string[];
  /**
   * What the caller heard of the last reply, or of the greeting, where it was cut off ('' for nothing of it); null where
   * they heard all. For an agent whose history is kept here; the others are told by a note.
   */
  readonly heardOfLast: string | null;
}

export type AgentFailure = 'timeout' | 'unavailable' | 'refused' | 'rate-limited' | 'malformed';

export type AgentEvent =
  /** The next piece of the reply, as written. Only what is meant for the caller: no commentary, no tool chatter. */
  | { readonly type: 'text'; readonly delta: string }
  | { readonly type: 'command'; readonly command: CallCommand }
  /** The agent withdraws what it wrote so far in this reply: the part not yet heard must not be spoken. */
  | { readonly type: 'withdrawn' }
  /** What the vendor counted of this reply, or of a part of it; `model` where it says which. */
  | { readonly type: 'usage'; readonly model: string | null; readonly usage: TokenUsage }
  /** Last event of a reply that went wrong. `detail` is for the log: no personal data, no secret. */
  | { readonly type: 'failed'; readonly failure: AgentFailure; readonly detail: string };

/** What came of asking whether an agent is there. Texts hold no secret. */
export type LookedUp =
  /** `model`: the model that the agent runs on, if its API says so. */
  | { readonly is: 'found'; readonly model?: string }
  /** A call would fail, and the next one too. `problem` is a sentence that says what to do. */
  | { readonly is: 'wrong'; readonly problem: string }
  /** Nobody can be asked, or nobody answered: `why` is the end of a sentence. Calls are taken all the same. */
  | { readonly is: 'unknown'; readonly why: string };

/** A published agent; one for the process, any number of conversations. */
export interface Agent {
  /** Which kind of published agent this is: for the log and the start-up line. */
  readonly kind: string;
  /**
   * T11: it may be asked before it is sure that the caller has finished: it cannot act, and a reply of which they heard
   * nothing leaves no trace in its history. Absent: no.
   */
  readonly isAskedAhead?: boolean;
  /**
   * O9: opens a connection to the agent's server, for the request that is about to come. Costs nothing, never throws, and is
   * absent where there is no server.
   */
  warm?(): void;
  /** Asks the agent's API whether there is such an agent, within 10 s; never throws. */
  lookUp(): Promise<LookedUp>;
  /**
   * Begins opening the conversation in the background; never throws. With `memory` it goes on with a conversation that
   * another process had; of another kind, or unusable, it begins anew.
   */
  open(opening: Opening, memory?: AgentMemory): Conversation;
}

/** One call's conversation with the agent. Replies never overlap: the next is asked for after the last has returned. */
export interface Conversation {
  /** The agent's own first words, where `Opening.greeting` is null. */
  greet(signal: AbortSignal): AsyncIterable<AgentEvent>;
  /**
   * One turn. Ends after the last text, or after `failed`; never throws. Once `signal` aborts it ends within 50 ms and
   * yields nothing more; what must still be told to the vendor goes on behind, and the next reply waits for it.
   */
  reply(message: AgentMessage, signal: AbortSignal): AsyncIterable<AgentEvent>;
  /** The caller's next words answer whether a tool may act (A3), so they are not passed on ahead of their end. */
  readonly isAskingConsent?: boolean;
  /**
   * What another process needs to go on with this conversation; null while there is nothing to go on from. Cheap: asked
   * after every turn.
   */
  memory(): AgentMemory | null;
  /**
   * Lets go of everything; resolves when it is gone, rejects never. Where another process goes on with the conversation,
   * what it needs of it stays with the vendor, and `memory` may be asked once more after this.
   */
  close(isHandedOver?: boolean): Promise<void>;
}

// ---- carrier: what can be done with the call itself ----

/** Of one call in progress. Neither method rejects. */
export interface Carrier {
  hangUp(): Promise<void>;
  /** Takes the call from its stream; false where the carrier could not be told. */
  redirect(errand: Errand): Promise<boolean>;
}

/** An outbound call, as the carrier is asked for it. Numbers are E.164. */
export interface CallToPlace {
  readonly callId: CallId;
  readonly from: string;
  readonly to: string;
  readonly ringTimeoutS: number;
  readonly maxMinutes: number;
  /** `message-end` waits until a machine has finished its greeting, so that a message can be left. */
  readonly detect: 'machine' | 'message-end';
}

/** The carrier's answer when it was asked, once, to place a call. */
export type PlaceResult =
  /** It has taken the call: queued, and not yet ringing. */
  | { readonly is: 'placed'; readonly sid: string }
  /** `code` is the carrier's error number, 0 where its answer had none. */
  | { readonly is: 'refused'; readonly code: number }
  /** Certainly not placed, because of too many requests or no connection; worth trying again. */
  | { readonly is: 'busy' }
  /** Perhaps placed: the carrier asks about the call if it was. */
  | { readonly is: 'unknown' };
