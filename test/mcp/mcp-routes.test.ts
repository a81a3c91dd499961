// POST /mcp as strangers, browsers and impatient clients find it. What its tools do in whole calls: test/calls/mcp.test.ts.
import { spawnSync } from 'node:child_process';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { StoreError } from '../../src/call/call-store.ts';
import { COOKIE } from '../../src/http/access.ts';
import { sealed } from '../../src/http/seal.ts';
import { anOperator, PUBLIC_URL, TOKEN } from '../operator/an-operator.ts';
import { INHERITED_ENV } from '../support/command.ts';

const STARTED = { type: 'call-started', from: '+15551234567', to: '+15550000001', sid: null } as const;
const ENDED = { type: 'call-ended', reason: 'caller-hung-up', durationMs: 5000 } as const;

const ACCEPT = { accept: 'application/json, text/event-stream' };
const LIST_TOOLS = { jsonrpc: '2.0', id: 1, method: 'tools/list' };

function toolCall(name: string, args: object, progressToken?: string): object {
  const meta = progressToken === undefined ? {} : { _meta: { progressToken } };
  return { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args, ...meta } };
}

const answerSchema = z.object({
  result: z.object({
    content: z.array(z.object({ text: z.string() })).default([]),
    structuredContent: z.record(z.string(), z.unknown()).default({}),
    isError: z.boolean().default(false),
    tools: z
      .array(z.looseObject({ name: z.string(), description: z.string(), inputSchema: z.unknown() }))
      .default([]),
  }),
});

/** The messages of an answer, in order; the last is the response. */
function messagesIn(text: string): unknown[] {
  return [...text.matchAll(/^data: (.+)$/gm)].map(([, data = '']): unknown => JSON.parse(data));
}

function resultIn(text: string) {
  return answerSchema.parse(messagesIn(text).at(-1)).result;
}

