import { describe, expect, it } from 'vitest';
import { GeneratorConversation, type GeneratorTurn } from '../../../src/agent/own-module/generator-agent.ts';
import type { Conversation } from '../../../src/call/ports.ts';
import { GREETED, message, patience, read, textOf, UNGREETED } from '../far-end.ts';
import { TurningClock } from '../../support/turning-clock.ts';

describe('a generator', () => {
  const logged: string[] = [];
  const open = (agent: (turn: GeneratorTurn) => unknown, opening = GREETED): Conversation =>
    new GeneratorConversation(
      { agent, clock: new TurningClock(), log: (line) => logged.push(line) },
      opening,
    );

  /** One that says always the same, and the turns it was given. */
  function saying(...texts: readonly string[]) {
    const turns: GeneratorTurn[] = [];
    const agent = async function* (turn: GeneratorTurn): AsyncGenerator<string> {
      turns.push(turn);
      yield* texts;
    };
    return { agent, turns };
  }

  it('receives the turn', async () => {
    const { agent, turns } = saying('Yes.');
    const conversation = open(agent);
    await read(conversation.reply(message('Hi.', ['[A note.]'], 'Hello,'), patience()));
    expect(turns).toEqual([
      {
        text: 'Hi.',
        notes: ['[A note.]'],
        heardOfLast: 'Hello,',
        call: GREETED.call,
        history: [
          { role: 'developer', text: GREETED.note },
          { role: 'assistant', text: 'Hello,' },
        ],
        signal: expect.any(AbortSignal),
      },
    ]);
    await conversation.close();
  });

  it('[O5] receives the opening note when it speaks first', async () => {
    const { agent, turns } = saying('Good day.');
    const conversation = open(agent, UNGREETED);
    expect(textOf(await read(conversation.greet(patience())))).toBe('Good day.');
    await read(conversation.reply(message('Hi.'), patience()));
    expect(turns[0]).toMatchObject({ text: '', notes: [GREETED.note], history: [] });
    expect(turns[1]?.history).toEqual([
      { role: 'developer', text: GREETED.note },
      { role: 'assistant', text: 'Good day.' },
    ]);
    await conversation.close();
  });

  it('[B4] receives of its own words only what was heard', async () => {
    const { agent, turns } = saying('Roses are red.');
    const conversation = open(agent);
    await read(conversation.reply(message('A poem.'), patience()));
    await read(conversation.reply(message('Stop.', [], 'Roses'), patience()));
    expect(turns.at(-1)?.history.slice(2)).toEqual([
      { role: 'user', text: 'A poem.' },
      { role: 'assistant', text: 'Roses' },
    ]);
    await conversation.close();
  });

  it('[T3] receives words it missed together with the next message', async () => {
    const { agent, turns } = saying('Yes.');
    const conversation = open(agent);
    const stop = new AbortController();
    const reading = read(conversation.reply(message('I would', ['[One.]'], 'Hello,'), stop.signal));
    stop.abort();
    await reading;
    await read(conversation.reply(message('like roses.', ['[Two.]'], ''), patience()));
    expect(turns).toEqual([
      expect.objectContaining({
        text: 'I would\nlike roses.',
        notes: ['[One.]', '[Two.]'],
        heardOfLast: 'Hello,',
      }),
    ]);
    await conversation.close();
  });

  it('[T3] answers words again together with the next, if nothing of its reply to them was heard', async () => {
    const { agent, turns } = saying('Yes.');
    const conversation = open(agent);
    await read(conversation.reply(message('Hello.'), patience()));
    await read(conversation.reply(message('I would', ['[One.]']), patience()));
    await read(conversation.reply(message('like roses.', ['[Two.]'], ''), patience()));
    expect(turns.at(-1)).toMatchObject({ text: 'I would\nlike roses.', notes: ['[One.]', '[Two.]'] });
    expect(turns.at(-1)?.history.slice(2)).toEqual([
      { role: 'user', text: 'Hello.' },
      { role: 'assistant', text: 'Yes.' },
    ]);
    await conversation.close();
  });

  it('receives the last 200 exchanges of a long call, and the opening note', async () => {
    const { agent, turns } = saying('Yes.');
    const conversation = open(agent);
    for (let said = 0; said <= 250; said++) await read(conversation.reply(message(String(said)), patience()));
    const history = turns.at(-1)?.history ?? [];
    expect(history[0]).toEqual({ role: 'developer', text: GREETED.note });
    expect(history[1]).toEqual({ role: 'user', text: '51' });
    expect(history).toHaveLength(1 + 2 * 199);
    await conversation.close();
  });

  it('runs no further than it is read, and cleans up', async () => {
    let yielded = 0;
    let isCleanedUp = false;
    const conversation = open(async function* () {
      try {
        for (;;) yield `${++yielded} `;
      } finally {
        isCleanedUp = true;
      }
    });
    const told: string[] = [];
    for await (const event of conversation.reply(message('Count.'), patience())) {
      told.push(textOf([event]));
      if (told.length === 2) break;
    }
    await conversation.close();
    expect(told).toEqual(['1 ', '2 ']);
    expect(yielded).toBe(2);
    expect(isCleanedUp).toBe(true);
  });

  it('receives an abort when nobody reads it any more', async () => {
    const signals: AbortSignal[] = [];
    const conversation = open(async function* ({ signal }) {
      signals.push(signal);
      yield 'One';
      yield 'two';
    });
    for await (const _ of conversation.reply(message('Hi.'), patience())) break;
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    await conversation.close();
  });

  it('that ignores an abort delays neither its reply nor the next', async () => {
    let isFirst = true;
    const conversation = open(async function* () {
      yield 'One';
      if (!isFirst) return;
      isFirst = false;
      await new Promise(() => {});
    });
    const stop = new AbortController();
    const started = performance.now();
    for await (const _ of conversation.reply(message('Hi.'), stop.signal)) stop.abort();
    expect(textOf(await read(conversation.reply(message('Again.'), patience())))).toBe('One');
    await conversation.close();
    expect(performance.now() - started).toBeLessThan(500);
  });

  it.each<[string, (turn: GeneratorTurn) => unknown]>([
    [
      'as it is called',
      () => {
        throw new RangeError('my card is 4111');
      },
    ],
    [
      'between two texts',
      // oxlint-disable-next-line require-yield
      async function* () {
        throw new RangeError('my card is 4111');
      },
    ],
  ])('[T5] that throws %s is unavailable; its message and stack go to the log only', async (_, agent) => {
    logged.length = 0;
    const conversation = open(agent);
    expect(await read(conversation.reply(message('Hi.'), patience()))).toEqual([
      { type: 'failed', failure: 'unavailable', detail: 'the agent threw RangeError' },
    ]);
    expect(logged).toEqual([
      expect.stringMatching(
        /^The agent threw: RangeError: my card is 4111\n {4}at .*generator-agent\.test\.ts/,
      ),
    ]);
    await conversation.close();
  });

  it('[T5] keeps what it said before it threw', async () => {
    const turns: GeneratorTurn[] = [];
    const conversation = open(async function* (turn: GeneratorTurn) {
      turns.push(turn);
      yield 'Well';
      throw new Error('no');
    });
    expect(textOf(await read(conversation.reply(message('A?'), patience())))).toBe('Well<unavailable>');
    await read(conversation.reply(message('B?'), patience()));
    expect(turns[1]?.history.slice(2)).toEqual([
      { role: 'user', text: 'A?' },
      { role: 'assistant', text: 'Well' },
    ]);
    await conversation.close();
  });

  it('drops and logs what is not text', async () => {
    logged.length = 0;
    const conversation = open(async function* () {
      yield 'One';
      yield { card: 4111 };
      yield 2;
      yield ' two.';
    });
    const events = await read(conversation.reply(message('Count.'), patience()));
    expect(events.map((event) => textOf([event]))).toEqual(['One', ' two.']);
    expect(logged).toEqual(['The agent yielded something that is no text; it is left out.']);
    await conversation.close();
  });

  it.each([
    ['as it is', () => 'A text.'],
    ['promised', async () => 'A text.'],
  ])('may return the whole reply, %s', async (_, agent) => {
    const conversation = open(agent);
    expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('A text.');
    await conversation.close();
  });

  it.each([[7], [null], [['a text']]])('[T5] is malformed if it returns %o', async (given) => {
    const conversation = open(() => given);
    expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('<malformed>');
    await conversation.close();
  });
});
