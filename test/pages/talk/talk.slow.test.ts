// Talks in a real browser, against the sandbox's real sockets: somebody types, hears, interrupts, coughs and drops the line.
import AxeBuilder from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { describe, expect, it, type TestContext, vi } from 'vitest';
import type { CallEvent } from '../../../src/call/call.ts';
import type { Visit } from '../a-browser.ts';
import { aStage } from '../stage.ts';

const { open, sandbox } = aStage();
const HELLO = 'Hello, this is Bloom and Stem. How can I help you?';
/** Where screenshots are wanted; '' for none. */
const SHOTS = process.env['TALK_SHOTS'] ?? '';

const conversation = (page: Page) => page.getByRole('list', { name: 'Conversation' });

/** A typed talk that has begun, and what happens in it. */
async function typing(context: TestContext, visit: Visit = {}) {
  const page = await open(context, '/talk', visit);
  await page.getByText('speech is understood only in its tones').waitFor();
  const before = sandbox().events.length;
  await page.getByRole('button', { name: 'Call', exact: true }).click();
  await conversation(page).getByText(HELLO).waitFor();
  return {
    page,
    say: async (text: string) => {
      await page.getByLabel('What you say').fill(text);
      await page.keyboard.press('Enter');
    },
    /** Resolves with the `n`th event of a type in this talk. */
    happened: <T extends CallEvent['type']>(type: T, n = 1) =>
      vi.waitFor(() => {
        const found = sandbox()
          .events.slice(before)
          .filter((event) => event.type === type)[n - 1];
        if (found === undefined) throw new Error(`not yet ${n} × ${type}`);
        return found as Extract<CallEvent, { type: T }>;
      }, 15_000),
  };
}

describe('a typed talk', () => {
  it('is answered and heard, and ends on the page of its call', async (context) => {
    const { page, say, happened } = await typing(context);
    await say('My name is Ann.');
    await conversation(page).getByText('My name is Ann.').waitFor();
    await conversation(page).getByText('Nice to meet you, Ann.').waitFor();
    const { said, heard } = await happened('turn-finished');
    expect(heard).toBe(said);
    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.getByText('The talk is over').waitFor();
    await page.getByRole('link', { name: 'See the call, turn by turn' }).click();
    await conversation(page).getByText('Nice to meet you, Ann.').waitFor();
    expect(page.url()).toMatch(/\/app\/calls\/CB[0-9a-f]{32}$/);
  });

  it('[W4] a line typed over the reply interrupts it, and strikes through what was not heard', async (context) => {
    const { page, say, happened } = await typing(context);
    await say('When are you open?');
    await happened('reply-heard');
    await say('Stop. What do roses cost?');
    const { outcome, said, heard } = await happened('turn-finished');
    expect([outcome, said.startsWith(heard), heard.length < said.length]).toEqual([
      'interrupted',
      true,
      true,
    ]);
    await page.locator('.transcript del').first().waitFor();
    await happened('turn-finished', 2);
  });

  it('a cough holds the reply, and is no interruption', async (context) => {
    const { page, say, happened } = await typing(context);
    await happened('greeting-heard');
    await say('When are you open?');
    await happened('reply-heard');
    await page.getByRole('button', { name: 'Cough' }).click();
    await happened('reply-resumed');
    expect(await happened('turn-finished')).toMatchObject({ outcome: 'done' });
    await conversation(page).getByText('it was no word: the reply went on').waitFor();
  });

  it('[W3] a line that is dropped comes back, and the reply is heard to its end', async (context) => {
    const { page, say, happened } = await typing(context);
    await happened('greeting-heard');
    await say('When are you open?');
    await happened('reply-heard');
    await page.getByRole('button', { name: 'Drop the line' }).click();
    await page.getByText('The line broke. Coming back').waitFor();
    await happened('line-lost');
    await happened('line-connected', 2);
    await page.getByText('The line broke. Coming back').waitFor({ state: 'detached' });
    expect(await happened('turn-finished')).toMatchObject({ outcome: 'done' });
  });

  it('keys are pressed by the keypad, and words typed while the line is away are said when it is back', async (context) => {
    const { page, say, happened } = await typing(context);
    await page.getByText('Keypad').click();
    for (const key of ['4', '7', '#']) await page.getByRole('button', { name: key, exact: true }).click();
    expect(await happened('digits-pressed')).toMatchObject({ digits: '47#' });
    await happened('turn-finished');
    await page.getByRole('button', { name: 'Drop the line' }).click();
    await say('My name is Ann.');
    expect(await happened('caller-said')).toMatchObject({ transcript: 'My name is Ann.' });
  });

  it('goes on while somebody looks at another view', async (context) => {
    const { page, happened } = await typing(context);
    await page.getByRole('link', { name: 'Calls' }).first().click();
    await page.getByRole('heading', { name: 'Calls', level: 1 }).waitFor();
    await page.getByRole('link', { name: 'Talk' }).click();
    await page.getByLabel('What you say').fill('My name is Ann.');
    await page.keyboard.press('Enter');
    await happened('turn-finished');
    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.getByText('The talk is over').waitFor();
  });
});

describe('what stands in the way', () => {
  it.for([
    ['NotAllowedError', 'This browser may not use the microphone here'],
    ['NotFoundError', 'No microphone was found'],
    ['NotReadableError', 'The microphone cannot be opened'],
  ] as const)('%s of the browser: says what to do, and offers text', async ([name, words], context) => {
    const page = await open(context, '/talk');
    await page.getByText('You speak.').click();
    await page.evaluate(
      `navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', '${name}'); };`,
    );
    await page.getByRole('button', { name: 'Call', exact: true }).click();
    await page.getByText(words).waitFor();
    await page.getByRole('button', { name: 'Use text' }).click();
    await page.getByRole('radio', { name: /Text/, checked: true }).waitFor();
  });

  it('no free place: says so', async (context) => {
    const page = await open(context, '/talk', { expects: /status of 503/ });
    await page.route('**/sessions', (route) =>
      route.fulfill({
        status: 503,
        json: { error: { code: 'busy', message: 'All places for talks are taken.' } },
      }),
    );
    await page.getByRole('button', { name: 'Call', exact: true }).click();
    await page.getByText('All places for talks are taken.').waitFor();
  });
});

describe('for everybody', () => {
  it.for([
    ['light', 1280],
    ['dark', 1280],
    ['light', 320],
    ['dark', 320],
  ] as const)(
    '%s, %i px wide: no barrier before, in and after a talk, and nothing to scroll sideways',
    async ([colorScheme, width], context) => {
      const visit = { colorScheme, viewport: { width, height: 800 } };
      const { page, say, happened } = await typing(context, visit);
      const name = `${colorScheme}-${width}`;
      await say('When are you open?');
      await happened('reply-heard');
      await page.getByText('Keypad').click();
      await judge(page, `${name}-live`);
      await page.getByRole('button', { name: 'Hang up' }).click();
      await page.getByText('The talk is over').waitFor();
      await judge(page, `${name}-after`);
      await page.reload();
      await page.getByText('Nobody is talking yet').waitFor();
      await page.getByText('You speak.').click();
      await judge(page, `${name}-before`);
    },
  );
});

async function judge(page: Page, name: string): Promise<void> {
  if (SHOTS !== '') await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
}
