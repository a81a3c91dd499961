import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Agent } from '../../../src/call/ports.ts';
import { responses } from '../../../src/agent/responses/responses.ts';
import { agentContract } from '../agent-contract.ts';
import { FarEnd, GREETED, message, optionsFor, patience, type Reach, read, textOf } from '../far-end.ts';

const model = (reach: Reach, name = 'scripted'): Agent =>
  responses.open(`model:${name}`, optionsFor(reach, { instructions: 'Sell flowers.' }));

agentContract('a model', (reach) => model(reach), { countsTokens: true });

describe('the requests of the Responses API', () => {
  let farEnd: FarEnd;

  beforeEach(async () => {
    farEnd = await FarEnd.start();
  });

  afterEach(() => farEnd.stop());

  const bodies = () => farEnd.requests.map(({ body }) => body);

  it('contain note and greeting first, then what is new and the response they continue', async () => {
    const conversation = model(farEnd).open(GREETED);
    await read(conversation.reply(message('Hi.'), patience()));
    await read(conversation.reply(message('Again.', ['[A note.]']), patience()));
    expect(bodies()).toEqual([
      expect.objectContaining({
        model: 'scripted',
        instructions: 'Sell flowers.',
        store: true,
        input: [
          { role: 'developer', content: GREETED.note },
          { role: 'assistant', content: GREETED.greeting },
          { role: 'user', content: 'Hi.' },
        ],
      }),
      expect.objectContaining({
        previous_response_id: 'resp_1',
        input: [
          { role: 'developer', content: '[A note.]' },
          { role: 'user', content: 'Again.' },
        ],
      }),
    ]);
    await conversation.close();
  });

  it('[B4] do not continue an aborted response', async () => {
    farEnd.replies = [{ text: 'Yes.' }, { text: 'On and', hangs: true }, { text: 'Sure.' }];
    const conversation = model(farEnd).open(GREETED);
    await read(conversation.reply(message('One.'), patience()));
    const stop = new AbortController();
    for await (const _ of conversation.reply(message('Two.'), stop.signal)) stop.abort();
    await read(conversation.reply(message('Three.', ['[Heard: "On"]']), patience()));
    expect(bodies().at(-1)).toMatchObject({
      previous_response_id: 'resp_1',
      input: [
        { role: 'user', content: 'Two.' },
        { role: 'developer', content: '[Heard: "On"]' },
        { role: 'user', content: 'Three.' },
      ],
    });
    await conversation.close();
  });

  it('keeps a reply that met its length limit as what was said', async () => {
    farEnd.replies = [{ text: 'So far', failWith: 'max_output_tokens' }, { text: 'Go on.' }];
    const conversation = model(farEnd).open(GREETED);
    expect(textOf(await read(conversation.reply(message('Talk.'), patience())))).toBe('So far');
    await read(conversation.reply(message('And?'), patience()));
    expect(farEnd.known).toMatch(/user: Talk\.\nassistant: So far\nuser: And\?$/);
    await conversation.close();
  });

  it('tell the model when it calls a tool that the relay does not have', async () => {
    farEnd.replies = [{ text: 'I cannot.', calls: { name: 'end_call', arguments: {} } }];
    const tools = { ...GREETED.tools, call: () => null };
    const conversation = model(farEnd).open({ ...GREETED, tools });
    expect(textOf(await read(conversation.reply(message('Bye.'), patience())))).toBe('I cannot.');
    expect(farEnd.toolAnswers).toEqual([{ name: 'end_call', output: '{"error":"unknown tool"}' }]);
    await conversation.close();
  });

  it('repeat the words after a connection broke in mid-reply', async () => {
    farEnd.replies = [{ text: 'One two three', dropsStreamAfterTokens: 2 }, { text: 'Here.' }];
    const conversation = model(farEnd).open(GREETED);
    const text = textOf(await read(conversation.reply(message('A?'), patience())));
    expect(text).toMatch(/^(One( two)?)?<unavailable>$/);
    await read(conversation.reply(message('B?'), patience()));
    expect(farEnd.known).toMatch(/user: A\?\n(assistant: One( two)?\n)?user: B\?$/);
    await conversation.close();
  });

  it('offer the phone tools every time', async () => {
    const conversation = model(farEnd).open(GREETED);
    await read(conversation.reply(message('Hi.'), patience()));
    await read(conversation.reply(message('Again.'), patience()));
    await conversation.close();
    const tools = GREETED.tools.offered.map((tool) => ({ ...tool, type: 'function', strict: true }));
    expect(bodies()).toMatchObject([{ tools }, { tools }]);
  });

  it('[E1] answer a call on the response that made it, and continue the answer to that', async () => {
    farEnd.replies = [{ text: 'Goodbye.', calls: { name: 'end_call', arguments: {} } }, { text: 'Yes?' }];
    const conversation = model(farEnd).open(GREETED);
    await read(conversation.reply(message('Bye.'), patience()));
    await read(conversation.reply(message('Wait!'), patience()));
    const output = GREETED.tools.call('end_call', {})?.output;
    const call_id = expect.stringMatching(/^call_/);
    expect(bodies()[1]).toMatchObject({
      previous_response_id: 'resp_1',
      input: [{ type: 'function_call_output', call_id, output }],
    });
    expect(bodies()[2]).toMatchObject({
      previous_response_id: expect.stringMatching(/^resp_(?!1$)/),
      input: [{ role: 'user', content: 'Wait!' }],
    });
    await conversation.close();
  });

  it('[T3] repeat everything after an abort between a call and its answer', async () => {
    farEnd.replies = [
      { text: 'Yes.' },
      { text: 'Goodbye.', calls: { name: 'end_call', arguments: {} } },
      { text: 'I am still here.' },
    ];
    const conversation = model(farEnd).open(GREETED);
    await read(conversation.reply(message('Hi.'), patience()));
    const stop = new AbortController();
    const reading = read(conversation.reply(message('Bye.'), stop.signal));
    await farEnd.until(() => farEnd.heard.length === 2);
    farEnd.faults.hangNext = 1;
    await farEnd.until(() => farEnd.requests.length === 3);
    stop.abort();
    await reading;
    expect(textOf(await read(conversation.reply(message('Wait!'), patience())))).toBe('I am still here.');
    expect(bodies().at(-1)).toMatchObject({
      previous_response_id: 'resp_1',
      input: [
        { role: 'user', content: 'Bye.' },
        { role: 'user', content: 'Wait!' },
      ],
    });
    await conversation.close();
  });

  it('[T3] continue no reply of which the caller heard nothing', async () => {
    farEnd.replies = [{ text: 'Yes.' }, { text: 'Goodbye.' }, { text: 'I am still here.' }];
    const conversation = model(farEnd).open(GREETED);
    await read(conversation.reply(message('Hi.'), patience()));
    await read(conversation.reply(message('Bye.'), patience()));
    await read(conversation.reply(message('Wait!', [], ''), patience()));
    expect(bodies().at(-1)).toMatchObject({
      previous_response_id: 'resp_1',
      input: [
        { role: 'user', content: 'Bye.' },
        { role: 'user', content: 'Wait!' },
      ],
    });
    await conversation.close();
  });

  it('repeat the words after a refused result', async () => {
    farEnd.replies = [{ text: 'Goodbye.', calls: { name: 'end_call', arguments: {} } }, { text: 'Yes?' }];
    const conversation = model(farEnd).open(GREETED);
    const reading = read(conversation.reply(message('Bye.'), patience()));
    await farEnd.until(() => farEnd.heard.length === 1);
    farEnd.faults.refuseWith = { status: 400, code: 'invalid_value' };
    farEnd.faults.refuseNext = 1;
    expect(textOf(await reading)).toBe('<end><refused>');
    await read(conversation.reply(message('Hello?'), patience()));
    expect(farEnd.known).toMatch(/user: Bye\.\nuser: Hello\?$/);
    await conversation.close();
  });

  it('make an agent speak that calls tools without end', async () => {
    const calls = { name: 'send_digits', arguments: { digits: 'none' }, times: 9 };
    farEnd.replies = [{ text: 'Never mind.', calls }];
    const conversation = model(farEnd).open(GREETED);
    const events = await read(conversation.reply(message('Press a key.'), patience()));
    expect(textOf(events)).toBe('Never mind.');
    expect(farEnd.toolAnswers).toHaveLength(5);
    expect(bodies().at(-1)).toMatchObject({ tool_choice: 'none' });
    await conversation.close();
  });

  it('report a model that does not exist', async () => {
    expect(await model(farEnd, 'gpt-9').lookUp()).toEqual({
      is: 'wrong',
      problem: expect.stringMatching(/^The model "gpt-9" does not exist.*Check its ID/),
    });
  });
});
