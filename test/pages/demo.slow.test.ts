// `npm run demo -- --pages` as somebody starts it who has just cloned the project: one link, and the call behind it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { INHERITED_ENV } from '../support/command.ts';
import { aBrowser } from './a-browser.ts';
import { CHROMIUM } from './chromium.ts';

const visit = aBrowser();
const WITHIN = { timeout: 240_000 };

/** Resolves with the link that it prints after its call. */
async function demo(
  ...options: readonly string[]
): Promise<{ readonly link: string; readonly child: ChildProcess }> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', 'sandbox/demo/main.ts', '--pages', ...options],
    {
      env: INHERITED_ENV,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  onTestFinished(() => void child.kill('SIGINT'));
  const told: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    told.push(line);
    const [link] = /http:\/\/localhost:\S+/.exec(line) ?? [];
    if (link !== undefined) return { link, child };
  }
  throw new Error(`The demo printed no link:\n${told.join('\n')}`);
}

async function endsByCtrlC(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGINT');
  await exited;
  expect(child.exitCode).toBe(0);
}

it.skipIf(CHROMIUM === null)(
  'leaves its call on a page, with its recording, until Ctrl-C',
  WITHIN,
  async (context) => {
    const { link, child } = await demo();
    const page = await visit(context, link);
    await page.getByRole('heading', { level: 1, name: 'Call from' }).waitFor();
    await page
      .getByRole('list', { name: 'Conversation' })
      .getByText('Her daughter took over in 1988')
      .waitFor();
    await page.getByRole('region', { name: 'Recording' }).waitFor();
    expect(await page.getByRole('region', { name: 'Which process had the call' }).count()).toBe(0);
    await page.close();
    await endsByCtrlC(child);
  },
);

it.skipIf(CHROMIUM === null)(
  '[R11] shows which process had which second of a call whose process it killed',
  WITHIN,
  async (context) => {
    const { link, child } = await demo('--kill');
    const page = await visit(context, link);
    const holders = page.getByRole('region', { name: 'Which process had the call' });
    await holders.getByText('was lost').waitFor();
    expect(await holders.getByRole('listitem').count()).toBe(2);
    const conversation = page.getByRole('list', { name: 'Conversation' });
    await conversation.getByText('taken up by another process').waitFor();
    await conversation.getByText('It depends on the season').waitFor();
    await page.getByRole('region', { name: 'Recording' }).waitFor();
    await page.close();
    await endsByCtrlC(child);
  },
);
