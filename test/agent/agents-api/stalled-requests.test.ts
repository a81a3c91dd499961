// Requests to the Agents API that stop half-way: each may cost the caller a wait, and none may cost the call.
import { expect, it, onTestFinished } from 'vitest';
import { agentsApi } from '../../../src/agent/agents-api/agents-api.ts';
import type { Conversation, Opening } from '../../../src/call/ports.ts';
import type { AgentFaults } from '../../../sandbox/openai/http-faults.ts';
import { TurningClock } from '../../support/turning-clock.ts';
import { FarEnd, GREETED, message, optionsFor, patience, read, textOf, UNGREETED } from '../far-end.ts';

interface Stage {
  readonly farEnd: FarEnd;
  readonly clock: TurningClock;
  readonly open: (opening: Opening) => Conversation;
}

async function stage(faults: Partial<AgentFaults> = {}): Promise<Stage> {
  const clock = new TurningClock();
  const farEnd = await FarEnd.start(clock);
  onTestFinished(() => farEnd.stop());
  Object.assign(farEnd.faults, faults);
  const open = (opening: Opening): Conversation => {
    const conversation = agentsApi.open('agent_scripted', optionsFor(farEnd, { clock }));
    const opened = conversation.open(opening);
    onTestFinished(() => opened.close());
    return opened;
  };
  return { farEnd, clock, open };
}

const CREATION = /^POST .*\/sessions$/;

it.each([
  ['stops in mid-body', { stallNext: 1 }],
  ['never comes', { hangNext: 1 }],
])(
  '[A1] repeats a creation whose answer %s, under the same key, and answers within 6 s',
  async (_, fault) => {
    const { farEnd, clock, open } = await stage({ only: CREATION, ...fault });
    const conversation = open(GREETED);
    const askedAt = clock.now();
    expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('Yes.');
    expect(clock.now() - askedAt).toBeLessThan(6000);
    expect(farEnd.asked(CREATION)).toHaveLength(2);
  },
);

it('[A1] opens a conversation anew with the next message if its creation stopped twice in mid-body', async () => {
  const { farEnd, open } = await stage({ only: CREATION, stallNext: 2 });
  const conversation = open(GREETED);
  expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('Yes.');
  expect(farEnd.known).toMatch(/A phone call has begun[^]*user: Hi\.$/);
  expect(textOf(await read(conversation.reply(message('Again.'), patience())))).toBe('Yes.');
  expect(farEnd.asked(CREATION)).toHaveLength(3);
});

it('[A1] keeps a stalled creation from other calls', async () => {
  const { farEnd, clock, open } = await stage({ only: CREATION, stallNext: 1 });
  open(GREETED);
  await farEnd.until(() => farEnd.asked(CREATION).length === 1);
  const other = open(GREETED);
  const askedAt = clock.now();
  expect(textOf(await read(other.reply(message('Hi.'), patience())))).toBe('Yes.');
  expect(clock.now() - askedAt).toBeLessThan(3000);
});

it('[A1] waits for a creation whose headers take 15 s', async () => {
  const { farEnd, open } = await stage({ slowMs: 15_000 });
  const conversation = open(UNGREETED);
  expect(textOf(await read(conversation.greet(patience())))).toBe('ok');
  farEnd.faults.slowMs = 0;
  expect(textOf(await read(conversation.reply(message('Hi.'), patience())))).toBe('Yes.');
});

it.each([
  ['the greeting', UNGREETED, 'before'],
  ['a reply', GREETED, 'later'],
] as const)(
  '[A1] finds %s that a stalled stream withholds, and opens another stream',
  async (_, opening, when) => {
    const { farEnd, clock, open } = await stage();
    farEnd.opening = { text: 'Good day.' };
    farEnd.replies = [{ text: 'We have roses.' }];
    if (when === 'before') farEnd.faults.stallsStreamsAfterEvents = 1;
    const conversation = open(opening);
    if (when === 'before') {
      expect(textOf(await read(conversation.greet(patience())))).toBe('Good day.');
      farEnd.faults.stallsStreamsAfterEvents = Infinity;
    } else {
      await read(conversation.reply(message('Hi.'), patience()));
      farEnd.faults.stallsStreamsAfterEvents = 0;
      const askedAt = clock.now();
      const reading = read(conversation.reply(message('What have you?'), patience()));
      await farEnd.until(() => farEnd.heard.length === 2);
      farEnd.faults.stallsStreamsAfterEvents = Infinity;
      expect(textOf(await reading)).toBe('We have roses.');
      expect(clock.now() - askedAt).toBeLessThan(8000);
    }
    expect(textOf(await read(conversation.reply(message('And now?'), patience())))).toBe('We have roses.');
  },
);
