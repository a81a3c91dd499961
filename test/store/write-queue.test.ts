import { expect, it } from 'vitest';
import { changeByEvent, changeByResume } from '../../src/call/call-record.ts';
import { halves, WriteQueue } from '../../src/store/write-queue.ts';
import { NOON, RESUME, ended, said, started } from './some-calls.ts';

const ROOMY = { events: 1000, chars: 100_000, calls: 100 };

function filled(bounds: Partial<typeof ROOMY>, count: number, callOf: (n: number) => string): WriteQueue {
  const queue = new WriteQueue({ ...ROOMY, ...bounds });
  for (let n = 0; n < count; n++) {
    const event = said(callOf(n), NOON + n, 'ten chars.');
    queue.add(event, changeByEvent(event));
  }
  return queue;
}

it('returns what was added, in order, and is empty then', () => {
  const queue = filled({}, 5, () => 'CA1');
  const taken = queue.take(3);
  expect(taken?.events.map(({ event }) => event.at)).toEqual([NOON, NOON + 1, NOON + 2]);
  expect(taken?.changes).toEqual([{ callId: 'CA1', firstAt: NOON, lastAt: NOON + 4 }]);
  expect(queue.take(3)?.events.map(({ event }) => event.at)).toEqual([NOON + 3, NOON + 4]);
  expect(queue.isEmpty).toBe(true);
  expect(queue.take(3)).toBeNull();
  expect(queue.oldest).toBe(Infinity);
});

it('joins the changes of a call; later ones count', () => {
  const queue = new WriteQueue(ROOMY);
  const first = started('CA1');
  const last = ended('CA1', NOON + 9);
  queue.add(first, changeByEvent(first));
  queue.change(changeByResume('CA1', NOON + 3, RESUME));
  queue.add(last, changeByEvent(last));
  queue.change(changeByResume('CA1', NOON + 4, { ...RESUME, speaking: null }));
  expect(queue.take(10)?.changes).toMatchObject([
    {
      callId: 'CA1',
      firstAt: NOON,
      lastAt: NOON + 9,
      from: '+15550001',
      to: '+15550002',
      state: { is: 'ended', reason: 'caller-hung-up' },
      resume: { ...RESUME, speaking: null },
    },
  ]);
});

it('lets no event leave before the change of its call', () => {
  const queue = filled({}, 6, (n) => `CA${n}`);
  const changed = new Set<string>();
  for (let taken = queue.take(2); taken !== null; taken = queue.take(2)) {
    for (const { callId } of taken.changes) changed.add(callId);
    for (const { event } of taken.events) expect(changed).toContain(event.callId);
  }
  const behind = new WriteQueue(ROOMY);
  for (const callId of ['CA1', 'CA2']) behind.change(changeByResume(callId, NOON, RESUME));
  const event = said('CA3', NOON, 'x');
  behind.add(event, changeByEvent(event));
  expect(behind.take(2)).toMatchObject({ changes: [{ callId: 'CA1' }, { callId: 'CA2' }], events: [] });
  expect(behind.take(2)).toMatchObject({ changes: [{ callId: 'CA3' }], events: [{}] });
});

it('bounds events, text and calls: drops the oldest and counts them', () => {
  const byEvents = filled({ events: 3 }, 5000, () => 'CA1');
  expect([byEvents.events, byEvents.dropped]).toEqual([3, 4997]);
  expect(byEvents.take(9)?.events[0]?.event.at).toBe(NOON + 4997);
  const byChars = filled({ chars: 200 }, 50, () => 'CA1');
  expect(byChars.events).toBeLessThan(10);
  expect(byChars.events).toBeGreaterThan(2);
  expect(byChars.dropped + byChars.events).toBe(50);
  const byCalls = filled({ calls: 4 }, 10, (n) => `CA${n}`);
  expect(byCalls.dropped).toBe(6);
  expect(byCalls.take(10)?.changes.map(({ callId }) => callId)).toEqual(['CA6', 'CA7', 'CA8', 'CA9']);
});

it('knows the oldest event or change that waits', () => {
  const queue = new WriteQueue(ROOMY);
  queue.change(changeByResume('CA1', NOON, RESUME));
  const event = said('CA2', NOON, 'x');
  queue.add(event, changeByEvent(event));
  expect([queue.oldest, queue.newest]).toEqual([1, 2]);
  expect(queue.take(1)?.oldest).toBe(1);
  expect(queue.oldest).toBe(2);
  const again = new WriteQueue(ROOMY);
  again.change(changeByResume('CA1', NOON, RESUME));
  again.change(changeByResume('CA1', NOON, RESUME));
  // Otherwise a caller that waits for the first would resume before it is written.
  expect([again.oldest, again.newest]).toEqual([1, 2]);
});

it('halves a batch down to single entries, with each change before its events', () => {
  const whole = filled({}, 7, (n) => `CA${n % 3}`).take(10);
  expect(whole).not.toBeNull();
  if (whole === null) return;
  const parts = [whole];
  const single: string[] = [];
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const two = halves(part);
    if (two !== null) parts.unshift(...two);
    else
      single.push(
        ...part.changes.map(({ callId }) => callId),
        ...part.events.map(({ event }) => `${event.at - NOON}`),
      );
  }
  expect(single).toEqual(['CA0', 'CA1', 'CA2', '0', '1', '2', '3', '4', '5', '6']);
});
