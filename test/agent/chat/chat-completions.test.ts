import { createServer } from 'node:http';
import { setImmediate as nextRound } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { chatCompletions } from '../../../src/agent/chat/chat-completions.ts';
import type { Agent, AgentEvent, Conversation } from '../../../src/call/ports.ts';
import { listen } from '../../support/listen.ts';
import { agentContract } from '../agent-contract.ts';
import {
  FarEnd,
  GREETED,
  message,
  optionsFor,
  patience,
  type Reach,
  read,
  textOf,
  UNGREETED,
} from '../far-end.ts';

const lines: string[] = [];

const chat = (reach: Reach, model = 'scripted', instructions: string | null = 'Sell flowers.'): Agent =>
  chatCompletions.open(`chat:${model}`, optionsFor(reach, { instructions, log: (line) => lines.push(line) }));

const say = (conversation: Conversation, ...said: Parameters<typeof message>): Promise<AgentEvent[]> =>
  read(conversation.reply(message(...said), patience()));

beforeEach(() => {
  lines.length = 0;
});

agentContract('a chat/completions server', (reach) => chat(reach), {
  isKeptByVendor: false,
  countsTokens: true,
});

describe('the requests to a chat/completions server', () => {
  let farEnd: FarEnd;

  beforeEach(async () => {
    farEnd = await FarEnd.start();
  });

  afterEach(() => farEnd.stop());

  const asked = () => farEnd.asked(/^POST .*chat\/completions$/).map(({ body }) => Object(body));
  /** The messages of the last request, without the instructions and the opening note. */
  const past = () => asked().at(-1)?.messages.slice(2);
  const user = (content: string) => ({ role: 'user', content });
  const agent = (content: string) => ({ role: 'assistant', content });
  const note = (content: string) => ({ role: 'system', content });

  it('contain the whole call, and nothing that a compatible server may not know', async () => {
    const conversation = chat(farEnd).open(GREETED);
    await say(conversation, 'Hi.');
    await say(conversation, 'Again.', ['[A note.]']);
    expect(asked()[1]).toEqual({
      model: 'scripted',
      stream: true,
      stream_options: { include_usage: true },
      tools: GREETED.tools.offered.map(({ name, description, parameters }) => ({
        type: 'function',
        function: { name, description, parameters },
      })),
      messages: [
        note('Sell flowers.'),
        note(GREETED.note),
        agent('Hello, who is there?'),
        user('Hi.'),
        agent('Yes.'),
        note('[A note.]'),
        user('Again.'),
      ],
    });
    await conversation.close();
  });

  it('contain no instructions if there are none', async () => {
    const conversation = chat(farEnd, 'scripted', null).open(UNGREETED);
    await read(conversation.greet(patience()));
    expect(asked()[0].messages).toEqual([note(GREETED.note)]);
    await conversation.close();
  });

  it('[B4] contain what was heard of a reply and of the greeting', async () => {
    farEnd.replies = [{ text: 'Roses are red.' }, { text: 'Violets are blue.' }, { text: 'Fine.' }];
    const conversation = chat(farEnd).open(GREETED);
    await say(conversation, 'One.', ['[Interrupted.]'], 'Hello, who');
    await say(conversation, 'Two.', [], 'Roses');
    await say(conversation, 'Three.', [], '');
    await say(conversation, 'Four.');
    expect(past()).toEqual([
      agent('Hello, who'),
      note('[Interrupted.]'),
      user('One.'),
      agent('Roses'),
      user('Two.\nThree.'),
      agent('Fine.'),
      user('Four.'),
    ]);
    await conversation.close();
  });

  it('[B4] contain no greeting that was not heard', async () => {
    const conversation = chat(farEnd).open(GREETED);
    await say(conversation, 'One.', [], '');
    expect(past()).toEqual([user('One.')]);
    await conversation.close();
  });

  it('[B4] keep a reply when the next one is aborted before its first word', async () => {
    farEnd.replies = [{ text: 'Sure.' }, { text: 'Late.', firstWordAfterMs: 60_000 }, { text: 'Fine.' }];
    const conversation = chat(farEnd).open(GREETED);
    await say(conversation, 'One.');
    const stop = new AbortController();
    const reading = read(conversation.reply(message('Two.'), stop.signal));
    await farEnd.until(() => farEnd.heard.length === 2);
    stop.abort();
    await reading;
    await say(conversation, 'Three.', [], '');
    expect(past().slice(1)).toEqual([user('One.'), agent('Sure.'), user('Two.\nThree.')]);
    await conversation.close();
  });

  it('contain what was read of a reply that its reader left', async () => {
    const words = [delta({ content: 'One' }), delta({ content: ' two' }, 'stop')];
    const odd = await oddServer(words);
    const conversation = chat(odd).open(GREETED);
    for await (const _ of conversation.reply(message('Count.'), patience())) {
      // The rest has come by then, in the same packet.
      await nextRound();
      break;
    }
    await say(conversation, 'Go on.');
    expect(odd.bodies[1]?.messages.slice(3)).toEqual([user('Count.'), agent('One'), user('Go on.')]);
    await conversation.close();
  });

  it('[T5] contain what a failed reply said, and the words once', async () => {
    farEnd.replies = [{ text: 'Well', failWith: 'server_error' }, { text: 'Fine.' }];
    const conversation = chat(farEnd).open(GREETED);
    expect(textOf(await say(conversation, 'One.'))).toBe('Well<unavailable>');
    await say(conversation, 'Two.');
    expect(past().slice(1)).toEqual([user('One.'), agent('Well'), user('Two.')]);
    await conversation.close();
  });

  it('[T5] repeat words after a server failure, but not after a refusal', async () => {
    const conversation = chat(farEnd).open(GREETED);
    await say(conversation, 'Zero.');
    farEnd.faults.refuseNext = 2;
    expect(textOf(await say(conversation, 'One.'))).toBe('<unavailable>');
    farEnd.faults.refuseNext = 1;
    farEnd.faults.refuseWith = { status: 403, code: 'forbidden' };
    expect(textOf(await say(conversation, 'Two.'))).toBe('<refused>');
    farEnd.faults.refuseNext = 2;
    farEnd.faults.refuseWith = { status: 400, code: 'content_policy_violation' };
    expect(textOf(await say(conversation, 'Three.'))).toBe('<refused>');
    farEnd.faults.refuseNext = 0;
    await say(conversation, 'Four.');
    farEnd.faults.refuseNext = 2;
    expect(textOf(await say(conversation, 'Five.'))).toBe('<refused>');
    farEnd.faults.refuseNext = 0;
    await say(conversation, 'Six.');
    expect(past().slice(1)).toEqual([
      user('Zero.'),
      agent('Yes.'),
      user('One.\nTwo.\nFour.'),
      agent('Yes.'),
      user('Six.'),
    ]);
    await conversation.close();
  });

  it('[B4] keep a heard reply when the apology after it is cut off', async () => {
    const conversation = chat(farEnd).open(GREETED);
    await say(conversation, 'One.');
    farEnd.faults.refuseWith = { status: 400, code: 'content_policy_violation' };
    farEnd.faults.refuseNext = 2;
    expect(textOf(await say(conversation, 'Two.'))).toBe('<refused>');
    farEnd.faults.refuseNext = 0;
    await say(conversation, 'Three.', [], '');
    expect(past().slice(1)).toEqual([user('One.'), agent('Yes.'), user('Three.')]);
    await conversation.close();
  });

  it('[E1] contain a tool call with its result, in its turn and later', async () => {
    const given = { digits: '12#' };
    const calls = { name: 'send_digits', arguments: given };
    farEnd.replies = [{ text: 'I pressed them.', saysBeforeCall: 'One moment.', calls }, { text: 'Fine.' }];
    const conversation = chat(farEnd).open(GREETED);
    const events = await say(conversation, 'Press.');
    expect(textOf(events)).toBe('One moment.<send-digits>\nI pressed them.');
    const [call] = past()[2].tool_calls;
    const round = [
      user('Press.'),
      { role: 'assistant', content: 'One moment.', tool_calls: [call] },
      { role: 'tool', tool_call_id: call.id, content: GREETED.tools.call('send_digits', given)?.output },
    ];
    expect(call.function).toEqual({ name: 'send_digits', arguments: JSON.stringify(given) });
    expect(past().slice(1)).toEqual(round);
    await say(conversation, 'Well?');
    expect(past().slice(1)).toEqual([...round, agent('I pressed them.'), user('Well?')]);
    await conversation.close();
  });

  it('[B4] contain no tool call whose reply was cut off', async () => {
    const calls = { name: 'end_call', arguments: {} };
    farEnd.replies = [{ text: 'Goodbye then.', calls }, { text: 'Fine.' }];
    const conversation = chat(farEnd).open(GREETED);
    await say(conversation, 'Bye.');
    await say(conversation, 'Wait!', [], 'Goodbye');
    expect(past().slice(1)).toEqual([user('Bye.'), agent('Goodbye'), user('Wait!')]);
    await conversation.close();
  });

  it('[E1] accept a reply that is only a tool call', async () => {
    farEnd.replies = [{ text: '', calls: { name: 'end_call', arguments: {} } }];
    const conversation = chat(farEnd).open(GREETED);
    expect(textOf(await say(conversation, 'Bye.'))).toBe('<end>');
    await conversation.close();
  });

  it('drop tools at once, in every call, for a server that refuses them', async () => {
    farEnd.faults.refusesTools = true;
    const one = chat(farEnd);
    const conversation = one.open(GREETED);
    expect(textOf(await say(conversation, 'One.'))).toBe('Yes.');
    expect(textOf(await say(conversation, 'Two.'))).toBe('Yes.');
    const other = one.open(GREETED);
    await say(other, 'Three.');
    expect(asked().map((body) => 'tools' in body)).toEqual([true, false, false, false]);
    expect(lines).toEqual([expect.stringMatching(/refuses tools.*directives/)]);
    await Promise.all([conversation.close(), other.close()]);
  });

  it.each([400, 404, 422, 501])(
    'keep tools after a refusal with %i that is not about them',
    async (status) => {
      farEnd.faults.refuseWith = { status, code: 'odd' };
      farEnd.faults.refuseNext = 9;
      const conversation = chat(farEnd).open(GREETED);
      expect(textOf(await say(conversation, 'One.'))).toMatch(/^<(refused|unavailable)>$/);
      farEnd.faults.refuseNext = 0;
      await say(conversation, 'Two.');
      expect(asked().some((body) => !('tools' in body))).toBe(true);
      expect(asked().at(-1)).toHaveProperty('tools');
      // Once they were taken, no refusal can be about them.
      farEnd.faults.refuseNext = 9;
      const before = asked().length;
      await say(conversation, 'Three.');
      expect(
        asked()
          .slice(before)
          .every((body) => 'tools' in body),
      ).toBe(true);
      expect(lines).toEqual([]);
      await conversation.close();
    },
  );

  it.each([false, true])(
    'alternate user and assistant for a server that insists (and no tools: %s)',
    async (refusesTools) => {
      Object.assign(farEnd.faults, { insistsOnAlternation: true, refusesTools });
      const conversation = chat(farEnd).open(GREETED);
      expect(textOf(await say(conversation, 'One.'))).toBe('Yes.');
      expect(textOf(await say(conversation, 'Two.', ['[A note.]']))).toBe('Yes.');
      expect(asked().at(-1).messages).toEqual([
        note('Sell flowers.'),
        user(GREETED.note),
        agent('Hello, who is there?'),
        user('One.'),
        agent('Yes.'),
        user('[A note.]\nTwo.'),
      ]);
      expect('tools' in asked().at(-1)).toBe(!refusesTools);
      expect(lines.filter((line) => /system messages/.test(line))).toHaveLength(1);
      await conversation.close();
    },
  );

  it('send late notes as user messages to a server that refuses system ones', async () => {
    const conversation = chat(farEnd).open(UNGREETED);
    await read(conversation.greet(patience()));
    farEnd.faults.insistsOnAlternation = true;
    expect(textOf(await say(conversation, 'One.', ['[A note.]']))).toBe('Yes.');
    expect(past()).toEqual([agent('ok'), user('[A note.]\nOne.')]);
    await conversation.close();
  });

  it('keep notes in place once the server accepted one', async () => {
    const conversation = chat(farEnd).open(GREETED);
    await say(conversation, 'One.', ['[A note.]']);
    farEnd.faults.insistsOnAlternation = true;
    expect(textOf(await say(conversation, 'Two.'))).toBe('<refused>');
    expect(asked()).toHaveLength(2);
    await conversation.close();
  });
});

