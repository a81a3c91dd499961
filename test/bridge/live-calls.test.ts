import { describe, expect, it } from 'vitest';
import type { CallEvent } from '../../src/call/call.ts';
import type { BridgeParts } from '../../src/bridge/bridge-parts.ts';
import { LiveCalls } from '../../src/bridge/live-calls.ts';
import { SteppedClock } from '../support/clock.ts';
import { PAPER_SETTINGS, PaperAgent, PaperLine, PaperSpeech, settled } from '../support/doubles.ts';

function liveCalls(
  maxCalls = 2,
  keep: BridgeParts['keep'] = async () => {},
  othersAreHere = async (): Promise<boolean> => false,
) {
  const clock = new SteppedClock();
  const events: CallEvent[] = [];
  const calls = new LiveCalls({
    clock,
    maxCalls,
    drainMs: 10_000,
    othersAreHere,
    bridge: () => ({
      agent: new PaperAgent(),
      sounds: new Map(),
      openSpeech: (onEvent) => new PaperSpeech(onEvent),
      carrier: null,
      tape: null,
      keep,
      settings: PAPER_SETTINGS,
    }),
  });
  calls.subscribe((event) => events.push(event));
  return { clock, calls, events };
}

const call = (id: string) => ({ id, carrier: null, from: '+1', to: '+2', parameters: {} });

describe('calls in progress', () => {
  it('[R3] a call whose line never came, or has been gone for a while, may be elsewhere by now', () => {
    const { calls, clock } = liveCalls();
    expect(calls.mayBeElsewhere('CA1')).toBe(true);
    calls.admit(call('CA1'));
    expect(calls.mayBeElsewhere('CA1')).toBe(false);
    clock.step(1001);
    expect(calls.mayBeElsewhere('CA1')).toBe(true);
  });

  it('a repeated webhook starts its call once', async () => {
    const { calls, events } = liveCalls();
    expect([calls.admit(call('CA1')), calls.admit(call('CA1'))]).toEqual(['connect', 'connect']);
    await settled();
    expect(events.map(({ type }) => type)).toEqual([
      'call-started',
      'agent-told',
      'line-spoken',
      'segment-asked',
    ]);
  });

  it('[R5] gives a busy tone to one call too many; one that ended makes room', () => {
    const { calls } = liveCalls(1);
    calls.admit(call('CA1'));
    expect(calls.admit(call('CA2'))).toBe('busy');
    calls.over('CA1');
    expect(calls.admit(call('CA2'))).toBe('connect');
  });

  it("a subscriber receives every event in order, after the current tick's work", async () => {
    const { calls, events } = liveCalls();
    calls.admit(call('CA1'));
    calls.get('CA1')?.end('bug');
    expect(events).toEqual([]);
    await settled();
    await settled();
    expect(events.map(({ type }) => type).at(-1)).toBe('call-ended');
  });
});

describe('[E2] what is next after the stream has ended', () => {
  it.each([
    ['agent-ended', 'hang-up'],
    ['silence', 'hang-up'],
    ['too-long', 'hang-up'],
    ['bug', 'apologise'],
    ['bad-input', 'apologise'],
    ['speech-lost', 'apologise'],
    ['line-lost', 'connect'],
  ] as const)('after %s: %s', (reason, step) => {
    const { calls } = liveCalls();
    calls.admit(call('CA1'));
    calls.get('CA1')?.end(reason);
    expect(calls.next(call('CA1'), null)).toBe(step);
  });

  it('connects a call that waits for its line again, as the same call', () => {
    const { calls } = liveCalls();
    calls.admit(call('CA1'));
    const bridge = calls.get('CA1');
    bridge?.attach(new PaperLine())({ type: 'closed', how: 'broken' });
    expect(calls.next(call('CA1'), null)).toBe('connect');
    expect(calls.get('CA1')).toBe(bridge);
  });

  it('takes a call that this process does not know', () => {
    const { calls } = liveCalls();
    expect(calls.next(call('CA9'), null)).toBe('connect');
    expect(calls.count).toBe(1);
  });

  it('gives up a call that keeps losing its stream', () => {
    const { calls } = liveCalls();
    const steps = Array.from({ length: 6 }, () => {
      const step = calls.next(call('CA1'), null);
      const tellLine = calls.get('CA1')?.attach(new PaperLine());
      tellLine?.({ type: 'closed', how: 'broken' });
      return step;
    });
    expect(steps).toEqual(['connect', 'connect', 'connect', 'connect', 'connect', 'apologise']);
  });

  it('[R6] connects again for as long as the stream may be led to a process that leaves', () => {
    const { calls, clock } = liveCalls();
    calls.admit(call('CA1'));
    calls.next(call('CA1'), null);
    for (let asked = 0; asked < 96; asked++) {
      clock.step(250);
      expect(calls.next(call('CA1'), null)).toBe('connect');
    }
    expect(calls.get('CA1')?.ended).toBeNull();
    clock.step(1_250);
    expect(calls.next(call('CA1'), null)).toBe('apologise');
  });

  it('[E4] forgets an ended call after a minute', () => {
    const { calls, clock } = liveCalls();
    calls.admit(call('CA1'));
    calls.get('CA1')?.end('silence');
    clock.step(60_000);
    expect(clock.waiting).toBe(0);
    expect(calls.next(call('CA1'), null)).toBe('connect');
  });
});

