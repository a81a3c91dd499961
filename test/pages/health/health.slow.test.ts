// Whether the relay works, as the page shows it.
import { describe, expect, it } from 'vitest';
import { aStage } from '../stage.ts';

const { open } = aStage();

describe('the page about health', () => {
  it('checks by itself, one by one, with what was seen; and spends only when asked to', async (context) => {
    const page = await open(context, '/health');
    const checks = page.getByRole('region', { name: 'Checks' });
    const row = (name: string) => checks.getByRole('listitem').filter({ hasText: name });
    await row('OpenAI key').getByText('fine').waitFor();
    await row('Number')
      .getByText(/fine|wrong|not known/)
      .waitFor();
    await checks.getByText(/fine,|wrong,|not known,/).waitFor();
    expect(await row('Realtime').count()).toBe(0);
    await page.getByRole('link', { name: 'Calls' }).first().click();
    await page.getByRole('heading', { name: 'Calls', level: 1 }).waitFor();
    await page.getByRole('link', { name: 'Health' }).click();
    await row('Number').waitFor();
    await checks.getByRole('button', { name: 'Run with a spoken sentence' }).click();
    await row('Realtime').getByText('fine').waitFor();
  });

  it('says what to do where something is wrong, and why no call is taken', async (context) => {
    const page = await open(context, '', { expects: /status of 503/ });
    const event = (name: string, data: object) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
    await page.route('**/checks', (route) =>
      route.fulfill({
        contentType: 'text/event-stream',
        body:
          event('check', { name: 'Number' }) +
          event('finding', {
            name: 'Number',
            is: 'wrong',
            saw: 'it points elsewhere',
            todo: 'npm run number',
          }),
      }),
    );
    await page.route('**/ready', (route) =>
      route.fulfill({
        status: 503,
        json: { status: 'not-ready', reason: 'full', reasons: ['full'], warnings: ['store behind'] },
      }),
    );
    await page.keyboard.press('g');
    await page.keyboard.press('h');
    await page.getByText('1 of 1 wrong').waitFor();
    await page.getByText('npm run number').waitFor();
    await page.getByText('Not taking calls').waitFor();
    await page.getByText('MAX_CALLS allows').waitFor();
    await page.getByText('records of calls are written late').waitFor();
  });

  it('shows the configuration, and of secrets only that they are set', async (context) => {
    const page = await open(context, '/health');
    const table = page.getByRole('region', { name: 'Configuration' });
    await table.getByRole('row', { name: 'OPENAI_API_KEY' }).getByText('set; a secret').waitFor();
    await table.getByRole('row', { name: 'WEBHOOK_URL' }).getByText('https://relay.sandbox').waitFor();
    expect(await table.getByRole('row', { name: 'VAD_SILENCE_MS' }).count()).toBe(1);
    expect(await table.getByRole('row', { name: 'OUTBOUND_PER_DAY' }).count()).toBe(0);
    await table.getByText('With defaults').click();
    await table.getByRole('row', { name: 'OUTBOUND_PER_DAY' }).getByText('100').waitFor();
    expect(await page.locator('body').innerText()).not.toContain('sk-sandbox');
  });
});
