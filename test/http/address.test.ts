import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { addressOf } from '../../src/http/address.ts';
import { listen } from '../support/listen.ts';

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
