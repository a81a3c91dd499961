// What the engine needs from outside: profiles, time and limits. The relay provides it, because the engine knows no side.
import type { NoteKind } from '../call/notes.ts';
import type { TransferTargets } from '../call/phone-tools.ts';
import type { Agent, Clock, Speech, SpeechEvent } from '../call/ports.ts';

export interface EngineProfile {
  readonly name: string;
  readonly agent: Agent;
  /** '' if the agent speaks first. */
  readonly greeting: string;
  readonly timeZone: string;
  readonly transfers: TransferTargets;
  readonly notesOff: ReadonlySet<NoteKind>;
  /** Dials at once, and calls `onEvent` only after it has returned. */
  openSpeech(onEvent: (event: SpeechEvent) => void): Speech;
}

export interface ProfileSummary {
  readonly name: string;
  /** '' if the transcription detects it. */
  readonly language: string;
  readonly voice: string;
}

/** This process's and the others' conversations. */
export interface EngineSiblings {
  /** Of this process, as no earlier or later one. */
  readonly number: number;
  /** Where the process of this number is reached, on this machine; null if it is gone. */
  portOf(process: number): Promise<number | null>;
}

export interface EngineOptions {
  readonly profiles: readonly ProfileSummary[];
  readonly profile: (name: string) => EngineProfile | null;
  readonly clock: Clock;
  /** The silence that ends an utterance in the speech sessions. */
  readonly vadSilenceMs: number;
  /** After this long without text the agent's reply has failed (T4). */
  readonly agentTimeoutMs: number;
  readonly limits: {
    readonly maxSessions: number;
    readonly maxConversations: number;
    /** A conversation without a turn for this long is closed. */
    readonly idleMs: number;
  };
  /** Among the processes of this machine; null if there is one. */
  readonly siblings: EngineSiblings | null;
  /** Whether this process will stop once its calls are over: a conversation that began now would end with it. */
  readonly isLeaving: () => boolean;
  /** Aborts when the process stops: running requests are answered with 503, and all conversations are closed. */
  readonly closing: AbortSignal;
  /** Receives neither personal data nor secrets. */
  readonly log: (line: string) => void;
  readonly onBug: (error: unknown) => void;
}
