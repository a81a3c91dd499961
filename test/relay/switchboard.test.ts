// What comes to a call while this process is still claiming it: the store is slow, and the caller or the host is not.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CallEvent } from '../../src/call/call.ts';
import { inboundIdOf } from '../../src/call/call-id.ts';
import { LIST_PRICES } from '../../src/call/prices.ts';
import { NO_WISHES } from '../../src/call/wishes.ts';
import { ALONE } from '../../src/cluster/siblings.ts';
import { Switchboard } from '../../src/relay/switchboard.ts';
import { chooseStore } from '../../src/store/choose-store.ts';
import { SteppedClock } from '../support/clock.ts';
import { PAPER_SETTINGS, PaperAgent, PaperLine, PaperSpeech, settled } from '../support/doubles.ts';

const SID = 'CA1';
const CALL = {
  id: inboundIdOf(SID),
  carrier: { sid: SID },
  from: '+15550001',
  to: '+15550002',
  parameters: {},
};

const NAMED = { callId: CALL.id, sid: SID };

/** A process on the file `url`, whose store can be held: what it was asked then stays unanswered until `go`. */
function aProcess(url: string, ownerId: string, clock: SteppedClock) {
  const real = chooseStore(url);
  let held = Promise.resolve();
  let go = (): void => {};
  const store: typeof real = Object.assign(Object.create(real), {
    load: async (name: string) => {
      const record = await real.load(name);
      await held;
      return record;
    },
    append: async (batch: Parameters<typeof real.append>[0]) => {
      await held;
      return real.append(batch);
    },
  });
  const events: CallEvent[] = [];
  const switchboard = new Switchboard({
    clock,
    store,
    ownerId,
    maxCalls: 10,
    siblings: ALONE,
    drainMs: 10_000,
    bridge: () => ({
      agent: new PaperAgent(),
      sounds: new Map(),
      openSpeech: (onEvent) => new PaperSpeech(onEvent),
      settings: PAPER_SETTINGS,
      tape: null,
      carrier: null,
    }),
    records: { keepsWords: true, retentionDays: 0, prices: LIST_PRICES },
    outbound: {
      from: '',
      limits: {
        allow: [],
        countries: [],
        doNotCallFile: '',
        quietHours: null,
        callsPerDay: 1,
        minutesPerDay: 1,
      },
      callbacks: { secret: '', allowPrivate: false },
      publicUrl: '',
      place: async () => ({ is: 'unknown' }),
      hangUp: async () => {},
      agentOf: () => new PaperAgent(),
      wantedOf: () => ({ profile: 'default', wishes: NO_WISHES }),
      onBug: (error) => {
        throw error;
      },
    },
    isWelcome: () => true,
    onUnwelcome: () => {},
    isOverloaded: () => false,
    log: () => {},
  });
  switchboard.subscribe((event) => events.push(event));
  onTestFinished(async () => {
    go();
    switchboard.calls.close();
    await switchboard.outbound.close();
    await switchboard.records.close();
  });
  return {
    switchboard,
    starts: () => events.filter(({ type }) => type === 'call-started').length,
    reasons: () => events.flatMap((event) => (event.type === 'call-ended' ? [event.reason] : [])),
    hold: () => {
      ({ promise: held, resolve: go } = Promise.withResolvers<void>());
    },
    go: () => go(),
  };
}

function aFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return `sqlite:${join(folder, 'calls.db')}`;
}

async function untilClosed(line: PaperLine): Promise<void> {
  await expect.poll(() => line.isClosed, { interval: 5 }).toBe(true);
}