describe('[R2] draining', () => {
  it('takes no new calls and resolves when the last is gone', async () => {
    const { calls } = liveCalls();
    calls.admit(call('CA1'));
    calls.admit(call('CA3'));
    let isOver = false;
    const drained = calls.drain().then(() => (isOver = true));
    expect(calls.admit(call('CA2'))).toBe('busy');
    calls.over('CA3');
    await settled();
    expect(isOver).toBe(false);
    calls.over('CA1');
    await drained;
  });

  it('tells the remaining callers at the deadline, and ends their calls', async () => {
    const { calls, clock, events } = liveCalls();
    calls.admit(call('CA1'));
    calls.get('CA1')?.attach(new PaperLine());
    const drained = calls.drain();
    await settled();
    clock.step(10_000);
    await settled();
    clock.step(15_000);
    await drained;
    await settled();
    expect(events.filter(({ type }) => type === 'line-spoken').at(-1)).toMatchObject({ line: 'draining' });
    expect(events.at(-1)).toMatchObject({ type: 'call-ended', reason: 'draining' });
  });
});

describe('[R2] handing over', () => {
  it('has Twilio ask again until it reaches another process', async () => {
    const { calls } = liveCalls(2, undefined, async () => true);
    calls.admit(call('CA1'));
    calls.get('CA1')?.attach(new PaperLine());
    calls.get('CA1')?.handOver(true);
    await calls.drain();
    expect(calls.count).toBe(0);
    expect(calls.isUnknown('CA1')).toBe(false);
    for (let asked = 0; asked < 100; asked++) expect(calls.next(call('CA1'), null)).toBe('ask-again');
  });

  it('does not leave before everything is written down', async () => {
    const written = Promise.withResolvers<void>();
    const { calls } = liveCalls(
      2,
      () => written.promise,
      async () => true,
    );
    calls.admit(call('CA1'));
    let isOver = false;
    const drained = calls.drain().then(() => (isOver = true));
    calls.get('CA1')?.handOver(true);
    await settled();
    expect([calls.count, isOver]).toEqual([0, false]);
    written.resolve();
    await drained;
  });

  it('lets a reply finish, but not beyond the deadline', async () => {
    const { calls, clock } = liveCalls(2, undefined, async () => true);
    calls.admit(call('CA1'));
    calls.get('CA1')?.attach(new PaperLine());
    const drained = calls.drain();
    await settled();
    clock.step(9_999);
    await settled();
    expect(calls.count).toBe(1);
    // The greeting is late, and the hum that covers it is over in 2 s.
    clock.step(2_001);
    await settled();
    expect(calls.count).toBe(0);
    await drained;
  });

  it('asks again and again whether another process is there: it may come or go meanwhile', async () => {
    let isThere = false;
    const { calls, clock } = liveCalls(2, undefined, async () => isThere);
    for (const id of ['CA1', 'CA2']) {
      calls.admit(call(id));
      calls.get(id)?.attach(new PaperLine());
    }
    void calls.drain();
    await settled();
    expect([calls.isHandingOver, calls.count]).toEqual([false, 2]);
    isThere = true;
    clock.step(1_000);
    await settled();
    expect(calls.isHandingOver).toBe(true);
    isThere = false;
    clock.step(1_000);
    await settled();
    expect(calls.isHandingOver).toBe(true);
    clock.step(1_000);
    await settled();
    expect([calls.isHandingOver, calls.get('CA1')?.ended, calls.get('CA2')?.ended]).toEqual([
      false,
      null,
      null,
    ]);
  });

  it('hands over a call that was being claimed when the process was told to leave', async () => {
    const { calls } = liveCalls(2, undefined, async () => true);
    const claim = Promise.withResolvers<void>();
    calls.expect(claim.promise.then(() => calls.start(call('CA1'))));
    const drained = calls.drain();
    await settled();
    claim.resolve();
    await drained;
    expect([calls.count, calls.hasHandedOver]).toEqual([0, true]);
  });

  it('[R6] hands over at once a call that waits for its stream, which will not come here', async () => {
    const { calls } = liveCalls(2, undefined, async () => true);
    calls.admit(call('CA1'));
    await calls.drain();
    expect(calls.hasHandedOver).toBe(true);
  });
});

describe('[R3] taking up', () => {
  it('a call that another process had can come back', () => {
    const { calls } = liveCalls();
    calls.admit(call('CA1'));
    calls.get('CA1')?.release();
    expect(calls.isUnknown('CA1')).toBe(true);
  });

  it('the end reason of another process decides what is next', () => {
    const { calls } = liveCalls();
    calls.remember('CA1', 'agent-ended');
    expect(calls.next(call('CA1'), null)).toBe('hang-up');
    calls.remember('CA2', 'bug');
    expect(calls.next(call('CA2'), null)).toBe('apologise');
  });

  it('[E5] hangs up after an answered transfer, even for an unknown call', () => {
    const { calls } = liveCalls();
    expect(calls.next(call('CA1'), 'answered')).toBe('hang-up');
    expect(calls.count).toBe(0);
  });
});
