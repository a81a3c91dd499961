import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type LookupFunction } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CallbackState, CallbackStore } from '../../../src/call/callback-store.ts';
import { StoreError } from '../../../src/call/call-store.ts';
import { verifyCallback } from '../../../src/outbound/callbacks/callback-signature.ts';
import { Callbacks } from '../../../src/outbound/callbacks/callbacks.ts';
import { chooseStore } from '../../../src/store/choose-store.ts';
import { NOON, Writing } from '../../store/some-calls.ts';
import { SteppedClock } from '../../support/clock.ts';
import { startReceiver } from '../outcome/receiver.ts';

const SECRET = 'sesame';
const CALL = 'out-1';

/** A store that can be away, and counts what it is asked. */
function awayable(store: CallbackStore) {
  const state = { isAway: false, looks: 0, tries: 0 };
  const unlessAway = <Result>(work: () => Promise<Result>): Promise<Result> =>
    state.isAway ? Promise.reject(new StoreError('ECONNREFUSED')) : work();
  const over: CallbackStore = {
    addCallback: (callback) => {
      state.tries++;
      return unlessAway(() => store.addCallback(callback));
    },
    takeDueCallbacks: (now, until, limit) => {
      state.looks++;
      return unlessAway(() => store.takeDueCallbacks(now, until, limit));
    },
    noteAttempt: (id, attempt) => unlessAway(() => store.noteAttempt(id, attempt)),
    callbacksOf: (callId) => store.callbacksOf(callId),
  };
  return { state, over };
}

async function aProcess(
  options: {
    calls?: readonly string[];
    secret?: string;
    allowPrivate?: boolean;
    lookup?: LookupFunction;
  } = {},
) {
  const clock = new SteppedClock(NOON);
  const store = chooseStore('sqlite::memory:');
  const writing = new Writing('process-1');
  for (const call of options.calls ?? [CALL]) await store.append(writing.asked(call));
  const { state, over } = awayable(store);
  const lines: string[] = [];
  const start = (): Callbacks =>
    new Callbacks({
      clock,
      store: over,
      secret: options.secret ?? SECRET,
      allowPrivate: options.allowPrivate ?? true,
      log: (line) => lines.push(line),
      ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
    });
  const callbacks = start();
  onTestFinished(async () => {
    await store.close();
  });

  /** Steps nothing but what is due by now. */
  const until = async (isThere: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await isThere())) {
      clock.step(0);
      await setImmediate();
    }
  };
  const stateOf = async (id: string, call = CALL): Promise<CallbackState | undefined> =>
    (await store.callbacksOf(call)).find((one) => one.id === id);
  const attempted = async (id: string, times: number): Promise<CallbackState> => {
    let found: CallbackState | undefined;
    await until(async () => ((found = await stateOf(id)), (found?.attempts ?? 0) >= times));
    if (found === undefined) throw new Error('not there');
    return found;
  };
  /** Everything that is under way has come to its end, as often as the event loop turns. */
  const quiet = async (): Promise<void> => {
    for (let turn = 0; turn < 50; turn++) {
      clock.step(0);
      await setImmediate();
      await store.callbacksOf(CALL);
    }
  };
  return { clock, store, writing, state, lines, callbacks, start, until, stateOf, attempted, quiet };
}