describe('POST /mcp', () => {
  it('lists six tools whose descriptions say what they refuse', async () => {
    const { post } = await anOperator();
    const { tools } = resultIn((await post('/mcp', LIST_TOOLS, ACCEPT)).text);
    expect(tools.map(({ name }) => name)).toEqual([
      'place_call',
      'get_call',
      'list_calls',
      'hang_up',
      'say',
      'note',
    ]);
    for (const { description } of tools) expect(description).toMatch(/Refused.*(?:_|as for)/s);
  });

  it.each([
    ['no token', {}],
    ['another token', { authorization: 'Bearer sesame' }],
    ['the token as something else', { authorization: `Basic ${TOKEN}` }],
  ])('refuses %s, also beside the cookie of a signed-in browser', async (_name, headers) => {
    const { url, clock, ask } = await anOperator();
    const cookie = `${COOKIE}=${sealed(TOKEN, 'session', clock.now() + 60_000)}`;
    const signedIn = { cookie, 'sec-fetch-site': 'same-origin' };
    expect((await ask('/calls', { headers: { ...signedIn, authorization: '' } })).status).toBe(200);
    for (const others of [{}, signedIn]) {
      const answer = await fetch(`${url}/mcp`, {
        method: 'POST',
        headers: { ...headers, ...others },
        body: '{}',
      });
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    }
  });

  it.each([
    ['https://evil.example', 403],
    ['https://relay.example.evil.example', 403],
    ['http://relay.example', 403],
    ['null', 403],
    ['no origin', 403],
    [PUBLIC_URL, 200],
    ['http://localhost:6274', 200],
    ['http://127.0.0.1', 200],
  ])('answers pages of %s by %i, against DNS rebinding', async (origin, status) => {
    const { post } = await anOperator();
    expect((await post('/mcp', LIST_TOOLS, { ...ACCEPT, origin })).status).toBe(status);
  });

  it('keeps no session: GET and DELETE are refused', async () => {
    const { ask, post } = await anOperator();
    for (const method of ['GET', 'DELETE', 'PUT']) {
      const { status, headers } = await ask('/mcp', { method, headers: ACCEPT });
      expect([status, headers.get('allow')]).toEqual([405, 'POST']);
    }
    const { headers } = await post('/mcp', LIST_TOOLS, ACCEPT);
    expect(headers.get('mcp-session-id')).toBeNull();
  });

  it.each([
    ['a body of more than 128 KB', 'x'.repeat(150_000), 413],
    ['a batch', [LIST_TOOLS, LIST_TOOLS], 400],
    ['what is no JSON', '{', 400],
    ['what is no message', { hello: 1 }, 400],
  ])('refuses %s', async (_name, body, status) => {
    const { post } = await anOperator();
    const sent =
      typeof body === 'string' && body.length > 1 ? { ...LIST_TOOLS, params: { cursor: body } } : body;
    expect((await post('/mcp', sent, ACCEPT)).status).toBe(status);
  });

  it('answers arguments that are nested too deep with a tool error', async () => {
    const { post, desk, bugs } = await anOperator();
    const body = JSON.stringify(
      toolCall('place_call', { to: '+15551234567', task: 'Ask.', context: { deep: 0 } }),
    );
    const deep = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`;
    const { text } = await post('/mcp', body.replace('"deep":0', `"deep":${deep}`), ACCEPT);
    expect(resultIn(text)).toMatchObject({ isError: true });
    expect([desk.placed, bugs]).toEqual([[], []]);
  });

  it('says that the records are away, and is not to be asked for a second call', async () => {
    const { post, desk } = await anOperator();
    await desk.happens('CA1', STARTED);
    desk.failure = new StoreError('away');
    const { text } = await post('/mcp', toolCall('get_call', { id: 'CA1' }), ACCEPT);
    expect(resultIn(text)).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/^unavailable: .*look at list_calls first/s) }],
    });
  });
});

describe('a tool that waits for a call', () => {
  it('reports what happens, and at least that it waits, every 15 s', async () => {
    const { post, desk, clock } = await anOperator();
    await desk.happens('CA1', STARTED);
    const views = vi.spyOn(desk, 'view');
    const answer = post('/mcp', toolCall('get_call', { id: 'CA1', waitS: 300 }, 'p'), ACCEPT);
    await vi.waitFor(() => expect(desk.listeners).toBe(1));
    clock.step(15_000);
    await vi.waitFor(() => expect(views).toHaveBeenCalledTimes(3));
    await desk.happens('CA1', { type: 'caller-said', utteranceId: 'u1', transcript: 'Hello?' }, ENDED);
    const { text } = await answer;
    const progress = messagesIn(text).slice(0, -1);
    expect(progress).toMatchObject([
      { params: { progress: 1, message: 'in-progress', progressToken: 'p' } },
      { params: { progress: 2, message: 'in-progress' } },
    ]);
    expect(resultIn(text).structuredContent).toMatchObject({ isSettled: true, endReason: 'caller-hung-up' });
  });

  it('answers after waitS with the call as it stands, and says what to do next', async () => {
    const { post, desk, clock } = await anOperator();
    await desk.happens('CA1', STARTED);
    const answer = post('/mcp', toolCall('get_call', { id: 'CA1', waitS: 10 }), ACCEPT);
    await vi.waitFor(() => expect(clock.waiting).toBe(1));
    clock.step(10_000);
    const { structuredContent } = resultIn((await answer).text);
    expect(structuredContent).toMatchObject({ isSettled: false, next: expect.stringContaining('get_call') });
    expect([desk.listeners, clock.waiting]).toEqual([0, 0]);
  });

  it('answers when the relay closes', async () => {
    const { post, desk, closing } = await anOperator();
    await desk.happens('CA1', STARTED);
    const answer = post('/mcp', toolCall('get_call', { id: 'CA1', waitS: 300 }), ACCEPT);
    await vi.waitFor(() => expect(desk.listeners).toBe(1));
    closing.abort();
    expect(resultIn((await answer).text).structuredContent).toMatchObject({ isSettled: false });
  });

  it('has room for fifty at once; those that leave make room', { timeout: 60_000 }, async () => {
    const { ask, post, desk, bugs } = await anOperator();
    await desk.happens('CA1', STARTED);
    const leaving = new AbortController();
    const body = toolCall('get_call', { id: 'CA1', waitS: 300 });
    const waits = Array.from({ length: 50 }, () =>
      ask('/mcp', { method: 'POST', body, headers: ACCEPT, signal: leaving.signal }).catch(() => null),
    );
    await vi.waitFor(() => expect(desk.listeners).toBe(50), 20_000);
    const { status, headers } = await post('/mcp', LIST_TOOLS, ACCEPT);
    expect([status, headers.get('retry-after')]).toEqual([503, '10']);
    leaving.abort();
    await Promise.all(waits);
    await vi.waitFor(() => expect(desk.listeners).toBe(0), 20_000);
    expect((await post('/mcp', LIST_TOOLS, ACCEPT)).status).toBe(200);
    expect(bugs).toEqual([]);
  });

  it('shows of a long transcript its end, with the numbers that the evidence refers to', async () => {
    const { post, desk } = await anOperator();
    const lines = Array.from({ length: 100 }, (_, n) => ({
      type: 'caller-said' as const,
      utteranceId: `u${n}`,
      transcript: `${n} ${'word '.repeat(100)}`,
    }));
    await desk.happens('CA1', STARTED, ...lines, ENDED);
    const { structuredContent, content } = resultIn(
      (await post('/mcp', toolCall('get_call', { id: 'CA1' }), ACCEPT)).text,
    );
    const shown = z
      .object({ firstLinesLeftOut: z.number(), transcript: z.array(z.looseObject({ line: z.number() })) })
      .parse(structuredContent);
    expect(shown.transcript.at(-1)).toMatchObject({ line: 99, who: 'human' });
    expect(shown.transcript[0]?.line).toBe(shown.firstLinesLeftOut);
    expect(content[0]?.text.length).toBeLessThan(25_000);
  });
});

it('the relay imports nothing of the MCP SDK before a client asks', () => {
  const script = `
    const { registerHooks } = process.getBuiltinModule('node:module');
    registerHooks({ load: (url, context, next) => {
      if (url.includes('@modelcontextprotocol')) { console.log(url); process.exit(1); }
      return next(url, context);
    } });
    await import('./src/relay/relay.ts');`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    env: INHERITED_ENV,
    encoding: 'utf8',
  });
  expect([status, stdout, stderr]).toEqual([0, '', '']);
});
