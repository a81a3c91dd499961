// An agent that fails or falls silent: what the caller hears of it, and what the agent is asked again.
import { describe, expect, it } from 'vitest';
import type { AgentFailure } from '../../src/call/ports.ts';
import { PaperCall, settled } from '../support/doubles.ts';

const LOST = '[Your last reply was lost on the way: the caller heard nothing of it. Reply again now.]';
const FIRST_WORD_MS = 20_000;
const STALL_MS = 10_000;
/** What a second ask has at least. */
const SECOND_MS = 8_000;

/** A call in which the caller has said "When do you open?", and the agent is being asked. */
async function asked(settings: ConstructorParameters<typeof PaperCall>[0] = {}): Promise<PaperCall> {
  const call = new PaperCall({ greeting: 'Hi.', ...settings });
  await call.isGreeted();
  await call.callerSays('When do you open?');
  return call;
}

/** Time passes, with all that comes of it. */
async function passes(call: PaperCall, ms: number): Promise<void> {
  call.clock.step(ms);
  await settled();
}

function hears(call: PaperCall): void {
  call.speech.speaks();
  call.plays();
}

function textsTold(call: PaperCall): string[] {
  return call.agent.messages.flatMap(({ text, notes }) => [...notes, ...(text === '' ? [] : [text])]);
}

function linesOf(call: PaperCall): string[] {
  return call.of('line-spoken').map(({ line }) => line);
}

async function answers(call: PaperCall): Promise<void> {
  await call.agent.writes('At nine.');
  await call.agent.finishes();
  hears(call);
  await settled();
}

describe('an agent that fails before the first word of its reply', () => {
  it.each<AgentFailure>(['unavailable', 'rate-limited', 'timeout', 'malformed'])(
    '[T5] is asked once more where it was %s, and the caller hears the answer and no apology',
    async (failure) => {
      const call = await asked();
      await call.agent.fails(failure);
      await passes(call, 1_000);
      await answers(call);
      expect(textsTold(call)).toEqual(['When do you open?', LOST]);
      expect(linesOf(call)).toEqual(['greeting']);
      expect(call.line.text).toBe('Hi.At nine.');
      expect(call.of('turn-finished')).toMatchObject([{ outcome: 'done', said: 'At nine.', failure: null }]);
      expect(call.of('turn-started')).toHaveLength(1);
    },
  );

  it('[T5] gets no retry of what it refuses', async () => {
    const call = await asked();
    await call.agent.fails('refused');
    hears(call);
    await passes(call, 5_000);
    expect(textsTold(call)).toEqual(['When do you open?']);
    expect(linesOf(call)).toEqual(['greeting', 'apology']);
  });

  it('[T5] [T8] gets one retry, and the caller an apology if that fails too', async () => {
    const call = await asked();
    await call.agent.fails('unavailable');
    await passes(call, 300);
    await call.agent.fails('malformed');
    hears(call);
    await passes(call, 5_000);
    expect(textsTold(call)).toEqual(['When do you open?', LOST]);
    expect(linesOf(call)).toEqual(['greeting', 'apology']);
    expect(call.of('turn-finished')).toMatchObject([{ outcome: 'failed', failure: 'malformed: status 500' }]);
  });

  it('[T8] counts as one failed turn', async () => {
    const call = await asked({ maxFailedTurns: 2 });
    await call.agent.fails('unavailable');
    await passes(call, 300);
    await call.agent.fails('unavailable');
    hears(call);
    await settled();
    expect(linesOf(call)).toEqual(['greeting', 'apology']);
    expect(call.bridge.ended).toBeNull();
  });

  it('[T5] gets its retry after a moment if it is rate-limited', async () => {
    const call = await asked();
    await call.agent.fails('rate-limited');
    await passes(call, 999);
    expect(call.agent.messages).toHaveLength(1);
    await passes(call, 1);
    expect(call.agent.messages).toHaveLength(2);
  });

  it('[T3] gets no retry if the caller speaks meanwhile', async () => {
    const call = await asked();
    await call.agent.fails('rate-limited');
    await call.callerSays('On Sunday, I mean.');
    expect(call.agent.messages).toHaveLength(2);
    await passes(call, 2_000);
    await answers(call);
    expect(call.agent.messages.map(({ text }) => text)).toEqual(['When do you open?', 'On Sunday, I mean.']);
    expect(call.of('turn-finished').map(({ outcome }) => outcome)).toEqual(['joined', 'done']);
    expect(linesOf(call)).toEqual(['greeting']);
  });

  it('[E4] gets no retry if the call ends meanwhile', async () => {
    const call = await asked();
    await call.agent.fails('rate-limited');
    call.tellLine({ type: 'closed', how: 'hung-up' });
    await settled();
    expect(call.clock.waiting).toBe(0);
    await passes(call, 5_000);
    expect(call.agent.messages).toHaveLength(1);
  });

  it('[T5] gets a retry of its greeting, too', async () => {
    const call = new PaperCall();
    call.connects();
    await call.agent.fails('unavailable');
    await passes(call, 300);
    await answers(call);
    expect(textsTold(call)).toEqual([LOST]);
    expect(call.line.text).toBe('At nine.');
  });

  it('[T8] gets no retry if the note is turned off: the caller hears the apology at once', async () => {
    const call = await asked({ notesOff: new Set(['interrupted']) });
    await call.agent.fails('unavailable');
    await passes(call, 1_000);
    expect(textsTold(call)).toEqual(['When do you open?']);
    expect(linesOf(call)).toEqual(['greeting', 'apology']);
  });
});

