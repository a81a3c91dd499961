// Somebody watches a live call while its process goes: the page goes on by itself, and says who had the call when.
import type { Locator, Page } from 'playwright-core';
import { describe, expect, it, type TestContext } from 'vitest';
import { inboundIdOf } from '../../src/call/call-id.ts';
import { systemClock } from '../../src/call/system-clock.ts';
import { signInCode } from '../../src/http/session-routes.ts';
import { severalProcesses, type SeveralProcesses } from '../support/several-processes.ts';
import { aBrowser } from './a-browser.ts';
import { CHROMIUM } from './chromium.ts';

const visit = aBrowser();
/** The browser's own words about the connections of a process that is gone. */
const CUT = /ERR_(?:INCOMPLETE_CHUNKED_ENCODING|CONNECTION|EMPTY_RESPONSE|SOCKET)/;

async function watched(context: TestContext) {
  const machine = await severalProcesses(context, 2);
  const { sandbox, url, logs } = machine;
  const caller = await sandbox.call();
  await caller.hears('How can I help you?');
  const callId = inboundIdOf(caller.sid);
  const code = await signInCode({ token: async () => 'operator-token', clock: systemClock });
  const base = url.replace('127.0.0.1', 'localhost');
  const page = await visit(context, `${base}/app/calls/${callId}#code=${code}`, { expects: CUT });
  await page.getByRole('list', { name: 'Conversation' }).getByText('How can I help you?').waitFor();
  // Gone with a reload.
  await page.evaluate('globalThis.isTheSame = true');
  const [started] = await logs(({ msg }) => msg === 'call-started');
  return { machine, caller, page, callId, holder: Number(started?.['process']) };
}

/** Who said what, as the page has it: words that were heard and those that were not lie in elements of their own. */
async function linesOn(page: Page): Promise<string[]> {
  const rows = await page.getByRole('list', { name: 'Conversation' }).locator('.line').all();
  const lineOf = async (row: Locator): Promise<string> => {
    const [who] = await row.locator('.who').allTextContents();
    return `${who}: ${(await row.locator('bdi').allTextContents()).join(' ').trim()}`;
  };
  return Promise.all(rows.map(lineOf));
}

async function transcriptOf({ url }: SeveralProcesses, callId: string): Promise<string[]> {
  const headers = { authorization: 'Bearer operator-token' };
  const answer = await fetch(`${url}/calls/${callId}`, { headers });
  const { transcript } = (await answer.json()) as { transcript: { who: string; said: string }[] };
  return transcript.map(({ who, said }) => `${who}: ${said}`);
}

describe.skipIf(CHROMIUM === null)('while somebody watches the call', { timeout: 240_000 }, () => {
  it.for([
    ['SIGTERM', 'handed it over', 'handed over to another process', 'on Christmas Eve.'],
    ['SIGKILL', 'was lost', 'taken up by another process', 'Sorry, where were we?'],
  ] as const)(
    '%s to its process: the page goes on, without a reload and without a line twice',
    async ([signal, left, said, goesOn], context) => {
      const { machine, caller, page, callId, holder } = await watched(context);
      const conversation = page.getByRole('list', { name: 'Conversation' });
      await caller.says('Tell me about your shop.');
      await caller.hears('She grew every flower');
      process.kill(machine.pidOf(holder), signal);
      await conversation.getByText(said).waitFor({ timeout: 60_000 });
      await page.getByRole('region', { name: 'Which process had the call' }).getByText(left).waitFor();
      await caller.hears(goesOn);
      await caller.says('My name is Ann.');
      await conversation.getByText('Nice to meet you, Ann.').waitFor({ timeout: 60_000 });
      caller.hangsUp();
      await page.getByText('caller hung up').waitFor({ timeout: 60_000 });
      const lines = await linesOn(page);
      expect(lines).toEqual(await transcriptOf(machine, callId));
      expect(new Set(lines).size).toBe(lines.length);
      expect(lines).toContain('caller: Tell me about your shop.');
      expect(await page.evaluate('globalThis.isTheSame')).toBe(true);
    },
  );
});
