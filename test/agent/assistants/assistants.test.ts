import { createServer } from 'node:http';
import express, { type Express } from 'express';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openaiClient } from '../../../src/agent/agent-kind.ts';
import { assistants } from '../../../src/agent/assistants/assistants.ts';
import type { Agent } from '../../../src/call/ports.ts';
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

const clientOf = (reach: Reach) => openaiClient(optionsFor(reach));
const assistant = (reach: Reach, assistantId = 'asst_scripted', lines: string[] = []): Agent =>
  assistants.open(assistantId, optionsFor(reach, { log: (line) => lines.push(line) }));

agentContract('an assistant', (reach) => assistant(reach), { hasCommentary: false, placesNotes: false });

let farEnd: FarEnd;

beforeEach(async () => {
  farEnd = await FarEnd.start();
});

afterEach(() => farEnd.stop());

const RUNS = /^POST \/v1\/threads\/\w+\/runs$/;
const CANCELS = /^POST .*\/cancel$/;
const bodies = (pattern: RegExp) => farEnd.asked(pattern).map(({ body }) => body);

describe('the thread of a call', () => {
  it('[O2] is created when the call begins, with the greeting, and stays when it ends', async () => {
    const conversation = assistant(farEnd).open(GREETED);
    await farEnd.until(() => farEnd.asked(/^POST/).length > 0);
    expect(farEnd.asked(/^POST/)).toMatchObject([
      {
        path: '/v1/threads',
        body: {
          messages: [{ role: 'assistant', content: GREETED.greeting }],
          metadata: { call_id: 'CI0' },
        },
      },
    ]);
    await conversation.close();
    expect(farEnd.asked(/^DELETE/)).toEqual([]);
  });

  it('[E4] does not outlive the call while it is still being created', async () => {
    farEnd.faults.only = /^POST/;
    farEnd.faults.hangNext = 1;
    const agent = assistants.open('asst_scripted', optionsFor(farEnd));
    const conversation = agent.open(GREETED);
    await farEnd.until(() => farEnd.asked(/^POST/).length === 1);
    await conversation.close();
    await farEnd.until(() => farEnd.openExchanges === 0);
  });

  it('is created with the next message if the first attempt failed', async () => {
    farEnd.faults.only = /^POST/;
    farEnd.faults.refuseNext = 2;
    const conversation = assistant(farEnd).open(GREETED);
    await farEnd.until(() => farEnd.faults.refuseNext === 0);
    expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('Yes.');
    await conversation.close();
  });

  it('[R3] of another process continues, and its run is stopped at once', async () => {
    farEnd.replies = [{ text: 'On and', hangs: true }, { text: 'Yes.' }];
    const first = assistant(farEnd).open(GREETED);
    const dying = first.reply(message('Talk.', ['[A note.]']), patience())[Symbol.asyncIterator]();
    await dying.next();
    const second = assistant(farEnd).open(GREETED, first.memory() ?? undefined);
    await farEnd.until(() => farEnd.asked(CANCELS).length === 1);
    expect(textOf(await read(second.reply(message('Hi.'), patience())))).toBe('Yes.');
    expect(farEnd.asked(/^POST \/v1\/threads$/)).toHaveLength(1);
    // Nobody has answered it: the note holds still.
    expect(bodies(RUNS).at(-1)).toMatchObject({
      additional_instructions: `${GREETED.note}\n[A note.]`,
      additional_messages: [{ role: 'user', content: 'Hi.' }],
    });
    await second.close();
    await first.close();
  });

  it('is replaced in mid-call, and the caller is answered at once', async () => {
    const conversation = assistant(farEnd).open(GREETED);
    await read(conversation.reply(message('Hi.'), patience()));
    await clientOf(farEnd).beta.threads.delete('thread_1');
    expect(textOf(await read(conversation.reply(message('Lost?'), patience())))).toBe('Yes.');
    expect(farEnd.asked(/^POST \/v1\/threads$/)).toHaveLength(2);
    expect(farEnd.known).toContain(`assistant: ${GREETED.greeting}\nuser: Lost?`);
    await conversation.close();
  });

  it("is freed from somebody else's run first", async () => {
    farEnd.replies = [{ text: 'Yes.' }, { text: 'Strange', hangs: true }, { text: 'Mine.' }];
    farEnd.faults.cancelTakesMs = 20;
    const conversation = assistant(farEnd).open(GREETED);
    await read(conversation.reply(message('Hi.'), patience()));
    const [thread] = farEnd.asked(RUNS).map(({ path }) => path.split('/')[3] ?? '');
    await clientOf(farEnd).beta.threads.runs.create(thread ?? '', { assistant_id: 'asst_scripted' });
    await farEnd.until(() => farEnd.heard.length === 2);
    expect(textOf(await read(conversation.reply(message('Go on.'), patience())))).toBe('Mine.');
    expect(farEnd.known.match(/Go on\./g)).toHaveLength(1);
    await conversation.close();
  });
});

