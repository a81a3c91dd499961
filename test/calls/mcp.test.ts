// Whole calls placed by an MCP client, the SDK's own: over HTTP, and over stdio as a process of its own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it, type TestContext } from 'vitest';
import { z } from 'zod';
import { ANN, annSays, calling, TOKEN } from '../support/calling-out.ts';
import { INHERITED_ENV } from '../support/command.ts';

const listSchema = z.object({ calls: z.array(z.object({ id: z.string() })) });

const BOOKING = {
  to: ANN,
  task: 'Book a table for four.',
  result: {
    type: 'object',
    properties: {
      isBooked: { type: 'boolean' },
      confirmationNumber: { type: 'string', description: 'As they say it' },
    },
  },
};

const ANSWERS = {
  'Is that possible?': 'Yes, with pleasure.',
  'What is the confirmation number?': 'It is 4 7 1 1.',
};

const BOOKED = {
  stage: 'ended',
  endReason: 'agent-ended',
  isSettled: true,
  result: {
    status: 'answered',
    value: { isBooked: true, confirmationNumber: '4711' },
    findings: [
      { pointer: '/isBooked', is: 'supported' },
      {
        pointer: '/confirmationNumber',
        is: 'supported',
        evidence: [{ line: 4, who: 'caller', text: 'It is 4 7 1 1.' }],
      },
    ],
  },
};

async function connected({ onTestFinished }: TestContext, transport: Transport): Promise<Client> {
  const client = new Client({ name: 'a program', version: '1' });
  await client.connect(transport);
  onTestFinished(() => client.close());
  return client;
}

function overHttp(test: TestContext, relayUrl: string): Promise<Client> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const url = new URL(`${relayUrl}/mcp`);
  // The SDK's transport has optional properties that may be undefined; its own interface does not allow that.
  return connected(test, new StreamableHTTPClientTransport(url, { requestInit: { headers } }) as Transport);
}

/** `npx patchcord mcp`, in a folder without `.env`. */
function overStdio(test: TestContext, relayUrl: string): Promise<Client> {
  const cwd = mkdtempSync(join(tmpdir(), 'patchcord-mcp-'));
  test.onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  return connected(
    test,
    new StdioClientTransport({
      command: process.execPath,
      args: [resolve('src/cli/patchcord.ts'), 'mcp', '--relay', relayUrl],
      env: { ...INHERITED_ENV, OPERATOR_TOKEN: TOKEN },
      cwd,
    }),
  );
}

/** Calls a tool, and collects what it reports meanwhile. */
async function using(client: Client, name: string, args: object, onProgress = (_line: string): void => {}) {
  const progress: string[] = [];
  const params = { name, arguments: { ...args } };
  const answer = await client.callTool(params, CallToolResultSchema, {
    timeout: 60_000,
    onprogress: ({ message = '' }) => {
      progress.push(message);
      onProgress(message);
    },
  });
  const result = CallToolResultSchema.parse(answer);
  const [first] = result.content;
  return { ...result, text: first?.type === 'text' ? first.text : '', progress };
}