describe('[R3] a call that is being claimed', () => {
  it('is not begun again if its caller hangs up meanwhile', async () => {
    const clock = new SteppedClock();
    const one = aProcess(aFile(), 'one', clock);
    one.switchboard.calls.admit(CALL);
    await settled();
    await one.switchboard.records.flush();
    // Its stream comes so late that another process may have it.
    clock.step(1_001);
    one.hold();
    const line = new PaperLine();
    one.switchboard.onStream({ ...NAMED, first: null }, line);
    one.switchboard.onStatus({ callId: CALL.id, sid: SID }, 'no-stream');
    one.go();
    await untilClosed(line);
    expect([one.starts(), one.reasons()]).toEqual([1, ['caller-hung-up']]);
  });

  it('[R2] is handed over, and not cut off, by a process that is told to leave meanwhile', async () => {
    const [url, clock] = [aFile(), new SteppedClock()];
    const one = aProcess(url, 'one', clock);
    const other = aProcess(url, 'other', clock);
    other.switchboard.calls.admit(CALL);
    await settled();
    await other.switchboard.records.flush();
    await expect.poll(() => one.switchboard.records.isKnown && other.switchboard.records.isKnown).toBe(true);
    one.hold();
    one.switchboard.onStream({ ...NAMED, first: null }, new PaperLine());
    let hasLeft = false;
    void one.switchboard.drain().then(() => (hasLeft = true));
    await settled();
    one.go();
    await expect
      .poll(() => {
        clock.step(1_000);
        return hasLeft;
      })
      .toBe(true);
    expect([one.starts(), one.reasons()]).toEqual([1, ['handed-over']]);
  });
});

describe('[O10] a call that comes in while the records do not answer', () => {
  it('begins in the process that its first stream reaches, within 0.7 s', async () => {
    const [clock, line] = [new SteppedClock(), new PaperLine()];
    const one = aProcess(aFile(), 'one', clock);
    one.hold();
    one.switchboard.onStream({ ...NAMED, first: CALL }, line);
    clock.step(699);
    await settled();
    expect(one.starts()).toBe(0);
    clock.step(1);
    await expect.poll(one.starts).toBe(1);
    expect(one.switchboard.calls.get(CALL.id)?.call).toEqual(CALL);
    expect(line.isClosed).toBe(false);
  });

  it('goes on where it began if its stream comes late', async () => {
    const [clock, line] = [new SteppedClock(), new PaperLine()];
    const one = aProcess(aFile(), 'one', clock);
    one.switchboard.calls.admit(CALL);
    one.hold();
    clock.step(1_001);
    one.switchboard.onStream({ ...NAMED, first: CALL }, line);
    clock.step(700);
    await expect.poll(() => one.switchboard.calls.get(CALL.id)?.withoutLineMs).toBe(0);
    expect([one.starts(), line.isClosed]).toEqual([1, false]);
  });

  it('is let go by the process that the webhook reached, once the records tell it', async () => {
    const [url, clock] = [aFile(), new SteppedClock()];
    const [asked, reached] = [aProcess(url, 'asked', clock), aProcess(url, 'reached', clock)];
    asked.hold();
    reached.hold();
    expect(
      await Promise.all([asked.switchboard.onIncoming(CALL), settled().then(() => clock.step(300))]),
    ).toContain('connect');
    reached.switchboard.onStream({ ...NAMED, first: CALL }, new PaperLine());
    clock.step(700);
    await expect.poll(reached.starts).toBe(1);
    asked.go();
    reached.go();
    await expect
      .poll(() => {
        clock.step(1_000);
        return asked.reasons();
      })
      .toEqual(['handed-over']);
    expect(reached.reasons()).toEqual([]);
  });

  it('of a later stream, is closed: another process may know more of it', async () => {
    const [clock, line] = [new SteppedClock(), new PaperLine()];
    const one = aProcess(aFile(), 'one', clock);
    one.hold();
    one.switchboard.onStream({ ...NAMED, first: null }, line);
    clock.step(3_000);
    await untilClosed(line);
    expect(one.starts()).toBe(0);
  });
});

describe('[O7] a webhook that is sent again after its call', () => {
  it('starts none though the records do not answer', async () => {
    const one = aProcess(aFile(), 'one', new SteppedClock());
    one.switchboard.calls.admit(CALL);
    one.hold();
    one.switchboard.onStatus(NAMED, 'no-stream');
    expect(await one.switchboard.onIncoming(CALL)).toBe('hang-up');
    await settled();
    expect(one.starts()).toBe(1);
  });
});