describe('a run', () => {
  it('carries new words as messages and notes as additional instructions', async () => {
    const conversation = assistant(farEnd).open(GREETED);
    await read(conversation.reply(message('Hi.'), patience()));
    await read(conversation.reply(message('Again.', ['[A note.]', '[B note.]']), patience()));
    const metadata = { patchcord_message: expect.any(String) };
    const always = { assistant_id: 'asst_scripted', tools: expect.any(Array), metadata, stream: true };
    expect(bodies(RUNS)).toEqual([
      {
        ...always,
        additional_instructions: GREETED.note,
        additional_messages: [{ role: 'user', content: 'Hi.' }],
      },
      {
        ...always,
        additional_instructions: `${GREETED.note}\n[A note.]\n[B note.]`,
        additional_messages: [{ role: 'user', content: 'Again.' }],
      },
    ]);
    await conversation.close();
  });

  it('carries no message for a note alone', async () => {
    const conversation = assistant(farEnd).open(GREETED);
    await read(conversation.reply(message('', ['[Silence.]']), patience()));
    expect(bodies(RUNS)).toEqual([expect.not.objectContaining({ additional_messages: expect.anything() })]);
    await conversation.close();
  });

  it('repeats notes until a run has answered them', async () => {
    farEnd.replies = [{ text: 'Late.', firstWordAfterMs: 60_000 }, { text: 'Yes.' }];
    const conversation = assistant(farEnd).open(GREETED);
    const stop = new AbortController();
    const reading = read(conversation.reply(message('A.', ['[One.]']), stop.signal));
    await farEnd.until(() => farEnd.heard.length === 1);
    stop.abort();
    await reading;
    await read(conversation.reply(message('B.', ['[Two.]']), patience()));
    await read(conversation.reply(message('C.', ['[Three.]']), patience()));
    expect(bodies(RUNS)).toMatchObject([
      { additional_instructions: `${GREETED.note}\n[One.]` },
      { additional_instructions: `${GREETED.note}\n[One.]\n[Two.]` },
      { additional_instructions: `${GREETED.note}\n[Three.]` },
    ]);
    await conversation.close();
  });

  it('[B2] is cancelled at once when its reply is abandoned', async () => {
    farEnd.replies = [{ text: 'On', hangs: true }];
    const conversation = assistant(farEnd).open(GREETED);
    const stop = new AbortController();
    for await (const _ of conversation.reply(message('Talk.'), stop.signal)) stop.abort();
    await farEnd.until(() => farEnd.asked(CANCELS).length === 1);
    await conversation.close();
  });

  it('[B2] is cancelled when its reply is abandoned before its ID is known', async () => {
    farEnd.replies = [{ text: 'On', hangs: true }, { text: 'Yes.' }];
    const conversation = assistant(farEnd).open(GREETED);
    await farEnd.until(() => farEnd.openExchanges === 0 && farEnd.requests.length > 0);
    farEnd.faults.slowMs = 30;
    const stop = new AbortController();
    const reading = read(conversation.reply(message('Talk.'), stop.signal));
    await farEnd.until(() => farEnd.asked(RUNS).length === 1);
    stop.abort();
    await reading;
    await farEnd.until(() => farEnd.asked(CANCELS).length === 1);
    expect(textOf(await read(conversation.reply(message('More.'), patience())))).toBe('Yes.');
    expect(farEnd.known).toMatch(/user: Talk\.\n(assistant: On\n)?user: More\.$/);
    await conversation.close();
  });

  it('[B2] that ends while it is being cancelled delays nothing', async () => {
    farEnd.replies = [{ text: 'One two' }, { text: 'Yes.' }];
    const conversation = assistant(farEnd).open(GREETED);
    const stop = new AbortController();
    for await (const _ of conversation.reply(message('Talk.'), stop.signal)) {
      await farEnd.until(() => farEnd.openExchanges === 0);
      stop.abort();
    }
    expect(textOf(await read(conversation.reply(message('More.'), patience())))).toBe('Yes.');
    await conversation.close();
  });

  it('[E4] is cancelled when the call ends in mid-reply', async () => {
    farEnd.replies = [{ text: 'On', hangs: true }];
    const conversation = assistant(farEnd).open(GREETED);
    const reply = conversation.reply(message('Talk.'), patience())[Symbol.asyncIterator]();
    await reply.next();
    await conversation.close();
    const runs = await clientOf(farEnd).beta.threads.runs.list('thread_1');
    expect(runs.data).toMatchObject([{ status: 'cancelled' }]);
  });

  it('[E4] without a thread ends without a failure when the call ends', async () => {
    farEnd.faults.only = /^POST/;
    farEnd.faults.hangNext = 2;
    const conversation = assistant(farEnd).open(GREETED);
    const reading = read(conversation.reply(message('Hi.'), patience()));
    await farEnd.until(() => farEnd.asked(/^POST/).length === 1);
    await conversation.close();
    expect(await reading).toEqual([]);
  });

  it('that somebody else cancels is a failure', async () => {
    farEnd.replies = [{ text: 'Well', hangs: true }, { text: 'Yes.' }];
    const conversation = assistant(farEnd).open(GREETED);
    const reading = read(conversation.reply(message('Hi.'), patience()));
    await farEnd.until(() => farEnd.heard.length === 1);
    const { runs } = clientOf(farEnd).beta.threads;
    const [run] = (await runs.list('thread_1')).data;
    await runs.cancel(run?.id ?? '', { thread_id: 'thread_1' });
    expect(textOf(await reading)).toBe('Well<unavailable>');
    expect(textOf(await read(conversation.reply(message('Again.'), patience())))).toBe('Yes.');
    await conversation.close();
  });

  it('is not created for a reply that was already abandoned', async () => {
    const conversation = assistant(farEnd).open(GREETED);
    const stop = new AbortController();
    const reading = read(conversation.reply(message('First.'), stop.signal));
    stop.abort();
    await reading;
    await read(conversation.reply(message('Second.'), patience()));
    expect(farEnd.asked(RUNS)).toHaveLength(1);
    await conversation.close();
  });

  it('[T5] reports the code of an error event', async () => {
    farEnd.replies = [{ text: 'Well', failWith: 'server_overloaded' }];
    const conversation = assistant(farEnd).open(GREETED);
    const events = await read(conversation.reply(message('Hi.'), patience()));
    expect(events.at(-1)).toMatchObject({ type: 'failed', detail: 'server_overloaded' });
    await conversation.close();
  });

  it('that met its length limit is a reply if it said anything', async () => {
    farEnd.replies = [
      { text: 'So far', failWith: 'max_output_tokens', isWithoutDeltas: true },
      { text: '', failWith: 'max_output_tokens' },
    ];
    const conversation = assistant(farEnd).open(GREETED);
    expect(textOf(await read(conversation.reply(message('Talk.'), patience())))).toBe('So far');
    expect(textOf(await read(conversation.reply(message('And?'), patience())))).toBe('<refused>');
    await conversation.close();
  });

  it('of an assistant that does not exist is a refused reply', async () => {
    const conversation = assistant(farEnd, 'asst_nobody').open(UNGREETED);
    expect(await read(conversation.greet(patience()))).toEqual([
      { type: 'failed', failure: 'refused', detail: '404' },
    ]);
    expect(farEnd.asked(/^POST \/v1\/threads$/)).toHaveLength(1);
    await conversation.close();
  });

  it('of an assistant that does not exist: the look-up reports it', async () => {
    expect(await assistant(farEnd, 'asst_nobody').lookUp()).toMatchObject({ is: 'wrong' });
  });
});

