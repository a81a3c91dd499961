// Calls and batches of them, as a process would write them.
import {
  type CallChange,
  changeByEvent,
  changeByResume,
  joined,
  type ResumeState,
} from '../../src/call/call-record.ts';
import type { Batch } from '../../src/call/call-store.ts';
import type { CallEvent, CallEventBody, CallId } from '../../src/call/call.ts';

export const NOON = 1_795_000_000_000;
export const LEASE_MS = 5000;

export const RESUME: ResumeState = {
  direction: 'outbound',
  profile: 'night desk',
  parameters: { tenant: 'blue' },
  agent: {
    kind: 'agents-api',
    reference: { session: 'sess_1' },
    history: [{ role: 'user', text: 'my cat' }],
  },
  speaking: { text: 'We open at nine. And we close at five.', heard: 'We open at' },
  order: { type: 'transfer', to: '+15550009', summary: 'asks for opening hours' },
};

export function event(callId: CallId, at: number, body: CallEventBody): CallEvent {
  return { callId, at, ...body };
}

export function started(callId: CallId, at = NOON, from = '+15550001', to = '+15550002'): CallEvent {
  return event(callId, at, { type: 'call-started', from, to });
}

export function said(callId: CallId, at: number, transcript: string): CallEvent {
  return event(callId, at, { type: 'caller-said', utteranceId: `u${at}`, transcript });
}

export function ended(callId: CallId, at: number): CallEvent {
  return event(callId, at, { type: 'call-ended', reason: 'caller-hung-up', durationMs: at - NOON });
}

/** A process as the store sees it: it counts its events. */
export class Writing {
  readonly ownerId: string;
  #count = 0;

  constructor(ownerId: string) {
    this.ownerId = ownerId;
  }

  batch(events: readonly CallEvent[], resumes: Readonly<Record<CallId, ResumeState>> = {}): Batch {
    const changes = new Map<CallId, CallChange>();
    const put = (change: CallChange): void => {
      const earlier = changes.get(change.callId);
      changes.set(change.callId, earlier === undefined ? change : joined(earlier, change));
    };
    for (const one of events) put(changeByEvent(one));
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
