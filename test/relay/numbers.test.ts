// The account's numbers over the relay's API, with Twilio's part played.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import type { SandboxNumber } from '../../sandbox/twilio/numbers.ts';
import { z } from 'zod';
import { TOKEN } from '../support/calling-out.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';

const NUMBER = '+15550002222';
const BEFORE = 'https://before.example/voice';

const answerSchema = z.looseObject({
  numbers: z.array(z.looseObject({ version: z.string() })).default([]),
  error: z.looseObject({ code: z.string() }).default({ code: '' }),
});

async function stage(test: TestContext, env: Readonly<Record<string, string>> = {}) {
  const { relayUrl, twilio } = await quickSandbox(test, { env: { OPERATOR_TOKEN: TOKEN, ...env } });
  const [number] = twilio.account.numbers;
  if (number === undefined) throw new Error('the sandbox has no number');
  const ask = async (path: string, body?: object) => {
    const answer = await fetch(relayUrl + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const told: z.infer<typeof answerSchema> = answerSchema.parse(await answer.json());
    return { status: answer.status, body: told };
  };
  return { twilio, number, ask };
}

function leadElsewhere(number: SandboxNumber): void {
  Object.assign(number, { voice_url: BEFORE, voice_fallback_url: '', status_callback: '' });
}

describe('GET /number', () => {
  it("tells the relay's own numbers first, with the profile that answers each", async (test) => {
    const { twilio, ask } = await stage(test);
    twilio.account.numbers.unshift(twilio.account.add('+15550001000'));
    twilio.account.numbers.pop();
    const { status, body } = await ask('/number');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      webhookUrl: 'https://relay.sandbox',
      numbers: [
        { number: NUMBER, is: 'here', profile: 'default', undo: null },
        { number: '+15550001000', is: 'elsewhere' },
      ],
      missing: [],
      isCut: false,
    });
  });

  it('tells what answers a number without a profile, as profiles.json takes it', async (test) => {
    const { body } = await (await stage(test)).ask('/number');
    expect(body).toMatchObject({ hasProfiles: false });
    const folder = mkdtempSync(join(tmpdir(), 'patchcord-profiles-'));
    test.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const PROFILES = join(folder, 'profiles.json');
    writeFileSync(PROFILES, JSON.stringify({ numbers: { '+15550003333': body['usual'] } }));
    const { ask, twilio } = await stage(test, { PROFILES });
    twilio.account.add('+15550003333');
    const { body: later } = await ask('/number');
    expect(later).toMatchObject({ hasProfiles: true, usual: body['usual'] });
    expect(later.numbers).toContainEqual(
      expect.objectContaining({ number: '+15550003333', isOwn: true, profile: '+15550003333' }),
    );
  });

  it('finds its own number behind the hundred that it lists, and names one that is missing', async (test) => {
    const { twilio, number, ask } = await stage(test);
    twilio.account.numbers.length = 0;
    for (let at = 0; at < 101; at++) twilio.account.add(`+1556000${1000 + at}`);
    expect((await ask('/number')).body).toMatchObject({ isCut: true, missing: [NUMBER] });
    twilio.account.numbers.push(number);
    const { body } = await ask('/number');
    expect(body).toMatchObject({ isCut: true, missing: [] });
    expect(body.numbers).toHaveLength(101);
    expect(body.numbers[0]).toMatchObject({ number: NUMBER });
  });

  it('says that there is no account, a refusal, and that Twilio is away, each by its code', async (test) => {
    const without = await stage(test, { TWILIO_ACCOUNT_SID: '', TWILIO_PHONE_NUMBER: '' });
    for (const [path, body] of [['/number'], ['/number', { number: NUMBER }]] as const)
      expect(await without.ask(path, body)).toMatchObject({
        status: 403,
        body: { error: { code: 'carrier_off' } },
      });
    const wrong = await stage(test, { TWILIO_ACCOUNT_SID: `AC${'1'.repeat(32)}` });
    expect(await wrong.ask('/number')).toMatchObject({
      status: 502,
      body: { error: { code: 'carrier_rejected' } },
    });
    const away = await stage(test, { TWILIO_API_URL: 'http://127.0.0.1:1' });
    expect(await away.ask('/number')).toMatchObject({
      status: 502,
      body: { error: { code: 'carrier_unavailable' } },
    });
  });
});

describe('POST /number', () => {
  it('points a number here, and undo brings back what was there', async (test) => {
    const { number, ask } = await stage(test);
    leadElsewhere(number);
    const version = (await ask('/number')).body.numbers[0]?.version;
    expect(await ask('/number', { number: NUMBER, version })).toMatchObject({
      status: 200,
      body: { is: 'here', undo: { is: 'possible', before: { voiceUrl: BEFORE } } },
    });
    expect(number.voice_url).toContain('https://relay.sandbox/voice');
    expect(await ask('/number/undo', { number: NUMBER })).toMatchObject({
      status: 200,
      body: { is: 'elsewhere', undo: null, now: { voiceUrl: BEFORE } },
    });
    expect(number.voice_url).toBe(BEFORE);
    expect((await ask('/number/undo', { number: NUMBER })).body.error.code).toBe('nothing_to_undo');
  });

  it('refuses while somebody else changes it: since it was seen, and since our change', async (test) => {
    const { number, ask } = await stage(test);
    leadElsewhere(number);
    const version = (await ask('/number')).body.numbers[0]?.version;
    number.voice_url = 'https://somebody.example/';
    const refusal = { status: 409, body: { error: { code: 'number_changed' } } };
    expect(await ask('/number', { number: NUMBER, version })).toMatchObject(refusal);
    await ask('/number', { number: NUMBER });
    number.voice_url = 'https://another.example/';
    expect(await ask('/number/undo', { number: NUMBER })).toMatchObject(refusal);
    expect((await ask('/number/undo', { number: NUMBER, force: true })).status).toBe(200);
    expect(number.voice_url).toBe('https://somebody.example/');
  });

  it('refuses a number that is not there, in a trunk, or none at all', async (test) => {
    const { twilio, number, ask } = await stage(test);
    number.trunk_sid = 'TK1';
    const codeOf = async (body: object) => (await ask('/number', body)).body.error.code;
    expect(await codeOf({ number: NUMBER })).toBe('number_in_trunk');
    expect(await codeOf({ number: '+15559999999' })).toBe('not_found');
    expect(await codeOf({ number: 'mine' })).toBe('invalid_request');
    expect(await codeOf({})).toBe('invalid_request');
    expect(twilio.account.changes).toEqual([]);
  });

  it('says so where Twilio then has something else on file', async (test) => {
    const { twilio, number, ask } = await stage(test);
    number.voice_application_sid = twilio.account.addApplication();
    twilio.account.keepsApplications = true;
    expect(await ask('/number', { number: NUMBER })).toMatchObject({
      status: 502,
      body: { error: { code: 'carrier_rejected' } },
    });
  });
});
