import { createServer, type RequestListener } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentMemory } from '../../../src/call/call-record.ts';
import type { Agent } from '../../../src/call/ports.ts';
import { chatKit as chatKitKind } from '../../../src/agent/chatkit/chatkit.ts';
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

const chatKit = (reach: Reach, log: (line: string) => void = () => {}): Agent =>
  chatKitKind.open(reach.baseUrl.replace(/v1$/, 'chatkit/agent_scripted'), optionsFor(reach, { log }));

agentContract('a ChatKit server', (reach) => chatKit(reach));

let farEnd: FarEnd;

beforeEach(async () => {
  farEnd = await FarEnd.start();
});

afterEach(() => farEnd.stop());

const bodies = () => farEnd.requests.map(({ body }) => body);
const parts = (...texts: string[]) => texts.map((text) => ({ type: 'input_text', text }));
const opening = { content: parts(GREETED.note, 'Hi.'), attachments: [], inference_options: {} };

/** What a caller hears in answer to one message on a thread that there is already. */
async function said(log?: (line: string) => void): Promise<string> {
  const conversation = chatKit(farEnd, log).open(GREETED);
  await read(conversation.reply(message('Hi.'), patience()));
  const text = textOf(await read(conversation.reply(message('Go on.'), patience())));
  await conversation.close();
  return text;
}

describe('the requests to a ChatKit server', () => {
  it('create a thread first, then add to it, with notes as separate parts', async () => {
    const conversation = chatKit(farEnd).open(GREETED);
    await read(conversation.reply(message('Hi.'), patience()));
    await read(conversation.reply(message('Again.', ['[A note.]']), patience()));
    expect(bodies()).toEqual([
      { type: 'threads.create', params: { input: opening } },
      {
        type: 'threads.add_user_message',
        params: {
          thread_id: 'thr_00000001',
          input: { content: parts('[A note.]', 'Again.'), attachments: [], inference_options: {} },
        },
      },
    ]);
    await conversation.close();
  });

  it('[O5] send the note once, as the first message, if the agent speaks first', async () => {
    const conversation = chatKit(farEnd).open(UNGREETED);
    await read(conversation.greet(patience()));
    await read(conversation.reply(message('Hi.'), patience()));
    expect(farEnd.known.match(/A phone call has begun/g)).toHaveLength(1);
    expect(farEnd.requests).toHaveLength(2);
    await conversation.close();
  });

  it('carry call and numbers in headers, whatever they contain', async () => {
    const far = await rawFarEnd((_, res) => res.writeHead(200, EVENTS).end());
    const call = { ...GREETED.call, from: 'Zoë & Co\r\nx-y: z', to: '+15550002' };
    const conversation = far.agent.open({ ...GREETED, call });
    await read(conversation.reply(message('Hi.'), patience()));
    expect(far.headers[0]).toMatchObject({
      authorization: 'Bearer key',
      accept: 'text/event-stream',
      'content-type': 'application/json',
      'x-call-id': 'CI0',
      'x-call-from': 'Zo%C3%AB%20%26%20Co%0D%0Ax-y%3A%20z',
      'x-call-to': '%2B15550002',
    });
    await conversation.close();
    await far.stop();
  });

  it('carry no key if there is none', async () => {
    const far = await rawFarEnd((_, res) => res.writeHead(200, EVENTS).end(), '');
    const conversation = far.agent.open(GREETED);
    await read(conversation.reply(message('Hi.'), patience()));
    expect(far.headers[0]).not.toHaveProperty('authorization');
    await conversation.close();
    await far.stop();
  });
});

