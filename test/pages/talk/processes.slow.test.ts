// Talks where several processes share the port: a socket may reach a process that does not have its call, and the process that
// has it may die.
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { systemClock } from '../../../src/call/system-clock.ts';
import { signInCode } from '../../../src/http/session-routes.ts';
import { severalProcesses } from '../../support/several-processes.ts';
import { aBrowser } from '../a-browser.ts';
import { CHROMIUM } from '../chromium.ts';

const visit = aBrowser();
const CUT =
  /ERR_(?:INCOMPLETE_CHUNKED_ENCODING|CONNECTION|EMPTY_RESPONSE|SOCKET)|WebSocket connection|status of 503/;

const conversation = (page: Page) => page.getByRole('list', { name: 'Conversation' });

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('What you say').fill(text);
  await page.keyboard.press('Enter');
}

it.skipIf(CHROMIUM === null)(
  '[R10] [R11] [W3] reach their process by whichever other, and go on in another when it dies',
  { timeout: 240_000 },
  async (context) => {
    const { url, logs, pidOf } = await severalProcesses(context, 2);
    const base = url.replace('127.0.0.1', 'localhost');
    const talk = async (): Promise<Page> => {
      const code = await signInCode({ token: async () => 'operator-token', clock: systemClock });
      const page = await visit(context, `${base}/app/talk#code=${code}`, { expects: CUT });
      await page.getByRole('button', { name: 'Call', exact: true }).click();
      await conversation(page).getByText('How can I help you?').waitFor({ timeout: 60_000 });
      return page;
    };
    const first = await talk();
    const [started] = await logs(({ msg }) => msg === 'call-started');
    const second = await talk();
    // The second goes to the process with fewer calls, whichever its socket reached.
    const both = await logs(({ msg }) => msg === 'call-started', 2);
    expect(new Set(both.map((line) => line['process'])).size).toBe(2);

    for (const page of [first, second]) {
      await say(page, 'My name is Ann.');
      await conversation(page).getByText('Nice to meet you, Ann.').waitFor({ timeout: 60_000 });
      await page.getByRole('button', { name: 'Drop the line' }).click();
      await page.getByText('The line broke. Coming back').waitFor();
      await page.getByText('The line broke. Coming back').waitFor({ state: 'detached', timeout: 60_000 });
      await say(page, 'What is my name?');
      await conversation(page).getByText('Your name is Ann.').waitFor({ timeout: 60_000 });
    }

    process.kill(pidOf(Number(started?.['process'])), 'SIGKILL');
    await conversation(first).getByText('Sorry, where were we?').waitFor({ timeout: 60_000 });
    await say(first, 'What is my name?');
    await conversation(first).getByText('Your name is Ann.').nth(1).waitFor({ timeout: 60_000 });
    for (const page of [first, second]) {
      await page.getByRole('button', { name: 'Hang up' }).click();
      await page.getByText('The talk is over').waitFor();
    }
  },
);
