// The command's deed, against the sandbox's REST: what it leaves on file, and that it can be taken back.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { pointHere, undo } from '../../../src/cli/number/number.ts';
import { UndoFile } from '../../../src/cli/number/undo-file.ts';
import { RETRIES } from '../../../src/phone/urls.ts';
import { Pointing } from '../../../src/phone/pointing.ts';
import { twilioNumbers } from '../../../src/phone/twilio-numbers.ts';
import { startTwilio } from '../../../sandbox/twilio/twilio.ts';

const ACCOUNT = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'the-token' };
const NUMBER = '+15550002222';
const HOST = 'https://relay.sandbox';

interface Differing {
  readonly webhookUrl?: string;
  readonly undoFile?: UndoFile;
  readonly phoneNumber?: string;
  readonly isDryRun?: boolean;
}

async function stage({ authToken = ACCOUNT.authToken } = {}) {
  const twilio = await startTwilio({ ...ACCOUNT, webhookUrl: HOST });
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-number-'));
  onTestFinished(async () => {
    await twilio.close();
    rmSync(folder, { recursive: true });
  });
  const printed: string[] = [];
  const whole = new UndoFile(join(folder, 'undo.json'));
  const optionsFor = ({ webhookUrl = HOST, undoFile = whole, ...differing }: Differing) => ({
    pointing: new Pointing({
      numbers: twilioNumbers({ ...ACCOUNT, authToken, apiUrl: twilio.apiUrl }),
      changes: undoFile,
      webhookUrl,
      authToken,
      now: () => Date.parse('2026-11-21T10:00:00.000Z'),
    }),
    phoneNumber: NUMBER,
    place: undoFile.path,
    isDryRun: false,
    print: (line: string) => void printed.push(line),
    ...differing,
  });
  return {
    account: twilio.account,
    undoFile: whole,
    kept: async (number = NUMBER) => (await whole.numberChanges()).get(number) ?? null,
    said: () => printed.splice(0).join('\n'),
    point: (differing: Differing = {}) => pointHere(optionsFor(differing)),
    undo: ({ isForced = false, ...differing }: Differing & { readonly isForced?: boolean } = {}) =>
      undo({ ...optionsFor(differing), isForced }),
  };
}

const HERE = {
  voice_url: `${HOST}/voice${RETRIES}`,
  voice_method: 'POST',
  voice_fallback_url: `${HOST}/voice${RETRIES}`,
  status_callback: `${HOST}/voice/status${RETRIES}`,
  voice_application_sid: null,
};

describe('pointing the number here', () => {
  it('sets all three addresses and shows before and after', async () => {
    const { account, point, said } = await stage();
    const number = account.add(NUMBER);
    expect(await point()).toBe(0);
    expect(number).toMatchObject(HERE);
    const shown = said();
    expect(shown).toMatch(
      /A call comes in +POST https:\/\/demo\.twilio\.com\/welcome\/voice\/ → POST https:\/\/relay\.sandbox\/voice#rc=2&rp=ct,rt,5xx$/m,
    );
    expect(shown).toContain('--undo');
  });

  it('changes nothing when there is nothing to change, and keeps the way back', async () => {
    const { account, point, undoFile, said } = await stage();
    account.add(NUMBER);
    await point();
    const kept = readFileSync(undoFile.path, 'utf8');
    said();
    expect(await point()).toBe(0);
    expect(said()).toContain('Nothing to change');
    expect(account.changes).toHaveLength(1);
    expect(readFileSync(undoFile.path, 'utf8')).toBe(kept);
  });

  it('only shows with --dry-run', async () => {
    const { account, point, kept, said } = await stage();
    account.add(NUMBER);
    expect(await point({ isDryRun: true })).toBe(0);
    expect(said()).toContain(`POST ${HOST}/voice`);
    expect(account.changes).toEqual([]);
    expect(await kept()).toBeNull();
  });

  it('takes an application off, which Twilio would ask instead, and says so', async () => {
    const { account, point, said } = await stage();
    const number = account.add(NUMBER);
    number.voice_application_sid = account.addApplication();
    expect(await point()).toBe(0);
    expect(number.voice_application_sid).toBeNull();
    expect(said()).toContain('The application is taken off');
  });

  it('believes what Twilio then has on file, and not that it said yes', async () => {
    const { account, point, undo, said } = await stage();
    const number = account.add(NUMBER);
    const application = account.addApplication();
    number.voice_application_sid = application;
    const before = { ...number };
    account.keepsApplications = true;
    expect(await point()).toBe(1);
    expect(said()).toContain('something else on file');
    // What was left is ours all the same, so that it can be undone.
    expect(await undo()).toBe(0);
    expect(number).toEqual(before);
  });

  it('leaves a number in a trunk alone and says where to take it out', async () => {
    const { account, point, said } = await stage();
    account.add(NUMBER).trunk_sid = 'TK1';
    expect(await point()).toBe(1);
    expect(said()).toContain('TK1');
    expect(account.changes).toEqual([]);
  });

  it('names a few numbers of the account when it has not this one', async () => {
    const { account, point, said } = await stage();
    for (let last = 0; last < 7; last++) account.add(`+1555000000${last}`);
    expect(await point()).toBe(1);
    const shown = said();
    expect(shown).toContain(`no number ${NUMBER}`);
    expect(shown).toContain('+15550000004');
    expect(shown).not.toContain('+15550000005');
  });

  it('says which variables to look at when Twilio does not accept them, and not what is in them', async () => {
    const { point, said } = await stage({ authToken: 'not-the-token' });
    expect(await point()).toBe(1);
    const shown = said();
    expect(shown).toContain('TWILIO_AUTH_TOKEN');
    expect(shown).not.toContain('not-the-token');
  });

  it('keeps no way back from a change that Twilio refused', async () => {
    const { account, point, kept } = await stage();
    const number = account.add(NUMBER);
    expect(await point({ webhookUrl: 'relay.sandbox' })).toBe(1);
    expect(number.voice_url).toContain('demo.twilio.com');
    expect(await kept()).toBeNull();
    await point();
    const first = await kept();
    expect(await point({ webhookUrl: 'relay.sandbox' })).toBe(1);
    expect(await kept()).toEqual(first);
  });

  it('changes nothing when the way back cannot be kept', async () => {
    const { account, point, undoFile } = await stage();
    account.add(NUMBER);
    for (const odd of ['not what was written', '[]', JSON.stringify({ [NUMBER]: { changedAt: 'today' } })]) {
      writeFileSync(undoFile.path, odd);
      await expect(point()).rejects.toThrow('Move it away');
    }
    const nowhere = new UndoFile(join(undoFile.path, 'no-such-folder', 'undo.json'));
    await expect(point({ undoFile: nowhere })).rejects.toThrow('cannot be');
    expect(account.changes).toEqual([]);
  });
});

