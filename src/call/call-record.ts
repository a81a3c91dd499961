// The record of a call: one row of facts, and how CallEvents change it. Pure. A change holds only the fields it sets, and
// changes can be joined, so that writing late or twice gives the same record.
import { z } from 'zod';
import { type AnsweredBy, type Assignment, type CallStage, callStageSchema } from './assignment.ts';
import type { CallResult } from './call-result.ts';
import type { Attention, CallSummary } from './call-summary.ts';
import type { Json } from './json.ts';
import type { CallCommand, CallEvent, CallId, EndReason } from './call.ts';
import type { Note } from './notes.ts';
import type { Base64Audio } from './ports.ts';

export const callDirectionSchema = z.enum(['inbound', 'outbound']);
export type CallDirection = z.infer<typeof callDirectionSchema>;

/** What Twilio is to be told when the stream has ended and it asks what next, whichever process it asks. */
export type PendingOrder =
  | { readonly type: 'connect' | 'hang-up' | 'apologise' }
  | Extract<CallCommand, { type: 'transfer' | 'send-digits' }>;

/** The agent's side of the conversation, as its adapter wants it given back. */
export interface AgentMemory {
  /** `Agent.kind`: another kind of agent can do nothing with the rest. */
  readonly kind: string;
  /** IDs by which the vendor knows the conversation. Never words. */
  readonly reference: Json;
  /** The words themselves, for an agent whose history is kept here; else null. */
  readonly history: Json;
}

/** What the caller said and pressed that the agent has not received. */
export interface Unanswered {
  readonly text: string;
  readonly notes: readonly Note[];
  /** The caller's latest audio, as far as it has no transcript yet: the next process hears it first. */
  readonly audio: readonly Base64Audio[];
}

/** What another process needs to resume a call. */
export interface ResumeState {
  readonly profile: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly agent: AgentMemory | null;
  /** The reply being spoken, and how much of it the caller has heard. */
  readonly speaking: { readonly text: string; readonly heard: string } | null;
  readonly order: PendingOrder | null;
  readonly unanswered: Unanswered | null;
  /**
   * Nothing has happened since that is not in here: the process has let go of the call in order, or has it without a line.
   * The next process then loses nothing, whether the former one lives or not.
   */
  readonly isWhole: boolean;
}

export interface CallRecord {
  readonly id: CallId;
  /** By which the carrier knows the call; null while it does not. */
  readonly sid: string | null;
  readonly direction: CallDirection;
  /** '' where the call's beginning never reached the store. */
  readonly from: string;
  readonly to: string;
  readonly profile: string;
  readonly startedAt: number;
  readonly lastAt: number;
  /** `reason` may be one that only another version of the relay knows. */
  readonly ended: { readonly at: number; readonly reason: EndReason } | null;
  /** The process that has the call, until which instant it may be believed to live. */
  readonly holder: { readonly ownerId: string; readonly leaseUntil: number } | null;
  /** Counts claims. A process that takes the call from its holder names the count it saw. */
  readonly claims: number;
  readonly resume: ResumeState | null;
  /** `ended` where `ended` is set; of a call that came in, else, `in-progress`. */
  readonly stage: CallStage;
  readonly answeredBy: AnsweredBy | null;
  readonly assignment: Assignment | null;
  readonly result: CallResult | null;
  /** Of an inbound call: its profile wants a result, a summary or callbacks. */
  readonly isResultWanted: boolean;
  /** The call has ended and its result, if requested, is made: no work is left. */
  readonly isSettled: boolean;
  /** null while the call lives, and in records of older versions. */
  readonly summary: CallSummary | null;
  readonly attention: readonly Attention[];
}

/** What some events, or a new state to resume from, change in a record; an absent field stays as it is. */
export interface CallChange {
  readonly callId: CallId;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly from?: string;
  readonly to?: string;
  readonly direction?: CallDirection;
  readonly profile?: string;
  readonly sid?: string;
  /** Never `ended`, which is `state`. Of two, the one that is further on counts. */
  readonly stage?: CallStage;
  readonly answeredBy?: AnsweredBy;
  readonly assignment?: Assignment;
  readonly result?: CallResult;
  readonly isResultWanted?: true;
  readonly isSettled?: true;
  /** The words of the assignment are not to be kept any longer. */
  readonly areWordsGone?: true;
  /** A call that has ended can begin again: its stream came back late. */
  readonly state?: { readonly is: 'live' } | { readonly is: 'ended'; readonly reason: EndReason };
  readonly resume?: ResumeState;
  readonly summary?: CallSummary;
}

export function changeByEvent(event: CallEvent): CallChange {
  const change = { callId: event.callId, firstAt: event.at, lastAt: event.at };
  switch (event.type) {
    case 'call-queued': {
      const { from, to, profile } = event;
      return { ...change, from, to, profile, direction: 'outbound', stage: 'queued', state: { is: 'live' } };
    }
    case 'call-dialled':
      return { ...change, stage: 'dialling' };
    case 'call-placed':
      return { ...change, sid: event.sid };
    case 'call-rang':
      return { ...change, stage: 'ringing' };
    case 'call-answered':
      return { ...change, stage: 'in-progress' };
    case 'machine-detected':
      return { ...change, answeredBy: event.answeredBy };
    case 'call-started': {
      const { from, to, sid } = event;
      const known = sid === null ? {} : { sid };
      return { ...change, ...known, from, to, stage: 'in-progress', state: { is: 'live' } };
    }
    case 'call-ended':
      // For this process only: another goes on with it.
      if (event.reason === 'handed-over') return change;
      return { ...change, state: { is: 'ended', reason: event.reason } };
    default:
      return change;
  }
}

export function changeByResume(callId: CallId, at: number, resume: ResumeState): CallChange {
  return { callId, firstAt: at, lastAt: at, profile: resume.profile, resume };
}

export function changeByAssignment(callId: CallId, at: number, assignment: Assignment): CallChange {
  const { profile } = assignment;
  return { callId, firstAt: at, lastAt: at, direction: 'outbound', profile, assignment };
}

export function changeByWishes(callId: CallId, at: number): CallChange {
  return { callId, firstAt: at, lastAt: at, direction: 'inbound', isResultWanted: true };
}

/** `result` null: none was wanted. */
export function changeBySettling(callId: CallId, at: number, result: CallResult | null): CallChange {
  const change = { callId, firstAt: at, lastAt: at, isSettled: true } as const;
  return result === null ? change : { ...change, result };
}

export function changeBySummary(callId: CallId, at: number, summary: CallSummary): CallChange {
  return { callId, firstAt: at, lastAt: at, summary };
}

/** In the order in which they follow each other; the store compares them by their place. */
export const STAGES: readonly CallStage[] = callStageSchema.exclude(['ended']).options;

/** Statuses come late, doubled and out of order: a stage never goes back. */
function furtherStage(one: CallChange, other: CallChange): Pick<CallChange, 'stage'> {
  const place = ({ stage }: CallChange): number => (stage === undefined ? -1 : STAGES.indexOf(stage));
  const { stage } = place(one) > place(other) ? one : other;
  return stage === undefined ? {} : { stage };
}

export function joined(earlier: CallChange, later: CallChange): CallChange {
  return {
    ...earlier,
    ...later,
    ...furtherStage(earlier, later),
    firstAt: Math.min(earlier.firstAt, later.firstAt),
    lastAt: Math.max(earlier.lastAt, later.lastAt),
  };
}
