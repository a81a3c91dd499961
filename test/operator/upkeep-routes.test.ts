import { createServer } from 'node:http';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Check, Finding } from '../../src/call/check.ts';
import { shownVariables } from '../../src/config/shown-variables.ts';
import { upkeepRoutes } from '../../src/operator/upkeep-routes.ts';
import { listen } from '../support/listen.ts';

const FINE: Finding = { is: 'fine', saw: 'complete', todo: null };
const WRONG: Finding = { is: 'wrong', saw: 'refused', todo: 'Set another.' };

async function upkeep(checks: ((spends: boolean) => Promise<readonly Check[]>) | null) {
  const bugs: unknown[] = [];
  const { signal: closing } = new AbortController();
  const onBug = (error: unknown): void => void bugs.push(error);
  const server = createServer(express().use(upkeepRoutes({ checks, configuration: [], closing, onBug })));
  const port = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { bugs, get: (path: string) => fetch(`http://127.0.0.1:${port}${path}`) };
}

describe('GET /checks', () => {
  it('tells each check as it begins, and what it found', async () => {
    const { get } = await upkeep(async () => [
      { name: 'Key', run: async () => FINE },
      { name: 'Number', run: async () => WRONG },
    ]);
    const answer = await get('/checks');
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(await answer.text()).toBe(
      [
        'event: check\ndata: {"name":"Key"}\n\n',
        'event: finding\ndata: {"name":"Key","is":"fine","saw":"complete","todo":null}\n\n',
        'event: check\ndata: {"name":"Number"}\n\n',
        'event: finding\ndata: {"name":"Number","is":"wrong","saw":"refused","todo":"Set another."}\n\n',
      ].join(''),
    );
  });

  it('spends nothing unless asked to', async () => {
    const asked: boolean[] = [];
    const { get } = await upkeep(async (spends) => {
      asked.push(spends);
      return [];
    });
    for (const path of ['/checks', '/checks?spend=true']) await (await get(path)).text();
    expect(asked).toEqual([false, true]);
    expect((await get('/checks?spend=perhaps')).status).toBe(422);
  });

  it('runs once at a time', async () => {
    const { promise, resolve } = Promise.withResolvers<Finding>();
    const { get } = await upkeep(async () => [{ name: 'Slow', run: () => promise }]);
    const first = await get('/checks');
    expect((await get('/checks')).status).toBe(503);
    resolve(FINE);
    await first.text();
    const again = await get('/checks');
    expect(again.status).toBe(200);
    await again.text();
  });

  it('breaks off at a bug, and can run again', async () => {
    const { get, bugs } = await upkeep(async () => [
      {
        name: 'Broken',
        run: async () => {
          throw new Error('a bug');
        },
      },
    ]);
    const read = async () => (await get('/checks')).text();
    await expect(read()).rejects.toThrow();
    await expect(read()).rejects.toThrow();
    expect(bugs).toEqual([new Error('a bug'), new Error('a bug')]);
  });

  it('is not there where a program has no checks', async () => {
    const { get } = await upkeep(null);
    expect((await get('/checks')).status).toBe(404);
  });
});

describe('the configuration', () => {
  it('says what is set, what counts by default, and what is missing', () => {
    const shown = shownVariables({ WEBHOOK_URL: 'https://relay.example', MAX_CALLS: '' });
    const of = (name: string) => shown.find((one) => one.name === name);
    expect(of('WEBHOOK_URL')).toMatchObject({ is: 'set', value: 'https://relay.example' });
    expect(of('MAX_CALLS')?.is).toBe('default');
    expect(of('OPENAI_API_KEY')).toEqual({ name: 'OPENAI_API_KEY', is: 'missing', value: null });
  });

  it('holds no secret, whatever is set', () => {
    const names = shownVariables({}).map(({ name }) => name);
    const env = Object.fromEntries(names.map((name) => [name, `https://user:hidden@host/?k=hidden`]));
    expect(JSON.stringify(shownVariables(env))).not.toContain('hidden');
    const plain = Object.fromEntries(names.map((name) => [name, 'hidden']));
    const told = shownVariables(plain).filter(({ value }) => value !== null);
    for (const { name } of told) expect(name).not.toMatch(/KEY|TOKEN|SECRET|PASSWORD|HEADERS|DATABASE/);
  });
});
