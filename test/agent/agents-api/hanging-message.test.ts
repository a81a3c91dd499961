// A message to the session that hangs must not hold up the next one for as long as the SDK would wait for it.
import { expect, it, onTestFinished } from 'vitest';
import { agentsApi } from '../../../src/agent/agents-api/agents-api.ts';
import { FarEnd, GREETED, message, optionsFor, patience, read, textOf } from '../far-end.ts';

it.each([
  ['the cancelling of a turn', 0],
  ['a message', 1],
])(
  '[T5] gives up soon on %s that hangs, and the agent receives every word once',
  async (_, repliesBefore) => {
    const farEnd = await FarEnd.start();
    onTestFinished(() => farEnd.stop());
    const conversation = agentsApi.open('agent_scripted', optionsFor(farEnd)).open(GREETED);
    farEnd.replies = [{ text: 'You are Ann.' }];
    for (let n = 0; n < repliesBefore; n++) await read(conversation.reply(message('Hello.'), patience()));
    const before = farEnd.asked(/^POST .*\/events$/).length;
    farEnd.faults.only = /^POST .*\/events$/;
    farEnd.faults.hangNext = 1;
    const stop = new AbortController();
    const first = read(conversation.reply(message('I am Ann.'), stop.signal));
    await farEnd.until(() => farEnd.asked(/^POST .*\/events$/).length > before);
    stop.abort();
    await first;
    const second = await read(conversation.reply(message('Who am I?'), patience()));
    expect(textOf(second)).toBe('You are Ann.');
    const told = farEnd.heard.at(-1);
    expect(told?.history.filter(({ text }) => text === 'I am Ann.')).toHaveLength(1);
    expect(told?.text).toBe('Who am I?');
    await conversation.close();
  },
);
