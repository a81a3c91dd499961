// What is kept of a call: its row of facts, and how CallEvents make and change it. Pure. A change holds only what it
// changes, and changes of one call can be joined, so that writing late or twice comes to the same record.
import type { CallCommand, CallEvent, CallId, EndReason, FixedLineName, TurnOutcome } from './call.ts';

export type CallDirection = 'inbound' | 'outbound';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

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

/** What another process needs in order to go on with a call. */
export interface ResumeState {
  readonly direction: CallDirection;
  readonly profile: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly agent: AgentMemory | null;
  /** The reply that was being spoken, and what of it was heard. */
  readonly speaking: { readonly text: string; readonly heard: string } | null;
  readonly order: PendingOrder | null;
}

export interface CallRecord {
  readonly id: CallId;
  readonly direction: CallDirection;
  /** '' where the call's beginning never reached the store. */
  readonly from: string;
  readonly to: string;
  readonly profile: string;
  readonly startedAt: number;
  /** When the last event happened that was stored. */
  readonly lastAt: number;
  /** `reason` may be one that only another version of the relay knows. */
  readonly ended: { readonly at: number; readonly reason: EndReason } | null;
  /** The process that has the call, until which instant it may be believed to live. */
  readonly holder: { readonly ownerId: string; readonly leaseUntil: number } | null;
  /** How often the call was claimed: whoever takes it from a holder names the count it saw. */
  readonly claims: number;
  readonly resume: ResumeState | null;
}

/** What some events, or a new state to resume from, change in a record; null leaves a field as it is. */
export interface CallChange {
  readonly callId: CallId;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly from: string | null;
  readonly to: string | null;
  /** A call that has ended can begin again: its stream came back late. */
  readonly state: { readonly is: 'live' } | { readonly is: 'ended'; readonly reason: EndReason } | null;
  readonly resume: ResumeState | null;
}

export function changeByEvent(event: CallEvent): CallChange {
  const change = { ...unchanged(event.callId, event.at) };
  switch (event.type) {
    case 'call-started':
      return { ...change, from: event.from, to: event.to, state: { is: 'live' } };
    case 'call-ended':
      // For this process only: another goes on with it.
      if (event.reason === 'handed-over') return change;
      return { ...change, state: { is: 'ended', reason: event.reason } };
    default:
      return change;
  }
}

export function changeByResume(callId: CallId, at: number, resume: ResumeState): CallChange {
  return { ...unchanged(callId, at), resume };
}

/** Both changes as one; what `later` says counts. */
export function joined(earlier: CallChange, later: CallChange): CallChange {
  return {
    callId: earlier.callId,
    firstAt: Math.min(earlier.firstAt, later.firstAt),
    lastAt: Math.max(earlier.lastAt, later.lastAt),
    from: later.from ?? earlier.from,
    to: later.to ?? earlier.to,
    state: later.state ?? earlier.state,
    resume: later.resume ?? earlier.resume,
  };
}

function unchanged(callId: CallId, at: number): CallChange {
  return { callId, firstAt: at, lastAt: at, from: null, to: null, state: null, resume: null };
}

// ---- words ----

/** Fields of CallEvents that hold what somebody said, pressed or wrote. */
const WORDS = ['text', 'transcript', 'digits', 'said', 'heard', 'wanted', 'spoken', 'summary'];

/** The event with every word and digit blank. Numbers stay: a record is found by them, and taken up with them. */
export function withoutWords(event: CallEvent): CallEvent {
  const bare = { ...event };
  for (const name of WORDS) if (name in bare) Reflect.set(bare, name, '');
  return bare;
}

/**
 * The state with no words in it. An agent whose history is kept here then remembers nothing in another process, and
 * keys that were still to be sent are forgotten.
 */
export function resumeWithoutWords(resume: ResumeState): ResumeState {
  return {
    ...resume,
    agent: resume.agent === null ? null : { ...resume.agent, history: null },
    speaking: null,
    order: orderWithoutWords(resume.order),
  };
}

function orderWithoutWords(order: PendingOrder | null): PendingOrder | null {
  if (order?.type === 'transfer') return { ...order, summary: '' };
  if (order?.type === 'send-digits') return { type: 'connect' };
  return order;
}

// ---- transcript ----

/** `at` is when it began to be heard, as far as that is known. */
export type TranscriptLine = { readonly at: number } & (
  | { readonly who: 'caller'; readonly by: 'voice' | 'keys'; readonly said: string }
  | { readonly who: 'relay'; readonly line: FixedLineName; readonly said: string }
  | {
      readonly who: 'agent';
      readonly turnId: number;
      readonly said: string;
      /** null: nobody knows, because the process died over it or is still at it. */
      readonly heard: string | null;
      readonly outcome: TurnOutcome | null;
    }
);

/** What was said and heard, in the order in which it was heard. */
export function transcriptOf(events: Iterable<CallEvent>): TranscriptLine[] {
  const lines: TranscriptLine[] = [];
  /** Turns that are not finished, and where their line stands. */
  const open = new Map<number, { at: number; text: string }>();
  const breakOff = (turnId: number): void => {
    const turn = open.get(turnId);
    open.delete(turnId);
    if (turn === undefined) return;
    lines.push({ at: turn.at, who: 'agent', turnId, said: turn.text, heard: null, outcome: null });
  };
  for (const event of events) {
    switch (event.type) {
      case 'caller-said':
        if (event.transcript !== '')
          lines.push({ at: event.at, who: 'caller', by: 'voice', said: event.transcript });
        break;
      case 'digits-pressed':
        if (event.digits !== '') lines.push({ at: event.at, who: 'caller', by: 'keys', said: event.digits });
        break;
      case 'line-spoken':
        if (event.text !== '') lines.push({ at: event.at, who: 'relay', line: event.line, said: event.text });
        break;
      case 'turn-started':
        // The process that takes a call up counts its turns from one again.
        breakOff(event.turnId);
        break;
      case 'segment-asked': {
        if (event.turnId === null || event.text === '') break;
        const turn = open.get(event.turnId);
        if (turn === undefined) open.set(event.turnId, { at: event.at, text: event.text });
        else turn.text += ` ${event.text}`;
        break;
      }
      case 'reply-began': {
        const turn = open.get(event.turnId);
        if (turn !== undefined) turn.at = event.at;
        break;
      }
      case 'turn-finished': {
        const { turnId, said, heard, outcome } = event;
        const at = open.get(turnId)?.at ?? event.at;
        open.delete(turnId);
        if (said !== '') lines.push({ at, who: 'agent', turnId, said, heard, outcome });
        break;
      }
      default:
        break;
    }
  }
  for (const turnId of open.keys()) breakOff(turnId);
  return lines.sort((one, other) => one.at - other.at);
}
