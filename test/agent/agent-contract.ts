// What every kind of agent must do, as one suite over the port: whichever is chosen by an ID, a call cannot tell.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentMemory } from '../../src/call/call-record.ts';
import type { Agent, AgentEvent, Conversation } from '../../src/call/ports.ts';
import type { MindReply } from '../../sandbox/openai/mind.ts';
import {
  FarEnd,
  GREETED,
  message,
  NOWHERE,
  patience,
  type Reach,
  read,
  textOf,
  UNGREETED,
} from './far-end.ts';

/** What a kind can do; one that lacks something says so. */
export interface Abilities {
  /** The agent may call `Opening.tools`. */
  readonly callsTools: boolean;
  /** The API tells apart what the agent says to itself. */
  readonly hasCommentary: boolean;
  /** The API can be asked whether the agent is there. */
  readonly canBeLookedUp: boolean;
  /** The vendor keeps the conversation, so that its ID is enough to go on. */
  readonly isKeptByVendor: boolean;
  /** A note stands where it was told; else before all that was said, with the instructions. */
  readonly placesNotes: boolean;
  /** The API says how many tokens a reply took. */
  readonly countsTokens: boolean;
  /** An answer that fails says by a code why. */
  readonly namesFailures: boolean;
  /** A conversation that the vendor has lost is refused, and not silently begun anew. */
  readonly noticesLoss: boolean;
}

const ALL: Abilities = {
  callsTools: true,
  hasCommentary: true,
  canBeLookedUp: true,
  isKeptByVendor: true,
  placesNotes: true,
  countsTokens: false,
  namesFailures: true,
  noticesLoss: true,
};
/** What no version of any kind ever wrote, in the places where something is. */
const WRONG_WITHIN = {
  reference: { session: 7, since: [], thread: {}, sent: 'x', heard: 1, response: false, agent: 2, of: 3 },
  history: { owed: 'x', exchanges: { asked: 1 }, words: 'x', notes: {}, asked: [1], kept: 9 },
};
const WRONG_DEEP_WITHIN = {
  reference: { session: '', thread: 'x'.repeat(1000), sent: [{ name: 1 }, null], response: '', of: 'x' },
  history: {
    owed: [{ text: 1 }, { text: 'x' }, null, 'x', { role: 'nobody', content: 'x' }],
    exchanges: [{ asked: [{ role: 'user' }], answered: [] }, {}],
    words: [1],
    notes: [null],
    asked: { itemId: 'x', questions: [{}] },
  },
};

