// What a bridge receives: how the call behaves, and the ends that it joins.
import type { CallClock } from './call-clock.ts';
import type { AgentMemory, ResumeState } from '../call/call-record.ts';
import type { CallEvent, CallEventBody, CallFacts, EndReason } from '../call/call.ts';
import type { CallerLine } from './caller-line.ts';
import type { Dialogue } from './dialogue.ts';
import type { FixedLineSounds, FixedLineTexts } from '../call/fixed-lines.ts';
import type { Listening } from './listening.ts';
import type { NoteKind } from '../call/notes.ts';
import type { TransferTargets } from '../call/phone-tools.ts';
import type { Agent, Carrier, Clock, Speech, SpeechEvent } from '../call/ports.ts';
import type { Playout } from './playout.ts';
import type { Tape } from '../call/tape.ts';
import type { Voice } from './voice.ts';

export interface BridgeSettings {
  readonly bargeInMs: number;
  readonly vadSilenceMs: number;
  readonly fillerAfterMs: number;
  /** The agent's deadlines for its first word, and for each further one. */
  readonly agentTimeoutMs: number;
  readonly agentStallMs: number;
  readonly maxFailedTurns: number;
  /** 0: the relay never asks a silent caller whether they are there. */
  readonly silencePromptMs: number;
  readonly maxCallMs: number;
  /** C3: after this much silence of the callee the agent begins. */
  readonly firstWordWaitMs: number;
  readonly lines: FixedLineTexts;
  /** T9: whether a caller who waits long hears more than one filler. */
  readonly hasThinkingSound: boolean;
  readonly transfers: TransferTargets;
  /** Kinds of notes that the agent does not receive. */
  readonly notesOff: ReadonlySet<NoteKind>;
  /** T11: whether the agent is asked ahead of time; null if its kind decides. */
  readonly speculate: boolean | null;
  /** The agent is asked once more when the call is over, so that its conversation stays open. */
  readonly asksForResult: boolean;
  /** The name by which another process finds the same settings. */
  readonly profile: string;
  /** The business's, for the agent's sense of time. */
  readonly timeZone: string;
  /** No agent answers: after this line the caller is transferred, or the call ends; null for a call that an agent takes. */
  readonly closed: {
    readonly line: 'closed' | 'unverified' | 'over-budget';
    readonly transferTo: string | null;
  } | null;
}

/** What the parts of one call share. */
export interface CallParts {
  readonly clock: CallClock;
  readonly settings: BridgeSettings;
  readonly line: CallerLine;
  readonly playout: Playout;
  readonly voice: Voice;
  readonly dialogue: Dialogue;
  readonly listening: Listening;
  readonly end: (reason: EndReason) => void;
  readonly emit: (event: CallEventBody) => void;
}

export interface ResumedCall {
  readonly resume: ResumeState;
  /** The other process died instead of handing the call over, and with it the last moments of what it knew. */
  readonly wasLost: boolean;
}

export interface BridgeParts {
  readonly call: CallFacts;
  readonly settings: BridgeSettings;
  readonly clock: Clock;
  readonly agent: Agent;
  readonly openSpeech: (onEvent: (event: SpeechEvent) => void) => Speech;
  readonly sounds: FixedLineSounds;
  /** null: the relay can only close the line (E2). */
  readonly carrier: Carrier | null;
  readonly tape: Tape | null;
  /** What another process knew of this call (R3); null: it begins here. */
  readonly resumed: ResumedCall | null;
  /**
   * Stores what another process needs to continue (R2), has the line closed, and adds what `close` returns: what was heard
   * meanwhile. Resolves once that succeeded or failed, never rejects.
   */
  readonly keep: (resume: ResumeState, close: () => ResumeState) => Promise<void>;
  /** Whether another process can take the call now. Never rejects. */
  readonly mayLeave: () => Promise<boolean>;
  /**
   * The call is over for good. `memory` is what is needed to ask its agent for the result; null if none is wanted.
   */
  readonly onSettling?: (reason: EndReason, memory: AgentMemory | null) => void;
  readonly onEvent: (event: CallEvent) => void;
  /** The call is over. `isTold`: the caller heard why. `left` resolves after the last event, once all is written. */
  readonly onEnd: (reason: EndReason, isTold: boolean, left: Promise<unknown>) => void;
}