interface Odd extends Reach {
  readonly bodies: { readonly messages: readonly unknown[]; readonly tool_choice?: string }[];
}

/** A server of somebody's own: it answers each request with the next of these, and then with the last again. */
async function oddServer(
  ...answers: (readonly object[] | { type: string; body: string; status?: number })[]
): Promise<Odd> {
  const bodies: Odd['bodies'] = [];
  const server = createServer((req, res) => {
    let body = '';
    req.on('data', (data: Buffer) => (body += data.toString()));
    req.on('end', () => {
      bodies.push(JSON.parse(body));
      const answer = answers[Math.min(bodies.length, answers.length) - 1] ?? [];
      if ('type' in answer)
        return res.writeHead(answer.status ?? 200, { 'content-type': answer.type }).end(answer.body);
      res.setHeader('content-type', 'text/event-stream');
      res.end(answer.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join(''));
    });
  });
  const port = await listen(server);
  onTestFinished(() => server.close().closeAllConnections());
  return { baseUrl: `http://127.0.0.1:${port}/v1`, apiKey: 'none', bodies };
}

const delta = (fields: object, finish_reason: string | null = null) => ({
  choices: [{ index: 0, delta: fields, finish_reason }],
});
const json = (body: unknown, type = 'application/json; charset=utf-8') => ({
  type,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

describe('a server that only resembles OpenAI', () => {
  it.each<[string, Parameters<typeof oddServer>[0], string]>([
    [
      'writes its reasoning first',
      [delta({ content: '<thi' }), delta({ content: 'nk>Hm.</think> Hi' }, 'stop')],
      'Hi',
    ],
    ['never stops reasoning', [delta({ content: '<think>Hm.' }, 'length')], '<malformed>'],
    ['says half a tag', [delta({ content: '<thi' }, 'stop')], '<thi'],
    ['has a field for reasoning', [delta({ reasoning: 'Hm.' }), delta({ content: 'Hi' }, 'stop')], 'Hi'],
    ['refuses in words', [delta({ refusal: 'No.' }, 'stop')], 'No.'],
    ['ends without a word on why', [delta({ content: 'Hi' })], 'Hi'],
    ['says nothing at all', [], '<unavailable>'],
    ['says nothing, on purpose', [delta({}, 'stop')], ''],
    ['filters all that it wrote', [delta({}, 'content_filter')], '<refused>'],
    ['filters the rest', [delta({ content: 'Hi' }), delta({}, 'content_filter')], 'Hi'],
    ['met its length limit', [delta({ content: 'Hi' }, 'length')], 'Hi'],
    ['asks for a function of old', [delta({ function_call: { name: 'f' } }, 'function_call')], '<refused>'],
    ['ends with usage and no choices', [delta({ content: 'Hi' }, 'stop'), { usage: {} }], 'Hi'],
    [
      'fails in mid-stream with a status',
      [delta({ content: 'Hi' }), { error: { code: 429 } }],
      'Hi<rate-limited>',
    ],
    ["fails in mid-stream with a server's status", [{ error: { code: 502, message: 'x' } }], '<unavailable>'],
    ['fails in mid-stream without a code', [{ error: { message: 'Overloaded' } }], '<unavailable>'],
    ['knows no streams', json({ choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }] }), 'Hi'],
    ['fails with a status of 200', json({ error: { code: 'rate_limit_exceeded' } }), '<rate-limited>'],
    ['answers with half a body', json('{"choices":[{"message"'), '<malformed>'],
    ['answers with a body without end', json(`{"x":"${'x'.repeat(1_100_000)}"}`), '<malformed>'],
    ['answers with a page', json('<html>Log in</html>', 'text/html'), '<unavailable>'],
    ['sends what is not JSON', { type: 'text/event-stream', body: 'data: Hi\n\n' }, '<malformed>'],
  ])('and %s', async (_, answer, text) => {
    const conversation = chat(await oddServer(answer)).open(GREETED);
    expect(textOf(await say(conversation, 'Hi.'))).toBe(text);
    await conversation.close();
  });

  it("reports a failure in the server's own words only by its kind", async () => {
    const odd = await oddServer([{ error: { code: 'Ann said: my card is 4111' } }]);
    const conversation = chat(odd).open(GREETED);
    const events = await say(conversation, 'Hi.');
    expect(events).toEqual([{ type: 'failed', failure: 'refused', detail: 'no plain code' }]);
    await conversation.close();
  });

  it('keeps no reasoning in the history', async () => {
    const odd = await oddServer([
      delta({ content: '<think>Hm.</think>Hi', reasoning_content: 'Hm.' }, 'stop'),
    ]);
    const conversation = chat(odd).open(GREETED);
    await say(conversation, 'One.');
    await say(conversation, 'Two.');
    expect(JSON.stringify(odd.bodies)).not.toContain('Hm.');
    expect(odd.bodies[1]?.messages).toContainEqual({ role: 'assistant', content: 'Hi' });
    await conversation.close();
  });

  it('calls tools without IDs, ends with "stop", and is answered', async () => {
    const tool_calls = [{ function: { name: 'end_call', arguments: '' } }, { function: { name: 'look_up' } }];
    const odd = await oddServer([delta({ tool_calls }, 'stop')], [delta({ content: 'Bye.' }, 'stop')]);
    const conversation = chat(odd).open(GREETED);
    expect(textOf(await say(conversation, 'Bye.'))).toBe('<end>Bye.');
    const [, , , , calling, first, second] = odd.bodies[1]?.messages ?? [];
    const ids: string[] = Object(calling).tool_calls.map(({ id }: { id: string }) => id);
    expect(new Set(ids).size).toBe(2);
    expect(first).toMatchObject({
      role: 'tool',
      tool_call_id: ids[0],
      content: expect.stringMatching(/ends/),
    });
    expect(second).toEqual({ role: 'tool', tool_call_id: ids[1], content: '{"error":"unknown tool"}' });
    expect(lines).toEqual([expect.stringMatching(/tool was called that nobody here has/)]);
    await conversation.close();
  });

  it('must speak after five rounds of tool calls', async () => {
    const call = delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'look_up' } }] }, 'tool_calls');
    const odd = await oddServer([call]);
    const conversation = chat(odd).open(GREETED);
    expect(textOf(await say(conversation, 'Hi.'))).toBe('<refused>');
    expect(odd.bodies.map(({ tool_choice }) => tool_choice)).toEqual([
      ...Array.from({ length: 5 }, () => undefined),
      'none',
    ]);
    await say(conversation, 'Again.');
    expect(odd.bodies[6]?.messages.slice(3)).toEqual([{ role: 'user', content: 'Hi.\nAgain.' }]);
    await conversation.close();
  });

  it('keeps the words when the server refuses a tool result', async () => {
    const call = delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'look_up' } }] }, 'tool_calls');
    const no = { ...json({ error: { message: 'No tools.' } }), status: 400 };
    const odd = await oddServer([call], no, no, [delta({ content: 'Hi' }, 'stop')]);
    const conversation = chat(odd).open(GREETED);
    expect(textOf(await say(conversation, 'One.'))).toBe('<refused>');
    expect(textOf(await say(conversation, 'Two.'))).toBe('Hi');
    expect(odd.bodies.at(-1)?.messages.slice(3)).toEqual([{ role: 'user', content: 'One.\nTwo.' }]);
    await conversation.close();
  });

  it.each(['content_filter', 'tool_calls', 'stop'])(
    'may add nothing to what it said before a call: %s',
    async (finish) => {
      const tool_calls = [{ index: 0, id: 'a', function: { name: 'end_call' } }];
      const odd = await oddServer(
        [delta({ content: 'Goodbye.', tool_calls }, 'tool_calls')],
        [delta({}, finish)],
      );
      const conversation = chat(odd).open(GREETED);
      expect(textOf(await say(conversation, 'Bye.'))).toBe('Goodbye.<end>');
      await conversation.close();
    },
  );

  it('receives only the newest part of a long call', async () => {
    const odd = await oddServer([delta({ content: 'x'.repeat(60_000) }, 'stop')]);
    const conversation = chat(odd).open(GREETED);
    for (const words of ['A', 'B', 'C', 'D', 'E']) await say(conversation, words);
    const told = odd.bodies.at(-1)?.messages ?? [];
    expect(told.slice(0, 3)).toMatchObject([
      { content: 'Sell flowers.' },
      { content: GREETED.note },
      { role: 'user', content: 'B' },
    ]);
    expect(told).toHaveLength(9);
    await conversation.close();
  });

  it('may not call an absurd number of tools', async () => {
    const tool_calls = Array.from({ length: 17 }, (_, index) => ({ index, function: { name: 'end_call' } }));
    const odd = await oddServer([delta({ content: 'Hi', tool_calls }, 'tool_calls')]);
    const conversation = chat(odd).open(GREETED);
    expect(textOf(await say(conversation, 'Hi.'))).toBe('Hi<malformed>');
    await conversation.close();
  });
});

