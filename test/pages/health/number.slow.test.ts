// The numbers of the account and the webhooks behind them, as Health shows and changes them.
import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import type { SandboxNumber } from '../../../sandbox/twilio/numbers.ts';
import { CHROMIUM } from '../chromium.ts';
import { aStage } from '../stage.ts';

const BEFORE = 'https://before.example/voice';
const EVIL = `<img src=x onerror="document.title='run'">`;
const { open, sandbox } = aStage();
const REFUSED = { expects: /status of (?:403|409|502)/ };

const region = (page: Page, name: string) => page.getByRole('region', { name });

function theNumber(): SandboxNumber {
  const [number] = sandbox().twilio.account.numbers;
  if (number === undefined) throw new Error('the sandbox has no number');
  return number;
}

function leadElsewhere(): void {
  Object.assign(theNumber(), { voice_url: BEFORE, voice_fallback_url: '', status_callback: '' });
}

describe('the number on the page', () => {
  beforeEach(() => {
    if (CHROMIUM === null) return;
    const { account } = sandbox().twilio;
    account.numbers.length = 1;
    account.pointAllAt('https://relay.sandbox');
    Object.assign(theNumber(), { trunk_sid: null, voice_application_sid: null });
  });

  it('points here from the start with the sandbox, and nothing is wrong', async (context) => {
    const page = await open(context, '/health');
    await region(page, 'Number').getByText('points here').waitFor();
    await region(page, 'Checks')
      .getByText(/Nothing wrong|fine,/)
      .waitFor();
  });

  it('is pointed here after a question that shows before and after, and back, by keys alone', async (context) => {
    leadElsewhere();
    const page = await open(context, '/health');
    const card = region(page, 'Number');
    await card.getByText('points elsewhere').waitFor();
    await card.getByRole('button', { name: 'Point it here' }).focus();
    await page.keyboard.press('Enter');
    const question = page.getByRole('dialog', { name: 'Point the number here?' });
    await question.getByText(BEFORE).waitFor();
    await question.getByText('https://relay.sandbox/voice#').first().waitFor();
    await page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    expect(theNumber().voice_url).toBe(BEFORE);

    await card.getByRole('button', { name: 'Point it here' }).focus();
    await page.keyboard.press('Enter');
    await question.waitFor();
    await page.keyboard.press('Enter');
    await card.getByText('points here').waitFor();
    expect(theNumber().voice_url).toContain('https://relay.sandbox/voice');

    await card.getByRole('button', { name: 'Undo' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Undo the change' }).getByText(BEFORE).waitFor();
    await page.keyboard.press('Enter');
    await card.getByText('points elsewhere').waitFor();
    expect(theNumber().voice_url).toBe(BEFORE);
  });

  it('is left alone if somebody else changed it meanwhile, and the page then shows what they did', async (context) => {
    leadElsewhere();
    const page = await open(context, '/health', REFUSED);
    const card = region(page, 'Number');
    await card.getByRole('button', { name: 'Point it here' }).click();
    theNumber().voice_url = 'https://somebody.example/';
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Point it here' }).click();
    await dialog.getByRole('alert').getByText('Somebody else changed').waitFor();
    await dialog.getByRole('button', { name: 'Look again' }).click();
    await card.getByText('https://somebody.example/').waitFor();
    expect(theNumber().voice_url).toBe('https://somebody.example/');
  });

  it('asks once more where undo would lose somebody else’s change', async (context) => {
    leadElsewhere();
    const page = await open(context, '/health');
    const card = region(page, 'Number');
    await card.getByRole('button', { name: 'Point it here' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Point it here' }).click();
    await card.getByText('points here').waitFor();
    theNumber().voice_url = 'https://somebody.example/';
    await card.getByRole('button', { name: 'Look again' }).click();
    await card.getByText('somebody else has changed it since').waitFor();
    await card.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('That change is lost.').waitFor();
    await page.getByRole('button', { name: 'Undo it all the same' }).click();
    await card.getByText(BEFORE).waitFor();
    expect(theNumber().voice_url).toBe(BEFORE);
  });

  it('stands first; others of the account are there to look at, trunks with what to do', async (context) => {
    const { account } = sandbox().twilio;
    account.add('+15550003333').trunk_sid = 'TK1';
    account.add('+15550004444');
    const page = await open(context, '/health');
    const card = region(page, 'Number');
    await card.getByText('2 others of the account').click();
    await card.getByText('Elastic SIP Trunking').waitFor();
    expect(await card.getByRole('button', { name: 'Point it here' }).count()).toBe(1);
  });

  it('says of one more that points here what profiles.json needs, ready to be copied', async (context) => {
    const { account } = sandbox().twilio;
    account.add('+15550004444');
    account.pointAllAt('https://relay.sandbox');
    const page = await open(context, '/health');
    const card = region(page, 'Number');
    await card.getByText('1 other of the account').click();
    await card.getByText('Give it a profile of its own').click();
    const lines = await card.getByLabel('Lines for profiles.json').innerText();
    expect(JSON.parse(lines)).toMatchObject({
      numbers: { '+15550004444': { agent: expect.any(String), greeting: expect.any(String) } },
    });
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await card.getByRole('button', { name: 'Copy' }).click();
    await card.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(`${lines}\n`);
  });

  it('says what is missing: the number, the account, or Twilio', async (context) => {
    sandbox().twilio.account.numbers[0] = sandbox().twilio.account.add('+15550009999');
    sandbox().twilio.account.numbers.length = 1;
    const page = await open(context, '/health', REFUSED);
    const card = region(page, 'Number');
    await card.getByText('The account has no number').waitFor();
    const refuse = (status: number, code: string, message: string) =>
      page.route('**/number', (route) => route.fulfill({ status, json: { error: { code, message } } }));
    await refuse(403, 'carrier_off', 'no account');
    await card.getByRole('button', { name: 'Look again' }).click();
    await card.getByText('No Twilio account').waitFor();
    await page.unroute('**/number');
    await refuse(502, 'carrier_unavailable', 'Twilio cannot be reached.');
    await page.reload();
    await card.getByRole('alert').getByText('cannot be reached').waitFor();
    await page.unroute('**/number');
    await page.route('**/number', (route) =>
      route.fulfill({ json: { webhookUrl: 'https://relay', numbers: [], missing: [] } }),
    );
    await card.getByRole('button', { name: 'Try again' }).click();
    await card.getByText('The account has no number').waitFor();
  });

  it('shows hostile addresses as text, on a telephone too', async (context) => {
    const [own] = sandbox().twilio.account.numbers;
    if (own !== undefined)
      Object.assign(own, {
        phone_number: '+15550002222',
        voice_url: `javascript:document.title='run'//${'long'.repeat(500)}`,
        voice_fallback_url: EVIL,
        status_callback: `\u202E${EVIL}`,
        voice_application_sid: EVIL,
      });
    const page = await open(context, '/health', { viewport: { width: 320, height: 640 } });
    await region(page, 'Number').getByText(EVIL).first().waitFor();
    await region(page, 'Number').getByRole('button', { name: 'Point it here' }).click();
    await page.getByRole('dialog').getByText(EVIL).first().waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(await page.locator('main img, dialog img, [href^="javascript"]').count()).toBe(0);
    expect(await page.title()).not.toBe('run');
  });
});

describe('the webhooks on the page', () => {
  it('appear as Twilio asks, link to their call, and tell a stranger’s from it', async (context) => {
    const page = await open(context, '/health');
    const caller = await sandbox().call({ from: '+15551234567' });
    caller.hangsUp();
    await sandbox().happened('call-ended');
    const stranger = await fetch(`${sandbox().relayUrl}/voice`, { method: 'POST' });
    await stranger.body?.cancel();
    const card = region(page, 'Webhooks');
    await card.getByText('no signature').waitFor();
    await card.getByText('connected').waitFor();
    await card.getByRole('link', { name: 'call from …4567' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'Call from' }).waitFor();
  });

  it('can be rehearsed: the TwiML of a call, and no call', async (context) => {
    const page = await open(context, '/health');
    const card = region(page, 'Webhooks');
    const before = sandbox().events.length;
    await card.getByRole('button', { name: 'Rehearse a call' }).click();
    await card.getByText('would be connected to the agent').waitFor();
    expect(await card.getByLabel('TwiML').innerText()).toContain(
      '<Stream url="wss://relay.sandbox/media-stream"',
    );
    expect(sandbox().events.length).toBe(before);
  });
});
