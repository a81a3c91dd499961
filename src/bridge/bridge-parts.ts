// What a bridge is made of: how the call is to behave, and all that it is given from outside.
import type { AgentMemory, ResumeState } from '../call/call-record.ts';
import type { CallEvent, CallFacts, EndReason } from '../call/call.ts';
import type { FixedLineSounds, FixedLineTexts } from '../call/fixed-lines.ts';
import type { NoteKind } from '../call/notes.ts';
import type { TransferTargets } from '../call/phone-tools.ts';
import type { Agent, Carrier, Clock, Speech, SpeechEvent } from '../call/ports.ts';
import type { Tape } from '../call/tape.ts';

export interface BridgeSettings {
  readonly bargeInMs: number;
  readonly vadSilenceMs: number;
  readonly fillerAfterMs: number;
  /** How long the agent may take for its first word, and how long it may pause between two. */
  readonly agentTimeoutMs: number;
  readonly agentStallMs: number;
  readonly maxFailedTurns: number;
  /** 0: a silent caller is never asked. */
  readonly silencePromptMs: number;
  readonly maxCallMs: number;
  /** So long a callee may say nothing before the agent begins. */
  readonly firstWordWaitMs: number;
  readonly lines: FixedLineTexts;
  readonly transfers: TransferTargets;
  readonly notesOff: ReadonlySet<NoteKind>;
  /** By which another process finds the same settings. */
  readonly profile: string;
  /** Of the business, for the agent's sense of time. */
  readonly timeZone: string;
  /** Outside opening hours, once the caller was told so, they are transferred, or hung up on; null within them. */
  readonly closed: { readonly transferTo: string | null } | null;
}

export interface ResumedCall {
  readonly resume: ResumeState;
  /** The other process did not hand the call over: it is gone, and so are the last moments of what it knew. */
  readonly wasLost: boolean;
}

export interface BridgeParts {
  readonly call: CallFacts;
  readonly settings: BridgeSettings;
  readonly clock: Clock;
  readonly agent: Agent;
  readonly openSpeech: (onEvent: (event: SpeechEvent) => void) => Speech;
  readonly sounds: FixedLineSounds;
  /** null where only closing the line leads on (E2). */
  readonly carrier: Carrier | null;
  /** null where the call is not recorded. */
  readonly tape: Tape | null;
  /** What another process knew of this call; null where it begins here (R3). */
  readonly resumed: ResumedCall | null;
  /** Writes down what another process needs to go on; resolves once it is, or cannot be, and never rejects (R2). */
  readonly keep: (resume: ResumeState) => Promise<void>;
  /**
   * A call out is over, for good; `memory` is what is needed to ask its agent what came of it, null where nothing is to
   * be brought back.
   */
  readonly onSettling?: (reason: EndReason, memory: AgentMemory | null) => void;
  readonly onEvent: (event: CallEvent) => void;
  /** The call is over; its last events may still follow. `isTold`: the caller heard why. `left`: all was said and written. */
  readonly onEnd: (reason: EndReason, isTold: boolean, left: Promise<unknown>) => void;
}
