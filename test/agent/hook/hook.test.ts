import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { hook } from '../../../src/agent/hook/hook.ts';
import type { AgentOptions } from '../../../src/agent/agent-kind.ts';
import type { Agent } from '../../../src/call/ports.ts';
import { agentContract } from '../agent-contract.ts';
import { FarEnd, GREETED, message, optionsFor, patience, type Reach, read, textOf } from '../far-end.ts';
import { wireFaults } from '../wire-faults.ts';

const PATHS = {
  '': 'own/agent_scripted',
  'n8n:': 'n8n/webhook/agent_scripted/chat',
  'dify:': 'dify/agent_scripted/v1',
  'flowise:': 'flowise/api/v1/prediction/agent_scripted',
  'chatbase:': 'chatbase/api/v2/agents/agent_scripted/chat',
} as const;
type Preset = keyof typeof PATHS;

const served = (preset: Preset, reach: Reach, given: Partial<AgentOptions> = {}): Agent =>
  hook.open(
    `hook:${preset}${reach.baseUrl.replace(/v1$/, `hook/${PATHS[preset]}`)}`,
    optionsFor(reach, given),
  );

const HOOK = { callsTools: false, hasCommentary: false, namesFailures: false, noticesLoss: false };

agentContract("a webhook of one's own", (reach) => served('', reach), {
  ...HOOK,
  namesFailures: true,
  canBeLookedUp: false,
});
agentContract('an n8n workflow', (reach) => served('n8n:', reach), HOOK);
agentContract('a Dify app', (reach) => served('dify:', reach), {
  callsTools: false,
  countsTokens: true,
});
agentContract('a Flowise flow', (reach) => served('flowise:', reach), { ...HOOK, hasCommentary: true });
agentContract('a Chatbase agent', (reach) => served('chatbase:', reach), {
  ...HOOK,
  namesFailures: true,
  noticesLoss: true,
  canBeLookedUp: false,
});

wireFaults("a webhook of one's own", (reach) => served('', reach), { hasEnd: false });
wireFaults('an n8n workflow', (reach) => served('n8n:', reach));
wireFaults('a Dify app', (reach) => served('dify:', reach));
wireFaults('a Flowise flow', (reach) => served('flowise:', reach));
wireFaults('a Chatbase agent', (reach) => served('chatbase:', reach));

let farEnd: FarEnd;

beforeEach(async () => {
  farEnd = await FarEnd.start();
});

afterEach(() => farEnd.stop());

const bodies = () => farEnd.requests.map(({ body }): Record<string, unknown> => Object(body));

/** What a caller hears in answer to these messages, one by one. */
async function said(agent: Agent, ...texts: string[]): Promise<string[]> {
  const conversation = agent.open(GREETED);
  const replies: string[] = [];
  for (const words of texts) replies.push(textOf(await read(conversation.reply(message(words), patience()))));
  await conversation.close();
  return replies;
}

/** The path of a map of a webhook, with the far end's own address. */
function mapFile(map: object): string {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-hook-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'hook.json');
  writeFileSync(path, JSON.stringify({ url: farEnd.baseUrl.replace(/v1$/, `hook/${PATHS['']}`), ...map }));
  return path;
}

describe('a message to a webhook', () => {
  it.each([
    [
      '',
      {
        text: `${GREETED.note}\nHi.`,
        session: expect.stringMatching(/^CI0-[0-9a-f]{8}$/),
        callSid: 'CA0',
        from: '+15550001',
        to: '+15550002',
      },
    ],
    [
      'n8n:',
      { action: 'sendMessage', sessionId: expect.stringMatching(/^CI0-/), chatInput: `${GREETED.note}\nHi.` },
    ],
    [
      'dify:',
      {
        inputs: {},
        query: `${GREETED.note}\nHi.`,
        response_mode: 'streaming',
        user: expect.stringMatching(/^CI0-/),
        conversation_id: '',
      },
    ],
    [
      'flowise:',
      { question: `${GREETED.note}\nHi.`, streaming: true, chatId: expect.stringMatching(/^CI0-/) },
    ],
    ['chatbase:', { message: `${GREETED.note}\nHi.`, stream: true, userId: expect.stringMatching(/^CI0-/) }],
  ] as const)('is what "hook:%s" sends', async (preset, body) => {
    expect(await said(served(preset, farEnd), 'Hi.')).toEqual(['Yes.']);
    expect(bodies()).toEqual([body]);
  });

  it.each(Object.keys(PATHS) as Preset[])(
    '[T10] is not sent again after an answer that failed: "hook:%s"',
    async (preset) => {
      farEnd.wire.fault = 'silence';
      const { baseUrl, apiKey } = farEnd;
      const conversation = served(preset, { baseUrl, apiKey, agentTimeoutMs: 1000 }).open(GREETED);
      await read(conversation.reply(message('Book a table.'), patience()));
      farEnd.wire.fault = null;
      await read(conversation.reply(message('', ['[Your last reply was lost.]']), patience()));
      expect(JSON.stringify(bodies()).match(/Book a table/g)).toHaveLength(1);
      await conversation.close();
    },
  );

  it('carries the key, and AGENT_HEADERS in its place', async () => {
    await said(served('n8n:', farEnd), 'Hi.');
    const authorization = `Bearer ${farEnd.apiKey}`;
    await said(
      served('n8n:', farEnd, { agentApiKey: 'x', agentHeaders: { Authorization: authorization } }),
      'Hi.',
    );
    expect(farEnd.headers.map((headers) => headers.authorization)).toEqual([authorization, authorization]);
  });
});

