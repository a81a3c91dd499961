// Calls and batches of them, as a process would write them.
import type { Assignment } from '../../src/call/assignment.ts';
import {
  type CallChange,
  changeByAssignment,
  changeByEvent,
  changeByResume,
  joined,
  type ResumeState,
} from '../../src/call/call-record.ts';
import type { CallSummary } from '../../src/call/call-summary.ts';
import type { Batch } from '../../src/call/call-store.ts';
import type { CallEvent, CallEventBody, CallId } from '../../src/call/call.ts';

export const NOON = 1_795_000_000_000;
export const LEASE_MS = 5000;

export const RESUME: ResumeState = {
  profile: 'night desk',
  parameters: { tenant: 'blue' },
  agent: {
    kind: 'agents-api',
    reference: { session: 'sess_1' },
    history: [{ role: 'user', text: 'my cat' }],
  },
  speaking: { text: 'We open at nine. And we close at five.', heard: 'We open at' },
  order: { type: 'transfer', to: '+15550009', summary: 'asks for opening hours' },
  unanswered: { text: 'And on Sunday?', notes: [{ kind: 'keys', text: '[1]' }], audio: ['//8='] },
  isWhole: false,
};

export const ASSIGNMENT: Assignment = {
  to: '+15550042',
  profile: 'night desk',
  task: {
    type: 'appointment_reminder',
    prompt: 'Remind Ann of the sesame bread.',
    context: { zone: 'sesame street', at: { hour: 2, half: false }, among: [null, 1.5] },
  },
  voicemail: 'This is the sesame shop.',
  result: { type: 'object', properties: { isSesame: { type: 'boolean' }, first: {} }, required: [] },
  callbackUrl: 'https://shop.example/calls',
  ringTimeoutS: 25,
  maxMinutes: 5,
  metadata: { order: '77' },
};

export const SUMMARY: CallSummary = {
  turns: { done: 3, interrupted: 1, joined: 0, failed: 0 },
  waits: [[250, 250, 200, 400, 40, 250, 60]],
  coughs: 1,
  fillers: 0,
  reconnects: { speech: 0, line: 1 },
  handOvers: 1,
  departures: 0,
  longestSilenceMs: 4500,
  tokens: {
    voice: {
      textIn: 120,
      cachedTextIn: 0,
      audioIn: 0,
      cachedAudioIn: 0,
      textOut: 10,
      audioOut: 40,
      seconds: 0,
    },
    ears: null,
    agent: null,
  },
  cost: {
    usd: 0.02,
    isPartial: false,
    isEstimate: true,
    byOwner: { ears: 0.005, voice: 0.01, agent: null, carrier: 0.005 },
  },
  attention: [],
};

/** As a relay wrote it that knew the first step of the tables only. */
export const CALL_OF_STEP_ONE = `INSERT INTO patchcord_calls
  (id, from_number, to_number, started_at, last_at, state, owner_id, lease_until)
  VALUES ('CA1', '+15550001', '+15550002', 1, 2, 'live', 'a', 3)`;
export const AS_TAKEN_OVER = {
  id: 'CA1',
  sid: 'CA1',
  direction: 'inbound',
  from: '+15550001',
  stage: 'in-progress',
  assignment: null,
  result: null,
  isSettled: false,
};

export function event(callId: CallId, at: number, body: CallEventBody): CallEvent {
  return { callId, at, ...body };
}

/** By which the carrier knows every call that started. */
export const SID = 'CA9';

export function started(callId: CallId, at = NOON, from = '+15550001', to = '+15550002'): CallEvent {
  return event(callId, at, { type: 'call-started', from, to, sid: SID });
}

export function said(callId: CallId, at: number, transcript: string): CallEvent {
  return event(callId, at, { type: 'caller-said', utteranceId: `u${at}`, transcript });
}

export function ended(callId: CallId, at: number): CallEvent {
  return event(callId, at, { type: 'call-ended', reason: 'caller-hung-up', durationMs: at - NOON });
}

export function queued(callId: CallId, at = NOON, to = '+15550042'): CallEvent {
  return event(callId, at, { type: 'call-queued', from: '+15550002', to, profile: 'night desk' });
}

export function placed(callId: CallId, at: number, sid: string): CallEvent {
  return event(callId, at, { type: 'call-placed', sid });
}

/** A process as the store sees it: it counts its events. */
export class Writing {
  readonly ownerId: string;
  #count = 0;

  constructor(ownerId: string) {
    this.ownerId = ownerId;
  }

  /** An outbound call as it is requested. */
  asked(callId: CallId, at = NOON, to?: string): Batch {
    return this.batch([queued(callId, at, to)], {}, [changeByAssignment(callId, at, ASSIGNMENT)]);
  }

  batch(
    events: readonly CallEvent[],
    resumes: Readonly<Record<CallId, ResumeState>> = {},
    more: readonly CallChange[] = [],
  ): Batch {
    const changes = new Map<CallId, CallChange>();
    const put = (change: CallChange): void => {
      const earlier = changes.get(change.callId);
      changes.set(change.callId, earlier === undefined ? change : joined(earlier, change));
    };
    for (const one of events) put(changeByEvent(one));
    for (const change of more) put(change);
    for (const [callId, resume] of Object.entries(resumes))
      put(changeByResume(callId, changes.get(callId)?.firstAt ?? NOON, resume));
    return {
      ownerId: this.ownerId,
      leaseUntil: NOON + LEASE_MS,
      changes: [...changes.values()],
      events: events.map((one) => ({ number: ++this.#count, event: one })),
    };
  }
}
