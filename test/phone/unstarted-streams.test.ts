import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { addressOf, UnstartedStreams } from '../../src/phone/unstarted-streams.ts';
import { listen } from '../support/listen.ts';

function stage(most: number) {
  const streams = new UnstartedStreams(most);
  const dropped: string[] = [];
  return {
    streams,
    dropped,
    enter: (address: string, name: string) => streams.enter(address, () => dropped.push(name)),
  };
}

describe('[R5] streams that have not named their call', () => {
  it('are bounded in all: the oldest is dropped for the youngest', () => {
    const { streams, dropped, enter } = stage(3);
    for (const name of ['a', 'b', 'c']) enter(name, name);
    expect(dropped).toEqual([]);
    enter('d', 'd');
    expect(dropped).toEqual(['a']);
    enter('e', 'e');
    expect(dropped).toEqual(['a', 'b']);
    expect(streams.size).toBe(3);
  });

  it('are at most half from one address: a flood drops its own', () => {
    const { streams, dropped, enter } = stage(6);
    enter('twilio', 'call');
    for (const name of ['f1', 'f2', 'f3', 'f4', 'f5']) enter('flood', name);
    expect(dropped).toEqual(['f1', 'f2']);
    expect(streams.size).toBe(4);
  });

  it('are neither counted nor dropped once they have started', () => {
    const { streams, dropped, enter } = stage(2);
    const leave = enter('a', 'a');
    leave();
    leave();
    expect(streams.size).toBe(0);
    for (const name of ['b', 'c', 'd']) enter(name, name);
    expect(dropped).toEqual(['b']);
  });

  it('keep the only one, whatever the bound', () => {
    const { dropped, enter } = stage(1);
    enter('a', 'a');
    expect(dropped).toEqual([]);
    enter('a', 'b');
    expect(dropped).toEqual(['a']);
  });
});

describe('where a request comes from', () => {
  /** A request as it is read from a socket; the peer is `peer`, or this machine. */
  async function seen(headers: Record<string, string>, peer?: string): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    const server = createServer((req, res) => {
      if (peer !== undefined) Object.defineProperty(req.socket, 'remoteAddress', { value: peer });
      resolve(addressOf(req));
      res.end();
    });
    onTestFinished(() => void server.close());
    await fetch(`http://127.0.0.1:${await listen(server)}/`, {
      headers: { ...headers, connection: 'close' },
    });
    return promise;
  }

  it('is the peer itself, where there is no proxy', async () => {
    expect(await seen({}, '54.172.60.1')).toBe('54.172.60.1');
    expect(await seen({}, '::ffff:54.172.60.1')).toBe('54.172.60.1');
    expect(await seen({})).toBe('127.0.0.1');
  });

  it.each([
    '127.0.0.1',
    '::1',
    '10.1.2.3',
    '172.16.0.9',
    '192.168.1.1',
    '100.64.0.1',
    'fdaa::3',
    '::ffff:10.0.0.1',
  ])('is the last hop before a proxy at %s', async (peer) => {
    expect(await seen({ 'x-forwarded-for': '1.1.1.1, 54.172.60.1' }, peer)).toBe('54.172.60.1');
  });

  it.each(['54.172.60.1', '2600:1f18::1', '172.32.0.1', '11.0.0.1'])(
    'is the peer, whatever it says, where that is %s',
    async (peer) => {
      expect(await seen({ 'x-forwarded-for': '1.1.1.1' }, peer)).toBe(peer);
    },
  );

  it.each(['', 'nonsense', '1.1.1.1, <script>', '1.1.1.1,'])(
    'is the proxy, where that has written "%s"',
    async (hops) => {
      expect(await seen({ 'x-forwarded-for': hops })).toBe('127.0.0.1');
    },
  );
});
