import { describe, expect, it } from 'vitest';
import { checkFirstWord, checkWait, type Waits } from '../../../src/cli/doctor/waits.ts';
import { SteppedClock } from '../../support/clock.ts';
import { PaperAgent, settled } from '../../support/doubles.ts';

const NONE: Waits = { transcriptMs: null, agentMs: null, voiceMs: null };

describe('what a caller will wait', () => {
  it('is the sum of the parts', () => {
    expect(checkWait({ transcriptMs: 900, agentMs: 900, voiceMs: 850 }, 700)).toEqual({
      is: 'fine',
      saw: 'about 2890 ms after the last word (700 silence + 440 more for the transcript + 900 agent + 850 voice)',
      todo: null,
    });
  });

  it('comes with advice where it is long', () => {
    const { is, todo } = checkWait({ transcriptMs: 900, agentMs: 2_000, voiceMs: 850 }, 700);
    expect(is).toBe('fine');
    expect(todo).toContain('faster model');
  });

  it('says how to measure the agent where it was not asked', () => {
    const { saw, todo } = checkWait({ ...NONE, transcriptMs: 900, voiceMs: 850 }, 700);
    expect(saw).toBe(
      "1990 ms and the agent's first sentence (700 silence + 440 more for the transcript + 850 voice)",
    );
    expect(todo).toContain('--ask-agent');
  });

  it('is unknown without Realtime', () => {
    expect(checkWait(NONE, 700).is).toBe('unknown');
  });
});

describe("the agent's first word", () => {
  it('is measured, and the conversation is closed', async () => {
    const [clock, agent, waits] = [new SteppedClock(), new PaperAgent(), { ...NONE }];
    const checked = checkFirstWord(agent, clock, waits);
    await settled();
    clock.step(870);
    await agent.writes('Yes');
    expect(await checked).toMatchObject({
      is: 'fine',
      saw: 'its first word after 870 ms, in a new conversation',
    });
    expect(waits.agentMs).toBe(870);
    expect([agent.isClosed, agent.isWriting, clock.waiting]).toEqual([true, false, 0]);
  });

  it('that fails, or never comes, is wrong', async () => {
    const clock = new SteppedClock();
    const failing = new PaperAgent();
    const failed = checkFirstWord(failing, clock, { ...NONE });
    await settled();
    await failing.fails();
    expect(await failed).toMatchObject({ is: 'wrong', saw: 'the agent failed (refused: status 500)' });
    const mute = new PaperAgent();
    const silent = checkFirstWord(mute, clock, { ...NONE });
    await settled();
    clock.step(20_000);
    expect(await silent).toMatchObject({ is: 'wrong', saw: 'the agent wrote nothing within 20 s' });
    expect(mute.isClosed).toBe(true);
  });
});