describe('what a ChatKit server streams', () => {
  it('[T7] tells messages apart that share an ID', async () => {
    farEnd.chatKit.hasFakeIds = true;
    const calls = { name: 'end_call', arguments: {} };
    farEnd.replies = [{ text: 'Yes.' }, { saysBeforeCall: 'Yes.', calls, text: 'Yes. Bye.' }];
    expect(await said()).toBe('Yes.<end>\nYes. Bye.');
  });

  it('[T7] is spoken from every finished message, even if they share an ID', async () => {
    farEnd.chatKit.hasFakeIds = true;
    const calls = { name: 'end_call', arguments: {} };
    const isWithoutParts = true;
    farEnd.replies = [{ text: 'Yes.' }, { saysBeforeCall: 'Yes.', calls, text: 'Yes. Bye.', isWithoutParts }];
    expect(await said()).toBe('Yes.<end>\nYes. Bye.');
  });

  it.each([
    ['with deltas', {}],
    ['without', { isWithoutDeltas: true }],
    ['as finished items', { isWithoutParts: true }],
  ])('[T7] is not spoken if it is the JSON of a classifier, %s', async (_, how) => {
    farEnd.chatKit.classifies = '\n{"intent": "order"}';
    farEnd.replies = [{ text: 'Roses, then.', ...how }];
    expect(await said()).toBe('Roses, then.');
  });

  it("[T7] is not spoken if it is for a screen; a notice's level is logged", async () => {
    farEnd.chatKit.showsProgress = true;
    const lines: string[] = [];
    expect(await said((line) => lines.push(line))).toBe('Yes.');
    expect(lines).toEqual(['chatkit: notice: warning', 'chatkit: notice: warning']);
  });

  it('may contain comments, event names and any line ends', async () => {
    farEnd.chatKit.isFramedOtherwise = true;
    farEnd.replies = [{ text: 'Grüße, ünd so 🌹 weiter.' }];
    expect(await said()).toBe('Grüße, ünd so 🌹 weiter.');
  });

  it('[T7] withdraws a reply that a guardrail removes', async () => {
    farEnd.chatKit.guardrail = { how: 'removes', instead: '' };
    farEnd.replies = [{ text: 'One two.' }];
    expect(await said()).toBe('One two.<withdrawn>');
  });

  it('[T7] speaks what a guardrail says instead', async () => {
    farEnd.chatKit.guardrail = { how: 'removes', instead: 'I cannot say.' };
    expect(await said()).toBe('Yes.<withdrawn>I cannot say.');
  });

  it('[T7] withdraws a reply that is replaced', async () => {
    farEnd.chatKit.guardrail = { how: 'replaces', instead: 'I cannot say.' };
    expect(await said()).toBe('Yes.<withdrawn>I cannot say.');
  });

  it('[T7] continues a reply that is replaced by a longer one', async () => {
    farEnd.chatKit.guardrail = { how: 'replaces', instead: 'Yes. Of course.' };
    expect(await said()).toBe('Yes. Of course.');
  });

  it('[T7] withdraws nothing for a removed message that was never spoken', async () => {
    farEnd.chatKit.guardrail = { how: 'removes', instead: 'Yes.' };
    farEnd.replies = [{ text: '{"unspoken": true}' }];
    expect(await said()).toBe('Yes.');
  });
});

describe('a tool behind a ChatKit server', () => {
  it('[E1] is called without an answer, as a client effect', async () => {
    farEnd.chatKit.effect = { name: 'transfer_call', data: { to: '+15550100', summary: 'Ann.' } };
    expect(await said()).toBe('Yes.<transfer>');
    expect(farEnd.requests).toHaveLength(2);
  });

  it('ignores an effect that is not ours', async () => {
    farEnd.chatKit.effect = { name: 'show_map', data: {} };
    expect(await said()).toBe('Yes.');
  });

  it('that the relay does not have is answered, and the reply goes on', async () => {
    const lines: string[] = [];
    farEnd.replies = [{ text: 'Yes.' }, { text: 'Never mind.', calls: { name: 'show map', arguments: {} } }];
    expect(await said((line) => lines.push(line))).toBe('Never mind.');
    expect(farEnd.toolAnswers).toEqual([{ name: 'show map', output: 'unknown tool' }]);
    expect(lines).toEqual(['chatkit: nothing here is called (no plain name)']);
  });

  it('receives its result as the next request on the thread', async () => {
    const calls = { name: 'send_digits', arguments: { digits: 'none' } };
    farEnd.replies = [{ text: 'Yes.' }, { text: 'No.', calls }];
    expect(await said()).toBe('No.');
    expect(bodies().at(-1)).toEqual({
      type: 'threads.add_client_tool_output',
      params: {
        thread_id: 'thr_00000001',
        result: { ok: false, output: GREETED.tools.call('send_digits', { digits: 'none' })?.output },
      },
    });
  });

  it('is answered five times at most in one reply', async () => {
    farEnd.replies = [
      { text: 'Yes.' },
      { text: 'Late.', calls: { name: 'look_up', arguments: {}, times: 9 } },
    ];
    expect(await said()).toBe('<refused>');
    expect(farEnd.toolAnswers).toHaveLength(5);
  });

  it('[E1] keeps its command, whatever becomes of the answer to it', async () => {
    const lines: string[] = [];
    const calls = { name: 'end_call', arguments: {} };
    farEnd.replies = [
      { text: 'Yes.' },
      { saysBeforeCall: 'Bye.', calls, text: '', failWith: 'server_error' },
    ];
    expect(await said((line) => lines.push(line))).toBe('Bye.<end>');
    expect(lines).toEqual(['chatkit: failed after a command: stream.error']);
  });
});

