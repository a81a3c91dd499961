// Calls that were had before the relay of a test started, written into its database as a relay writes them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Assignment } from '../../src/call/assignment.ts';
import type { Callback } from '../../src/call/callback-store.ts';
import {
  type CallChange,
  changeByAssignment,
  changeByEvent,
  changeBySettling,
  joined,
} from '../../src/call/call-record.ts';
import type { CallEvent, CallEventBody, CallId } from '../../src/call/call.ts';
import type { CallResult } from '../../src/call/call-result.ts';
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

/** Resolves with the DATABASE_URL; the database goes with the file's tests. */
export async function databaseOf(calls: Iterable<Had>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-pages-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const url = `sqlite:${join(folder, 'calls.db')}`;
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
  return url;
}

function eventsOf({ id, startedAt, events }: Had): CallEvent[] {
  return events.map(([afterMs, body]) => ({ callId: id, at: startedAt + afterMs, ...body }));
}

function changeOf(call: Had): CallChange {
  const { id, startedAt, assignment, result = null } = call;
  const changes: CallChange[] = [
    ...(assignment === undefined ? [] : [changeByAssignment(id, startedAt, assignment)]),
    ...eventsOf(call).map(changeByEvent),
    ...(assignment === undefined ? [] : [changeBySettling(id, startedAt + 60_000, result)]),
  ];
  return changes.reduce(joined);
}