describe.concurrent.each([
  ['HTTP', overHttp],
  ['stdio', overStdio],
] as const)('[C9] an MCP client over %s', (_name, connect) => {
  it('books a table, follows the call, and gets the confirmation number with its evidence', async (test) => {
    const stage = await calling(test);
    const client = await connect(test, stage.sandbox.relayUrl);
    const talk = annSays(stage, ANSWERS);
    const [placed] = await Promise.all([using(client, 'place_call', BOOKING), talk()]);
    expect(placed.isError).toBeUndefined();
    expect(placed.structuredContent).toMatchObject(BOOKED);
    expect(JSON.parse(placed.text)).toEqual(placed.structuredContent);
    const happened = ['in-progress', 'human: Yes, with pleasure.', 'human: It is 4 7 1 1.'];
    expect(placed.progress.filter((line) => happened.includes(line))).toEqual(happened);

    const { id } = placed.structuredContent ?? {};
    expect((await using(client, 'get_call', { id })).structuredContent).toEqual(placed.structuredContent);
    const listed = await using(client, 'list_calls', { direction: 'outbound' });
    expect(listed.structuredContent).toMatchObject({ calls: [{ id, endReason: 'agent-ended' }] });
    const late = await using(client, 'say', { id, text: 'Hello?' });
    expect(late).toMatchObject({ isError: true, text: expect.stringMatching(/^call_over: .*\nget_call/) });
  });

  it('has something said, gives the agent a note and hangs up', async (test) => {
    const stage = await calling(test);
    const client = await connect(test, stage.sandbox.relayUrl);
    const ann = stage.sandbox.twilio.callee(ANN);
    const { structuredContent: call } = await using(client, 'place_call', { ...BOOKING, waitS: 0 });
    expect(call).toMatchObject({ isSettled: false, next: expect.stringContaining('get_call') });
    const { id } = call ?? {};
    const caller = await ann.answered;
    await caller.hears('Is that possible?', { withinMs: 15_000 });
    expect(await using(client, 'note', { id, text: 'Friday is fine, too.' })).not.toHaveProperty('isError');
    await using(client, 'say', { id, text: 'One moment, please.' });
    await caller.hears('One moment, please.', { withinMs: 15_000 });
    await using(client, 'hang_up', { id });
    await caller.ended;
    const { structuredContent: ended } = await using(client, 'get_call', { id, waitS: 60 });
    expect(ended).toMatchObject({ endReason: 'operator-ended', isSettled: true });
  });

  it('receives refusals as tool errors that say what to do next', async (test) => {
    const { sandbox } = await calling(test);
    const client = await connect(test, sandbox.relayUrl);
    const notAllowed = await using(client, 'place_call', { ...BOOKING, to: '+14155550123' });
    expect(notAllowed.isError).toBe(true);
    expect(notAllowed.text).toMatch(/^not_allowed \(to\): OUTBOUND_ALLOW .*\nNobody was called\./);
    const misspelt = await using(client, 'place_call', { ...BOOKING, maxMinute: 3 });
    expect(misspelt).toMatchObject({ isError: true, text: expect.stringContaining('maxMinute') });
    const wrong = await using(client, 'place_call', { ...BOOKING, maxMinutes: 900 });
    expect(wrong).toMatchObject({
      isError: true,
      text: expect.stringMatching(/^invalid_request \(maxMinutes\)/),
    });
    for (const id of ['CO00000000', '../calls', '']) {
      const unknown = await using(client, 'hang_up', { id });
      expect(unknown).toMatchObject({
        isError: true,
        text: expect.stringMatching(/^not_found: .*\nlist_calls/),
      });
    }
    expect((await using(client, 'list_calls', {})).structuredContent).toMatchObject({ calls: [] });
  });
});

describe.concurrent('[C9] an MCP client that leaves in the middle of a call', () => {
  it.for([
    ['HTTP', overHttp],
    ['stdio', overStdio],
  ] as const)('over %s does not end it: the call has its result all the same', async ([, connect], test) => {
    const stage = await calling(test);
    const client = await connect(test, stage.sandbox.relayUrl);
    const caller = stage.sandbox.twilio.callee(ANN);
    const answered = Promise.withResolvers<void>();
    const waiting = using(client, 'place_call', BOOKING, (line) => {
      if (line === 'in-progress') answered.resolve();
    });
    const gone = expect(waiting).rejects.toThrow();
    const ann = await caller.answered;
    await answered.promise;
    await client.close();
    await gone;
    for (const [heard, says] of Object.entries(ANSWERS)) {
      await ann.hears(heard, { withinMs: 15_000 });
      await ann.says(says);
    }
    await ann.ended;
    const { body } = await stage.api('GET', '/calls');
    const [call] = listSchema.parse(body).calls;
    expect(await stage.settled(call?.id ?? '')).toMatchObject(BOOKED);
  });
});
