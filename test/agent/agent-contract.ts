// What every kind of agent must do, as one suite over the port: whichever is chosen by an ID, a call cannot tell.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Agent, AgentEvent } from '../../src/call/ports.ts';
import type { MindReply } from '../../src/sandbox/openai/mind.ts';
import { FarEnd, GREETED, message, patience, read, textOf, UNGREETED } from './far-end.ts';

export interface Reach {
  readonly baseUrl: string;
  readonly apiKey: string;
}

export function agentContract(name: string, reach: (farEnd: Reach) => Agent): void {
  describe(`${name} as an agent`, () => {
    let farEnd: FarEnd;
    let agent: Agent;

    beforeEach(async () => {
      farEnd = await FarEnd.start();
      agent = reach(farEnd);
    });

    afterEach(() => farEnd.stop());

    it('[T2] text is told while the agent is still writing', async () => {
      farEnd.replies = [{ text: 'One two', hangs: true }];
      const conversation = agent.open(GREETED);
      const stop = new AbortController();
      const told: string[] = [];
      for await (const event of conversation.reply(message('Count.'), stop.signal)) {
        told.push(textOf([event]));
        if (told.length === 2) stop.abort();
      }
      expect(told).toEqual(['One', ' two']);
      await conversation.close();
    });

    it('a conversation remembers', async () => {
      farEnd.replies = [{ text: 'Hello, Ann.' }, { text: 'Ann.' }];
      const conversation = agent.open(GREETED);
      expect(textOf(await read(conversation.reply(message('I am Ann.'), patience())))).toBe('Hello, Ann.');
      expect(textOf(await read(conversation.reply(message('Who am I?'), patience())))).toBe('Ann.');
      expect(farEnd.known).toMatch(/I am Ann\.[^]*Hello, Ann\.[^]*Who am I\?/);
      await conversation.close();
    });

    it('the agent is told how the call began', async () => {
      const conversation = agent.open(GREETED);
      await read(conversation.reply(message('Hi.'), patience()));
      expect(farEnd.known).toContain(GREETED.note);
      await conversation.close();
    });

    it.each<[string, MindReply]>([
      ['before a word was written', { text: 'Late.', firstWordAfterMs: 60_000 }],
      ['between two words', { text: 'Early', hangs: true }],
    ])('an abort %s ends the reply within 50 ms, and nothing more is told', async (_, reply) => {
      farEnd.replies = [reply];
      const conversation = agent.open(GREETED);
      const stop = new AbortController();
      const events: AgentEvent[] = [];
      const reading = (async () => {
        for await (const event of conversation.reply(message('Hi.'), stop.signal)) events.push(event);
      })();
      await farEnd.until(() => farEnd.heard.length === 1);
      const before = events.length;
      const abortedAt = performance.now();
      stop.abort();
      await reading;
      expect(performance.now() - abortedAt).toBeLessThan(50);
      expect(events).toHaveLength(before);
      await conversation.close();
    });

    it('a reply that is read no further is stopped as well', async () => {
      farEnd.replies = [{ text: 'One two three', hangs: true }, { text: 'Next.' }];
      const conversation = agent.open(GREETED);
      for await (const _ of conversation.reply(message('Count.'), patience())) break;
      expect(textOf(await read(conversation.reply(message('Go on.'), patience())))).toBe('Next.');
      await conversation.close();
    });

    it('[B4] after an interruption the agent knows what was said once, and how far it was heard', async () => {
      farEnd.replies = [{ text: 'Roses are red, violets are blue', hangs: true }, { text: 'Of course.' }];
      farEnd.faults.cancelTakesMs = 30;
      const conversation = agent.open(GREETED);
      const stop = new AbortController();
      for await (const _ of conversation.reply(message('Tell me a poem.'), stop.signal)) stop.abort();
      const note = '[The caller interrupted you. Of your last reply they heard only: "Roses"]';
      const events = await read(
        conversation.reply(message('In German, please.', [note], 'Roses'), patience()),
      );
      expect(textOf(events)).toBe('Of course.');
      expect(farEnd.known.match(/Tell me a poem\./g)).toHaveLength(1);
      expect(farEnd.known.match(/In German, please\./g)).toHaveLength(1);
      expect(farEnd.known).toMatch(/Tell me a poem\.[^]*heard only: "Roses"[^]*In German, please\./);
      await conversation.close();
    });

    it('[T3] what was said before a word of the reply came is not lost', async () => {
      farEnd.replies = [{ text: 'Hm', firstWordAfterMs: 60_000 }, { text: 'A dozen roses.' }];
      const conversation = agent.open(GREETED);
      const stop = new AbortController();
      const reading = read(conversation.reply(message('I would like'), stop.signal));
      await farEnd.until(() => farEnd.heard.length === 1);
      stop.abort();
      await reading;
      expect(textOf(await read(conversation.reply(message('a dozen roses.'), patience())))).toBe(
        'A dozen roses.',
      );
      expect(farEnd.known.match(/I would like/g)).toHaveLength(1);
      expect(farEnd.known).toMatch(/I would like[^]*a dozen roses\./);
      await conversation.close();
    });

    it('[T3] words whose reply was given up at once reach the agent with the next', async () => {
      const conversation = agent.open(GREETED);
      const stop = new AbortController();
      const reading = read(conversation.reply(message('First.'), stop.signal));
      stop.abort();
      await reading;
      await read(conversation.reply(message('Second.'), patience()));
      expect(farEnd.known.match(/First\./g)).toHaveLength(1);
      expect(farEnd.known).toMatch(/First\.[^]*Second\./);
      await conversation.close();
    });

    it('[T1] two calls never mix', async () => {
      farEnd.replies = [];
      const calls = ['Ann', 'Bob', 'Cid'].map((caller) => ({ caller, conversation: agent.open(GREETED) }));
      await Promise.all(
        calls.map(async ({ caller, conversation }) => {
          for (const round of ['first', 'second'])
            await read(conversation.reply(message(`${caller} ${round}`), patience()));
        }),
      );
      for (const { caller } of calls) {
        const last = farEnd.heard.find(({ text }) => text === `${caller} second`);
        const earlier = last?.history.filter(({ text }) => /first|second/.test(text)).map(({ text }) => text);
        expect(earlier).toEqual([`${caller} first`]);
      }
      await Promise.all(calls.map(({ conversation }) => conversation.close()));
    });

    it.each<[string, MindReply]>([
      ['without deltas', { text: 'All at once, and whole.', isWithoutDeltas: true }],
      ['as a finished item only', { text: 'All at once, and whole.', isWithoutParts: true }],
    ])('[T7] a reply that comes %s is spoken all the same', async (_, reply) => {
      farEnd.replies = [reply];
      const conversation = agent.open(GREETED);
      const events = await read(conversation.reply(message('Hi.'), patience()));
      expect(textOf(events)).toBe(reply.text);
      await conversation.close();
    });

    it('[T7] commentary is not spoken', async () => {
      farEnd.replies = [{ text: 'We open at nine.', commentary: 'Let me look that up in the files.' }];
      const conversation = agent.open(GREETED);
      const events = await read(conversation.reply(message('When do you open?'), patience()));
      expect(textOf(events)).toBe('We open at nine.');
      await conversation.close();
    });

    it('[O5] the agent greets where nobody else does', async () => {
      farEnd.opening = { text: 'Good day, this is the shop.' };
      const conversation = agent.open(UNGREETED);
      expect(textOf(await read(conversation.greet(patience())))).toBe('Good day, this is the shop.');
      await read(conversation.reply(message('Hi.'), patience()));
      expect(farEnd.known).toContain('assistant: Good day, this is the shop.');
      await conversation.close();
    });

    it('[T5] a greeting that fails is told so', async () => {
      farEnd.opening = { text: 'Good', failWith: 'server_error' };
      const conversation = agent.open(UNGREETED);
      expect(textOf(await read(conversation.greet(patience())))).toBe('Good<unavailable>');
      expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('Yes.');
      await conversation.close();
    });

    it.each([
      ['server_error', 'unavailable'],
      ['server_overloaded', 'unavailable'],
      ['rate_limit_exceeded', 'rate-limited'],
      ['request_timeout', 'timeout'],
      ['cyber_policy', 'refused'],
    ] as const)('[T5] a reply that fails with %s is %s, and the call goes on', async (code, failure) => {
      farEnd.replies = [{ text: 'Well', failWith: code }, { text: 'Better.' }];
      const conversation = agent.open(GREETED);
      expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe(`Well<${failure}>`);
      expect(textOf(await read(conversation.reply(message('Again?'), patience())))).toBe('Better.');
      await conversation.close();
    });

    it.each([
      [429, 'rate_limit_exceeded', 'rate-limited'],
      [429, 'insufficient_quota', 'refused'],
      [503, 'server_overloaded', 'unavailable'],
      [403, 'forbidden', 'refused'],
    ] as const)('[T5] a message answered with %i %s is %s', async (status, code, failure) => {
      const conversation = agent.open(GREETED);
      await read(conversation.reply(message('Hi.'), patience()));
      farEnd.faults.only = /^POST/;
      farEnd.faults.refuseWith = { status, code };
      farEnd.faults.refuseNext = 2;
      const events = await read(conversation.reply(message('Again.'), patience()));
      expect(events).toEqual([{ type: 'failed', failure, detail: `${status} ${code}` }]);
      farEnd.faults.refuseNext = 0;
      expect(textOf(await read(conversation.reply(message('And now?'), patience())))).toBe('Yes.');
      await conversation.close();
    });

    it('[T5] a message that is never answered fails in time', async () => {
      const conversation = agent.open(GREETED);
      await read(conversation.reply(message('Hi.'), patience()));
      farEnd.faults.only = /^POST/;
      farEnd.faults.hangNext = 2;
      const events = await read(conversation.reply(message('Again.'), patience()));
      expect(textOf(events)).toBe('<timeout>');
      await conversation.close();
    });

    it('[T5] a wrong key and a far end that is not there are failures, not exceptions', async () => {
      const stranger = reach({ baseUrl: farEnd.baseUrl, apiKey: 'sk-wrong' }).open(GREETED);
      const events = await read(stranger.reply(message('Hi.'), patience()));
      expect(events).toEqual([{ type: 'failed', failure: 'refused', detail: '401 invalid_api_key' }]);
      await stranger.close();
      const nowhere = reach({ baseUrl: 'http://127.0.0.1:1/v1', apiKey: 'sk' }).open(GREETED);
      expect(textOf(await read(nowhere.reply(message('Hi.'), patience())))).toBe('<unavailable>');
      await nowhere.close();
    });

    it('[E4] closing in mid-reply ends the reply and leaves nothing open', async () => {
      farEnd.replies = [{ text: 'On and on', hangs: true }];
      const conversation = agent.open(GREETED);
      const reading = read(conversation.reply(message('Talk.'), patience()));
      await farEnd.until(() => farEnd.heard.length === 1);
      await conversation.close();
      expect(textOf(await reading)).not.toContain('<');
      await farEnd.until(() => farEnd.openExchanges === 0);
    });
  });
}
