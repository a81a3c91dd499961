// Outbound calls until they are answered, on a stepped clock, with real records and fences. The test answers for the carrier.
import { LIST_PRICES } from '../../src/call/prices.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { CallEvent, CallId, EndReason } from '../../src/call/call.ts';
import type { PlaceResult } from '../../src/call/ports.ts';
import { OutboundCalls } from '../../src/outbound/outbound-calls.ts';
import { DialQueue } from '../../src/outbound/dial-queue.ts';
import { Fences } from '../../src/outbound/fences/fences.ts';
import { parseAllowList } from '../../src/outbound/fences/outbound-settings.ts';
import { CallRecords, LEASE_MS } from '../../src/store/call-records.ts';
import { chooseStore } from '../../src/store/choose-store.ts';
import { SteppedClock } from '../support/clock.ts';
import { ASSIGNMENT, NOON } from '../store/some-calls.ts';

const folder = mkdtempSync(join(tmpdir(), 'patchcord-out-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

const TO = '+15551230001';
const WANTED = { ...ASSIGNMENT, to: TO };

/** A process that may place outbound calls; `url` names its call store. */
function aProcess(url: string, clock: SteppedClock, ownerId: string) {
  const compiled: object[] = [];
  const store = chooseStore(url);
  const events: CallEvent[] = [];
  const settled: EndReason[] = [];
  const settledInbound: [CallId, EndReason][] = [];
  const hungUp: string[] = [];
  const dials: PromiseWithResolvers<PlaceResult>[] = [];
  const followed = new Set<CallId>();
  const records = new CallRecords({
    store,
    ownerId,
    clock,
    keepsWords: true,
    retentionDays: 0,
    prices: LIST_PRICES,
    resumeOf: () => null,
    liveCalls: () => out.ids,
    onTaken: (callId) => out.release(callId),
    onSteering: (callId, steering) => {
      if (steering.type === 'status') void out.hearStatus(callId, steering.sid, steering.status);
    },
    log: () => {},
  });
  const queue = new DialQueue(clock);
  const out: OutboundCalls = new OutboundCalls({
    clock,
    ownerId,
    from: '+15550002222',
    fences: new Fences(
      {
        allow: parseAllowList('+1555*'),
        countries: [],
        doNotCallFile: '',
        quietHours: null,
        callsPerDay: 100,
        minutesPerDay: 600,
      },
      store,
    ),
    checker: {
      problemWith: async (schema) => {
        compiled.push(schema);
        return schema['type'] === 'object' ? null : 'is none.';
      },
    },
    queue,
    dial: () => {
      const dialling = Promise.withResolvers<PlaceResult>();
      dials.push(dialling);
      return dialling.promise;
    },
    hangUp: async (sid) => void hungUp.push(sid),
    store,
    leaseMs: LEASE_MS,
    records,
    emit: (callId, body) => {
      const event = { callId, at: clock.now(), ...body };
      events.push(event);
      records.take(event);
    },
    settling: {
      follow: ({ callId }) => followed.add(callId),
      release: (callId) => followed.delete(callId),
      follows: (callId) => followed.has(callId),
      settleInbound: ({ id }, reason) => void settledInbound.push([id, reason]),
      settle: (_callId, reason) => settled.push(reason),
    },
    isFull: () => false,
    begin: () => {},
    isKnown: () => false,
    log: () => {},
  });
  onTestFinished(async () => {
    await out.close();
    await records.close();
  });
  const types = (): readonly string[] => events.map(({ type }) => type);
  return { out, records, types, settled, settledInbound, hungUp, dials, compiled };
}

function alone() {
  const clock = new SteppedClock(NOON);
  const url = `sqlite:${join(folder, `${++files}.db`)}`;
  return { clock, url, ...aProcess(url, clock, 'first') };
}

async function placed(out: OutboundCalls): Promise<CallId> {
  const answer = await out.place(WANTED, null);
  if (answer.is === 'refused') throw new Error(answer.refusal.message);
  return answer.callId;
}

/** So many times the carrier was asked. */
async function asked(dials: readonly unknown[], times: number, clock: SteppedClock): Promise<void> {
  await vi.waitFor(() => {
    clock.step(1000);
    expect(dials).toHaveLength(times);
  }, 5_000);
}

describe('an outbound call', () => {
  it('[C8] has its schema compiled only after the fences let it pass, and counts only if it is placed', async () => {
    const { out, compiled } = alone();
    const result = { type: 'object' };
    const fenced = await out.place({ ...WANTED, to: '+14155550123', result }, null);
    expect(fenced).toMatchObject({ is: 'refused' });
    expect(compiled).toEqual([]);
    // More often than a number may be called in an hour.
    for (let times = 0; times < 8; times++) {
      const refused = await out.place({ ...WANTED, result: { type: 'array' } }, null);
      expect(refused).toMatchObject({
        refusal: { code: 'invalid_request', field: 'result', message: 'The field result is none.' },
      });
    }
    expect(await out.place({ ...WANTED, result }, null)).toMatchObject({ is: 'placed' });
    expect(compiled).toHaveLength(9);
  });

  it('[C1] is hung up once its SID is known, if it was cancelled while the carrier created it', async () => {
    const { out, dials, hungUp, clock } = alone();
    const id = await placed(out);
    await asked(dials, 1, clock);
    expect(out.cancel(id)).toBe(true);
    dials[0]?.resolve({ is: 'placed', sid: 'CA1' });
    await vi.waitFor(() => expect(hungUp).toEqual(['CA1']));
  });

  it('[C1] is hung up at its first status, if it was cancelled and the carrier never answered', async () => {
    const { out, dials, hungUp, clock } = alone();
    const id = await placed(out);
    await asked(dials, 1, clock);
    out.cancel(id);
    dials[0]?.resolve({ is: 'unknown' });
    await out.hearStatus(id, 'CA2', 'ringing');
    expect(hungUp).toEqual(['CA2']);
  });

  it('[C1] is dialled again while the carrier is busy, but not forever', async () => {
    const { out, dials, settled, clock } = alone();
    await placed(out);
    for (let times = 1; times <= 6; times++) {
      await asked(dials, times, clock);
      dials[times - 1]?.resolve({ is: 'busy' });
    }
    await vi.waitFor(() => expect(settled).toEqual(['carrier-rejected']));
  });

  it('[C5] ends even if the carrier never reports its end', async () => {
    const { out, dials, hungUp, settled, clock } = alone();
    await placed(out);
    await asked(dials, 1, clock);
    dials[0]?.resolve({ is: 'placed', sid: 'CA3' });
    await vi.waitFor(() => {
      clock.step(10_000);
      expect(settled).toEqual(['never-known']);
    });
    expect(hungUp).toEqual(['CA3']);
  });

  it('[C5] ignores a status that comes late or twice', async () => {
    const { out, dials, types, settled, clock } = alone();
    const id = await placed(out);
    await asked(dials, 1, clock);
    dials[0]?.resolve({ is: 'placed', sid: 'CA4' });
    for (const status of [
      'ringing',
      'under-way',
      'ringing',
      'callee-busy',
      'ringing',
      'callee-busy',
    ] as const)
      await out.hearStatus(id, 'CA4', status);
    expect(types().filter((type) => type !== 'call-placed')).toEqual([
      'call-queued',
      'call-dialled',
      'call-rang',
      'call-ended',
    ]);
    expect(settled).toEqual(['callee-busy']);
  });

  it('[C1] is dialled by another process if its own dies before dialling, and never twice', async () => {
    const { url, clock, out, records, dials } = alone();
    await placed(out);
    await asked(dials, 1, clock);
    const second = await out.place({ ...WANTED, to: '+15551230002' }, null);
    expect(second.is).toBe('placed');
    await out.close();
    await records.close();
    const heir = aProcess(url, clock, 'second');
    await asked(heir.dials, 1, clock);
    expect(heir.settled).toEqual([]);
    await vi.waitFor(() => {
      clock.step(10_000);
      expect(heir.settled).toContain('never-known');
    }, 5_000);
    expect(heir.dials).toHaveLength(1);
  });

  it('[C5] ends within a second when its status reaches another process', async () => {
    const { url, clock, out, dials, settled } = alone();
    const other = aProcess(url, clock, 'second');
    const id = await placed(out);
    await asked(dials, 1, clock);
    dials[0]?.resolve({ is: 'placed', sid: 'CA5' });
    const before = clock.now();
    await other.out.hearStatus(id, 'CA5', 'callee-busy');
    await vi.waitFor(() => {
      if (clock.now() - before < 1_000) clock.step(100);
      expect(settled).toEqual(['callee-busy']);
    }, 5_000);
    expect(other.settled).toEqual([]);
  });
});

describe('an inbound call of which something is wanted', () => {
  it('[C12] is settled by another process if its own dies after the call and before the result', async () => {
    const { url, clock, records } = alone();
    const at = clock.now();
    for (const callId of ['CI1', 'CI2']) {
      records.wantResult(callId, at);
      records.take({ callId, at, type: 'call-started', from: TO, to: '+15550002222', sid: 'CA7' });
    }
    records.take({ callId: 'CI1', at, type: 'call-ended', reason: 'caller-hung-up', durationMs: 9000 });
    await records.close();
    const heir = aProcess(url, clock, 'second');
    await vi.waitFor(() => {
      clock.step(10_000);
      expect(heir.settledInbound).toContainEqual(['CI1', 'caller-hung-up']);
    }, 5_000);
    // A live one is left to the carrier, which asks what is next.
    expect(heir.settledInbound.map(([callId]) => callId)).not.toContain('CI2');
  });
});