describe('a ChatKit thread of another process', () => {
  /** What was known as the second message was said, after which the process died; the server has taken it. */
  async function cutOff(): Promise<AgentMemory | undefined> {
    const first = chatKit(farEnd).open(GREETED);
    await read(first.reply(message('Hi.'), patience()));
    const reading = read(first.reply(message('Roses.', ['[Slowly.]']), patience()));
    const memory = first.memory();
    await reading;
    await first.close();
    return memory ?? undefined;
  }

  it('[R3] is asked which messages it has, only if one is in doubt', async () => {
    const first = chatKit(farEnd).open(GREETED);
    await read(first.reply(message('Hi.'), patience()));
    const second = chatKit(farEnd).open(GREETED, first.memory() ?? undefined);
    await read(second.reply(message('Again.'), patience()));
    expect(bodies()).toMatchObject([{ type: 'threads.create' }, { type: 'threads.add_user_message' }]);
    const third = chatKit(farEnd).open(GREETED, await cutOff());
    await read(third.reply(message('Hello?'), patience()));
    expect(bodies().slice(-2)).toMatchObject([
      { type: 'items.list', params: { limit: 20, order: 'desc' } },
      { params: { input: { content: parts('Hello?') } } },
    ]);
    for (const one of [third, second, first]) await one.close();
  });

  it('[R3] receives a message again if its server cannot say what it has', async () => {
    const memory = await cutOff();
    farEnd.faults.refuseNext = 1;
    const conversation = chatKit(farEnd).open(GREETED, memory);
    await read(conversation.reply(message('Hello?'), patience()));
    expect(bodies().at(-1)).toMatchObject({
      type: 'threads.add_user_message',
      params: { input: { content: parts('[Slowly.]', 'Roses.', 'Hello?') } },
    });
    await conversation.close();
  });

  it('[R3] receives a message in time if its server does not answer', async () => {
    const memory = await cutOff();
    farEnd.faults.hangNext = 1;
    const conversation = chatKit(farEnd).open(GREETED, memory);
    expect(textOf(await read(conversation.reply(message('Hello?'), patience())))).toBe('Yes.');
    await conversation.close();
  });
});