describe("a webhook of one's own", () => {
  it.each(['lines', 'events', 'text'] as const)('[T2] may stream %s', async (own) => {
    farEnd.wire.hook.own = own;
    farEnd.replies = [{ text: 'A dozen roses.' }];
    expect(await said(served('', farEnd), 'Hi.')).toEqual(['A dozen roses.']);
  });

  it('[E1] is described by a map, and may end the call', async () => {
    farEnd.wire.hook.own = 'whole';
    farEnd.replies = [{ text: 'Hello.' }, { text: 'Goodbye.' }];
    const path = mapFile({
      body: { text: '{text}', session: '{session}', via: ['phone', '{from}'], n: 1 },
      text: 'reply.output',
    });
    const agent = hook.open(`hook:${path}`, optionsFor(farEnd));
    expect(await said(agent, 'Hi.', 'Bye.')).toEqual(['Hello.', 'Goodbye.<end>']);
    expect(bodies()[1]).toEqual({
      text: 'Bye.',
      session: expect.any(String),
      via: ['phone', '+15550001'],
      n: 1,
    });
  });

  it('[T10] may name the field that completes an answer', async () => {
    const agent = hook.open(`hook:${mapFile({ done: 'done' })}`, optionsFor(farEnd));
    expect(await said(agent, 'Hi.')).toEqual(['Yes.']);
    farEnd.wire.fault = 'no-end';
    expect(await said(agent, 'Hi.')).toEqual(['Yes.<unavailable>']);
  });

  it.each([
    ['a field that no map has', { words: 'x' }, /no map of a webhook/],
    ['an address without https', { url: 'http://agent.example' }, /whose url must be https/],
    ['a key in its address', { url: 'https://ann:secret@agent.example' }, /AGENT_API_KEY/],
  ])('is refused with %s', (_, map, why) => {
    const problem = hook.problem?.(`hook:${mapFile(map)}`, { openaiBaseUrl: '', agentBaseUrl: '' });
    expect(problem).toMatch(why);
    expect(problem).not.toContain('secret');
  });

  const answering = (type: string, body: string): Agent => {
    const answer = async () => new Response(body, { headers: { 'content-type': type } });
    return hook.open(
      'hook:https://agent.example',
      optionsFor(farEnd, { requests: { retries: 0, fetch: answer } }),
    );
  };

  it.each([
    ['the first usual field', 'application/json', '{"id":7,"answer":"A","reply":"B"}', 'A'],
    ['a message with its text', 'application/json', '{"message":{"type":"text","text":"A"}}', 'A'],
    ['a bare string', 'application/json', '"A"', 'A'],
    ['a list of one', 'application/json', '[{"output":"A"}]', 'A'],
    ['nothing to say', 'application/json', '{"ok":true}', ''],
    ['text in events', 'text/event-stream', 'data: A\n\ndata: [DONE]\n\n', 'A'],
    ['a document that is cut off', 'application/json', '{"output":\n"A"', '<malformed>'],
    ['an error', 'application/json', '{"error":"rate_limit_exceeded"}', '<rate-limited>'],
    ['a page', 'text/html', '<!DOCTYPE html><html></html>', '<malformed>'],
  ])('[T7] is read as %s', async (_, type, body, reply) => {
    expect(await said(answering(type, body), 'Hi.')).toEqual([reply]);
  });
});

describe('an n8n workflow', () => {
  it.each(['whole', 'text'] as const)('may answer without a stream: %s', async (how) => {
    farEnd.wire.hook.n8n = how;
    farEnd.replies = [{ text: 'A dozen roses.' }];
    expect((await said(served('n8n:', farEnd), 'Hi.')).map((reply) => reply.trim())).toEqual([
      'A dozen roses.',
    ]);
  });

  it.each([
    ['page', '<unavailable>', 'an HTML page'],
    ['empty', '<refused>', 'no text: is streaming on in the trigger, and off in the agent node?'],
    ['waits', '<refused>', 'the workflow waits for a person'],
    ['started', '<refused>', 'the trigger answers at once: let it respond when the last node finishes'],
    ['failed', '<unavailable>', 'the workflow failed'],
  ] as const)('[T8] fails with a body that is no answer: %s', async (how, reply, detail) => {
    farEnd.wire.hook.n8n = how;
    const conversation = served('n8n:', farEnd).open(GREETED);
    const events = await read(conversation.reply(message('Hi.'), patience()));
    expect(textOf(events)).toBe(reply);
    expect(events.at(-1)).toMatchObject({ detail });
    await conversation.close();
  });
});

