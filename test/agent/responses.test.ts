import { OpenAI } from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Agent } from '../../src/call/ports.ts';
import { responsesAgent } from '../../src/agent/responses.ts';
import { agentContract, type Reach } from './agent-contract.ts';
import { FarEnd, GREETED, message, patience, read, textOf } from './far-end.ts';

const client = ({ baseUrl, apiKey }: Reach) =>
  new OpenAI({ apiKey, baseURL: baseUrl, maxRetries: 1, timeout: 500, logLevel: 'off' });
const model = (reach: Reach): Agent =>
  responsesAgent({ client: client(reach), source: { model: 'scripted', instructions: 'Sell flowers.' } });
const prompt = (reach: Reach): Agent =>
  responsesAgent({ client: client(reach), source: { promptId: 'pmpt_scripted' } });

agentContract('a model', model);
agentContract('a reusable prompt', prompt);

describe('the requests of the Responses API', () => {
  let farEnd: FarEnd;

  beforeEach(async () => {
    farEnd = await FarEnd.start();
  });

  afterEach(() => farEnd.stop());

  const bodies = () => farEnd.requests.map(({ body }) => body);

  it('the first holds note and greeting, each later one what is new and the response it stands on', async () => {
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

  it('[B4] an aborted response is not stood on', async () => {
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

  it('a reply that met its length limit counts, and is remembered as what was said', async () => {
    farEnd.replies = [{ text: 'So far', failWith: 'max_output_tokens' }, { text: 'Go on.' }];
    const conversation = model(farEnd).open(GREETED);
    expect(textOf(await read(conversation.reply(message('Talk.'), patience())))).toBe('So far');
    await read(conversation.reply(message('And?'), patience()));
    expect(farEnd.known).toMatch(/user: Talk\.\nassistant: So far\nuser: And\?$/);
    await conversation.close();
  });

  it('a response that waits for a tool is not stood on, and what it said is kept', async () => {
    const calls = { name: 'look_up', arguments: {} };
    farEnd.replies = [{ text: 'One moment.', calls }, { text: '', calls }, { text: 'Here.' }];
    const conversation = model(farEnd).open(GREETED);
    expect(textOf(await read(conversation.reply(message('A?'), patience())))).toBe('One moment.');
    expect(textOf(await read(conversation.reply(message('B?'), patience())))).toBe('<refused>');
    expect(textOf(await read(conversation.reply(message('C?'), patience())))).toBe('Here.');
    expect(farEnd.known).toMatch(/user: A\?\nassistant: One moment\.\nuser: C\?$/);
    await conversation.close();
  });

  it('a connection that breaks in mid-reply is a failure, and the words are told again', async () => {
    farEnd.replies = [{ text: 'One two three', dropsStreamAfterTokens: 2 }, { text: 'Here.' }];
    const conversation = model(farEnd).open(GREETED);
    const text = textOf(await read(conversation.reply(message('A?'), patience())));
    expect(text).toMatch(/^(One( two)?)?<unavailable>$/);
    await read(conversation.reply(message('B?'), patience()));
    expect(farEnd.known).toMatch(/user: A\?\nuser: B\?$/);
    await conversation.close();
  });
});
