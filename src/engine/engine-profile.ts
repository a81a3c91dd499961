// What the engine needs from outside: who answers and in which voice, time, and its bounds. Given by the server, which
// knows the sides.
import type { NoteKind } from '../call/notes.ts';
import type { TransferTargets } from '../call/phone-tools.ts';
import type { Agent, Clock, Speech, SpeechEvent } from '../call/ports.ts';

/** How a profile answers where there is no phone. */
export interface EngineProfile {
  readonly name: string;
  readonly agent: Agent;
  /** '' where the agent speaks first. */
  readonly greeting: string;
  readonly timeZone: string;
  readonly transfers: TransferTargets;
  /** Kinds of notes that the agent is to be spared. */
  readonly notesOff: ReadonlySet<NoteKind>;
  /** Dials at once; never calls `onEvent` before it has returned. */
  openSpeech(onEvent: (event: SpeechEvent) => void): Speech;
}

/** What anybody may know of a profile. */
export interface ProfileSummary {
  readonly name: string;
  /** '' where the transcription finds out by itself. */
  readonly language: string;
  readonly voice: string;
}

export interface EngineOptions {
  readonly profiles: readonly ProfileSummary[];
  readonly profile: (name: string) => EngineProfile | null;
  readonly clock: Clock;
  /** The silence that ends an utterance, as the speech sessions are set up. */
  readonly vadSilenceMs: number;
  /** So long without text, and the agent's reply has failed (T4). */
  readonly agentTimeoutMs: number;
  readonly limits: {
    /** Speech sessions at a time. */
    readonly maxSessions: number;
    readonly maxConversations: number;
    /** A conversation is closed that had no turn for so long. */
    readonly idleMs: number;
  };
  /** Aborts when the process leaves: what is in progress is answered with 503, and all conversations are closed. */
  readonly closing: AbortSignal;
  /** No personal data, no secret. */
  readonly log: (line: string) => void;
  readonly onBug: (error: unknown) => void;
}