describe('an agent that fails after the first word of its reply', () => {
  it('[T5] gets no retry: the caller hears what came, and then the apology', async () => {
    const call = await asked();
    await call.agent.writes('At nine, and');
    await call.agent.fails('unavailable');
    hears(call);
    await passes(call, 5_000);
    expect(call.agent.messages).toHaveLength(1);
    expect(call.line.text).toContain('Hi.At nine, and');
    expect(linesOf(call)).toEqual(['greeting', 'apology']);
  });

  it('[T5] gets no retry of what it withdrew', async () => {
    const call = await asked();
    await call.agent.writes('At nine.');
    await call.agent.withdraws();
    await call.agent.fails('unavailable');
    await passes(call, 1_000);
    expect(call.agent.messages).toHaveLength(1);
    expect(linesOf(call)).toEqual(['greeting', 'apology']);
  });

  it('[E1] gets no retry after a command', async () => {
    const call = await asked();
    await call.agent.orders({ type: 'end' });
    await call.agent.fails('unavailable');
    await passes(call, 1_000);
    expect(call.agent.messages).toHaveLength(1);
    expect(linesOf(call)).toEqual(['greeting', 'apology']);
  });
});

describe('an agent that says nothing', () => {
  it('[T4] gets a retry once its first word is overdue, and the caller hears the filler once more', async () => {
    const call = await asked();
    await passes(call, 2_500);
    hears(call);
    await passes(call, FIRST_WORD_MS - 2_500 - 1);
    expect(call.agent.messages).toHaveLength(1);
    await passes(call, 1);
    expect(textsTold(call)).toEqual(['When do you open?', LOST]);
    hears(call);
    expect(linesOf(call)).toEqual(['greeting', 'filler', 'filler']);
    await answers(call);
    expect(call.of('turn-finished')).toMatchObject([{ outcome: 'done' }]);
  });

  it('[T4] has a bounded time for the retry, after which the caller hears an apology', async () => {
    const call = await asked();
    await passes(call, 2_500);
    hears(call);
    await passes(call, FIRST_WORD_MS - 2_500);
    hears(call);
    await passes(call, SECOND_MS - 1);
    expect(call.agent.isWriting).toBe(true);
    await passes(call, 1);
    expect(call.agent.isWriting).toBe(false);
    expect(linesOf(call)).toEqual(['greeting', 'filler', 'filler', 'apology']);
    hears(call);
    await settled();
    const failure = 'timeout: no text in time';
    expect(call.of('turn-finished')).toMatchObject([{ outcome: 'failed', failure }]);
    expect(call.bridge.ended).toBeNull();
  });

  it('[T4] has no more than its time for a first word in all if the first answer failed early', async () => {
    const call = await asked();
    await passes(call, 1_000);
    await call.agent.fails('unavailable');
    await passes(call, 300);
    await passes(call, FIRST_WORD_MS - 1_300 - 1);
    expect(call.agent.isWriting).toBe(true);
    await passes(call, 1);
    expect(call.agent.isWriting).toBe(false);
  });

  it('[T4] gets one filler across the retry', async () => {
    const call = await asked();
    await passes(call, 2_300);
    await call.agent.fails('unavailable');
    await passes(call, 200);
    expect(linesOf(call)).toEqual(['greeting', 'filler']);
    hears(call);
    await passes(call, 10_000);
    expect(linesOf(call)).toEqual(['greeting', 'filler']);
  });

  it('[T4] gets no filler before the retry if there was none before', async () => {
    const call = await asked({ fillerAfterMs: 60_000 });
    await passes(call, FIRST_WORD_MS);
    expect(call.agent.messages).toHaveLength(2);
    await passes(call, SECOND_MS - 1);
    expect(linesOf(call)).toEqual(['greeting']);
  });

  it('[T4] has a deadline of its own between two words', async () => {
    const call = await asked();
    await call.agent.writes('At nine, and');
    await passes(call, STALL_MS - 1);
    await call.agent.writes(' at ten');
    await passes(call, STALL_MS - 1);
    expect(call.agent.isWriting).toBe(true);
    await passes(call, 1);
    expect(call.agent.isWriting).toBe(false);
    expect(call.agent.messages).toHaveLength(1);
    expect(linesOf(call)).toContain('apology');
    hears(call);
    await settled();
    const failure = 'timeout: no more text in time';
    expect(call.of('turn-finished')).toMatchObject([
      { outcome: 'failed', said: 'At nine, and at ten', failure },
    ]);
  });

  it('[T4] may take longer for its first word than between two', async () => {
    const call = await asked();
    await passes(call, FIRST_WORD_MS - 1);
    expect(call.agent.isWriting).toBe(true);
    expect(call.agent.messages).toHaveLength(1);
  });
});
