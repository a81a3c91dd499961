import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CallEventBody, CallId } from '../../src/call/call.ts';
import { inboundIdOf } from '../../src/call/call-id.ts';
import { LIST_PRICES } from '../../src/call/prices.ts';
import { CarrierPrices } from '../../src/relay/carrier-prices.ts';
import { Spending } from '../../src/relay/spending.ts';
import { chooseStore } from '../../src/store/choose-store.ts';
import { changeByEvent } from '../../src/call/call-record.ts';
import { SteppedClock } from '../support/clock.ts';
import { settled } from '../support/doubles.ts';

const CALL = inboundIdOf('CA1');

async function aStore() {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-'));
  const store = chooseStore(`sqlite:${join(folder, 'calls.db')}`);
  await store.open();
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  return store;
}

type Store = Awaited<ReturnType<typeof aStore>>;

/** Calls whose minutes, at $0.0085 each, are all that they cost; `call` lasts as many minutes. */
async function spending({
  store,
  clock = new SteppedClock(),
  dailyBudget = 0,
  mostACall = 0,
}: {
  store: Store;
  clock?: SteppedClock;
  dailyBudget?: number;
  mostACall?: number;
}) {
  const costs = new Map<string, number>();
  const log: string[] = [];
  const ended: CallId[] = [];
  let sound = 0;
  const one = new Spending({
    clock,
    store,
    prices: LIST_PRICES,
    dailyBudget,
    mostACall,
    flush: () => Promise.resolve(),
    onCost: (owner, usd) => costs.set(owner, (costs.get(owner) ?? 0) + usd),
    onTooCostly: (callId) => ended.push(callId),
    onSoundIntoVoice: (tokens) => (sound += tokens),
    log: (line) => log.push(line),
  });
  onTestFinished(() => one.close());
  const tell = (body: CallEventBody, callId = CALL): void => one.take({ callId, at: clock.now(), ...body });
  const begins = (callId = CALL): void =>
    tell({ type: 'call-started', from: '+15550001', to: '+15550002', sid: 'CA1' }, callId);
  const ends = (callId = CALL): void =>
    tell({ type: 'call-ended', reason: 'caller-hung-up', durationMs: 0 }, callId);
  return { one, clock, costs, log, ended, tell, begins, ends, sound: () => sound };
}

async function until(is: () => boolean): Promise<void> {
  await expect.poll(is, { interval: 5 }).toBe(true);
}

describe('the metric of costs', () => {
  it('counts a call by owner once it has ended', async () => {
    const { clock, costs, begins, ends, tell } = await spending({ store: await aStore() });
    begins();
    tell({
      type: 'usage-counted',
      owner: 'ears',
      model: 'gpt-transcribe',
      usage: { unit: 'seconds', seconds: 60 },
    });
    clock.step(61_000);
    expect(costs.size).toBe(0);
    ends();
    await until(() => costs.size === 2);
    expect(Object.fromEntries(costs)).toEqual({ ears: 0.0045, carrier: 0.017 });
  });

  it('leaves a call that was handed over to the process that has it', async () => {
    const { costs, begins, tell, ends } = await spending({ store: await aStore() });
    begins();
    tell({ type: 'call-ended', reason: 'handed-over', durationMs: 0 });
    begins(inboundIdOf('CA2'));
    ends(inboundIdOf('CA2'));
    await until(() => costs.size > 0);
    expect(costs.get('carrier')).toBe(0.0085);
  });

  it('warns once of sound that went into the voice', async () => {
    const { begins, tell, log, sound } = await spending({ store: await aStore() });
    begins();
    const nothing = { textIn: 9, cachedTextIn: 0, audioIn: 50, cachedAudioIn: 0, textOut: 0, audioOut: 0 };
    const event = {
      type: 'usage-counted',
      owner: 'voice',
      model: 'm',
      usage: { unit: 'tokens', ...nothing },
    } as const;
    tell(event);
    tell(event);
    expect([sound(), log.length]).toEqual([100, 1]);
  });
});

it('what is told of a call after its end leaves no entry', async () => {
  const { one, begins, ends, tell } = await spending({ store: await aStore() });
  begins();
  expect(one.followed).toBe(1);
  ends();
  tell({ type: 'call-settled', result: null });
  tell({ type: 'carrier-priced', usd: 0.03 });
  expect(one.followed).toBe(0);
});