describe('callbacks', () => {
  it('carry a signature and the ID of their payload', async () => {
    const receiver = await startReceiver(SECRET);
    const { callbacks, attempted } = await aProcess();
    callbacks.tell(CALL, receiver.url, { id: 'a', type: 'call.ended', said: 'Grüße "🙂"' });
    expect(await attempted('a', 1)).toMatchObject({
      attempts: 1,
      nextAt: null,
      deliveredAt: NOON,
      lastProblem: null,
    });
    expect(receiver.wrong).toEqual([]);
    expect(receiver.received).toMatchObject([
      { id: 'a', url: '/calls?a=1', payload: { id: 'a', type: 'call.ended', said: 'Grüße "🙂"' } },
    ]);
    const [{ signature, body } = { signature: '', body: '' }] = receiver.received;
    expect(verifyCallback(SECRET, signature, body, Date.now() / 1000)).toBe(true);
    expect(await receiver.connections()).toBe(0);
    await callbacks.close();
  });

  it('wait for the row of their call', async () => {
    const receiver = await startReceiver(SECRET);
    const { callbacks, store, writing, clock, state, until, attempted, lines, quiet } = await aProcess({
      calls: [],
    });
    callbacks.tell(CALL, receiver.url, { id: 'a' });
    callbacks.tell(CALL, receiver.url, { id: 'b' });
    await until(() => state.tries === 1);
    await until(() => clock.waiting > 1);
    await store.append(writing.asked(CALL));
    // No faster than what it leads to: a callback that is long under way goes out again.
    while (state.tries < 3) {
      clock.step(50);
      await quiet();
    }
    await until(() => receiver.received.length === 2);
    await attempted('b', 1);
    expect(receiver.received.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(lines).toEqual([]);
    await callbacks.close();
  });

  it('of one call go out in order, those of other calls in parallel', async () => {
    const receiver = await startReceiver(SECRET);
    const { callbacks, clock, attempted, until, quiet } = await aProcess({ calls: [CALL, 'out-2'] });
    receiver.reactions.push(500);
    for (const id of ['a', 'b', 'c']) callbacks.tell(CALL, receiver.url, { id });
    expect(await attempted('a', 1)).toMatchObject({ attempts: 1, deliveredAt: null, lastProblem: '500' });
    callbacks.tell('out-2', receiver.url, { id: 'x' });
    await until(() => receiver.received.length === 2);
    await quiet();
    clock.step(4999);
    await quiet();
    expect(receiver.received.map(({ id }) => id)).toEqual(['a', 'x']);
    clock.step(1006);
    await attempted('c', 1);
    expect(receiver.received.map(({ id }) => id)).toEqual(['a', 'x', 'a', 'b', 'c']);
    expect(receiver.wrong).toEqual([]);
    await callbacks.close();
  });

  it('are retried with growing pauses, and then given up', async () => {
    const receiver = await startReceiver(SECRET);
    const { callbacks, clock, attempted, lines, quiet } = await aProcess();
    receiver.reactions.push(...Array<number>(20).fill(503));
    callbacks.tell(CALL, receiver.url, { id: 'a' });
    const waits: number[] = [];
    for (let attempt = 1; attempt < 7; attempt++) {
      const { nextAt } = await attempted('a', attempt);
      waits.push(((nextAt ?? 0) - clock.now()) / 1000);
      clock.step((nextAt ?? 0) - clock.now() + 5);
    }
    expect(await attempted('a', 7)).toMatchObject({ nextAt: null, deliveredAt: null, lastProblem: '503' });
    [5, 30, 120, 600, 3600, 21_600].forEach((wait, at) => {
      expect(waits[at]).toBeGreaterThanOrEqual(wait);
      expect(waits[at]).toBeLessThanOrEqual(wait * 1.2);
    });
    clock.step(86_400_000);
    await quiet();
    expect(receiver.received).toHaveLength(7);
    expect(new Set(receiver.received.map(({ id }) => id))).toEqual(new Set(['a']));
    expect(lines).toEqual([`a callback of call ${CALL} was given up (503)`]);
    await callbacks.close();
  });

  it('are given up at once when the receiver answers 410', async () => {
    const receiver = await startReceiver(SECRET);
    const { callbacks, attempted } = await aProcess();
    receiver.reactions.push(410);
    callbacks.tell(CALL, receiver.url, { id: 'a' });
    callbacks.tell(CALL, receiver.url, { id: 'b' });
    expect(await attempted('a', 1)).toMatchObject({ nextAt: null, deliveredAt: null, lastProblem: '410' });
    expect(await attempted('b', 1)).toMatchObject({ lastProblem: null });
    await callbacks.close();
  });

  it('follow no redirect', async () => {
    const receiver = await startReceiver(SECRET);
    const elsewhere = await startReceiver(SECRET);
    const { callbacks, attempted } = await aProcess();
    receiver.reactions.push((_, response) => response.writeHead(307, { location: elsewhere.url }).end());
    callbacks.tell(CALL, receiver.url, { id: 'a' });
    expect(await attempted('a', 1)).toMatchObject({ deliveredAt: null, lastProblem: '307' });
    expect(elsewhere.received).toEqual([]);
    await callbacks.close();
  });

  it('wait ten seconds for an answer', async () => {
    const receiver = await startReceiver(SECRET);
    const { callbacks, clock, attempted, until, stateOf } = await aProcess();
    receiver.reactions.push(() => {});
    callbacks.tell(CALL, receiver.url, { id: 'a' });
    await until(() => receiver.received.length === 1);
    clock.step(9999);
    expect((await stateOf('a'))?.attempts).toBe(0);
    clock.step(1);
    expect(await attempted('a', 1)).toMatchObject({ lastProblem: 'TIMEOUT', deliveredAt: null });
    await callbacks.close();
  });

  it('count as delivered by the status alone: the body is neither awaited nor read', async () => {
    const receiver = await startReceiver(SECRET);
    const { callbacks, clock, attempted, until } = await aProcess();
    const closed = Promise.withResolvers<void>();
    let hasArrived = false;
    const noteHeaders = (): void => {
      hasArrived = true;
    };
    receiver.reactions.push(
      (_, response) => {
        response.on('close', closed.resolve).writeHead(200);
        const flood = (): void => {
          if (!response.destroyed && response.write('x'.repeat(512))) setImmediate(flood).then(flood, flood);
        };
        flood();
      },
      (_, response) => {
        subscribe('undici:request:headers', noteHeaders);
        response.writeHead(200).write('x');
      },
    );
    callbacks.tell(CALL, receiver.url, { id: 'a' });
    expect(await attempted('a', 1)).toMatchObject({ deliveredAt: NOON });
    await closed.promise;
    callbacks.tell(CALL, receiver.url, { id: 'b' });
    await until(() => hasArrived);
    unsubscribe('undici:request:headers', noteHeaders);
    clock.step(10_000);
    expect(await attempted('b', 1)).toMatchObject({ lastProblem: null, nextAt: null });
    await callbacks.close();
  });

  it('keep an error code when no answer comes', async () => {
    const server = createServer((socket) => socket.destroy());
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(address !== null && typeof address !== 'string' ? address.port : 0);
      });
    });
    const { callbacks, attempted } = await aProcess({ calls: [CALL] });
    callbacks.tell(CALL, `http://127.0.0.1:${port}/`, { id: 'a' });
    expect((await attempted('a', 1)).lastProblem).toMatch(/^(?:UND_ERR_SOCKET|ECONNRESET)$/);
    await new Promise((resolve) => server.close(resolve));
    const other = await aProcess();
    other.callbacks.tell(CALL, `http://127.0.0.1:${port}/`, { id: 'b' });
    expect(await other.attempted('b', 1)).toMatchObject({ lastProblem: 'ECONNREFUSED' });
    await callbacks.close();
    await other.callbacks.close();
  });

  it('stay in the store when the process stops, and the next process sends them', async () => {
    const receiver = await startReceiver(SECRET);
    const { callbacks, start, store, until, attempted } = await aProcess();
    await until(() => true);
    await callbacks.close();
    await store.addCallback({
      id: 'a',
      callId: CALL,
      url: receiver.url,
      body: '{"id":"a"}',
      createdAt: NOON,
    });
    const next = start();
    await attempted('a', 1);
    expect(receiver.received).toHaveLength(1);
    await next.close();
  });

  it('of a process that died while sending are sent by another half a minute later', async () => {
    const receiver = await startReceiver(SECRET);
    const { callbacks, clock, store, attempted, quiet } = await aProcess();
    await quiet();
    await store.addCallback({
      id: 'a',
      callId: CALL,
      url: receiver.url,
      body: '{"id":"a"}',
      createdAt: NOON,
    });
    await store.takeDueCallbacks(NOON, NOON + 30_000, 1);
    callbacks.tell(CALL, receiver.url, { id: 'b' });
    await quiet();
    expect(receiver.received).toEqual([]);
    clock.step(30_000);
    await attempted('b', 1);
    expect(receiver.received.map(({ id }) => id)).toEqual(['a', 'b']);
    await callbacks.close();
  });

  it('survive an outage of the store', async () => {
    const receiver = await startReceiver(SECRET);
    const { callbacks, clock, state, attempted, until } = await aProcess();
    await until(() => state.looks > 0);
    state.isAway = true;
    callbacks.tell(CALL, receiver.url, { id: 'a' });
    await until(() => state.tries > 0);
    await until(() => {
      clock.step(1000);
      return clock.now() >= NOON + 120_000;
    });
    state.isAway = false;
    await until(() => {
      clock.step(1000);
      return receiver.received.length > 0;
    });
    await attempted('a', 1);
    await callbacks.close();
  });

  it('record their attempt once the store is back, and are sent once', async () => {
    const receiver = await startReceiver(SECRET);
    const { callbacks, clock, state, attempted, until, quiet } = await aProcess();
    receiver.reactions.push((_, response) => {
      state.isAway = true;
      response.writeHead(200).end();
    });
    callbacks.tell(CALL, receiver.url, { id: 'a' });
    await until(() => state.isAway);
    await quiet();
    clock.step(3000);
    await quiet();
    state.isAway = false;
    clock.step(1000);
    expect(await attempted('a', 1)).toMatchObject({ deliveredAt: NOON, attempts: 1 });
    clock.step(120_000);
    await quiet();
    expect(receiver.received).toHaveLength(1);
    await callbacks.close();
  });

  it('query the store rarely while nothing is due', async () => {
    const { callbacks, clock, state, until, quiet } = await aProcess();
    await until(() => state.looks === 1);
    for (let second = 0; second < 300; second++) {
      clock.step(1000);
      if (second % 15 === 0) await quiet();
    }
    expect(state.looks).toBeGreaterThanOrEqual(5);
    expect(state.looks).toBeLessThanOrEqual(12);
    await callbacks.close();
    expect(clock.waiting).toBe(0);
  });

  it('are off without a secret, because a receiver could not tell them from a forgery', async () => {
    const { callbacks, clock, state, quiet, stateOf } = await aProcess({ secret: '' });
    callbacks.tell(CALL, 'http://127.0.0.1:9/', { id: 'a' });
    await quiet();
    expect(await stateOf('a')).toBeUndefined();
    expect([state.looks, clock.waiting]).toEqual([0, 0]);
    await callbacks.close();
  });

  it('are bounded in size and in number', async () => {
    const { callbacks, clock, state, lines, until } = await aProcess();
    await until(() => state.looks > 0);
    callbacks.tell(CALL, 'http://127.0.0.1:9/', { id: 'a', said: 'x'.repeat(1024 * 1024) });
    expect(lines).toEqual([`lost a callback of call ${CALL} (TOO_LONG)`]);
    state.isAway = true;
    for (let at = 0; at < 5001; at++) callbacks.tell(`out-${at}`, 'http://127.0.0.1:9/', { id: `b${at}` });
    expect(lines.slice(1)).toEqual(['lost a callback of call out-5000 (TOO_MANY)']);
    await callbacks.close();
    expect(lines).toHaveLength(2 + 5000);
    expect(clock.waiting).toBe(0);
  });

  it('of a call that is never stored are dropped in the end', async () => {
    const { callbacks, clock, lines, until, store } = await aProcess({ calls: [] });
    callbacks.tell(CALL, 'http://127.0.0.1:9/', { id: 'a' });
    await until(() => {
      clock.step(1000);
      return lines.length > 0;
    });
    expect(lines).toEqual([`lost a callback of call ${CALL} (UNKNOWN_CALL)`]);
    expect(clock.now() - NOON).toBeGreaterThan(600_000);
    expect(await store.callbacksOf(CALL)).toEqual([]);
    await callbacks.close();
  });

  it('that are being sent are awaited when the process stops', async () => {
    const receiver = await startReceiver(SECRET);
    const { callbacks, clock, stateOf, until } = await aProcess();
    const held = Promise.withResolvers<() => void>();
    receiver.reactions.push((_, response) => held.resolve(() => response.writeHead(200).end()));
    callbacks.tell(CALL, receiver.url, { id: 'a' });
    await until(() => receiver.received.length === 1);
    const closing = callbacks.close();
    (await held.promise)();
    await closing;
    expect(await stateOf('a')).toMatchObject({ deliveredAt: NOON });
    expect(clock.waiting).toBe(0);
    callbacks.tell(CALL, receiver.url, { id: 'b' });
    clock.step(60_000);
    expect(await stateOf('b')).toBeUndefined();
  });

  it('that come just before the process stops are stored', async () => {
    const receiver = await startReceiver(SECRET);
    const { callbacks, stateOf } = await aProcess();
    for (const id of ['a', 'b', 'c']) callbacks.tell(CALL, receiver.url, { id });
    await callbacks.close();
    expect(await stateOf('c')).toMatchObject({ attempts: 0 });
    expect(receiver.received).toEqual([]);
  });

  it('are awaited for a limited time only', async () => {
    const receiver = await startReceiver(SECRET);
    const { callbacks, clock, until, stateOf } = await aProcess();
    receiver.reactions.push(() => {});
    callbacks.tell(CALL, receiver.url, { id: 'a' });
    await until(() => receiver.received.length === 1);
    const closing = callbacks.close();
    clock.step(11_000);
    await closing;
    expect(await stateOf('a')).toMatchObject({ deliveredAt: null });
    expect(clock.waiting).toBe(0);
  });
});

