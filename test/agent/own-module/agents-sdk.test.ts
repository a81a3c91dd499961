import * as sdk from '@openai/agents';
import {
  assistantMessage,
  functionCall,
  modelStream,
  modelStreamResponder,
  ScriptedModel,
} from '@openai/agents/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openaiClient } from '../../../src/agent/agent-kind.ts';
import { AgentsSdkConversation } from '../../../src/agent/own-module/agents-sdk.ts';
import { itemsAsJson, saidByAgent } from '../../../src/agent/own-module/agents-sdk-items.ts';
import type { AgentMemory } from '../../../src/call/call-record.ts';
import type { AgentEvent, Conversation, Opening } from '../../../src/call/ports.ts';
import { FarEnd, GREETED, message, optionsFor, patience, read, textOf, UNGREETED } from '../far-end.ts';

describe('an Agent of the Agents SDK', () => {
  let farEnd: FarEnd;
  let conversation: Conversation;

  beforeEach(async () => {
    farEnd = await FarEnd.start();
  });

  afterEach(async () => {
    await conversation.close();
    await farEnd.stop();
  });

  function open(agent: sdk.Agent, opening: Opening = GREETED, memory?: AgentMemory): void {
    const options = optionsFor(farEnd);
    const parts = { sdk, agent, client: openaiClient(options), clock: options.clock };
    conversation = new AgentsSdkConversation(parts, opening, memory);
  }

  const flowers = (given: Partial<sdk.AgentOptions> = {}): sdk.Agent =>
    new sdk.Agent({ name: 'Flowers', model: 'scripted', instructions: 'Sell flowers.', ...given });

  /** An agent on a model that says and does this, answer by answer. */
  function scripted(answers: sdk.AgentOutputItem[][], given: Partial<sdk.AgentOptions> = {}): ScriptedModel {
    const model = new ScriptedModel(answers);
    open(flowers({ model, ...given }));
    return model;
  }

  const say = (text: string, heardOfLast: string | null = null): Promise<AgentEvent[]> =>
    read(conversation.reply(message(text, [], heardOfLast), patience()));

  /** What another process is given to go on from. */
  const kept = (): AgentMemory => {
    const memory = conversation.memory();
    const back: AgentMemory | null = JSON.parse(JSON.stringify(memory));
    expect(back).toStrictEqual(memory);
    if (back === null) throw new Error('There is nothing to go on from.');
    return back;
  };

  /** Says it, and stops listening after the first words. */
  async function interrupt(text: string): Promise<void> {
    const stop = new AbortController();
    for await (const _ of conversation.reply(message(text), stop.signal)) stop.abort();
  }

  const body = () =>
    z
      .object({
        instructions: z.string(),
        input: z.array(z.unknown()),
        tools: z.array(z.object({ name: z.string() })),
      })
      .parse(farEnd.requests.at(-1)?.body);
  const assistantWords = () =>
    body().input.flatMap((item) => {
      const { success, data } = z
        .object({ role: z.literal('assistant'), content: z.array(z.object({ text: z.string() })) })
        .safeParse(item);
      return success ? data.content.map(({ text }) => text) : [];
    });

  describe('its memory', () => {
    it('[B4] keeps of an aborted reply only what was heard', async () => {
      farEnd.replies = [{ text: 'Roses are red, violets are blue', hangs: true }, { text: 'Sure.' }];
      open(flowers());
      await interrupt('A poem.');
      await say('Stop.', 'Ros');
      expect(assistantWords()).toEqual([GREETED.greeting, 'Ros']);
    });

    it('[B4] keeps of a whole reply only what was heard', async () => {
      farEnd.replies = [{ text: 'Roses are red.' }, { text: 'Sure.' }, { text: 'Bye.' }];
      open(flowers());
      await say('A poem.');
      await say('Stop.', 'Roses are');
      await say('Thanks.');
      expect(assistantWords()).toEqual([GREETED.greeting, 'Roses are', 'Sure.']);
    });

    it('[B4] keeps nothing of a reply that was not heard', async () => {
      farEnd.replies = [{ text: 'Roses are red.' }, { text: 'Sure.' }];
      open(flowers());
      await say('A poem.');
      await say('Stop.', '');
      expect(assistantWords()).toEqual([GREETED.greeting]);
    });

    it('[B4] keeps what was passed on of a reply that ran out of time', async () => {
      farEnd.replies = [{ text: 'Roses are red', hangs: true }, { text: 'Sure.' }];
      open(flowers());
      await interrupt('A poem.');
      await say('Go on.');
      expect(assistantWords()).toEqual([GREETED.greeting, 'Roses']);
    });

    it('[B4] keeps of the greeting only what was heard', async () => {
      open(flowers());
      await say('Hi.', 'Hello,');
      expect(assistantWords()).toEqual(['Hello,']);
    });

    it('keeps a reply that was heard whole as the model wrote it, with its ID', async () => {
      open(flowers());
      await say('Hi.');
      await say('Again.');
      expect(body().input).toContainEqual(
        expect.objectContaining({ role: 'assistant', id: expect.stringMatching(/^msg_/) }),
      );
    });

    it('[R3] keeps what a tool has done, in another process too', async () => {
      const order = () =>
        sdk.tool({
          name: 'order',
          description: 'Orders.',
          parameters: z.object({ what: z.string() }),
          execute: () => 'ordered no. 7',
        });
      const calls = { name: 'order', arguments: { what: 'roses' } };
      farEnd.replies = [{ text: 'It is done.', calls }, { text: 'Seven.' }];
      open(flowers({ tools: [order()] }));
      await say('Roses.');
      open(flowers({ tools: [order()] }), GREETED, kept());
      expect(textOf(await say('Which number?'))).toBe('Seven.');
      expect(JSON.stringify(body().input)).toContain('ordered no. 7');
      expect(assistantWords()).toEqual([GREETED.greeting, 'It is done.']);
    });

    it('[R3] keeps words at once that wait for a reply to wind down', async () => {
      farEnd.replies = [{ text: 'Roses are', hangs: true }, { text: 'Sure.' }];
      open(flowers());
      await interrupt('A poem.');
      const reading = say('In German.');
      expect(JSON.stringify(kept().history)).toMatch(/A poem\.[^]*In German\./);
      await reading;
      expect(JSON.stringify(kept().history).match(/In German\./g)).toHaveLength(1);
    });

    it('[R3] keeps only the words of an answer that contains bytes', () => {
      open(flowers());
      const picture: sdk.AgentInputItem = {
        type: 'function_call_result',
        name: 'look',
        callId: 'call_1',
        status: 'completed',
        output: { type: 'image', image: { data: new Uint8Array([1]) } },
      };
      const words = saidByAgent('A red one.');
      expect(itemsAsJson([picture, ...words])).toEqual(words);
      expect(itemsAsJson([{ role: 'user', content: 'Look.' }, ...words])).toHaveLength(2);
    });

    it('keeps what a tool has done, even if the words after it were not heard', async () => {
      const order = sdk.tool({
        name: 'order',
        description: 'Orders.',
        parameters: z.object({ what: z.string() }),
        execute: () => 'ordered no. 7',
      });
      farEnd.replies = [
        { text: 'It is done.', calls: { name: 'order', arguments: { what: 'roses' } } },
        { text: 'Good.' },
      ];
      open(flowers({ tools: [order] }));
      await interrupt('Roses.');
      await say('And?', '');
      expect(body().input).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ type: 'function_call', name: 'order' }),
          expect.objectContaining({ type: 'function_call_output', output: 'ordered no. 7' }),
        ]),
      );
      expect(assistantWords()).toEqual([GREETED.greeting]);
      const call = body().input.find(
        (item) => z.object({ type: z.literal('function_call') }).safeParse(item).success,
      );
      expect(call).not.toHaveProperty('id');
    });

    it('waits for a tool that was running when the caller went on', async () => {
      const { promise: isBegun, resolve: begun } = Promise.withResolvers<void>();
      const { promise: output, resolve: done } = Promise.withResolvers<string>();
      const order = sdk.tool({
        name: 'order',
        description: 'Orders.',
        parameters: z.object({}),
        execute: () => {
          begun();
          return output;
        },
      });
      farEnd.replies = [{ text: 'Done.', calls: { name: 'order', arguments: {} } }, { text: 'Yes.' }];
      open(flowers({ tools: [order] }));
      const stop = new AbortController();
      const reading = read(conversation.reply(message('Roses.'), stop.signal));
      await isBegun;
      stop.abort();
      await reading;
      const next = say('Quickly!', '');
      done('ordered no. 7');
      expect(textOf(await next)).toBe('Yes.');
      expect(JSON.stringify(body().input)).toContain('ordered no. 7');
    });

    it('[B4] waits for such a tool only so long, and keeps what was passed on before it', async () => {
      const begun = Promise.withResolvers<void>();
      const order = sdk.tool({
        name: 'order',
        description: 'Orders.',
        parameters: z.object({}),
        execute: () => {
          begun.resolve();
          return new Promise<string>(() => {});
        },
      });
      farEnd.replies = [
        { saysBeforeCall: 'A moment.', text: '', calls: { name: 'order', arguments: {} } },
        { text: 'Yes.' },
      ];
      open(flowers({ tools: [order] }));
      const stop = new AbortController();
      const reading = read(conversation.reply(message('Roses.'), stop.signal));
      await begun.promise;
      stop.abort();
      await reading;
      expect(textOf(await say('Hello?'))).toBe('Yes.');
      expect(assistantWords()).toEqual([GREETED.greeting, 'A moment.']);
    });

    it('[B4] keeps nothing that was written but not passed on', async () => {
      const allWritten = Promise.withResolvers<void>();
      const model = new ScriptedModel([
        modelStreamResponder(async function* ({ request: { signal } }) {
          yield { type: 'response_started' };
          for (const delta of ['One', ' two', ' three']) yield { type: 'output_text_delta', delta };
          setImmediate(allWritten.resolve);
          await new Promise((_, reject) => signal?.addEventListener('abort', reject));
        }),
        [assistantMessage('Yes.')],
      ]);
      open(flowers({ model }));
      const stop = new AbortController();
      for await (const _ of conversation.reply(message('Count.'), stop.signal)) {
        await allWritten.promise;
        stop.abort();
      }
      await say('Go on.');
      expect(JSON.stringify(model.lastCall?.request.input)).toContain('"One"');
    });

    it('keeps notes as system messages', async () => {
      open(flowers());
      await read(conversation.reply(message('Hi.', ['[A note.]']), patience()));
      expect(body().input.slice(-2)).toEqual([
        expect.objectContaining({ role: 'system', content: '[A note.]' }),
        expect.objectContaining({ role: 'user', content: 'Hi.' }),
      ]);
    });

    it('drops what was refused', async () => {
      farEnd.replies = [{ text: 'No', failWith: 'cyber_policy' }, { text: 'Yes.' }];
      open(flowers());
      await say('Bad words.');
      await say('Good words.');
      expect(farEnd.known).not.toContain('Bad words.');
    });

    it('keeps what was asked when the API fails', async () => {
      farEnd.replies = [{ text: 'Well', failWith: 'server_error' }, { text: 'Yes.' }];
      open(flowers());
      await say('First.');
      await say('Second.');
      expect(farEnd.known).toMatch(/user: First\.\nassistant: Well\nuser: Second\.$/);
    });

    it('keeps a reply that met its length limit as what was said', async () => {
      farEnd.replies = [{ text: 'So far', failWith: 'max_output_tokens' }, { text: 'Go on.' }];
      open(flowers());
      expect(textOf(await say('Talk.'))).toBe('So far');
      await say('And?');
      expect(farEnd.known).toMatch(/user: Talk\.\nassistant: So far\nuser: And\?$/);
    });
  });

  describe('its tools', () => {
    const names = () => body().tools.map(({ name }) => name);

    it('[E1] are offered beside those of the phone', async () => {
      const order = sdk.tool({ name: 'order', description: '', parameters: z.object({}), execute: () => '' });
      const agent = flowers({ tools: [order] });
      open(agent);
      await say('Hi.');
      expect(names()).toEqual(['order', 'end_call', 'send_digits', 'transfer_call']);
      expect(agent.tools).toEqual([order]);
    });

    it('[E1] win over one of the phone by the same name', async () => {
      let ended = 0;
      const own = sdk.tool({
        name: 'end_call',
        description: '',
        parameters: z.object({}),
        execute: () => String(++ended),
      });
      farEnd.replies = [{ text: 'Goodbye.', calls: { name: 'end_call', arguments: {} } }];
      open(flowers({ tools: [own] }));
      expect(textOf(await say('Bye.'))).toBe('Goodbye.');
      expect(ended).toBe(1);
      expect(names()).toHaveLength(3);
    });

    it("[E1] speaks a tool's output as the answer, except a phone tool's", async () => {
      const hours = sdk.tool({
        name: 'hours',
        description: '',
        parameters: z.object({}),
        execute: () => 'From nine to six.',
      });
      const model = scripted(
        [[functionCall('hours', {}, { callId: 'c1' })], [functionCall('end_call', {}, { callId: 'c2' })]],
        { tools: [hours], toolUseBehavior: 'stop_on_first_tool' },
      );
      expect(textOf(await say('When?'))).toBe('From nine to six.');
      expect(textOf(await say('Bye.'))).toBe('<end>');
      expect(model.lastCall?.request.input).toContainEqual({
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'From nine to six.' }],
      });
    });

    it('does not wait for a tool that somebody must approve', async () => {
      const refund = sdk.tool({
        name: 'refund',
        description: '',
        parameters: z.object({}),
        needsApproval: true,
        execute: () => '',
      });
      const model = scripted([[functionCall('refund', {}, { callId: 'c1' })], [assistantMessage('Yes.')]], {
        tools: [refund],
      });
      expect(await say('My money!')).toEqual([
        { type: 'failed', failure: 'refused', detail: 'asks for approval' },
      ]);
      expect(textOf(await say('Hello?'))).toBe('Yes.');
      expect(JSON.stringify(model.lastCall?.request.input)).not.toContain('refund');
    });

    it('see the call, and so do its instructions', async () => {
      open(flowers({ instructions: ({ context }) => `The call: ${JSON.stringify(context)}` }));
      await say('Hi.');
      expect(body().instructions).toContain('"from":"+15550001"');
    });
  });

  describe('handing over to another agent', () => {
    const bills = (): sdk.Agent =>
      new sdk.Agent({ name: 'Bills', model: 'scripted', instructions: 'Explain bills.' });
    const handedOver = { text: 'Bills here.', calls: { name: 'transfer_to_Bills', arguments: {} } };

    it.each<[string, () => sdk.AgentOptions['handoffs']]>([
      ['an agent', () => [bills()]],
      ['a handoff', () => [sdk.handoff(bills())]],
    ])('[E1] gives the other agent the phone tools in the same turn: %s', async (_, handoffs) => {
      farEnd.replies = [handedOver];
      open(flowers({ handoffs: handoffs() ?? [] }));
      expect(textOf(await say('My bill.'))).toBe('Bills here.');
      expect(body().instructions).toBe('Explain bills.');
      expect(body().tools.map(({ name }) => name)).toContain('end_call');
    });

    it('lets the other agent answer the next turn too', async () => {
      farEnd.replies = [handedOver, { text: 'Nine dollars.' }];
      open(flowers({ handoffs: [bills()] }));
      await say('My bill.');
      await say('How much?');
      expect(body().instructions).toBe('Explain bills.');
    });

    it.each<[string, () => sdk.AgentOptions['handoffs']]>([
      ['an agent', () => [bills()]],
      ['a handoff', () => [sdk.handoff(bills())]],
    ])('[R3] lets the other agent answer in another process too: %s', async (_, handoffs) => {
      farEnd.replies = [handedOver, { text: 'Nine dollars.' }];
      open(flowers({ handoffs: handoffs() ?? [] }));
      await say('My bill.');
      open(flowers({ handoffs: handoffs() ?? [] }), GREETED, kept());
      expect(textOf(await say('How much?'))).toBe('Nine dollars.');
      expect(body().instructions).toBe('Explain bills.');
      expect(body().tools.map(({ name }) => name)).toContain('end_call');
    });

    it('[R3] lets the first agent answer if the other is gone', async () => {
      farEnd.replies = [handedOver, { text: 'Nine dollars.' }];
      open(flowers({ handoffs: [bills()] }));
      await say('My bill.');
      open(flowers(), GREETED, kept());
      expect(textOf(await say('How much?'))).toBe('Nine dollars.');
      expect(body().instructions).toBe('Sell flowers.');
    });

    it('gives both agents the phone tools if they hand over to each other', async () => {
      const first = flowers();
      const second = bills();
      first.handoffs = [second];
      second.handoffs = [first];
      farEnd.replies = [
        handedOver,
        { text: 'Flowers.', calls: { name: 'transfer_to_Flowers', arguments: {} } },
      ];
      open(first);
      await say('My bill.');
      expect(textOf(await say('Back, please.'))).toBe('Flowers.');
      expect(body().instructions).toBe('Sell flowers.');
      expect(body().tools.map(({ name }) => name)).toContain('end_call');
    });

    it('still notifies listeners on the agent', async () => {
      const heard: string[] = [];
      const agent = flowers();
      agent.on('agent_start', (_, { name }) => heard.push(name));
      open(agent);
      await say('Hi.');
      expect(heard).toEqual(['Flowers']);
    });
  });

  describe('what goes wrong in it', () => {
    it('withdraws what was written when an output guardrail trips', async () => {
      farEnd.replies = [{ text: 'A secret.' }, { text: 'Yes.' }];
      open(
        flowers({
          outputGuardrails: [
            {
              name: 'no secrets',
              execute: async ({ agentOutput }) => ({
                tripwireTriggered: String(agentOutput).includes('secret'),
                outputInfo: null,
              }),
            },
          ],
        }),
      );
      const events = await say('Tell me.');
      expect(textOf(events)).toBe('A secret.<withdrawn><refused>');
      expect(events.at(-1)).toMatchObject({ detail: 'OutputGuardrailTripwireTriggered' });
      expect(textOf(await say('Hello?'))).toBe('Yes.');
      expect(farEnd.known).not.toContain('secret');
    });

    it('reports an input guardrail, and drops the words', async () => {
      open(
        flowers({
          inputGuardrails: [
            {
              name: 'no bombs',
              runInParallel: false,
              execute: async ({ input }) => ({
                tripwireTriggered: JSON.stringify(input).includes('bomb'),
                outputInfo: null,
              }),
            },
          ],
        }),
      );
      expect(await say('A bomb.')).toEqual([
        { type: 'failed', failure: 'refused', detail: 'InputGuardrailTripwireTriggered' },
      ]);
      expect(textOf(await say('A rose.'))).toBe('Yes.');
    });

    it('stops a model that calls tools without end', async () => {
      const again = sdk.tool({
        name: 'again',
        description: '',
        parameters: z.object({}),
        execute: () => 'no',
      });
      const calls = Array.from({ length: 10 }, (_, at) => [functionCall('again', {}, { callId: `c${at}` })]);
      const model = scripted([...calls, [assistantMessage('Yes.')]], { tools: [again] });
      expect(await say('Try.')).toEqual([
        { type: 'failed', failure: 'refused', detail: 'MaxTurnsExceededError' },
      ]);
      expect(textOf(await say('And?'))).toBe('Yes.');
      expect(JSON.stringify(model.lastCall?.request.input)).toContain('Try.');
    });

    it("speaks a refusal in the model's own words", async () => {
      const refusal: sdk.AgentOutputItem = {
        type: 'message',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'refusal', refusal: 'I cannot help with that.' }],
      };
      const model = scripted([[refusal], [assistantMessage('Yes.')]]);
      expect(textOf(await say('A bomb.'))).toBe('I cannot help with that.');
      await say('A rose.');
      expect(JSON.stringify(model.lastCall?.request.input)).toContain('"text":"I cannot help with that."');
    });

    it("reports what the agent's code throws only by its class", async () => {
      open(
        flowers({
          instructions: () => {
            throw new RangeError('Ann said: my card is 4111');
          },
        }),
      );
      expect(await say('Hi.')).toEqual([
        { type: 'failed', failure: 'unavailable', detail: 'the agent threw RangeError' },
      ]);
    });
  });

  describe('on a model of another maker', () => {
    const streamed = (itemId?: string) => {
      const named = itemId === undefined ? {} : { itemId };
      const usage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 };
      const output = [assistantMessage('One two.', { id: 'a' })];
      return modelStream([
        { type: 'response_started' },
        { type: 'output_text_delta', delta: 'One', ...named },
        { type: 'output_text_delta', delta: ' two.', ...named },
        { type: 'response_done', response: { id: 'r1', usage, output } },
      ]);
    };

    it.each([
      ['of the same ID', 'a'],
      ['of another ID', 'b'],
      ['of no ID', undefined],
    ])('passes text on once, from events %s', async (_, itemId) => {
      open(flowers({ model: new ScriptedModel([streamed(itemId), streamed(itemId)]) }));
      expect(textOf(await say('Count.'))).toBe('One two.');
      expect(textOf(await say('Again.'))).toBe('One two.');
    });

    it('speaks both responses of one turn, even if their messages share an ID', async () => {
      const look = sdk.tool({ name: 'look', description: '', parameters: z.object({}), execute: () => '9' });
      scripted(
        [
          [assistantMessage('One moment.', { id: 'x' }), functionCall('look', {}, { callId: 'c1' })],
          [assistantMessage('At nine.', { id: 'x' })],
        ],
        { tools: [look] },
      );
      expect(textOf(await say('When?'))).toBe('One moment.\nAt nine.');
    });

    it('separates two messages in one reply', async () => {
      scripted([[assistantMessage('One.', { id: 'a' }), assistantMessage('Two.', { id: 'b' })]]);
      expect(textOf(await say('Count.'))).toBe('One.\nTwo.');
    });

    it('does not speak commentary that is known in time', async () => {
      const usage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 };
      const output = [
        assistantMessage('Let me see.', { phase: 'commentary', id: 'a' }),
        assistantMessage('One.', { id: 'b' }),
      ];
      const model = new ScriptedModel([
        modelStream([{ type: 'response_done', response: { id: 'r1', usage, output } }]),
      ]);
      open(flowers({ model }));
      expect(textOf(await say('Count.'))).toBe('One.');
    });
  });

  it('[O5] keeps its own greeting as far as it was heard', async () => {
    farEnd.opening = { text: 'Good day, this is the shop.' };
    open(flowers(), UNGREETED);
    await read(conversation.greet(patience()));
    await say('Hi.', 'Good day,');
    expect(assistantWords()).toEqual(['Good day,']);
  });
});