describe('MAX_CALL_COST', () => {
  it('ends a call once, when its minutes have cost that much', async () => {
    const { clock, ended, begins } = await spending({ store: await aStore(), mostACall: 0.017 });
    begins();
    clock.step(59_000);
    expect(ended).toEqual([]);
    for (const ms of [30_000, 30_000, 30_000]) {
      await settled();
      clock.step(ms);
    }
    expect(ended).toEqual([CALL]);
  });
});

describe('DAILY_BUDGET', () => {
  it('is spent by the calls of all processes, with a warning at 80 %, and begins anew with the day', async () => {
    const store = await aStore();
    const clock = new SteppedClock();
    const [one, other] = [
      await spending({ store, clock, dailyBudget: 0.085 }),
      await spending({ store, clock, dailyBudget: 0.085 }),
    ];
    const callOf = async (who: typeof one, sid: string, minutes: number): Promise<void> => {
      who.begins(inboundIdOf(sid));
      clock.step(minutes * 60_000 - 1);
      const before = who.costs.get('carrier') ?? 0;
      who.ends(inboundIdOf(sid));
      await until(() => (who.costs.get('carrier') ?? 0) > before);
    };
    await callOf(one, 'CA1', 8);
    await until(() => one.log.length === 1);
    expect([one.log, one.one.isSpent]).toEqual([['80 % of DAILY_BUDGET are spent'], false]);
    await callOf(one, 'CA2', 2);
    await until(() => one.one.isSpent);
    const passes = (ms: number, is: () => boolean): Promise<void> =>
      until(() => {
        clock.step(ms);
        return is();
      });
    await passes(15_000, () => other.one.isSpent);
    expect(other.one.retryAfterS).toBeGreaterThan(0);
    await passes(3_600_000, () => !other.one.isSpent);
  });

  it('counts what a live call has cost so far', async () => {
    const { one, clock, begins } = await spending({ store: await aStore(), dailyBudget: 0.0255 });
    begins();
    await until(() => {
      clock.step(15_000);
      return one.isSpent;
    });
  });
});

describe("the carrier's own price", () => {
  async function afterCall(priceOf: (sid: string) => Promise<number | null>) {
    const store = await aStore();
    const clock = new SteppedClock();
    const at = clock.now();
    const events = [
      { callId: CALL, at, type: 'call-started', from: '+15550001', to: '+15550002', sid: 'CA1' },
      { callId: CALL, at: at + 1, type: 'call-ended', reason: 'caller-hung-up', durationMs: 1 },
    ] as const;
    await store.append({
      ownerId: 'one',
      leaseUntil: at,
      changes: events.map(changeByEvent),
      events: events.map((event, number) => ({ number, event })),
    });
    const priced: [CallId, number][] = [];
    const asked: string[] = [];
    const process = (): CarrierPrices =>
      new CarrierPrices({
        clock,
        store,
        priceOf: (sid) => {
          asked.push(sid);
          return priceOf(sid);
        },
        onPrice: (callId, usd) => priced.push([callId, usd]),
      });
    return { clock, processes: [process(), process()] as const, priced, asked };
  }

  it('is asked for an hour after the call, by one process, once', async () => {
    const { clock, processes, priced, asked } = await afterCall(async () => 0.03);
    const [one, other] = processes;
    await one.look();
    expect(asked).toEqual([]);
    clock.step(3_600_001);
    await one.look();
    await Promise.all([one.look(), other.look()]);
    expect([asked, priced]).toEqual([['CA1'], [[CALL, 0.03]]]);
  });

  it('is asked for again while the carrier does not know it, and given up after three hours', async () => {
    let price: number | null = null;
    const { clock, processes, priced, asked } = await afterCall(async () => {
      if (asked.length === 1) throw new Error('away');
      return price;
    });
    const [one] = processes;
    clock.step(3_600_001);
    await one.look();
    await one.look();
    expect([asked.length, priced]).toEqual([2, []]);
    price = 0.05;
    await one.look();
    expect(priced).toEqual([[CALL, 0.05]]);
    const late = await afterCall(async () => null);
    late.clock.step(3 * 3_600_000 + 2);
    await late.processes[0].look();
    expect(late.asked).toEqual([]);
  });
});
