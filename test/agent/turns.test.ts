import { describe, expect, it } from 'vitest';
import { failed } from '../../src/agent/failures.ts';
import { ReplyPipe } from '../../src/agent/reply-pipe.ts';
import { type Ask, Turns } from '../../src/agent/turns.ts';
import { aborted } from '../../src/call/waiting.ts';
import { patience, read, textOf } from './far-end.ts';

describe('the turns of a conversation', () => {
  /** A turn that writes its words and lets go once `release` resolves. */
  const saying =
    (pipe: ReplyPipe, text: string, release: Promise<void> = Promise.resolve()): Ask =>
    async () => {
      pipe.write(text);
      await release;
      return null;
    };

  it('[T1] begins a turn once the one before has let go', async () => {
    const turns = new Turns();
    const [first, second] = [new ReplyPipe(), new ReplyPipe()];
    const held = Promise.withResolvers<void>();
    for await (const _ of turns.reply(first, patience(), saying(first, 'One.', held.promise))) break;
    let hasBegun = false;
    const reading = read(
      turns.reply(second, patience(), (stop) => {
        hasBegun = true;
        return saying(second, 'Two.')(stop);
      }),
    );
    await new Promise(setImmediate);
    expect(hasBegun).toBe(false);
    held.resolve();
    expect(textOf(await reading)).toBe('Two.');
  });

  it('tells a turn to stop when its reader leaves', async () => {
    const turns = new Turns();
    const pipe = new ReplyPipe();
    const stopped = Promise.withResolvers<void>();
    const ask: Ask = async (stop) => {
      pipe.write('On');
      await aborted(stop);
      stopped.resolve();
      return failed('unavailable', 'not read');
    };
    for await (const _ of turns.reply(pipe, patience(), ask)) break;
    await stopped.promise;
    await turns.close();
  });

  it('[T8] reports what a turn throws as a failure, after its owner has heard of it', async () => {
    const pipe = new ReplyPipe();
    const heard: string[] = [];
    const ask: Ask = async () => {
      throw new SyntaxError('my card number is 4111');
    };
    const events = await read(new Turns().reply(pipe, patience(), ask, ({ failure }) => heard.push(failure)));
    expect(events).toEqual([{ type: 'failed', failure: 'malformed', detail: 'not JSON' }]);
    expect(heard).toEqual(['malformed']);
  });

  it('[E4] ends the reply at once when closed, and resolves once the turn has let go', async () => {
    const turns = new Turns();
    const pipe = new ReplyPipe();
    const held = Promise.withResolvers<void>();
    const reading = read(turns.reply(pipe, patience(), saying(pipe, 'On', held.promise)));
    const closing = turns.close();
    expect(textOf(await reading)).not.toContain('<');
    held.resolve();
    await closing;
  });

  it('waits with the first turn for what must be over before', async () => {
    const held = Promise.withResolvers<void>();
    const turns = new Turns(() => held.promise);
    const pipe = new ReplyPipe();
    const reading = read(turns.reply(pipe, patience(), saying(pipe, 'One.')));
    held.resolve();
    expect(textOf(await reading)).toBe('One.');
  });
});