describe('a form of a ChatKit agent', () => {
  const size = {
    id: 'q1',
    question: 'Which size?',
    type: 'multiple_choice',
    options: [{ value: 'Red' }, { value: 'Dark red' }],
  } as const;
  const card = { id: 'q2', question: 'What should the card say?', type: 'freeform' } as const;

  it("is read aloud and filled in with the caller's next words", async () => {
    farEnd.chatKit.asks = [size, card];
    farEnd.replies = [{ text: 'Gladly.' }, { text: 'Thank you.' }];
    const conversation = chatKit(farEnd).open(GREETED);
    const asked = await read(conversation.reply(message('Roses, please.'), patience()));
    expect(textOf(asked)).toBe('Gladly.\nWhich size? Red, Dark red.\nWhat should the card say?');
    const next = await read(conversation.reply(message('The dark red ones.', ['[A note.]']), patience()));
    expect(textOf(next)).toBe('Thank you.');
    expect(bodies().at(-1)).toEqual({
      type: 'threads.add_structured_input',
      params: {
        thread_id: 'thr_00000001',
        item_id: expect.stringMatching(/^si_/),
        input: {
          status: 'answered',
          answers: {
            q1: { values: ['Dark red'], skipped: false },
            q2: { values: ['The dark red ones.'], skipped: false },
          },
        },
      },
    });
    await read(conversation.reply(message('Bye.'), patience()));
    expect(bodies().at(-1)).toMatchObject({
      type: 'threads.add_user_message',
      params: { input: { content: parts('[A note.]', 'Bye.') } },
    });
    await conversation.close();
  });

  it('takes several answers if it allows them, and the words if none matches', async () => {
    farEnd.chatKit.asks = [{ ...size, multiple: true }];
    const conversation = chatKit(farEnd).open(GREETED);
    await read(conversation.reply(message('Hi.'), patience()));
    await read(conversation.reply(message('Dark red.'), patience()));
    farEnd.chatKit.asks = [size];
    await read(conversation.reply(message('More.'), patience()));
    await read(conversation.reply(message('Reddish, I am scared.'), patience()));
    const answers = farEnd.heard.map(({ text }) => text);
    expect(answers).toEqual(['Hi.', 'Red, Dark red', 'More.', 'Reddish, I am scared.']);
    await conversation.close();
  });

  it("[R3] is filled in with the caller's next words in another process", async () => {
    farEnd.chatKit.asks = [size, card];
    const first = chatKit(farEnd).open(GREETED);
    await read(first.reply(message('Roses, please.'), patience()));
    const second = chatKit(farEnd).open(GREETED, first.memory() ?? undefined);
    await read(second.reply(message('The dark red ones.'), patience()));
    expect(bodies().at(-1)).toMatchObject({
      type: 'threads.add_structured_input',
      params: {
        input: { answers: { q1: { values: ['Dark red'] }, q2: { values: ['The dark red ones.'] } } },
      },
    });
    await second.close();
    await first.close();
  });

  it('that is gone is dropped, and the words become a message', async () => {
    farEnd.chatKit.asks = [card];
    const conversation = chatKit(farEnd).open(GREETED);
    await read(conversation.reply(message('Hi.'), patience()));
    farEnd.chatKit.forgetsThreads = true;
    expect(textOf(await read(conversation.reply(message('For Ann.'), patience())))).toBe('Yes.');
    expect(bodies().slice(1)).toMatchObject([
      { type: 'threads.add_structured_input' },
      { type: 'threads.add_user_message' },
      { type: 'threads.create', params: { input: { content: parts(GREETED.note, 'For Ann.') } } },
    ]);
    await conversation.close();
  });

  it('is dropped when keys are pressed', async () => {
    farEnd.chatKit.asks = [card];
    const conversation = chatKit(farEnd).open(GREETED);
    await read(conversation.reply(message('Hi.'), patience()));
    await read(conversation.reply(message('', ['[The caller pressed 1]']), patience()));
    await read(conversation.reply(message('Hello?'), patience()));
    expect(bodies().slice(1)).toMatchObject([
      { type: 'threads.add_user_message' },
      { type: 'threads.add_user_message' },
    ]);
    await conversation.close();
  });
});

