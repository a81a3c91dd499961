// Signing in over HTTP, with the counts of a real store.
import { createServer } from 'node:http';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { accessCheck, operatorOnly } from '../../src/http/access.ts';
import { nothingHere } from '../../src/http/headers.ts';
import { problemSchema } from '../../src/http/problems.ts';
import { sessionRoutes, signInCode } from '../../src/http/session-routes.ts';
import { StoreError } from '../../src/call/call-store.ts';
import type { CountStore } from '../../src/call/count-store.ts';
import { chooseStore } from '../../src/store/choose-store.ts';
import { SteppedClock } from '../support/clock.ts';
import { listen } from '../support/listen.ts';

const TOKEN = 'open sesame';
const MINUTE_MS = 60_000;

interface Stage {
  readonly counts?: CountStore;
  readonly token?: () => Promise<string>;
}

async function aDoor({ counts, token = async () => TOKEN }: Stage = {}) {
  const store = chooseStore('sqlite::memory:');
  // At the beginning of a window; the real clock, too, counts parts of a millisecond.
  const clock = new SteppedClock(1_800_000_000_000.25);
  const access = { token, clock, publicUrl: 'https://relay.example' };
  const app = express().use(
    sessionRoutes({ ...access, counts: counts ?? store }),
    operatorOnly(accessCheck(access)),
    nothingHere,
  );
  const server = createServer(app);
  const port = await listen(server);
  onTestFinished(async () => {
    server.close();
    await store.close();
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    clock,
    code: () => signInCode(access),
    signIn: (body: unknown, headers: Record<string, string> = {}) =>
      fetch(`${url}/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    signOut: () => fetch(`${url}/session`, { method: 'DELETE' }),
    /** The status of an address that needs the token: 404 once one is in. */
    look: async (cookie: string) =>
      (await fetch(`${url}/x`, { headers: { cookie, 'sec-fetch-site': 'same-origin' } })).status,
  };
}

const cookieOf = (answer: Response): string =>
  (answer.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '';

describe('signing in', () => {
  it('gives a cookie for the token that scripts, other sites and plain http never see', async () => {
    const { signIn, look, clock } = await aDoor();
    const answer = await signIn({ token: TOKEN });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ until: new Date(clock.now() + 12 * 3_600_000).toISOString() });
    const cookie = answer.headers.get('set-cookie');
    expect(cookie).toMatch(/^__Host-patchcord=[\w.-]+; Max-Age=43200; Path=\/; Expires=.+/);
    for (const mark of ['HttpOnly', 'Secure', 'SameSite=Strict']) expect(cookie).toContain(`; ${mark}`);
    expect(cookie).not.toContain('Domain');
    expect(await look(cookieOf(answer))).toBe(404);
  });

  it('ends after twelve hours', async () => {
    const { signIn, look, clock } = await aDoor();
    const cookie = cookieOf(await signIn({ token: TOKEN }));
    clock.step(12 * 3_600_000 - 1);
    expect(await look(cookie)).toBe(404);
    clock.step(1);
    expect(await look(cookie)).toBe(401);
  });

  it('works once with a code', async () => {
    const { signIn, code, look } = await aDoor();
    const link = await code();
    const answers = await Promise.all([signIn({ code: link }), signIn({ code: link })]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 401]));
    const cookies = answers.map(cookieOf).filter((cookie) => cookie !== '');
    expect(cookies).toHaveLength(1);
    expect(await look(cookies[0] ?? '')).toBe(404);
    expect(await look(`__Host-patchcord=${link}`)).toBe(401);
  });

  it('refuses a code after ten minutes', async () => {
    const { signIn, code, clock } = await aDoor();
    const link = await code();
    clock.step(10 * MINUTE_MS);
    expect((await signIn({ code: link })).status).toBe(401);
  });

  it('refuses what is wrong, and says what', async () => {
    const { signIn } = await aDoor();
    const codeOf = async (answer: Response): Promise<string> =>
      problemSchema.parse(await answer.json()).error.code;
    expect(await codeOf(await signIn({ token: 'open sesamE' }))).toBe('unauthorized');
    expect(await codeOf(await signIn({ code: 'x' }))).toBe('unauthorized');
    expect(await codeOf(await signIn({}))).toBe('invalid_request');
    expect(await codeOf(await signIn({ token: TOKEN, code: 'x' }))).toBe('invalid_request');
    expect(await codeOf(await signIn({ token: 'x'.repeat(1001) }))).toBe('invalid_request');
    expect(await codeOf(await signIn({ token: 'x'.repeat(5000) }))).toBe('too_large');
    expect(await codeOf(await signIn('no JSON'))).toBe('bad_request');
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(await codeOf(await signIn('token=open+sesame', form))).toBe('unsupported_media_type');
  });

  it('takes ten tries of an address within a quarter of an hour, right ones uncounted', async () => {
    const { signIn, clock } = await aDoor();
    for (let tries = 0; tries < 9; tries++) await signIn({ token: 'wrong' });
    for (let times = 0; times < 3; times++) expect((await signIn({ token: TOKEN })).status).toBe(200);
    expect((await signIn({ token: 'wrong' })).status).toBe(401);
    const refused = await signIn({ token: TOKEN });
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('900');
    const elsewhere = { 'x-forwarded-for': '203.0.113.7' };
    expect((await signIn({ token: TOKEN }, elsewhere)).status).toBe(200);
    clock.step(15 * MINUTE_MS);
    expect((await signIn({ token: TOKEN })).status).toBe(200);
  });

  it('counts the addresses of one IPv6 network together', async () => {
    const { signIn } = await aDoor();
    const from = (address: string) => ({ 'x-forwarded-for': address });
    for (let tries = 0; tries < 10; tries++) await signIn({ token: 'wrong' }, from(`2001:db8::${tries}`));
    expect((await signIn({ token: TOKEN }, from('2001:db8:0:0:ffff::1'))).status).toBe(429);
    expect((await signIn({ token: TOKEN }, from('2001:db8:0:1::1'))).status).toBe(200);
  });

  it.each(['http://192.168.1.7:3000', 'http://relay.example'])(
    'says what to do at %s, where browsers keep no cookie',
    async (origin) => {
      const { signIn } = await aDoor();
      const answer = await signIn({ token: TOKEN }, { origin });
      expect(answer.status).toBe(403);
      expect(await answer.text()).toContain('https://');
    },
  );

  it.each(['http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:1', 'https://relay.example'])(
    'works at %s',
    async (origin) => {
      const { signIn } = await aDoor();
      expect((await signIn({ token: TOKEN }, { origin })).status).toBe(200);
    },
  );

  it('waits for the store and the token', async () => {
    const down = async () => {
      throw new StoreError('ECONNREFUSED');
    };
    const uncounted = await aDoor({ counts: { takeCounts: down, addCounts: down, counts: down } });
    expect((await uncounted.signIn({ token: TOKEN })).status).toBe(503);
    const unknown = await aDoor({ token: down });
    expect((await unknown.signIn({ token: TOKEN })).status).toBe(503);
  });
});

it('signing out takes the cookie from the browser', async () => {
  const { signOut } = await aDoor();
  const answer = await signOut();
  expect(answer.status).toBe(204);
  expect(answer.headers.get('set-cookie')).toMatch(/^__Host-patchcord=; Path=\/; Expires=Thu, 01 Jan 1970/);
});