describe('a Dify app', () => {
  it.each([false, true])('goes on with its conversation, an agent or not: %s', async (isDifyAgent) => {
    farEnd.wire.hook.isDifyAgent = isDifyAgent;
    farEnd.replies = [{ text: 'One.', commentary: 'Hm.' }, { text: 'Two.' }];
    expect(await said(served('dify:', farEnd), 'Hi.', 'Again.')).toEqual(['One.', 'Two.']);
    expect(bodies()[1]?.['conversation_id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('[T7] withdraws what moderation replaces', async () => {
    farEnd.wire.hook.difyReplaces = 'I cannot say that.';
    farEnd.replies = [{ text: 'Bad words.' }];
    expect(await said(served('dify:', farEnd), 'Hi.')).toEqual(['Bad words.<withdrawn>I cannot say that.']);
  });

  it('[T8] fails with its workflow', async () => {
    farEnd.wire.hook.difyNodeFails = true;
    expect(await said(served('dify:', farEnd), 'Hi.')).toEqual(['Yes.<unavailable>']);
  });

  it('[B1] is stopped by the same user when the caller interrupts, and keeps what it had written', async () => {
    farEnd.replies = [{ text: 'Roses are red', hangs: true }, { text: 'Sure.' }];
    const conversation = served('dify:', farEnd).open(GREETED);
    const stop = new AbortController();
    for await (const _ of conversation.reply(message('A poem.'), stop.signal)) stop.abort();
    await read(conversation.reply(message('Wait.', ['[Heard: "Roses"]']), patience()));
    expect(farEnd.wire.hook.difyStops).toEqual([bodies()[0]?.['user']]);
    expect(farEnd.known).toMatch(/A poem\.\nassistant: Roses[^]*Heard: "Roses"[^]*Wait\.$/);
    await conversation.close();
  });

  it.each(['dify:', 'chatbase:'] as const)(
    'begins another conversation if its own is gone: hook:%s',
    async (preset) => {
      const log: string[] = [];
      const conversation = served(preset, farEnd, { log: (line) => log.push(line) }).open(GREETED);
      await read(conversation.reply(message('Hi.'), patience()));
      farEnd.wire.hook.forgets = true;
      expect(textOf(await read(conversation.reply(message('Again.'), patience())))).toBe('Yes.');
      expect(farEnd.known).toBe(`developer: ${GREETED.note}\nuser: Again.`);
      expect(log).toEqual(['hook: the conversation was lost, another has begun']);
      await conversation.close();
    },
  );
});

it('a Dify app keeps its conversation through a 404 that is not about that', async () => {
  const conversation = served('dify:', farEnd).open(GREETED);
  await read(conversation.reply(message('I am Ann.'), patience()));
  Object.assign(farEnd.faults, { refuseNext: 2, refuseWith: { status: 404, code: 'not_found' } });
  expect(textOf(await read(conversation.reply(message('Hm.'), patience())))).toBe('<refused>');
  await read(conversation.reply(message('Who am I?'), patience()));
  expect(farEnd.known).toMatch(/I am Ann\.[^]*Who am I\?$/);
  expect(farEnd.known.match(/A phone call has begun/g)).toHaveLength(1);
  await conversation.close();
});

describe('a Flowise flow', () => {
  it('may answer with JSON though it was asked for a stream', async () => {
    farEnd.wire.hook.flowise = 'whole';
    expect(await said(served('flowise:', farEnd), 'Hi.')).toEqual(['Yes.']);
  });

  it('[T8] is asked for whole answers once it has streamed no word', async () => {
    farEnd.wire.hook.flowise = 'wordless';
    expect(await said(served('flowise:', farEnd), 'Hi.', 'Again.')).toEqual(['<refused>', 'Yes.']);
    expect(bodies().map(({ streaming }) => streaming)).toEqual([true, false]);
  });
});

it('a Chatbase agent may stream bare lines of JSON', async () => {
  farEnd.wire.hook.isChatbaseBare = true;
  expect(await said(served('chatbase:', farEnd), 'Hi.', 'Again.')).toEqual(['Yes.', 'Yes.']);
  expect(farEnd.known).toMatch(/Hi\.[^]*Again\.$/);
});
