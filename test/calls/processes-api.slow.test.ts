// One machine, several relay processes behind one port: whichever of them takes a request, the answer is the same.
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/call/system-clock.ts';
import { sealed } from '../../src/http/seal.ts';
import { makeSession, Page } from '../support/page.ts';
import { severalProcesses } from '../support/several-processes.ts';

/** Starts three processes. */
const WITHIN = { timeout: 150_000 };
const TOKEN = 'operator-token';

describe('each of several processes', WITHIN, () => {
  it('[R14] leads a turn to the process whose conversation it is, and says when that is gone', async (test) => {
    const { clientOf, pidOf, logs, allReady } = await severalProcesses(test, 2);
    const one = await clientOf(1);
    const other = await clientOf(2);
    const begun = await one.ask('POST', '/conversations', { json: {} });
    expect(begun.status).toBe(201);
    const turns = `${String(begun.headers.location)}/turns`;
    const tell = await other.ask('POST', turns, { json: { text: 'My name is Ann.' } });
    expect(tell.json).toMatchObject({ text: expect.stringContaining('Nice to meet you, Ann.') });
    const ask = await one.ask('POST', turns, { json: { text: 'What is my name?', audio: true } });
    expect(ask.json).toMatchObject({ text: 'Your name is Ann.', audio: expect.any(String) });
    process.kill(pidOf(1), 'SIGKILL');
    await logs(({ cause }) => cause !== undefined);
    const gone = await other.ask('POST', turns, { json: { text: 'Are you there?' } });
    expect(gone).toMatchObject({ status: 404, json: { error: { code: 'unknown_conversation' } } });
    await allReady();
    // The process in its place has another number, and takes it for none of its own.
    const next = await clientOf(1);
    expect((await next.ask('POST', turns, { json: { text: 'Are you there?' } })).status).toBe(404);
  });

  it('[W2] [W7] counts, shows and ends the talks of all, of which a machine has five', async (test) => {
    const { clientOf, url, metrics } = await severalProcesses(test, 2, { env: { MAX_CALLS: '1' } });
    const clients = [await clientOf(1), await clientOf(2)] as const;
    const sessions = await Promise.all(Array.from({ length: 6 }, () => makeSession(url)));
    const pages: Page[] = [];
    for (const session of sessions) {
      const page = await Page.open(url, session);
      page.send({ type: 'start', mode: 'text' });
      pages.push(page);
      await page.until(pages.length <= 5 ? 'started' : 'refused');
    }
    for (const client of clients) {
      const { json } = await client.ask('GET', '/ws/status');
      expect(json).toMatchObject({ live: 5, most: 5 });
      expect(json).toHaveProperty(
        'talks',
        sessions.slice(0, 5).map(({ callId }) => expect.objectContaining({ callId, isConnected: true })),
      );
      expect((await client.ask('POST', '/sessions')).status).toBe(503);
    }
    // Talks take no place of MAX_CALLS in any process.
    expect((await clients[0].ask('GET', '/ready')).status).toBe(200);
    expect((await metrics()).get('patchcord_calls_live')).toBe(5);
    for (const [n, session] of sessions.slice(0, 5).entries()) {
      const ended = await clients[n % 2 === 0 ? 0 : 1].ask('POST', `/ws/disconnect/${session.id}`);
      expect(ended.status).toBe(202);
      expect(await pages[n]?.until('ended')).toMatchObject({ reason: 'operator-ended' });
    }
  });

  it('signs in with a link once, whichever process printed it, and knows the sign-in of each', async (test) => {
    const { clientOf } = await severalProcesses(test, 2);
    const one = await clientOf(1);
    const other = await clientOf(2);
    const code = sealed(TOKEN, 'code', systemClock.now() + 60_000);
    const signedIn = await other.ask('POST', '/session', { json: { code } });
    expect(signedIn.status).toBe(200);
    expect((await one.ask('POST', '/session', { json: { code } })).status).toBe(401);
    const cookie = String(signedIn.headers['set-cookie']).split(';')[0] ?? '';
    const headers = { cookie, authorization: '', 'sec-fetch-site': 'same-origin' };
    for (const client of [one, other])
      expect((await client.ask('GET', '/calls', { headers })).status).toBe(200);
  });

  it('shows the webhooks of all, and undoes what another has done to a number', async (test) => {
    const { clientOf, sandbox } = await severalProcesses(test, 2);
    const clients = [await clientOf(1), await clientOf(2)] as const;
    const [one, other] = clients;
    for (const client of clients) expect((await client.ask('POST', '/voice')).status).toBe(403);
    const refused = { route: '/voice', is: 'refused' };
    for (const client of clients) {
      const { json } = await client.ask('GET', '/webhooks');
      expect(json).toMatchObject({ webhooks: [refused, refused] });
    }
    const [number] = sandbox.twilio.account.numbers;
    if (number === undefined) throw new Error('the sandbox has no number');
    number.voice_url = 'https://before.example/voice';
    const json = { number: number.phone_number };
    expect((await one.ask('POST', '/number', { json })).json).toMatchObject({ is: 'here' });
    expect((await other.ask('POST', '/number/undo', { json })).json).toMatchObject({ undo: null });
    expect(number.voice_url).toBe('https://before.example/voice');
    expect((await one.ask('POST', '/webhooks/rehearsal')).json).toMatchObject({ answer: 'Connect' });
  });
});
