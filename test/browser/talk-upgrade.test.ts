import { createServer } from 'node:http';
import express from 'express';
import expressWs from 'express-ws';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { TalkUpgrade } from '../../src/browser/talk-upgrade.ts';
import type { RefusedInput } from '../../src/call/call.ts';
import { COOKIE, identityCheck } from '../../src/http/access.ts';
import { sealed } from '../../src/http/seal.ts';
import { SteppedClock } from '../support/clock.ts';
import { listen } from '../support/listen.ts';

const TOKEN = 'open sesame';
const BEARER = { authorization: `Bearer ${TOKEN}` };
const PUBLIC_URL = 'https://relay.example';
const HOUR_MS = 3_600_000;

async function stage({ isFull = false, isLeaving = false, hasToken = true } = {}) {
  const clock = new SteppedClock();
  const refused: RefusedInput[] = [];
  const token = (): Promise<string> =>
    hasToken ? Promise.resolve(TOKEN) : Promise.reject(new Error('no database'));
  const upgrade = new TalkUpgrade({
    clock,
    identify: identityCheck({ token, clock, publicUrl: PUBLIC_URL }),
    publicUrl: PUBLIC_URL,
    isFull: () => isFull,
    isLeaving: () => isLeaving,
    hasCall: () => false,
    passOn: null,
    onRefused: (kind) => refused.push(kind),
  });
  const app = express();
  const server = createServer(app);
  const sessions: (string | null)[] = [];
  expressWs(app, server, { wsOptions: { verifyClient: upgrade.verify } }).app.ws(
    '/ws/voice-agent/:id',
    (_, req) => sessions.push(upgrade.sessionOf(req)),
  );
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const port = await listen(server);

  /** 101 where a socket was given, else the status of the answer. */
  async function opens(id: string, headers: Readonly<Record<string, string>>): Promise<number> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/voice-agent/${id}`, { headers });
    const { promise, resolve } = Promise.withResolvers<number>();
    socket.on('error', () => {});
    socket.on('open', () => resolve(101));
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
    const status = await promise;
    socket.terminate();
    return status;
  }
  const until = clock.now() + HOUR_MS;
  const cookie = sealed(TOKEN, 'session', until);
  const [, nonce = ''] = cookie.split('.');
  return {
    clock,
    refused,
    sessions,
    opens,
    port,
    signedIn: { cookie: `${COOKIE}=${cookie}`, origin: `http://127.0.0.1:${port}` },
    ofBearer: sealed(TOKEN, 'talk of bearer', until),
    ofBrowser: sealed(TOKEN, `talk of ${nonce}`, until),
  };
}

describe('[W1] the upgrade of a session', () => {
  it('gets a socket for who made it: a client with the token, or the same sign-in of a browser', async () => {
    const { opens, ofBearer, ofBrowser, signedIn, sessions, refused } = await stage();
    expect(await opens(ofBearer, BEARER)).toBe(101);
    expect(await opens(ofBrowser, signedIn)).toBe(101);
    expect(await opens(ofBrowser, { ...signedIn, origin: PUBLIC_URL })).toBe(101);
    expect(sessions).toEqual([ofBearer, ofBrowser, ofBrowser]);
    expect(refused).toEqual([]);
  });

  it.each(['https://evil.example', 'null', 'http://127.0.0.1:1'])(
    'gets 403 from a page of %s, signed in or not',
    async (origin) => {
      const { opens, ofBrowser, ofBearer, signedIn, refused } = await stage();
      expect(await opens(ofBrowser, { ...signedIn, origin })).toBe(403);
      expect(await opens(ofBearer, { ...BEARER, origin })).toBe(403);
      expect(refused).toEqual(['upgrade-origin', 'upgrade-origin']);
    },
  );

  it('gets 401 without sign-in: the path alone grants nothing', async () => {
    const { opens, ofBearer, refused } = await stage();
    expect(await opens(ofBearer, {})).toBe(401);
    expect(await opens(ofBearer, { authorization: 'Bearer guessed' })).toBe(401);
    expect(refused).toEqual(['upgrade-unsigned', 'upgrade-unsigned']);
  });

  it('gets 403 for a session of somebody else, of another purpose, guessed or too old', async () => {
    const { opens, ofBearer, ofBrowser, signedIn, clock, refused } = await stage();
    expect(await opens(ofBearer, signedIn)).toBe(403);
    expect(await opens(ofBrowser, BEARER)).toBe(403);
    expect(await opens(sealed(TOKEN, 'session', clock.now() + HOUR_MS), BEARER)).toBe(403);
    expect(await opens('guessed', BEARER)).toBe(403);
    clock.step(HOUR_MS);
    expect(await opens(ofBearer, BEARER)).toBe(403);
    expect(new Set(refused)).toEqual(new Set(['upgrade-unsigned']));
  });

  it('gets 503 while there are too many, while the process leaves, and while there is no token to compare', async () => {
    const full = await stage({ isFull: true });
    expect(await full.opens(full.ofBearer, BEARER)).toBe(503);
    expect(full.refused).toEqual(['upgrade-full']);
    const leaving = await stage({ isLeaving: true });
    expect(await leaving.opens(leaving.ofBearer, BEARER)).toBe(503);
    expect(leaving.refused).toEqual([]);
    const away = await stage({ hasToken: false });
    expect(await away.opens(away.ofBearer, BEARER)).toBe(503);
  });
});
