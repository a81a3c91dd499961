// The live feed as a browser reads it: broken off, refused, and passed on between tabs.
import { createServer, type ServerResponse } from 'node:http';
import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { readFeed } from '../../src/pages/browser/feed-reader.ts';
import { listen } from '../support/listen.ts';
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
  for (const cut of cuts) {
    const { path, asked } = await aFeed(
      says(whole.slice(0, cut), true),
      (res, after) => says(after === undefined ? whole : after === '7' ? line(9) : '')(res),
      refuses(204),
    );
    expect((await read(path)).positions).toEqual([7, 0, 9, 0]);
    expect(asked.at(-1)).toBe('9');
  }
}, 60_000);

it('waits for a place while too many are watching, and gives up on a call that is gone', async () => {
  const { path } = await aFeed(refuses(503), says(line(7)), refuses(404));
  const { positions, states } = await read(path);
  expect(positions).toEqual([7, 0]);
  expect(states).toEqual(['full', 'open', 'gone']);
});

/** How many live calls a page shows, by its own count. */
const liveOn = (page: Page, count: number) =>
  page.getByRole('heading', { name: `Live ${count}`, exact: true }).waitFor();

it('is read by one tab for all, and by the next one when that tab is closed', async (context) => {
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

  await leader.close();
  await expect.poll(() => feeds).toBe(1);
  const second = await sandbox().call();
  await liveOn(other, 2);
  caller.hangsUp();
  second.hangsUp();
  await other.getByRole('row', { name: 'caller hung up' }).first().waitFor();
  expect(await other.getByRole('heading', { name: 'Live' }).count()).toBe(0);
});