describe('undoing it', () => {
  it('brings back what was there, to the last field', async () => {
    const { account, point, undo, kept } = await stage();
    const number = account.add(NUMBER);
    number.voice_method = 'GET';
    number.voice_fallback_url = 'https://fallback.example/';
    number.voice_application_sid = account.addApplication();
    const before = { ...number };
    await point();
    expect(number).toMatchObject(HERE);
    expect(await undo()).toBe(0);
    expect(number).toEqual(before);
    expect(await kept()).toBeNull();
  });

  it('remembers for its owner only', async () => {
    const { account, point, undoFile } = await stage();
    account.add(NUMBER);
    await point();
    expect(statSync(undoFile.path).mode & 0o777).toBe(0o600);
  });

  it('comes back to what was there before the first of several changes', async () => {
    const { account, point, undo } = await stage();
    const number = account.add(NUMBER);
    const before = { ...number };
    await point({ webhookUrl: 'https://one.example' });
    await point({ webhookUrl: 'https://two.example' });
    expect(number.voice_url).toBe(`https://two.example/voice${RETRIES}`);
    expect(await undo()).toBe(0);
    expect(number).toEqual(before);
  });

  it('comes back to what somebody else had set between two changes', async () => {
    const { account, point, undo } = await stage();
    const number = account.add(NUMBER);
    await point({ webhookUrl: 'https://one.example' });
    number.voice_url = 'https://somebody.example/';
    await point({ webhookUrl: 'https://two.example' });
    expect(await undo()).toBe(0);
    expect(number.voice_url).toBe('https://somebody.example/');
  });

  it('leaves alone what somebody else changed meanwhile, unless it is forced', async () => {
    const { account, point, undo, said } = await stage();
    const number = account.add(NUMBER);
    await point();
    number.voice_url = 'https://somebody.example/';
    said();
    expect(await undo()).toBe(1);
    expect(number.voice_url).toBe('https://somebody.example/');
    expect(said()).toContain('--force');
    expect(await undo({ isForced: true })).toBe(0);
    expect(number.voice_url).toContain('demo.twilio.com');
  });

  it('believes what Twilio then has on file here too', async () => {
    const { account, point, undo, kept } = await stage();
    const number = account.add(NUMBER);
    await point();
    number.voice_application_sid = account.addApplication();
    account.keepsApplications = true;
    expect(await undo({ isForced: true })).toBe(1);
    expect(await kept()).not.toBeNull();
  });

  it('keeps the numbers apart', async () => {
    const { account, point, undo, kept } = await stage();
    const [one, two] = [account.add(NUMBER), account.add('+15550003333')];
    await point();
    await point({ phoneNumber: '+15550003333' });
    expect(await undo()).toBe(0);
    expect(one.voice_url).toContain('demo.twilio.com');
    expect(two.voice_url).toBe(`${HOST}/voice${RETRIES}`);
    expect(await kept('+15550003333')).not.toBeNull();
  });

  it('only shows with --dry-run', async () => {
    const { account, point, undo, kept } = await stage();
    const number = account.add(NUMBER);
    await point();
    expect(await undo({ isDryRun: true })).toBe(0);
    expect(number).toMatchObject(HERE);
    expect(await kept()).not.toBeNull();
  });

  it('has nothing to do twice', async () => {
    const { account, point, undo, said } = await stage();
    account.add(NUMBER);
    await point();
    await undo();
    said();
    expect(await undo()).toBe(1);
    expect(said()).toContain('Nothing to undo');
  });

  it('takes a number that is back already for what it is', async () => {
    const { account, point, undo, kept } = await stage();
    const number = account.add(NUMBER);
    const before = { ...number };
    await point();
    Object.assign(number, before);
    expect(await undo()).toBe(0);
    expect(account.changes).toHaveLength(1);
    expect(await kept()).toBeNull();
  });
});