describe('the messages of a ChatKit thread', () => {
  it('[T3] an abandoned message is sent once; the relay hangs up after the server has it', async () => {
    farEnd.faults.slowMs = 60;
    farEnd.replies = [{ text: 'Hm', hangs: true }, { text: 'A dozen.' }];
    const conversation = chatKit(farEnd).open(GREETED);
    const stop = new AbortController();
    const reading = read(conversation.reply(message('I would like'), stop.signal));
    await farEnd.until(() => farEnd.requests.length === 1);
    const abortedAt = performance.now();
    stop.abort();
    expect(await reading).toEqual([]);
    expect(textOf(await read(conversation.reply(message('roses.'), patience())))).toBe('A dozen.');
    expect(performance.now() - abortedAt).toBeLessThan(1500);
    expect(bodies()).toMatchObject([
      { type: 'threads.create' },
      { type: 'threads.add_user_message', params: { input: { content: parts('roses.') } } },
    ]);
    await farEnd.until(() => farEnd.openExchanges === 0);
    await conversation.close();
  });

  it('[T3] a message that the server certainly lacks goes with the next', async () => {
    farEnd.faults.hangNext = 1;
    const conversation = chatKit(farEnd).open(GREETED);
    const stop = new AbortController();
    const reading = read(conversation.reply(message('I would like'), stop.signal));
    await farEnd.until(() => farEnd.requests.length === 1);
    stop.abort();
    await reading;
    await read(conversation.reply(message('roses.'), patience()));
    expect(bodies().at(-1)).toMatchObject({
      type: 'threads.create',
      params: { input: { content: parts(GREETED.note, 'I would like', 'roses.') } },
    });
    await conversation.close();
  });

  it('[T3] a server that never shows whether it has a message delays the next by two seconds', async () => {
    farEnd.faults.hangNext = 1;
    const conversation = chatKit(farEnd).open(GREETED);
    const stop = new AbortController();
    const reading = read(conversation.reply(message('I would like'), stop.signal));
    await farEnd.until(() => farEnd.requests.length === 1);
    stop.abort();
    await reading;
    expect(textOf(await read(conversation.reply(message('roses.'), patience())))).toBe('Yes.');
    expect(farEnd.known).toMatch(/I would like[^]*roses\.$/);
    await conversation.close();
  });

  it('[E4] close without waiting for the server', async () => {
    farEnd.faults.hangNext = 1;
    const conversation = chatKit(farEnd).open(GREETED);
    const stop = new AbortController();
    const reading = read(conversation.reply(message('Hi.'), stop.signal));
    await farEnd.until(() => farEnd.requests.length === 1);
    stop.abort();
    await reading;
    const closedAt = performance.now();
    await conversation.close();
    expect(performance.now() - closedAt).toBeLessThan(500);
    await farEnd.until(() => farEnd.openExchanges === 0);
  });

  it('[B4] the relay hangs up at once on a reply that is cut off', async () => {
    farEnd.replies = [{ text: 'One two three', hangs: true }];
    const conversation = chatKit(farEnd).open(GREETED);
    const stop = new AbortController();
    for await (const _ of conversation.reply(message('Count.'), stop.signal)) stop.abort();
    const abortedAt = performance.now();
    await farEnd.until(() => farEnd.openExchanges === 0);
    expect(performance.now() - abortedAt).toBeLessThan(1000);
    expect(farEnd.requests).toHaveLength(1);
    await conversation.close();
  });

  it('[R1] begin a new thread with note and words when the old one is lost', async () => {
    const lines: string[] = [];
    const conversation = chatKit(farEnd, (line) => lines.push(line)).open(GREETED);
    await read(conversation.reply(message('Before.'), patience()));
    farEnd.chatKit.forgetsThreads = true;
    expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('Yes.');
    expect(bodies().slice(1)).toEqual([
      expect.objectContaining({ type: 'threads.add_user_message' }),
      { type: 'threads.create', params: { input: opening } },
    ]);
    await read(conversation.reply(message('Go on.'), patience()));
    expect(bodies().at(-1)).toMatchObject({ type: 'threads.add_user_message' });
    expect(bodies().at(-1)).not.toMatchObject({ params: { thread_id: 'thr_00000001' } });
    expect(lines).toEqual(['chatkit: the thread is lost, another is begun']);
    await conversation.close();
  });

  it('[T5] fail when a connection breaks in mid-reply, and are not sent again', async () => {
    farEnd.replies = [
      { text: 'Yes.' },
      { text: 'One two three', dropsStreamAfterTokens: 2 },
      { text: 'Here.' },
    ];
    const conversation = chatKit(farEnd).open(GREETED);
    await read(conversation.reply(message('Hi.'), patience()));
    const text = textOf(await read(conversation.reply(message('A?'), patience())));
    expect(text).toMatch(/^(One( two)?)?<unavailable>$/);
    await read(conversation.reply(message('B?'), patience()));
    expect(farEnd.known.match(/A\?/g)).toHaveLength(1);
    expect(farEnd.known).toMatch(/Hi\.[^]*A\?[^]*B\?/);
    await conversation.close();
  });

  it('[T5] are not sent again after a refusal, except the opening note', async () => {
    farEnd.faults.refuseWith = { status: 400, code: 'too_long' };
    farEnd.faults.refuseNext = 1;
    const conversation = chatKit(farEnd).open(GREETED);
    expect(textOf(await read(conversation.reply(message('Refused.'), patience())))).toBe('<refused>');
    await read(conversation.reply(message('Hi.'), patience()));
    expect(bodies().at(-1)).toEqual({ type: 'threads.create', params: { input: opening } });
    await conversation.close();
  });
});