describe('a request whose outcome is unknown', () => {
  it.each([0, 1, 3])('[T8] cancels a run whose events break off after %i tokens', async (after) => {
    const text = 'One two three four five.';
    farEnd.replies = [{ text, hangs: true, dropsStreamAfterTokens: after }, { text: 'Yes.' }];
    const conversation = assistant(farEnd).open(GREETED);
    const events = await read(conversation.reply(message('Count.'), patience()));
    expect(events.at(-1)).toMatchObject({ type: 'failed', failure: 'unavailable' });
    expect(textOf(await read(conversation.reply(message('Again.'), patience())))).toBe('Yes.');
    expect(farEnd.asked(CANCELS)).toHaveLength(1);
    expect(farEnd.known.match(/Count\./g)).toHaveLength(1);
    await conversation.close();
  });

  it('stops a run whose creation was not answered, and has its words answered by another', async () => {
    farEnd.faults.holdsStreamHeaders = true;
    farEnd.replies = [{ text: 'One', dropsStreamAfterTokens: 0, hangs: true }, { text: 'Yes.' }];
    const conversation = assistant(farEnd).open(GREETED);
    expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('Yes.');
    expect(farEnd.known.match(/Hi\./g)).toHaveLength(1);
    expect(farEnd.asked(CANCELS)).toHaveLength(1);
    await conversation.close();
  });

  it('sends words once whose run ended although its creation was not answered', async () => {
    Object.assign(farEnd.faults, { holdsStreamHeaders: true, slowMs: 40 });
    farEnd.replies = [{ text: 'One two.', dropsStreamAfterTokens: 0 }, { text: 'Yes.' }];
    const conversation = assistant(farEnd).open(GREETED);
    expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('<unavailable>');
    await read(conversation.reply(message('Again.'), patience()));
    expect(farEnd.known.match(/Hi\./g)).toHaveLength(1);
    await conversation.close();
  });

  it('looks for a run before the next message if it could not before', async () => {
    farEnd.faults.holdsStreamHeaders = true;
    farEnd.replies = [{ text: 'On', hangs: true, dropsStreamAfterTokens: 0 }, { text: 'Yes.' }];
    const conversation = assistant(farEnd).open(GREETED);
    const reading = read(conversation.reply(message('Hi.'), patience()));
    await farEnd.until(() => farEnd.heard.length === 1);
    farEnd.faults.only = /^GET .*\/runs/;
    farEnd.faults.refuseNext = 2;
    expect(textOf(await reading)).toBe('<unavailable>');
    expect(textOf(await read(conversation.reply(message('Again.'), patience())))).toBe('Yes.');
    expect(farEnd.known.match(/Hi\./g)).toHaveLength(1);
    expect(farEnd.asked(CANCELS)).toHaveLength(1);
    await conversation.close();
  });

  it('drops the words of a run that was refused twice', async () => {
    const conversation = assistant(farEnd).open(GREETED);
    farEnd.faults.only = RUNS;
    farEnd.faults.refuseWith = { status: 400, code: 'invalid_value' };
    farEnd.faults.refuseNext = 2;
    expect(textOf(await read(conversation.reply(message('Bad.', ['[Bad.]']), patience())))).toBe('<refused>');
    expect(textOf(await read(conversation.reply(message('Good.'), patience())))).toBe('Yes.');
    expect(farEnd.known).not.toContain('Bad.');
    expect(bodies(RUNS).at(-1)).toMatchObject({ tools: expect.any(Array) });
    await conversation.close();
  });

  it('sends the words again after a passing failure', async () => {
    const conversation = assistant(farEnd).open(GREETED);
    farEnd.faults.only = RUNS;
    farEnd.faults.refuseNext = 1;
    expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('<unavailable>');
    expect(textOf(await read(conversation.reply(message('', ['[Lost.]']), patience())))).toBe('Yes.');
    expect(farEnd.known.match(/Hi\./g)).toHaveLength(1);
    await conversation.close();
  });
});

