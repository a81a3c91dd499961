// What callers, agents and customers write is text on the pages, whatever is in it. A page fails its test by itself if anything
// of it runs or is loaded.
import { expect, it } from 'vitest';
import { databaseOf } from './stored.ts';
import { aStage } from './stage.ts';

const EVIL = `<img src=x onerror="document.title='run'"><script>document.title='run'</script>`;
const LINK = 'javascript:document.title="run"';
/** Right to left, and never back. */
const TURNED = '\u202Egnihton\u2067';
const WORDS = `${EVIL} ${LINK} ${TURNED} ${'long '.repeat(780)}`;
const ID = 'out-evil';

const database = await databaseOf([
  {
    id: ID,
    startedAt: Date.now() - 60_000,
    events: [
      [0, { type: 'call-queued', from: EVIL, to: EVIL, profile: EVIL }],
      [10, { type: 'call-started', from: EVIL, to: `${EVIL}${TURNED}`, sid: 'CA1' }],
      [100, { type: 'line-spoken', line: 'greeting', text: WORDS }],
      [200, { type: 'caller-said', utteranceId: 'u', transcript: WORDS }],
      [210, { type: 'turn-started', turnId: 1, text: WORDS }],
      [211, { type: 'agent-told', turnId: 1, text: WORDS, notes: [EVIL], heardOfLast: EVIL }],
      [300, { type: 'segment-asked', turnId: 1, text: WORDS }],
      [400, { type: 'reply-began', turnId: 1 }],
      [500, { type: 'reply-heard', turnId: 1 }],
      [
        600,
        { type: 'turn-finished', turnId: 1, outcome: 'interrupted', said: WORDS, heard: EVIL, failure: EVIL },
      ],
      [650, { type: 'operator-noted', text: WORDS }],
      [660, { type: 'spoken-otherwise', wanted: EVIL, spoken: LINK }],
      [700, { type: 'call-ended', reason: 'caller-hung-up', durationMs: 700 }],
    ],
    assignment: {
      to: EVIL,
      profile: EVIL,
      task: { type: 'custom', prompt: WORDS, context: { [EVIL]: EVIL } },
      voicemail: null,
      result: { type: 'object' },
      callbackUrl: LINK,
      ringTimeoutS: 30,
      maxMinutes: 10,
      metadata: { [EVIL]: EVIL },
    },
    result: {
      is: 'answered',
      value: { [EVIL]: LINK, nested: { deep: [WORDS] } },
      findings: [
        { pointer: '/nested/deep/0', isSupported: true, evidence: [{ line: 1, who: 'caller', text: WORDS }] },
      ],
    },
    callback: { id: 'cb-1', url: LINK, body: '{}' },
  },
]);
const { open, url } = aStage({ env: { DATABASE_URL: database } });

it('shows hostile words, names, results and addresses as text', async (context) => {
  const page = await open(context, '/calls', { viewport: { width: 320, height: 640 } });
  await page.getByRole('link', { name: 'Call to' }).click();
  await page.getByRole('list', { name: 'Conversation' }).getByText('gnihton').first().waitFor();
  const tabs = page.getByRole('tab');
  for (const tab of await tabs.all()) {
    await tab.click();
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  }
  await page.getByText(LINK).first().waitFor();
  await page.getByRole('tab', { name: 'Result' }).click();
  await page.getByRole('button', { name: 'caller' }).click();
  expect(await page.title()).toContain('Call to');
  expect(await page.locator(`main [href^="javascript"], main img, main script`).count()).toBe(0);
});

it('shows hostile profiles, refusals and places to call as text, and what is typed', async (context) => {
  const page = await open(context, '', { viewport: { width: 320, height: 640 }, expects: /status of 4/ });
  const profiles = [EVIL, LINK].map((name) => ({ name, language: 'en', voice: EVIL }));
  await page.route('**/profiles', (route) => route.fulfill({ json: { profiles } }));
  const refusals = ['to', 'task', 'result', 'callbackUrl', null].map((field) => ({
    code: EVIL,
    message: `${EVIL} ${TURNED}`,
    ...(field === null ? {} : { field }),
  }));
  await page.route('**/calls?dry-run*', (route) =>
    route.fulfill({
      json: { wouldBePlaced: false, refusals, callee: { country: EVIL, timeZones: [EVIL] } },
    }),
  );
  await page.goto(`${url()}/app/place`);
  await page.getByLabel('To', { exact: true }).fill(EVIL);
  await page.getByText('Own words').click();
  await page.getByLabel('Task', { exact: true }).fill(WORDS);
  await page.getByRole('button', { name: '+ fact' }).click();
  await page.getByRole('button', { name: '+ choice' }).click();
  for (const field of await page
    .locator('main input[type=text]:visible, main input:not([type]):visible')
    .all())
    await field.fill(EVIL);
  await page.getByText(EVIL).first().waitFor();
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  expect(await page.title()).toContain('Place');
  expect(await page.locator('main [href^="javascript"], main img, main script').count()).toBe(0);
});