const EVENTS = { 'content-type': 'text/event-stream' };

/** A server that is no ChatKit server, or a bad one. */
async function rawFarEnd(answer: RequestListener, apiKey = 'key') {
  const headers: unknown[] = [];
  const requests: unknown[] = [];
  const server = createServer((req, res) => {
    headers.push(req.headers);
    void json(req).then((body) => {
      requests.push(body);
      answer(req, res);
    });
  });
  const url = `http://127.0.0.1:${await listen(server)}/chatkit?token=secret`;
  return {
    headers,
    requests,
    agent: chatKitKind.open(url, optionsFor({ baseUrl: url, apiKey })),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('a server that misbehaves', () => {
  const created = 'data: {"type":"thread.created","thread":{"id":"thr_1"}}\n\n';

  it.each<[string, RequestListener, string]>([
    ['a web page', (_, res) => res.writeHead(200, { 'content-type': 'text/html' }).end('<p>'), 'malformed'],
    ['no JSON', (_, res) => res.writeHead(200, EVENTS).end('data: hello\n\n'), 'malformed'],
    ['no event', (_, res) => res.writeHead(200, EVENTS).end('data: 7\n\n'), 'malformed'],
    [
      'an event without end',
      (_, res) => res.writeHead(200, EVENTS).end(`data: ${'x'.repeat(1_100_000)}`),
      'malformed',
    ],
    ['a bare 500', (_, res) => res.writeHead(500).end('Internal Server Error'), 'unavailable'],
    [
      'a refusal without end',
      (_, res) => res.writeHead(500).write(`{"error":"${'x'.repeat(5000)}`),
      'unavailable',
    ],
    ['a redirect', (_, res) => res.writeHead(307, { location: '/elsewhere' }).end(), 'refused'],
    [
      'a thread, and a broken body',
      (_, res) => res.writeHead(200, EVENTS).write(created, () => res.destroy()),
      'unavailable',
    ],
    [
      'an error that is a sentence',
      (_, res) => res.writeHead(200, EVENTS).end('data: {"type":"error","code":"Sorry, Ann!"}\n\n'),
      'refused',
    ],
  ])('[T5] reports %s once as a failure', async (_, answer, failure) => {
    const far = await rawFarEnd(answer);
    const conversation = far.agent.open(GREETED);
    const events = await read(conversation.reply(message('Hi.'), patience()));
    expect(events).toEqual([{ type: 'failed', failure, detail: expect.not.stringMatching(/Ann|secret/) }]);
    expect(far.headers).toHaveLength(1);
    await conversation.close();
    await far.stop();
  });

  it('gives an empty reply for an answer without a message', async () => {
    const far = await rawFarEnd((_, res) => res.writeHead(200, EVENTS).end(`${created}data: [DONE]\n\n`));
    const conversation = far.agent.open(GREETED);
    expect(await read(conversation.reply(message('Hi.'), patience()))).toEqual([]);
    await conversation.close();
    await far.stop();
  });

  /** Answers one request after the other; frames of a body that ends as it should, or a status. */
  const scripted = (...answers: (number | readonly string[])[]) =>
    rawFarEnd((_, res) => {
      const answer = answers.shift() ?? [];
      if (typeof answer === 'number') res.writeHead(answer).end();
      else res.writeHead(200, EVENTS).end(answer.map((data) => `data: ${data}\n\n`).join(''));
    });
  const begun = '{"type":"thread.created","thread":{"id":"thr_1"}}';
  const taken = '{"type":"thread.item.done","item":{"id":"msg_1","type":"user_message","content":[]}}';
  const oops = '{"type":"error","code":"stream.error","allow_retry":true}';
  const call =
    '{"id":"fc_1","type":"client_tool_call","status":"pending","call_id":"c","name":"end_call","arguments":{}}';

  it('[T3] receives a message again on the same thread after an early error', async () => {
    const far = await scripted([begun, oops], [taken]);
    const conversation = far.agent.open(GREETED);
    expect(textOf(await read(conversation.reply(message('A.'), patience())))).toBe('<unavailable>');
    await read(conversation.reply(message('B.'), patience()));
    expect(far.requests.at(-1)).toMatchObject({
      type: 'threads.add_user_message',
      params: { thread_id: 'thr_1', input: { content: parts(GREETED.note, 'A.', 'B.') } },
    });
    await conversation.close();
    await far.stop();
  });

  it('[R1] answers 404 for a lost thread, and receives a new one', async () => {
    const far = await scripted([begun, taken], 404, [begun, taken]);
    const conversation = far.agent.open(GREETED);
    await read(conversation.reply(message('A.'), patience()));
    expect(await read(conversation.reply(message('Hi.'), patience()))).toEqual([]);
    expect(far.requests.at(-1)).toEqual({ type: 'threads.create', params: { input: opening } });
    await conversation.close();
    await far.stop();
  });

  it('[T5] receives no answer to a tool call that an error follows', async () => {
    const done = `{"type":"thread.item.done","item":${call}}`;
    const far = await scripted([begun, taken, done, oops]);
    const conversation = far.agent.open(GREETED);
    expect(textOf(await read(conversation.reply(message('Bye.'), patience())))).toBe('<end>');
    await read(conversation.reply(message('Wait!'), patience()));
    expect(far.requests).toMatchObject([{ type: 'threads.create' }, { type: 'threads.add_user_message' }]);
    await conversation.close();
    await far.stop();
  });

  it('[E1] gives one command for a call that it sends twice', async () => {
    const added = `{"type":"thread.item.added","item":${call}}`;
    const far = await scripted([begun, taken, added, added.replace('added', 'done')]);
    const conversation = far.agent.open(GREETED);
    expect(textOf(await read(conversation.reply(message('Bye.'), patience())))).toBe('<end>');
    expect(far.requests).toHaveLength(2);
    await conversation.close();
    await far.stop();
  });

  it('[T7] is spoken if a part begins with text', async () => {
    const update =
      '{"type":"assistant_message.content_part.added","content_index":0,"content":{"text":"Hello"}}';
    const far = await scripted([
      begun,
      taken,
      `{"type":"thread.item.updated","item_id":"m","update":${update}}`,
      '{"type":"thread.item.updated","item_id":"m","update":{"type":"assistant_message.content_part.text_delta","content_index":0,"delta":" there."}}',
    ]);
    const conversation = far.agent.open(GREETED);
    expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('Hello there.');
    await conversation.close();
    await far.stop();
  });

  it.each<[string, RequestListener, RegExp]>([
    ['an address that is not there', (_, res) => res.writeHead(404).end(), /not there: 404.*address/],
    ['an address that takes no requests', (_, res) => res.writeHead(405).end(), /not there: 405/],
    ['an address that has moved', (_, res) => res.writeHead(308, { location: '/' }).end(), /redirects/],
  ])('reports %s as wrong', async (_, answer, problem) => {
    const far = await rawFarEnd(answer);
    const found = await far.agent.lookUp();
    expect(found).toEqual({ is: 'wrong', problem: expect.stringMatching(problem) });
    expect(JSON.stringify(found)).not.toContain('secret');
    await far.stop();
  });

  it('concludes nothing from a web page', async () => {
    const far = await rawFarEnd((_, res) => res.writeHead(200, { 'content-type': 'text/html' }).end('<p>'));
    expect(await far.agent.lookUp()).toMatchObject({ is: 'unknown' });
    await far.stop();
  });
});
