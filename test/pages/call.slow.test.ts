import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { aStage } from './stage.ts';

const recordings = mkdtempSync(join(tmpdir(), 'patchcord-pages-'));
afterAll(() => rmSync(recordings, { recursive: true, force: true }));
const { sandbox, open } = aStage({ env: { RECORDINGS_DIR: recordings, TRANSFER_NUMBER: '+15550100099' } });

it('shows a live call in the list and on its page, with what was not heard struck through', async (context) => {
  const page = await open(context);
  const caller = await sandbox().call();
  const row = page.getByRole('region', { name: 'Live 1' }).getByRole('listitem');
  await row.getByText('default').waitFor();
  await row.getByRole('link', { name: 'Call from' }).click();
  const conversation = page.getByRole('list', { name: 'Conversation' });
  await caller.says('Tell me about your shop.');
  await conversation.getByText('Tell me about your shop.').waitFor();
  await caller.hears('Our shop was opened by Mrs. Alder in 1961.');
  await caller.says('Stop. How much is that?');
  const unheard = conversation.locator('del');
  await unheard.getByText('Christmas Eve').waitFor();
  expect(await conversation.getByText('not heard:').count()).toBe(1);

  const waits = page.getByRole('region', { name: 'How long the caller waited' });
  await waits.getByRole('button', { name: 'Tell me about your shop.' }).click();
  await waits.getByRole('row', { name: 'the caller waited' }).waitFor();

  await page.getByRole('button', { name: 'Say …' }).click();
  await page.getByLabel('The caller hears, as written').fill('This is the operator.');
  await page.getByRole('button', { name: 'Say it' }).click();
  await conversation.getByText('This is the operator.').waitFor();
  await page.getByRole('button', { name: 'Hang up' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Hang up' }).click();
  await page.getByText('ended by operator').waitFor();
  expect(await page.getByRole('button', { name: 'Say …' }).count()).toBe(0);

  await page.getByRole('link', { name: '← Calls' }).click();
  await page.getByRole('row', { name: 'ended by operator' }).waitFor();
});

it('plays a recording from the line that is clicked, and lights the line that is heard', async (context) => {
  const caller = await sandbox().call({ from: '+15557770001' });
  await caller.hears('How can I help you?');
  await caller.says('When are you open?');
  await caller.hears('but you can order online.');
  const page = await open(context);
  caller.hangsUp();
  await page.getByRole('row', { name: '777 0001' }).getByRole('link').click();
  const line = page.getByRole('listitem').filter({ hasText: 'but you can order online.' });
  await line.getByRole('button', { name: 'Play from' }).click();
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await page.locator('[aria-current=true]').filter({ hasText: 'but you can order online.' }).waitFor();
  const position = page.getByRole('slider', { name: 'Position' });
  const at = await position.inputValue();
  await expect.poll(async () => Number(await position.inputValue())).toBeGreaterThan(Number(at));
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
});

it('offers the numbers that a call may be transferred to, and no other', async (context) => {
  const page = await open(context);
  const caller = await sandbox().call();
  await page.getByRole('region', { name: 'Live 1' }).getByRole('link', { name: 'Call from' }).click();
  await page.getByRole('button', { name: 'Transfer …' }).click();
  const dialog = page.getByRole('dialog', { name: 'Transfer the call' });
  expect(await dialog.getByRole('option').allInnerTexts()).toEqual(['+1\u00a0555\u00a0010\u00a00099']);
  await page.keyboard.press('Escape');
  caller.hangsUp();
  await page.getByText('caller hung up').waitFor();
});

it('keeps what it shows while the relay is out of reach, and asks again', async (context) => {
  const page = await open(context, '', { expects: /ERR_FAILED/ });
  const caller = await sandbox().call();
  await page.getByRole('region', { name: 'Live 1' }).getByRole('link', { name: 'Call from' }).click();
  await page.getByRole('button', { name: 'Hang up' }).waitFor();
  const { pathname } = new URL(page.url());
  const view = `**${pathname.replace('/app', '')}`;
  await page.route(view, (route) => route.abort());
  const asked = page.waitForEvent('requestfailed');
  caller.hangsUp();
  await asked;
  await page.getByRole('heading', { level: 1, name: 'Call from' }).waitFor();
  await page.unroute(view);
  await page.getByText('caller hung up').waitFor();
});

it('says that a call is gone, whether it was erased or never was', async (context) => {
  const page = await open(context, '/calls/nobody', { expects: /status of 404/ });
  await page.getByRole('heading', { name: 'No such call', level: 1 }).waitFor();
});