describe('looking up a model', () => {
  let farEnd: FarEnd;

  beforeEach(async () => {
    farEnd = await FarEnd.start();
  });

  afterEach(() => farEnd.stop());

  const offering = (...ids: unknown[]) => json({ object: 'list', data: ids.map((id) => ({ id })) });
  const lookUp = async (answer: { type: string; body: string }, model: string) => {
    const server = createServer((_, res) => res.setHeader('content-type', answer.type).end(answer.body));
    const port = await listen(server);
    onTestFinished(() => server.close().closeAllConnections());
    return chat({ baseUrl: `http://127.0.0.1:${port}/v1`, apiKey: 'none' }, model).lookUp();
  };

  it('names the models that the server offers', async () => {
    expect(await chat(farEnd, 'gpt-9').lookUp()).toEqual({
      is: 'wrong',
      problem: expect.stringMatching(
        /^The model "gpt-9" is not among those that AGENT_BASE_URL offers: scripted, gpt-6-luna\b.*\.$/,
      ),
    });
  });

  it('shows at most eight plain names', async () => {
    const names = ['two words', 'x'.repeat(61), ...Array.from({ length: 10 }, (_, n) => `m-${n}`)];
    expect(await lookUp(offering(...names), 'llama')).toEqual({
      is: 'wrong',
      problem:
        'The model "llama" is not among those that AGENT_BASE_URL offers: ' +
        'm-0, m-1, m-2, m-3, m-4, m-5, m-6, m-7 and 4 more.',
    });
    expect(await lookUp(offering('two words'), 'llama')).toEqual({
      is: 'wrong',
      problem: 'The model "llama" is not among those that AGENT_BASE_URL offers.',
    });
  });

  it.each([
    ['llama3', 'llama3:latest'],
    ['gemini-2.5-flash', 'models/gemini-2.5-flash'],
    ['meta/llama-3:nitro', 'meta/llama-3'],
    ['openai/gpt-6-luna', 'openai/*'],
  ])('%s finds %s', async (model, listed) => {
    expect(await lookUp(offering('other', listed), model)).toEqual({ is: 'found' });
  });

  it('asks for the key that the server needs', async () => {
    expect(await chat({ baseUrl: farEnd.baseUrl, apiKey: 'wrong' }).lookUp()).toEqual({
      is: 'wrong',
      problem: expect.stringMatching(/Check AGENT_API_KEY\.$/),
    });
  });

  it.each([404, 405, 501])('concludes nothing from a list answered with %i', async (status) => {
    farEnd.faults.refuseWith = { status, code: 'none' };
    farEnd.faults.refuseNext = 2;
    expect(await chat(farEnd).lookUp()).toEqual({
      is: 'unknown',
      why: 'cannot be asked for: AGENT_BASE_URL keeps no list of models',
    });
  });

  it.each<[string, { type: string; body: string }]>([
    ['empty', offering()],
    ['none', json({ hello: 'world' })],
    ['of nameless models', offering(null, 7)],
    ['no JSON', json('<html>', 'text/html')],
  ])('concludes nothing from a list that is %s', async (_, answer) => {
    expect(await lookUp(answer, 'llama')).toMatchObject({ is: 'unknown' });
  });
});
