// Calls that were had before, written into a database as a relay writes them.
import type { Assignment } from '../../src/call/assignment.ts';
import type { Callback } from '../../src/call/callback-store.ts';
import {
  type CallChange,
  changeByAssignment,
  changeByEvent,
  changeBySettling,
  changeBySummary,
  joined,
} from '../../src/call/call-record.ts';
import type { CallEvent, CallEventBody, CallId } from '../../src/call/call.ts';
import { CallSummarizer } from '../../src/call/call-summary.ts';
import type { CallResult } from '../../src/call/call-result.ts';
import { LIST_PRICES } from '../../src/call/prices.ts';
import { chooseStore } from '../../src/store/choose-store.ts';

export interface Had {
  readonly id: CallId;
  readonly startedAt: number;
  /** Each with its instant, in ms after `startedAt`. */
  readonly events: readonly (readonly [afterMs: number, body: CallEventBody])[];
  readonly assignment?: Assignment;
  readonly result?: CallResult;
  readonly callback?: Omit<Callback, 'callId' | 'createdAt'>;
}

const AT_ONCE = 500;

/** `url` is a DATABASE_URL. */
export async function writeCalls(url: string, calls: Iterable<Had>): Promise<void> {
  const store = chooseStore(url);
  let number = 0;
  let batch: Had[] = [];
  const write = async (): Promise<void> => {
    const events = batch.flatMap(eventsOf);
    await store.append({
      ownerId: 'an earlier process',
      leaseUntil: 0,
      changes: batch.map(changeOf),
      events: events.map((event) => ({ number: ++number, event })),
    });
    batch = [];
  };
  for (const call of calls) {
    batch.push(call);
    if (batch.length === AT_ONCE) await write();
    if (call.callback === undefined) continue;
    await write();
    await store.addCallback({ ...call.callback, callId: call.id, createdAt: call.startedAt });
  }
  await write();
  await store.close();
}

function eventsOf({ id, startedAt, events }: Had): CallEvent[] {
  return events.map(([afterMs, body]) => ({ callId: id, at: startedAt + afterMs, ...body }));
}

function changeOf(call: Had): CallChange {
  const { id, startedAt, assignment, result = null } = call;
  const summarizer = new CallSummarizer(LIST_PRICES);
  for (const event of eventsOf(call)) summarizer.take(event);
  const changes: CallChange[] = [
    ...(assignment === undefined ? [] : [changeByAssignment(id, startedAt, assignment)]),
    ...eventsOf(call).map(changeByEvent),
    ...(assignment === undefined ? [] : [changeBySettling(id, startedAt + 60_000, result)]),
    changeBySummary(id, startedAt + 60_000, summarizer.summary(result)),
  ];
  return { profile: 'default', ...changes.reduce(joined) };
}