describe('the tools of a run', () => {
  const own = [
    { type: 'file_search' as const },
    { type: 'function' as const, function: { name: 'look_up', parameters: {} } },
  ];
  const names = (body: unknown) =>
    JSON.stringify(body).match(/file_search|look_up|end_call|send_digits|transfer_call/g);

  beforeEach(() => {
    farEnd.assistantTools['asst_scripted'] = own;
  });

  it("are the assistant's own and those of the phone", async () => {
    const conversation = assistant(farEnd).open(GREETED);
    await read(conversation.reply(message('Hi.'), patience()));
    const [run] = bodies(RUNS);
    expect(run).toMatchObject({
      tools: [
        ...own,
        { type: 'function', function: { name: 'end_call', strict: true, parameters: { type: 'object' } } },
        { type: 'function', function: { name: 'send_digits' } },
        { type: 'function', function: { name: 'transfer_call' } },
      ],
    });
    await conversation.close();
  });

  it('leave out a phone tool that the author declared', async () => {
    farEnd.assistantTools['asst_scripted'] = [{ type: 'function', function: { name: 'end_call' } }];
    const conversation = assistant(farEnd).open(GREETED);
    await read(conversation.reply(message('Hi.'), patience()));
    expect(names(bodies(RUNS)[0])).toEqual(['end_call', 'send_digits', 'transfer_call']);
    await conversation.close();
  });

  it("are not sent if the assistant's cannot be read", async () => {
    farEnd.faults.only = /^GET/;
    farEnd.faults.refuseNext = 2;
    const conversation = assistant(farEnd).open(GREETED);
    expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('Yes.');
    expect(bodies(RUNS)).toEqual([expect.not.objectContaining({ tools: expect.anything() })]);
    await conversation.close();
  });

  it('are known after a look-up, and read for every call', async () => {
    const agent = assistant(farEnd);
    await agent.lookUp();
    farEnd.faults.only = /^GET/;
    farEnd.faults.hangNext = 2;
    const first = agent.open(GREETED);
    await read(first.reply(message('Hi.'), patience()));
    expect(names(bodies(RUNS).at(-1))).toContain('look_up');
    await first.close();
    expect(farEnd.asked(/^GET \/v1\/assistants\/asst_scripted$/)).toHaveLength(2);
  });

  it('are not sent once the API has refused them', async () => {
    const lines: string[] = [];
    const conversation = assistant(farEnd, undefined, lines).open(GREETED);
    farEnd.faults.only = RUNS;
    farEnd.faults.refuseWith = { status: 400, code: 'invalid_value' };
    farEnd.faults.refuseNext = 1;
    expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('Yes.');
    await read(conversation.reply(message('Again.'), patience()));
    expect(bodies(RUNS).map((body) => names(body)?.length ?? 0)).toEqual([5, 0, 0]);
    expect(lines).toEqual([expect.stringContaining('own tools: refused')]);
    await conversation.close();
  });

  it('that the relay does not have are answered, so the run goes on', async () => {
    const lines: string[] = [];
    farEnd.replies = [{ text: 'I cannot see it.', calls: { name: 'look_up', arguments: { order: 7 } } }];
    const conversation = assistant(farEnd, undefined, lines).open(GREETED);
    const events = await read(conversation.reply(message('My order?'), patience()));
    expect(textOf(events)).toBe('I cannot see it.');
    expect(farEnd.toolAnswers).toEqual([{ name: 'look_up', output: '{"error":"unknown tool"}' }]);
    expect(lines).toEqual([expect.stringMatching(/: look_up$/)]);
    await conversation.close();
  });

  it('repeats refused outputs, but not the command', async () => {
    farEnd.replies = [{ text: 'Goodbye.', calls: { name: 'end_call', arguments: {} } }];
    farEnd.faults.only = /submit_tool_outputs/;
    farEnd.faults.refuseNext = 1;
    const conversation = assistant(farEnd).open(GREETED);
    expect(textOf(await read(conversation.reply(message('Bye.'), patience())))).toBe('<end>Goodbye.');
    await conversation.close();
  });

  it('reports outputs that are never accepted, and frees the thread', async () => {
    farEnd.replies = [{ text: 'Bye.', calls: { name: 'end_call', arguments: {} } }, { text: 'Yes.' }];
    farEnd.faults.only = /submit_tool_outputs/;
    farEnd.faults.refuseNext = 2;
    const conversation = assistant(farEnd).open(GREETED);
    expect(textOf(await read(conversation.reply(message('Bye.'), patience())))).toBe('<end><unavailable>');
    expect(textOf(await read(conversation.reply(message('Well?'), patience())))).toBe('Yes.');
    await conversation.close();
  });
});