describe('callbacks to private addresses', () => {
  /** On loopback; nobody may ever come. */
  async function aLoopback() {
    const met = { connections: 0 };
    const server = createServer((socket) => {
      met.connections++;
      socket.destroy();
    });
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(address !== null && typeof address !== 'string' ? address.port : 0);
      });
    });
    onTestFinished(() => {
      server.close();
    });
    return { met, port };
  }
  const resolvingTo =
    (...addresses: readonly string[]): LookupFunction =>
    (_, __, callback) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );

  it.each([
    ['127.0.0.1', 'PRIVATE_ADDRESS'],
    ['127.1', 'PRIVATE_ADDRESS'],
    ['2130706433', 'PRIVATE_ADDRESS'],
    ['0x7f.0.0.1', 'PRIVATE_ADDRESS'],
    ['[::1]', 'PRIVATE_ADDRESS'],
    ['[::ffff:127.0.0.1]', 'PRIVATE_ADDRESS'],
    ['[::ffff:7f00:1]', 'PRIVATE_ADDRESS'],
    ['169.254.169.254', 'PRIVATE_ADDRESS'],
    ['user:word@shop.example', 'BAD_URL'],
  ])('are not sent: https://%s', async (host, lastProblem) => {
    const { met, port } = await aLoopback();
    const { callbacks, attempted } = await aProcess({ allowPrivate: false });
    callbacks.tell(CALL, `https://${host}:${port}/`, { id: 'a' });
    expect(await attempted('a', 1)).toMatchObject({ lastProblem, nextAt: null, deliveredAt: null });
    expect(met.connections).toBe(0);
    await callbacks.close();
  });

  it('are not sent over plain HTTP either', async () => {
    const { met, port } = await aLoopback();
    for (const url of [`http://127.0.0.1:${port}/`, 'http://shop.example/', 'ftp://shop.example/', 'none']) {
      const { callbacks, attempted } = await aProcess({ allowPrivate: false });
      callbacks.tell(CALL, url, { id: 'a' });
      const lastProblem = url === 'none' ? 'BAD_URL' : 'NOT_HTTPS';
      expect(await attempted('a', 1)).toMatchObject({ lastProblem, nextAt: null });
      await callbacks.close();
    }
    expect(met.connections).toBe(0);
  });

  it('are not sent to a name that resolves to one, and every attempt resolves the name again', async () => {
    const { met, port } = await aLoopback();
    let looked = 0;
    const lookup: LookupFunction = (hostname, options, callback) => {
      looked++;
      if (looked > 1) resolvingTo('127.0.0.1', '::1', 'fd00:ec2::254')(hostname, options, callback);
      else callback(Object.assign(new Error('not now'), { code: 'EAI_AGAIN' }), '');
    };
    const { callbacks, attempted, clock } = await aProcess({ allowPrivate: false, lookup });
    callbacks.tell(CALL, `https://shop.example:${port}/`, { id: 'a' });
    const { nextAt, lastProblem } = await attempted('a', 1);
    expect(lastProblem).toBe('EAI_AGAIN');
    clock.step((nextAt ?? 0) - clock.now() + 5);
    expect(await attempted('a', 2)).toMatchObject({ lastProblem: 'PRIVATE_ADDRESS', nextAt: null });
    expect([looked, met.connections]).toEqual([2, 0]);
    await callbacks.close();
  });

  it('a name that never resolves delays no other callback', async () => {
    const asked = Promise.withResolvers<void>();
    const lookup: LookupFunction = () => asked.resolve();
    const { callbacks, attempted, clock, until } = await aProcess({ allowPrivate: false, lookup });
    callbacks.tell(CALL, 'https://shop.example/', { id: 'a' });
    let isAsked = false;
    void asked.promise.then(() => (isAsked = true));
    await until(() => isAsked);
    clock.step(10_000);
    expect(await attempted('a', 1)).toMatchObject({ lastProblem: 'TIMEOUT' });
    await callbacks.close();
  });

  it('are sent if allowed, also by name', async () => {
    const receiver = await startReceiver(SECRET);
    const { callbacks, attempted } = await aProcess({ lookup: resolvingTo('127.0.0.1') });
    callbacks.tell(CALL, receiver.url.replace('127.0.0.1', 'shop.example'), { id: 'a' });
    expect(await attempted('a', 1)).toMatchObject({ lastProblem: null });
    expect(receiver.received).toHaveLength(1);
    await callbacks.close();
  });
});

