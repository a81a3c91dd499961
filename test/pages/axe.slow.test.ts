// Every view in both schemes and at both widths: empty, with calls, live and in trouble. axe finds what breaks WCAG 2.2 AA by
// itself; a page that scrolls sideways breaks it too.
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { describe, expect, it, type TestContext } from 'vitest';
import { MAY_CALL_OUT } from '../support/calling-out.ts';
import { anInboundCall, anOutboundCall } from './a-call.ts';
import { databaseOf } from './stored.ts';
import { aStage, type Stage } from './stage.ts';

const LOOKS = [
  { name: 'light, wide', colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { name: 'dark, wide', colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  { name: 'light, narrow', colorScheme: 'light', viewport: { width: 320, height: 640 } },
  { name: 'dark, narrow', colorScheme: 'dark', viewport: { width: 320, height: 640 } },
] as const;
/** axe reads every element of a page, several times a test: on a loaded machine that takes a minute. */
const WITHIN = { timeout: 300_000 };
const REFUSED = /status of (?:40[134]|50[23])|ERR_CONNECTION/;

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  const found = violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html.slice(0, 160))]);
  expect(found).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
}

async function opened({ open }: Stage, context: TestContext, look: (typeof LOOKS)[number], path: string) {
  const { colorScheme, viewport } = look;
  return open(context, path, { colorScheme, viewport, expects: REFUSED });
}

describe('with calls', WITHIN, async () => {
  const since = Date.now() - 3_600_000;
  const calls = [anOutboundCall(since), ...Array.from({ length: 40 }, (_, at) => anInboundCall(at, since))];
  // The caller says nothing while axe reads, and must not be taken for gone.
  const stage = aStage({ env: { DATABASE_URL: await databaseOf(calls), SILENCE_PROMPT_S: '120' } });
  const [outbound, , inbound] = calls;

  for (const look of LOOKS) {
    it(`the list, a call and its tabs are accessible: ${look.name}`, async (context) => {
      const page = await opened(stage, context, look, '/calls');
      await page.getByRole('row', { name: 'caller hung up' }).first().waitFor();
      await expectAccessible(page);
      await page.getByRole('link', { name: 'Insights' }).click();
      await page.getByRole('heading', { name: 'Of 100 turns' }).waitFor();
      await page.getByText('The numbers of the charts').click();
      await expectAccessible(page);
      await page.goto(`${stage.url()}/app/calls/${inbound?.id}`);
      await page.getByRole('list', { name: 'Conversation' }).getByRole('listitem').first().waitFor();
      await expectAccessible(page);
      await page.goto(`${stage.url()}/app/calls/${outbound?.id}`);
      await page.getByText('nobody said it').waitFor();
      for (const tab of await page.getByRole('tab').all()) {
        await tab.click();
        await expectAccessible(page);
      }
    });

    it(`a live call and its forms are accessible: ${look.name}`, async (context) => {
      const page = await opened(stage, context, look, '/calls');
      const caller = await stage.sandbox().call();
      await page.getByRole('heading', { name: /^Live/ }).waitFor();
      await expectAccessible(page);
      await page.getByRole('region', { name: /^Live/ }).getByRole('link').first().click();
      await page.getByRole('button', { name: 'Hang up' }).waitFor();
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Transfer …' }).click();
      await page.getByRole('dialog').waitFor();
      await expectAccessible(page);
      await page.keyboard.press('Escape');
      caller.hangsUp();
      await page.getByText('caller hung up').waitFor();
    });
  }
});

describe('with a call to place', WITHIN, () => {
  const stage = aStage({ env: MAY_CALL_OUT });
  for (const look of LOOKS)
    it(`the form is accessible, checked, refused and as JSON Schema: ${look.name}`, async (context) => {
      const page = await opened(stage, context, look, '/place');
      await page.getByText('Fill in whom to call').waitFor();
      await expectAccessible(page);
      await page.getByLabel('To', { exact: true }).fill('+1 555 123 0001');
      await page.getByText('The relay would place this call.').waitFor();
      await expectAccessible(page);
      await page.getByRole('button', { name: '+ choice' }).click();
      await page.getByText('Leave a message').click();
      await page.getByText('Callback and metadata').click();
      await page.getByRole('button', { name: '+ entry' }).click();
      await page.getByLabel('To', { exact: true }).fill('12');
      await page.getByRole('button', { name: 'Call now' }).click();
      await page.getByText('Each value needs a name.').waitFor();
      await page.getByText('Not a phone number').waitFor();
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Remove value 2' }).click();
      await page.getByRole('button', { name: '⇄ JSON Schema' }).click();
      await page.getByLabel('JSON Schema of the result').waitFor();
      await expectAccessible(page);
    });
});

