// Pointing numbers here and back as two processes with one store do it, against the sandbox's REST.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startTwilio } from '../../sandbox/twilio/twilio.ts';
import type { NumberState } from '../../src/call/number-webhooks.ts';
import { Pointing } from '../../src/phone/pointing.ts';
import { twilioNumbers } from '../../src/phone/twilio-numbers.ts';
import { chooseStore } from '../../src/store/choose-store.ts';

const ACCOUNT = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'the-token' };
const NUMBER = '+15550002222';
const HOST = 'https://relay.sandbox';

async function stage() {
  const twilio = await startTwilio({ ...ACCOUNT, webhookUrl: HOST, phoneNumber: NUMBER });
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-pointing-'));
  const stores = [1, 2].map(() => chooseStore(`sqlite:${join(folder, 'calls.db')}`));
  onTestFinished(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await twilio.close();
    rmSync(folder, { recursive: true });
  });
  const [one, other] = stores.map(
    (changes) =>
      new Pointing({
        numbers: twilioNumbers({ ...ACCOUNT, apiUrl: twilio.apiUrl }),
        changes,
        webhookUrl: HOST,
        authToken: ACCOUNT.authToken,
        now: () => 1_700_000_000_000,
      }),
  );
  const [number] = twilio.account.numbers;
  if (one === undefined || other === undefined || number === undefined) throw new Error('no stage');
  return { twilio, number, one, other };
}

async function seenBy(pointing: Pointing): Promise<NumberState> {
  const found = await pointing.look(NUMBER);
  if (found === null || found.is === 'failed') throw new Error('the number is not there');
  return found;
}

describe('the numbers of an account', () => {
  it('are told with where their calls go, before and after, and what undo would bring back', async () => {
    const { twilio, one } = await stage();
    twilio.account.add('+15550003333').trunk_sid = 'TK1';
    const elsewhere = await one.list();
    expect(elsewhere).toMatchObject({
      is: 'told',
      isCut: false,
      numbers: [
        { number: NUMBER, is: 'elsewhere', undo: null, wanted: { voiceMethod: 'POST' } },
        { number: '+15550003333', is: 'in-trunk', trunkSid: 'TK1' },
      ],
    });
    await one.point(NUMBER, null);
    expect(await one.list()).toMatchObject({
      numbers: [
        {
          is: 'here',
          undo: { is: 'possible', before: { voiceUrl: 'https://demo.twilio.com/welcome/voice/' } },
        },
        {},
      ],
    });
  });

  it('hide passwords in addresses, and keep them for undo', async () => {
    const { number, one } = await stage();
    number.voice_url = 'https://user:hidden@before.example/voice';
    await one.point(NUMBER, null);
    expect(JSON.stringify(await one.list())).not.toContain('hidden');
    expect(await one.undo(NUMBER, null, false)).toMatchObject({
      is: 'done',
      number: { now: { voiceUrl: 'https://user:***@before.example/voice' }, undo: null },
    });
    expect(number.voice_url).toContain('hidden');
  });

  it('come here only in part where the fallback or the retries are missing', async () => {
    const { number, one } = await stage();
    number.voice_url = `${HOST}/voice`;
    expect(await seenBy(one)).toMatchObject({ is: 'partly' });
    number.voice_url = `${HOST}/`;
    expect(await seenBy(one)).toMatchObject({ is: 'elsewhere' });
  });
});

describe('two processes', () => {
  it('undo what the other has changed', async () => {
    const { number, one, other } = await stage();
    const before = { ...number };
    expect(await one.point(NUMBER, null)).toMatchObject({ is: 'done' });
    expect(await other.undo(NUMBER, null, false)).toMatchObject({ is: 'done' });
    expect(number).toEqual(before);
    expect(await one.undo(NUMBER, null, false)).toEqual({ is: 'nothing-to-undo' });
  });

  it('keep the first state of all when both point a number here at once', async () => {
    const { number, one, other } = await stage();
    const before = { ...number };
    const results = await Promise.all([one.point(NUMBER, null), other.point(NUMBER, null)]);
    expect(results.filter(({ is }) => is === 'done').length).toBeGreaterThan(0);
    expect(await other.undo(NUMBER, null, false)).toMatchObject({ is: 'done' });
    expect(number).toEqual(before);
  });
});

describe('a number that somebody else changes', () => {
  it('is left alone if that was since it was looked at', async () => {
    const { twilio, number, one } = await stage();
    const { version } = await seenBy(one);
    number.voice_url = 'https://somebody.example/';
    expect(await one.point(NUMBER, version)).toEqual({ is: 'changed' });
    expect(twilio.account.changes).toEqual([]);
    expect((await seenBy(one)).undo).toBeNull();
  });

  it('is left alone by undo, unless somebody insists', async () => {
    const { number, one } = await stage();
    await one.point(NUMBER, null);
    number.voice_url = 'https://somebody.example/';
    expect((await seenBy(one)).undo?.is).toBe('changed');
    expect(await one.undo(NUMBER, null, false)).toEqual({ is: 'changed' });
    expect(number.voice_url).toBe('https://somebody.example/');
    expect(await one.undo(NUMBER, null, true)).toMatchObject({ is: 'done' });
    expect(number.voice_url).toContain('demo.twilio.com');
  });
});

it('a change whose answer is lost counts as made, if Twilio has made it', async () => {
  const { twilio, number, one } = await stage();
  twilio.restFaults.dropNextChange = 1;
  expect(await one.point(NUMBER, null)).toMatchObject({ is: 'done', number: { is: 'here' } });
  expect(number.voice_url).toContain(HOST);
  expect(await one.undo(NUMBER, null, false)).toMatchObject({ is: 'done' });
});