describe('the signature of a callback', () => {
  // Worked out by hand: printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac sesame
  const header = 't=1700000000,v1=961ee441db69fca5ccc174d9488a77f3c0397cd3ce633bd80dbc6e3320242468';
  const body = '{"a":1}';
  const at = 1_700_000_000;

  it('holds for this body, this secret and five minutes', () => {
    expect(verifyCallback(SECRET, header, body, at)).toBe(true);
    expect(verifyCallback(SECRET, header, body, at + 300)).toBe(true);
    expect(verifyCallback(SECRET, header, body, at - 300)).toBe(true);
    expect(verifyCallback(SECRET, header, body, at + 10, 10)).toBe(true);
  });

  it.each([
    ['another secret', 'sesam', header, body, at],
    ['another body', SECRET, header, '{"a":2}', at],
    ['another time in it', SECRET, header.replace('t=17', 't=18'), body, at + 100_000_000],
    ['too late', SECRET, header, body, at + 301],
    ['too early', SECRET, header, body, at - 301],
    ['no header', SECRET, '', body, at],
    ['half a header', SECRET, header.slice(0, -1), body, at],
    ['something before it', SECRET, `v0=1,${header}`, body, at],
    ['capitals', SECRET, header.toUpperCase(), body, at],
  ])('is not with %s', (_, secret, given, text, now) => {
    expect(verifyCallback(secret, given, text, now)).toBe(false);
  });
});