describe('with something to mend', WITHIN, () => {
  const event = (name: string, data: object) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  const stage = aStage();
  for (const look of LOOKS)
    it(`the checks and the configuration are accessible: ${look.name}`, async (context) => {
      const page = await opened(stage, context, look, '/health');
      await page
        .getByRole('region', { name: 'Checks' })
        .getByText(/fine,|wrong,|not known,/)
        .waitFor();
      await expectAccessible(page);
      await page.getByText('With defaults').click();
      await page.getByText('OUTBOUND_PER_DAY').waitFor();
      await expectAccessible(page);
      await page.route('**/checks', (route) =>
        route.fulfill({
          contentType: 'text/event-stream',
          body: [
            event('check', { name: 'Number' }),
            event('finding', {
              name: 'Number',
              is: 'wrong',
              saw: 'it points elsewhere',
              todo: 'npm run number',
            }),
            event('check', { name: 'Twilio account' }),
            event('finding', { name: 'Twilio account', is: 'unknown', saw: 'nobody answered', todo: null }),
            event('check', { name: 'Public address' }),
          ].join(''),
        }),
      );
      await page.route('**/ready', (route) =>
        route.fulfill({
          status: 503,
          json: { status: 'not-ready', reason: 'full', reasons: ['full'], warnings: ['store behind'] },
        }),
      );
      await page.getByRole('button', { name: 'Run again' }).click();
      await page.getByText('The relay stopped in the middle').waitFor();
      await page.getByText('Not taking calls').waitFor();
      await expectAccessible(page);
    });
});

describe('with numbers that lead elsewhere', WITHIN, () => {
  const stage = aStage();
  for (const look of LOOKS)
    it(`the numbers, their questions, the webhooks and a rehearsal are accessible: ${look.name}`, async (context) => {
      const { account } = stage.sandbox().twilio;
      account.numbers.length = 1;
      const [number] = account.numbers;
      if (number !== undefined) number.voice_url = 'https://before.example/voice';
      account.add('+15550003333').trunk_sid = 'TK1';
      const stranger = await fetch(`${stage.sandbox().relayUrl}/voice`, { method: 'POST' });
      await stranger.body?.cancel();
      const page = await opened(stage, context, look, '/health');
      await page.getByText('1 other of the account').click();
      await page.getByRole('button', { name: 'Rehearse a call' }).click();
      await page.getByLabel('TwiML').waitFor();
      await page.getByText('no signature').first().waitFor();
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Point it here' }).click();
      await page.getByRole('dialog').getByText('https://before.example/voice').waitFor();
      await expectAccessible(page);
      await page.keyboard.press('Escape');
      for (const [status, code] of [
        [403, 'carrier_off'],
        [502, 'carrier_unavailable'],
      ] as const) {
        await page.route('**/number', (route) =>
          route.fulfill({ status, json: { error: { code, message: 'Twilio cannot be asked.' } } }),
        );
        await page.reload();
        await page.getByText(status === 403 ? 'No Twilio account' : 'Twilio cannot be asked.').waitFor();
        await expectAccessible(page);
        await page.unroute('**/number');
      }
    });
});

describe('with no call', WITHIN, () => {
  const stage = aStage();
  for (const look of LOOKS)
    it(`the door, the empty list, the help and what is refused are accessible: ${look.name}`, async (context) => {
      const { colorScheme, viewport } = look;
      const door = await stage.visit(context, `${stage.url()}/app`, {
        colorScheme,
        viewport,
        expects: REFUSED,
      });
      await door.getByLabel('Operator token').waitFor();
      await expectAccessible(door);

      const page = await opened(stage, context, look, '/calls');
      await page.getByRole('heading', { name: 'No calls yet' }).waitFor();
      await expectAccessible(page);
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
      await expectAccessible(page);
      await page.goto(`${stage.url()}/app/calls/nobody`);
      await page.getByRole('heading', { name: 'No such call', level: 1 }).waitFor();
      await expectAccessible(page);
      await page.route('**/calls?*', (route) =>
        route.fulfill({
          status: 503,
          contentType: 'application/json',
          body: '{"error":{"code":"unavailable","message":"The records cannot be reached now. Try again."}}',
        }),
      );
      await page.goto(`${stage.url()}/app/calls`);
      await page.getByRole('alert').getByText('cannot be reached').waitFor();
      await expectAccessible(page);
    });
});