export function agentContract(
  name: string,
  reach: (farEnd: Reach) => Agent,
  abilities: Partial<Abilities> = {},
): void {
  const { callsTools, hasCommentary, canBeLookedUp, isKeptByVendor, placesNotes, countsTokens } = {
    ...ALL,
    ...abilities,
  };
  const { namesFailures, noticesLoss } = { ...ALL, ...abilities };

  describe(`${name} as an agent`, () => {
    let farEnd: FarEnd;
    let agent: Agent;

    beforeEach(async () => {
      farEnd = await FarEnd.start();
      agent = reach(farEnd);
    });

    afterEach(() => farEnd.stop());

    it('[T2] passes text on while the agent still writes', async () => {
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

    itIf(countsTokens)('[K2] says how many tokens each reply took', async () => {
      farEnd.replies = [{ text: 'Hello, Ann.' }];
      const conversation = agent.open(GREETED);
      const events = await read(conversation.reply(message('I am Ann.'), patience()));
      const [counted, ...more] = events.filter((event) => event.type === 'usage');
      expect(more).toEqual([]);
      expect(counted?.usage.textIn).toBeGreaterThan(0);
      expect(counted?.usage.textOut).toBeGreaterThan(0);
      await conversation.close();
    });

    it('remembers the conversation', async () => {
      farEnd.replies = [{ text: 'Hello, Ann.' }, { text: 'Ann.' }];
      const conversation = agent.open(GREETED);
      expect(textOf(await read(conversation.reply(message('I am Ann.'), patience())))).toBe('Hello, Ann.');
      expect(textOf(await read(conversation.reply(message('Who am I?'), patience())))).toBe('Ann.');
      expect(farEnd.known).toMatch(/I am Ann\.[^]*Hello, Ann\.[^]*Who am I\?/);
      await conversation.close();
    });

    it('sends the agent the note that opens the call', async () => {
      const conversation = agent.open(GREETED);
      await read(conversation.reply(message('Hi.'), patience()));
      expect(farEnd.known).toContain(GREETED.note);
      await conversation.close();
    });

    it("keeps notes apart from the caller's words", async () => {
      const conversation = agent.open(GREETED);
      await read(conversation.reply(message('Go on.', ['[One.]', '[Two.]']), patience()));
      expect(farEnd.heard.at(-1)?.text).toBe('Go on.');
      expect(farEnd.known).toMatch(/\[One\.\][^]*\[Two\.\][^]*Go on\.$/);
      await conversation.close();
    });

    it('answers a note without words', async () => {
      const conversation = agent.open(GREETED);
      await read(conversation.reply(message('Hi.'), patience()));
      const events = await read(conversation.reply(message('', ['[The caller pressed 12]']), patience()));
      expect(textOf(events)).toBe('Yes.');
      expect(farEnd.heard).toHaveLength(2);
      expect(farEnd.known.match(/caller pressed 12/g)).toHaveLength(1);
      await conversation.close();
    });

    it.each<[string, MindReply]>([
      ['before a word was written', { text: 'Late.', firstWordAfterMs: 60_000 }],
      ['between two words', { text: 'Early', hangs: true }],
    ])('ends the reply within 50 ms of an abort %s', async (_, reply) => {
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

    it('stops a reply that its reader leaves', async () => {
      farEnd.replies = [{ text: 'One two three', hangs: true }, { text: 'Next.' }];
      const conversation = agent.open(GREETED);
      for await (const _ of conversation.reply(message('Count.'), patience())) break;
      expect(textOf(await read(conversation.reply(message('Go on.'), patience())))).toBe('Next.');
      await conversation.close();
    });

    it('[B4] sends each word once after an interruption, and how much the caller heard', async () => {
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
      expect(farEnd.known).toMatch(/Tell me a poem\.[^]*In German, please\./);
      expect(farEnd.known).toMatch(
        placesNotes
          ? /Tell me a poem\.[^]*heard only: "Roses"[^]*In German, please\./
          : /heard only: "Roses"[^]*Tell me a poem\./,
      );
      await conversation.close();
    });

    it('[T3] keeps words whose reply was aborted before it began', async () => {
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

    it('[T3] sends words whose reply was aborted at once with the next message', async () => {
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

    it('[T1] keeps calls apart', async () => {
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
    ])('[T7] speaks a reply that comes %s', async (_, reply) => {
      farEnd.replies = [reply];
      const conversation = agent.open(GREETED);
      const events = await read(conversation.reply(message('Hi.'), patience()));
      expect(textOf(events)).toBe(reply.text);
      await conversation.close();
    });

    itIf(hasCommentary)('[T7] does not speak commentary', async () => {
      farEnd.replies = [{ text: 'We open at nine.', commentary: 'Let me look that up in the files.' }];
      const conversation = agent.open(GREETED);
      const events = await read(conversation.reply(message('When do you open?'), patience()));
      expect(textOf(events)).toBe('We open at nine.');
      await conversation.close();
    });

    itIf(callsTools)('[E1] ends the call when the agent calls end_call, and answers the call', async () => {
      farEnd.replies = [
        { text: 'Goodbye.', calls: { name: 'end_call', arguments: {} } },
        { text: 'I am still here.' },
      ];
      const conversation = agent.open(GREETED);
      const events = await read(conversation.reply(message('Bye.'), patience()));
      expect(textOf(events)).toBe('<end>Goodbye.');
      expect(farEnd.toolAnswers).toEqual([
        { name: 'end_call', output: GREETED.tools.call('end_call', {})?.output },
      ]);
      const next = await read(conversation.reply(message('Wait!'), patience()));
      expect(textOf(next)).toBe('I am still here.');
      expect(farEnd.known).toMatch(/Bye\.[^]*Goodbye\.[^]*Wait!/);
      expect(farEnd.toolAnswers).toHaveLength(1);
      await conversation.close();
    });

    itIf(callsTools)("[E1] passes a command's arguments on whole", async () => {
      const given = { to: '+15550100', summary: 'Ann asks for "roses".' };
      farEnd.replies = [{ text: 'One moment.', calls: { name: 'transfer_call', arguments: given } }];
      const conversation = agent.open(GREETED);
      const events = await read(conversation.reply(message('A human, please.'), patience()));
      expect(events).toContainEqual({ type: 'command', command: { type: 'transfer', ...given } });
      await conversation.close();
    });

    itIf(callsTools)('[E1] refuses a transfer that is not allowed, and says so to the agent', async () => {
      const given = { to: '+19005550000', summary: null };
      farEnd.replies = [{ text: 'I cannot.', calls: { name: 'transfer_call', arguments: given } }];
      const conversation = agent.open(GREETED);
      const events = await read(conversation.reply(message('Put me through.'), patience()));
      expect(textOf(events)).toBe('I cannot.');
      expect(farEnd.toolAnswers).toEqual([
        { name: 'transfer_call', output: GREETED.tools.call('transfer_call', given)?.output },
      ]);
      await conversation.close();
    });

    itIf(callsTools)('[E1] passes on the text before a command first', async () => {
      const calls = { name: 'end_call', arguments: {} };
      farEnd.replies = [{ saysBeforeCall: 'Well, goodbye.', calls, text: 'See you.' }];
      const conversation = agent.open(GREETED);
      const events = await read(conversation.reply(message('Bye.'), patience()));
      expect(textOf(events)).toBe('Well, goodbye.<end>\nSee you.');
      await conversation.close();
    });

    itIf(callsTools)('goes on after an abort during a tool call', async () => {
      const calls = { name: 'end_call', arguments: {} };
      farEnd.replies = [{ text: 'Goodbye.', calls, hangs: true }, { text: 'I am still here.' }];
      const conversation = agent.open(GREETED);
      const stop = new AbortController();
      for await (const { type } of conversation.reply(message('Bye.'), stop.signal))
        if (type === 'command') stop.abort();
      const events = await read(conversation.reply(message('Wait!'), patience()));
      expect(textOf(events)).toBe('I am still here.');
      expect(farEnd.known.match(/Bye\./g)).toHaveLength(1);
      expect(farEnd.known).toMatch(/Bye\.[^]*Wait!/);
      await conversation.close();
    });

    it('[O5] lets the agent greet the caller', async () => {
      farEnd.opening = { text: 'Good day, this is the shop.' };
      const conversation = agent.open(UNGREETED);
      expect(textOf(await read(conversation.greet(patience())))).toBe('Good day, this is the shop.');
      await read(conversation.reply(message('Hi.'), patience()));
      expect(farEnd.known).toContain('assistant: Good day, this is the shop.');
      await conversation.close();
    });

    it('[T8] reports a greeting that fails', async () => {
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
    ] as const)('[T8] maps the code %s to %s, and goes on', async (code, failure) => {
      farEnd.replies = [{ text: 'Well', failWith: code }, { text: 'Better.' }];
      const conversation = agent.open(GREETED);
      expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe(
        `Well<${namesFailures ? failure : 'unavailable'}>`,
      );
      expect(textOf(await read(conversation.reply(message('Again?'), patience())))).toBe('Better.');
      await conversation.close();
    });

    it.each([
      [429, 'rate_limit_exceeded', 'rate-limited'],
      [429, 'insufficient_quota', 'refused'],
      [503, 'server_overloaded', 'unavailable'],
      [403, 'forbidden', 'refused'],
    ] as const)('[T8] maps the answer %i %s to %s', async (status, code, failure) => {
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

    it('[T8] fails in time when a message is never answered', async () => {
      const { baseUrl, apiKey } = farEnd;
      const conversation = reach({ baseUrl, apiKey, agentTimeoutMs: 1500, retries: 0 }).open(GREETED);
      await read(conversation.reply(message('Hi.'), patience()));
      farEnd.faults.only = /^POST/;
      farEnd.faults.hangNext = 1;
      const events = await read(conversation.reply(message('Again.'), patience()));
      expect(textOf(events)).toBe('<timeout>');
      await conversation.close();
    });

    it('[T8] reports a wrong key and an absent server as failures', async () => {
      const stranger = reach({ baseUrl: farEnd.baseUrl, apiKey: 'sk-wrong' }).open(GREETED);
      const events = await read(stranger.reply(message('Hi.'), patience()));
      expect(events).toEqual([{ type: 'failed', failure: 'refused', detail: '401 invalid_api_key' }]);
      await stranger.close();
      const nowhere = reach(NOWHERE).open(GREETED);
      expect(textOf(await read(nowhere.reply(message('Hi.'), patience())))).toBe('<unavailable>');
      await nowhere.close();
    });

    itIf(canBeLookedUp)('finds an agent that exists', async () => {
      expect(await agent.lookUp()).toMatchObject({ is: 'found' });
    });

    itIf(canBeLookedUp)('reports a wrong key without showing it', async () => {
      const found = await reach({ baseUrl: farEnd.baseUrl, apiKey: 'sk-wrong' }).lookUp();
      expect(found).toEqual({ is: 'wrong', problem: expect.stringMatching(/key.*\.$/i) });
      expect(JSON.stringify(found)).not.toContain('sk-wrong');
    });

    itIf(canBeLookedUp)('reports a key that may not use the agent', async () => {
      farEnd.faults.refuseWith = { status: 403, code: 'forbidden' };
      farEnd.faults.refuseNext = 2;
      expect(await agent.lookUp()).toEqual({ is: 'wrong', problem: expect.stringMatching(/key.*\.$/i) });
    });

    itIf(canBeLookedUp)('concludes nothing from a server that fails or is absent', async () => {
      farEnd.faults.refuseWith = { status: 500, code: 'server_error' };
      farEnd.faults.refuseNext = 2;
      expect(await agent.lookUp()).toMatchObject({ is: 'unknown' });
      expect(await reach(NOWHERE).lookUp()).toMatchObject({ is: 'unknown' });
    });

    it('[R3] continues a conversation of another process', async () => {
      farEnd.replies = [{ text: 'Hello, Ann.' }, { text: 'Ann.' }];
      const first = agent.open(GREETED);
      await read(first.reply(message('I am Ann.', ['[A note.]']), patience()));
      const second = reach(farEnd).open(GREETED, written(first));
      expect(textOf(await read(second.reply(message('Who am I?'), patience())))).toBe('Ann.');
      expect(farEnd.known).toMatch(/I am Ann\.[^]*Hello, Ann\.[^]*Who am I\?$/);
      expect(farEnd.known.match(/I am Ann\.|A phone call has begun/g)).toHaveLength(2);
      expect(farEnd.conversationsBegun).toBeLessThan(2);
      // And by a third one.
      const third = reach(farEnd).open(GREETED, written(second));
      expect(textOf(await read(third.reply(message('Really?'), patience())))).toBe('Ann.');
      expect(farEnd.known).toMatch(/I am Ann\.[^]*Hello, Ann\.[^]*Who am I\?[^]*Ann\.[^]*Really\?$/);
      await closeAll(third, second, first);
    });

    it.each([
      ['before its message was sent', 'sent'],
      ['before it was answered', 'answered'],
      ['in mid-reply', 'read'],
    ] as const)('[R3] sends a turn that its process died over %s once', async (_, memoryBeforeItIs) => {
      farEnd.replies = [{ text: 'Yes.' }, { text: 'Roses are', hangs: true }, { text: 'Of course.' }];
      const first = agent.open(GREETED);
      await read(first.reply(message('Hi.'), patience()));
      // A killed process neither finishes reading a reply nor closes anything.
      const dying = first
        .reply(message('Tell me a poem.', ['[Slowly.]']), patience())
        [Symbol.asyncIterator]();
      const word = dying.next();
      let memory = written(first);
      await farEnd.until(() => farEnd.heard.length === 2);
      if (memoryBeforeItIs !== 'sent') memory = written(first);
      await word;
      if (memoryBeforeItIs === 'read') memory = written(first);
      const second = reach(farEnd).open(GREETED, memory);
      const events = await read(second.reply(message('Are you there?', ['[Cut.]'], 'Roses'), patience()));
      expect(textOf(events)).toBe('Of course.');
      expect(farEnd.known.match(/Hi\.|Tell me a poem\.|Are you there\?/g)).toEqual([
        'Hi.',
        'Tell me a poem.',
        'Are you there?',
      ]);
      expect(farEnd.conversationsBegun).toBeLessThan(2);
      expect(textOf(await read(second.reply(message('Go on.'), patience())))).toBe('Of course.');
      expect(farEnd.known).toMatch(/Are you there\?[^]*Of course\.[^]*Go on\.$/);
      await closeAll(second, first);
    });

    it('[R3] sends what the process before could not send', async () => {
      const first = agent.open(GREETED);
      await read(first.reply(message('Hi.'), patience()));
      Object.assign(farEnd.faults, { only: /^POST/, refuseNext: 2 });
      expect(textOf(await read(first.reply(message('I want roses.'), patience())))).toBe('<unavailable>');
      farEnd.faults.refuseNext = 0;
      const stop = AbortSignal.abort();
      await read(first.reply(message('Red ones.'), stop));
      const second = reach(farEnd).open(GREETED, written(first));
      expect(textOf(await read(second.reply(message('A dozen.'), patience())))).toBe('Yes.');
      expect(farEnd.known.match(/Hi\.|I want roses\.|Red ones\.|A dozen\./g)).toEqual([
        'Hi.',
        'I want roses.',
        'Red ones.',
        'A dozen.',
      ]);
      await closeAll(second, first);
    });

    it('[R3] sends repeated words again after a finished turn', async () => {
      const first = agent.open(GREETED);
      await read(first.reply(message('Yes, please.'), patience()));
      const stop = new AbortController();
      const reading = read(first.reply(message('Yes, please.'), stop.signal));
      stop.abort();
      const memory = written(first);
      await reading;
      await first.close(true);
      const second = reach(farEnd).open(GREETED, memory);
      await read(second.reply(message('Yes, please.'), patience()));
      expect(farEnd.known.match(/Yes, please\./g)).toHaveLength(3);
      await closeAll(second, first);
    });

    it('[R3] continues a conversation that was handed over', async () => {
      farEnd.replies = [{ text: 'Hello, Ann.' }, { text: 'Roses are', hangs: true }, { text: 'Ann.' }];
      const first = agent.open(GREETED);
      await read(first.reply(message('I am Ann.'), patience()));
      const stop = new AbortController();
      for await (const _ of first.reply(message('A poem.'), stop.signal)) stop.abort();
      await first.close(true);
      const second = reach(farEnd).open(GREETED, written(first));
      expect(textOf(await read(second.reply(message('Who am I?'), patience())))).toBe('Ann.');
      expect(farEnd.known.match(/I am Ann\.|A poem\.|Who am I\?/g)).toHaveLength(3);
      expect(farEnd.conversationsBegun).toBeLessThan(2);
      await second.close();
    });

    it('[R3] keeps words apart from IDs in its memory, and bounds its size', async () => {
      const conversation = agent.open(GREETED);
      await read(conversation.reply(message('Hi.'), patience()));
      const words = 'la '.repeat(10_000);
      for (let turn = 0; turn < 12; turn++)
        await read(conversation.reply(message(`${turn} ${words}`), AbortSignal.abort()));
      const memory = written(conversation);
      expect(JSON.stringify(memory.reference)).not.toMatch(/la |Hi\./);
      expect(JSON.stringify(memory)).toMatch(/11 la /);
      expect(JSON.stringify(memory).length).toBeLessThan(210_000);
      await conversation.close();
    });

    it.each<[string, (memory: AgentMemory) => unknown]>([
      ['another kind', (memory) => ({ ...memory, kind: 'another' })],
      ...(noticesLoss ? [['nobody knows any more', unknownNow] as [string, typeof unknownNow]] : []),
      ['nothing', ({ kind }) => ({ kind, reference: null, history: null })],
      ['other shapes', ({ kind }) => ({ kind, reference: 'x', history: [7] })],
      ['other shapes within', ({ kind }) => ({ kind, ...WRONG_WITHIN })],
      ['other shapes deep within', ({ kind }) => ({ kind, ...WRONG_DEEP_WITHIN })],
      ['fields missing', ({ kind }) => ({ kind })],
    ])('[R3] begins anew from a memory of %s', async (_, change) => {
      const first = agent.open(GREETED);
      await read(first.reply(message('I am Ann.'), patience()));
      const memory: AgentMemory = JSON.parse(JSON.stringify(change(written(first))));
      const second = reach(farEnd).open(GREETED, memory);
      expect(textOf(await read(second.reply(message('Hi.'), patience())))).toBe('Yes.');
      expect(farEnd.known).toContain(GREETED.note);
      expect(farEnd.known).not.toContain('I am Ann.');
      expect(textOf(await read(second.reply(message('Again.'), patience())))).toBe('Yes.');
      expect(farEnd.known).toMatch(/Hi\.[^]*Again\.$/);
      await closeAll(second, first);
    });

    it('[R3] forgets what the vendor does not keep if no words are stored', async () => {
      const first = agent.open(GREETED);
      await read(first.reply(message('I am Ann.'), patience()));
      const second = reach(farEnd).open(GREETED, { ...written(first), history: null });
      expect(textOf(await read(second.reply(message('Hi.'), patience())))).toBe('Yes.');
      expect(farEnd.known).toContain(GREETED.note);
      expect(farEnd.known.includes('I am Ann.')).toBe(isKeptByVendor);
      await closeAll(second, first);
    });

    it('[E4] ends the reply and every request when closed in mid-reply', async () => {
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

/** Registers a test only for a kind of which it is true: what a kind's API cannot do is no skipped test. */
function itIf(applies: boolean): (title: string, test: () => Promise<void>) => void {
  return applies ? (title, test) => it(title, test) : () => {};
}

/** As the store returns it. */
function written(conversation: Conversation): AgentMemory {
  const memory = conversation.memory();
  const back: AgentMemory | null = JSON.parse(JSON.stringify(memory));
  expect(back).toStrictEqual(memory);
  if (back === null) throw new Error('There is nothing to go on from.');
  return back;
}

/** With the vendor's IDs changed, and no words that could stand in for what those name. */
function unknownNow(memory: AgentMemory): AgentMemory {
  const reference = JSON.stringify(memory.reference)
    .replaceAll(/"(sess|thread|thr|resp)_\w+"/g, '"$1_gone"')
    .replace(/"conversation":"[^"]+"/, `"conversation":"${crypto.randomUUID()}"`);
  return { ...memory, reference: JSON.parse(reference), history: null };
}

async function closeAll(...conversations: readonly Conversation[]): Promise<void> {
  for (const conversation of conversations) await conversation.close();
}
