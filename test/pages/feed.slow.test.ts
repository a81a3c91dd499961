// The live feed as a browser reads it: broken off, refused, and passed on between tabs.
import { createServer, type ServerResponse } from 'node:http';
import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { conversationOf } from '../../src/pages/browser/call/conversation.ts';
import { turnsOf } from '../../src/pages/browser/call/turns.ts';
import { readFeed } from '../../src/pages/browser/feed-reader.ts';
import type { CallEvent } from '../../src/call/call.ts';
import { listen } from '../support/listen.ts';
import { anInboundCall } from './a-call.ts';
import { aStage } from './stage.ts';

const { sandbox, open, url } = aStage();

/** Answers the requests for a feed one after the other, the last one again and again. */
async function aFeed(...answers: ((res: ServerResponse, after: string | undefined) => void)[]) {
  const asked: (string | undefined)[] = [];
  const server = createServer((req, res) => {
    const after = req.headers['last-event-id']?.toString();
    const answer = answers[Math.min(asked.length, answers.length - 1)];
    asked.push(after);
    answer?.(res, after);
  });
  const path = `http://127.0.0.1:${await listen(server)}/events`;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { path, asked };
}

const line = (position: number): string =>
  `id: ${position}\nevent: line-lost\ndata: {"callId":"ca-1","at":"2026-11-30T12:00:00.000Z","type":"line-lost"}\n\n`;
const says =
  (text: string, isCut = false) =>
  (res: ServerResponse) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.write(text, () => (isCut ? res.destroy() : res.end()));
  };
const refuses = (status: number) => (res: ServerResponse) => {
  res.writeHead(status, { 'retry-after': '0.01' }).end('{}');
};

async function read(path: string) {
  const positions: number[] = [];
  const states: string[] = [];
  await readFeed(path, {
    after: null,
    onEvent: ({ at }, position) => positions.push(position, at - Date.parse('2026-11-30T12:00:00Z')),
    onState: (state) => states.push(state),
    signal: new AbortController().signal,
  });
  return { positions, states };
}

it('goes on after the last event wherever the feed was cut, to the last event', async () => {
  const whole = line(7) + line(9);
  const cuts = [0, 20, line(7).length - 1, line(7).length, line(7).length + 30];
  const readCut = async (cut: number): Promise<void> => {
    const { path, asked } = await aFeed(
      says(whole.slice(0, cut), true),
      (res, after) => says(after === undefined ? whole : after === '7' ? line(9) : '')(res),
      refuses(204),
    );
    expect((await read(path)).positions).toEqual([7, 0, 9, 0]);
    expect(asked.at(-1)).toBe('9');
  };
  await Promise.all(cuts.map(readCut));
});

it('brings the same conversation and the same waits, whichever event it was cut after', async () => {
  // Both its turns are interrupted.
  const { events: had } = anInboundCall(5, 0);
  const events = had.map(([at, body]): CallEvent => ({ callId: 'ca-1', at, ...body }));
  const texts = events.map(
    (event, at) =>
      `id: ${at + 1}\ndata: ${JSON.stringify({ ...event, at: new Date(event.at).toISOString() })}\n\n`,
  );
  const unbroken = { conversation: conversationOf(events), turns: turnsOf(events) };
  const readCutAfter = async (count: number) => {
    const { path } = await aFeed(
      says(texts.slice(0, count).join(''), true),
      (res, after) => says(texts.slice(Number(after ?? 0)).join(''))(res),
      refuses(204),
    );
    const got: CallEvent[] = [];
    await readFeed(path, {
      after: null,
      onEvent: (event) => got.push(event),
      onState: () => {},
      signal: new AbortController().signal,
    });
    return { conversation: conversationOf(got), turns: turnsOf(got) };
  };
  const folds = await Promise.all(texts.map((_, count) => readCutAfter(count)));
  expect(unbroken.turns.filter(({ outcome }) => outcome === 'interrupted')).toHaveLength(2);
  for (const fold of folds) expect(fold).toEqual(unbroken);
});

it('waits for a place while too many are watching, and gives up on a call that is gone', async () => {
  const { path } = await aFeed(refuses(503), says(line(7)), refuses(404));
  const { positions, states } = await read(path);
  expect(positions).toEqual([7, 0]);
  expect(states).toEqual(['full', 'open', 'gone']);
});

/** Its process is gone without a word to the page. */
async function crash(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const crashed = new Promise((resolve) => page.once('crash', resolve));
  // It never answers.
  devtools.send('Page.crash').catch(() => {});
  await crashed;
}

/** How many live calls a page shows, by its own count. */
const liveOn = (page: Page, count: number) =>
  page.getByRole('heading', { name: `Live ${count}`, exact: true }).waitFor();

it('is not missed while too many are watching: the lists are asked for instead', async (context) => {
  const page = await open(context, '', { expects: /status of 503/ });
  await page.route('**/events', (route) => route.fulfill({ status: 503, headers: { 'retry-after': '60' } }));
  await page.goto(`${url()}/app/calls`);
  await page.getByRole('heading', { name: 'Calls', level: 1 }).waitFor();
  const caller = await sandbox().call({ from: '+15558880001' });
  const live = page.getByRole('region', { name: 'Live 1' });
  await caller.hears('How can I help you?');
  await caller.says('When are you open?');
  await live.getByText(/When are you open|We are open/).waitFor();
  caller.hangsUp();
  await live.waitFor({ state: 'detached' });
  await page.getByRole('row', { name: '888 0001' }).waitFor();
});

it.for([
  ['is closed', (leader: Page) => leader.close()],
  ['crashes', crash],
] as const)('is read by one tab for all, and by the next one when that tab %s', async ([, end], context) => {
  const leader = await open(context, '/calls');
  const other = await leader.context().newPage();
  let feeds = 0;
  other.on('request', (request) => {
    if (new URL(request.url()).pathname === '/events') feeds += 1;
  });
  await other.goto(`${url()}/app/calls`);
  await other.getByRole('heading', { name: 'Calls', level: 1 }).waitFor();
  const caller = await sandbox().call();
  await liveOn(leader, 1);
  await liveOn(other, 1);
  expect(feeds).toBe(0);

  await end(leader);
  await expect.poll(() => feeds).toBe(1);
  const second = await sandbox().call();
  await liveOn(other, 2);
  caller.hangsUp();
  second.hangsUp();
  await other.getByRole('row', { name: 'caller hung up' }).first().waitFor();
  await other.getByRole('heading', { name: 'Live' }).waitFor({ state: 'detached' });
});