describe('a server that only resembles OpenAI', () => {
  /** Answers `/v1/…` with what `app` says; the rest is 404. */
  const serve = async (
    mount: (app: Express) => void,
    use: (reach: Reach) => Promise<void>,
  ): Promise<void> => {
    const app = express();
    app.use(express.json());
    mount(app);
    const server = createServer(app);
    const port = await listen(server);
    await use({ baseUrl: `http://127.0.0.1:${port}/v1`, apiKey: 'sk' });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };

  it('refuses and cancels a run that calls tools without end', async () => {
    const run = (status: string, round: number) => {
      const call = { id: `call_${round}`, type: 'function', function: { name: 'end_call', arguments: '{}' } };
      const required_action = { type: 'submit_tool_outputs', submit_tool_outputs: { tool_calls: [call] } };
      return { id: 'run_1', status, required_action: status === 'requires_action' ? required_action : null };
    };
    let rounds = 0;
    let cancels = 0;
    await serve(
      (app) => {
        app.post('/v1/threads', (_, res) => void res.json({ id: 'thread_1' }));
        app.post(
          ['/v1/threads/thread_1/runs', '/v1/threads/thread_1/runs/run_1/submit_tool_outputs'],
          (_, res) => {
            const data = JSON.stringify(run('requires_action', ++rounds));
            res
              .type('text/event-stream')
              .end(`event: thread.run.requires_action\ndata: ${data}\n\ndata: [DONE]\n\n`);
          },
        );
        app.get('/v1/threads/thread_1/runs', (_, res) =>
          res.json({ data: [run('requires_action', rounds)] }),
        );
        app.post('/v1/threads/thread_1/runs/run_1/cancel', (_, res) => {
          cancels++;
          res.json(run('cancelling', 0));
        });
        app.get('/v1/threads/thread_1/runs/run_1', (_, res) => res.json(run('cancelled', 0)));
      },
      async (reach) => {
        const conversation = assistant(reach).open(GREETED);
        const events = await read(conversation.reply(message('Hi.'), patience()));
        expect(events.at(-1)).toEqual({ type: 'failed', failure: 'refused', detail: 'too many tool calls' });
        await conversation.close();
      },
    );
    expect([rounds, cancels]).toEqual([6, 1]);
  });

  it('[T7] speaks text and refusals of a message, but no images or user messages', async () => {
    const event = (name: string, data: unknown) => `event: thread.${name}\ndata: ${JSON.stringify(data)}\n\n`;
    const text = (index: number, value: string) => ({ index, type: 'text', text: { value } });
    await serve(
      (app) => {
        app.post('/v1/threads', (_, res) => void res.json({ id: 'thread_1' }));
        app.post('/v1/threads/thread_1/runs', (_, res) => {
          res.type('text/event-stream').end(
            [
              event('run.created', { id: 'run_1', status: 'queued' }),
              event('message.created', { id: 'u', role: 'user', content: [] }),
              event('message.delta', { id: 'u', delta: { content: [text(0, 'Hi.')] } }),
              event('message.completed', {
                id: 'u',
                role: 'user',
                content: [{ type: 'text', text: { value: 'Hi.' } }],
              }),
              event('message.created', { id: 'a', role: 'assistant', content: [] }),
              event('message.delta', { id: 'a', delta: { content: [{ index: 0, type: 'image_file' }] } }),
              event('message.delta', { id: 'a', delta: { content: [text(1, 'Sorry,')] } }),
              event('message.delta', {
                id: 'a',
                delta: { content: [{ index: 2, type: 'refusal', refusal: ' but' }] },
              }),
              event('message.completed', {
                id: 'a',
                role: 'assistant',
                content: [
                  { type: 'image_file', image_file: { file_id: 'f' } },
                  { type: 'text', text: { value: 'Sorry,', annotations: [] } },
                  { type: 'refusal', refusal: ' but no.' },
                ],
              }),
              event('run.completed', { id: 'run_1', status: 'completed' }),
              'event: done\ndata: [DONE]\n\n',
            ].join(''),
          );
        });
      },
      async (reach) => {
        const conversation = assistant(reach).open(GREETED);
        const events = await read(conversation.reply(message('Hi.'), patience()));
        expect(events.map((one) => textOf([one]))).toEqual(['Sorry,', '\n but', ' no.']);
        await conversation.close();
      },
    );
  });
});
