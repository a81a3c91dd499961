// The two halves of a hand-over at the height of the ports: what is left behind, and what is made of it.
import { describe, expect, it } from 'vitest';
import type { ResumeState } from '../../src/call/call-record.ts';
import { PaperCall, PaperLine, settled } from '../support/doubles.ts';

const RESUME: ResumeState = {
  profile: 'default',
  parameters: {},
  agent: { kind: 'paper', reference: 1, history: null },
  speaking: null,
  order: null,
  unanswered: null,
  isWhole: true,
};

/** A call in which the agent is heard saying `reply`. */
async function speaking(reply: string): Promise<PaperCall> {
  const call = new PaperCall({ greeting: 'Hi.', canHangUp: true });
  await call.isGreeted();
  await call.callerSays('Hello.');
  await call.agent.writes(reply);
  await call.agent.finishes();
  call.speech.speaks();
  await settled();
  return call;
}

describe('[R3] a call that may be lost at any moment', () => {
  it('reports every sentence that begins to be heard, and the greeting once it was heard', async () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    await call.isGreeted();
    expect(call.of('greeting-heard')).toHaveLength(1);
    await call.callerSays('Hello.');
    await call.agent.writes('We have roses. And we have tulips.');
    await call.agent.finishes();
    call.speech.speaks();
    call.plays();
    await settled();
    expect([call.of('reply-heard').length, call.of('segment-heard').length]).toEqual([1, 1]);
  });

  it('knows how long its line has been gone', () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    call.clock.step(700);
    expect(call.bridge.withoutLineMs).toBe(700);
    call.connects();
    call.clock.step(700);
    expect(call.bridge.withoutLineMs).toBe(0);
    call.tellLine({ type: 'closed', how: 'broken' });
    call.clock.step(300);
    expect(call.bridge.withoutLineMs).toBe(300);
  });
});

describe('[R2] a call leaves', () => {
  it('soon after the caller has the word, and only once its state is written down', async () => {
    const call = new PaperCall({ greeting: 'Hi.', canHangUp: true });
    await call.isGreeted();
    call.bridge.handOver(false);
    call.clock.step(599);
    expect(call.bridge.ended).toBeNull();
    let write = (): void => {};
    call.isWritten = new Promise((resolve) => (write = resolve));
    call.clock.step(1);
    await settled();
    expect([call.bridge.ended, call.hangUps, call.line.isClosed]).toEqual(['handed-over', 0, false]);
    write();
    await settled();
    expect(call.kept).toMatchObject([{ agent: { reference: 0 }, speaking: null }]);
    expect(call.line.isClosed).toBe(true);
    expect(call.events.at(-1)).toMatchObject({ type: 'call-ended', reason: 'handed-over' });
  });

  it('after the reply that the caller is hearing', async () => {
    const call = await speaking('We have roses and tulips.');
    call.bridge.handOver(false);
    expect(call.bridge.ended).toBeNull();
    call.plays();
    await settled();
    call.clock.step(600);
    await settled();
    expect(call.bridge.ended).toBe('handed-over');
  });

  it('not while the caller is speaking', async () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    await call.isGreeted();
    call.bridge.handOver(false);
    call.clock.step(500);
    const utteranceId = call.speech.beginsSpeech();
    call.clock.step(2000);
    expect(call.bridge.ended).toBeNull();
    call.speech.transcribes('Do you have roses?', utteranceId);
    await settled();
    expect(call.bridge.ended).toBeNull();
    await call.agent.writes('We do.');
    await call.agent.finishes();
    call.speech.speaks();
    call.plays();
    await settled();
    call.clock.step(600);
    await settled();
    expect(call.bridge.ended).toBe('handed-over');
  });

  it('after a sound that was no word', async () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    await call.isGreeted();
    const utteranceId = call.speech.beginsSpeech();
    call.bridge.handOver(false);
    call.speech.transcribes('', utteranceId);
    call.clock.step(600);
    await settled();
    expect(call.bridge.ended).toBe('handed-over');
  });

  it('[R7] with the end of the sentence if time is short, and no word of the next', async () => {
    const call = await speaking('We have roses. And we have tulips.');
    call.clock.step(20 * 'We have'.length);
    call.bridge.handOver(true);
    expect(call.bridge.ended).toBeNull();
    call.plays(1);
    await settled();
    expect(call.kept).toMatchObject([
      { speaking: { text: 'We have roses. And we have tulips.', heard: 'We have roses.' } },
    ]);
  });

  it('in mid-sentence if that is long, with what was heard of it', async () => {
    const text = `We have roses${' and roses'.repeat(20)} and tulips.`;
    const call = await speaking(text);
    call.clock.step(20 * 'We have'.length);
    call.bridge.handOver(true);
    call.clock.step(1_999);
    expect(call.bridge.ended).toBeNull();
    call.clock.step(1);
    await settled();
    const heard = `We have roses${' and roses'.repeat(9)} and`;
    expect(call.kept).toMatchObject([{ speaking: { text, heard } }]);
  });

  it('in the middle of the greeting, which the next process reads on', async () => {
    const greeting = `Hi${' there'.repeat(30)}.`;
    const call = new PaperCall({ greeting });
    call.connects();
    call.speech.speaks();
    call.bridge.handOver(true);
    call.clock.step(2_000);
    await settled();
    expect(call.kept).toMatchObject([{ speaking: { text: greeting, heard: `Hi${' there'.repeat(16)}` } }]);
    expect(call.of('greeting-heard')).toEqual([]);
  });

  it('in mid-reply without text to read on if the agent was still writing', async () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    await call.isGreeted();
    await call.callerSays('Hello.');
    await call.agent.writes(`We have roses${' and roses'.repeat(20)}. And `);
    call.speech.speaks();
    call.bridge.handOver(true);
    call.clock.step(2_000);
    await settled();
    const heard = `We have roses${' and roses'.repeat(8)} and`;
    expect(call.kept).toMatchObject([{ speaking: { text: '', heard } }]);
  });

  it('after its last words, as it would have ended', async () => {
    const call = new PaperCall({ greeting: 'Hi.', maxCallMs: 1000, silencePromptMs: 0 });
    await call.isGreeted();
    call.clock.step(1000);
    call.bridge.handOver(true);
    expect(call.bridge.ended).toBeNull();
    call.speech.speaks();
    call.plays();
    expect(call.bridge.ended).toBe('too-long');
  });

  it('[R7] with what the caller says until their line is closed', async () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    await call.isGreeted();
    let write = (): void => {};
    call.isWritten = new Promise((resolve) => (write = resolve));
    call.speech.untranscribed = ['AAAA'];
    call.bridge.handOver(true);
    await settled();
    call.tellLine({ type: 'audio', audio: 'BBBB', timestampMs: 0 });
    write();
    await settled();
    call.tellLine({ type: 'audio', audio: 'CCCC', timestampMs: 20 });
    expect(call.leftWith).toMatchObject({ isWhole: true, unanswered: { audio: ['AAAA', 'BBBB'] } });
  });

  it('[R7] with the words and keys that the agent has not received', async () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    await call.isGreeted();
    const utteranceId = call.speech.beginsSpeech();
    call.speech.beginsSpeech();
    call.speech.transcribes('Do you have roses?', utteranceId);
    call.tellLine({ type: 'digit', digit: '1' });
    call.bridge.handOver(true);
    await settled();
    expect(call.leftWith?.unanswered).toMatchObject({
      text: 'Do you have roses?',
      notes: [{ kind: 'keys', text: expect.stringContaining('1') }],
    });
  });

  it('not while nobody else can take it, and when somebody can', async () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    await call.isGreeted();
    call.canLeave = false;
    call.bridge.handOver(false);
    call.clock.step(600);
    await settled();
    expect(call.bridge.ended).toBeNull();
    call.bridge.keepHere();
    call.canLeave = true;
    call.bridge.handOver(false);
    call.clock.step(600);
    await settled();
    expect(call.bridge.ended).toBe('handed-over');
  });

  it('[R6] at once if its line is gone, because the next stream goes to another process', async () => {
    const call = await speaking('We have roses and tulips.');
    call.bridge.handOver(false);
    call.tellLine({ type: 'closed', how: 'broken' });
    expect(call.bridge.ended).toBe('handed-over');
  });

  it('untouched to the process that has claimed it', async () => {
    const call = new PaperCall({ greeting: 'Hi.', canHangUp: true });
    await call.isGreeted();
    call.bridge.release();
    expect([call.bridge.ended, call.hangUps, call.kept]).toEqual(['handed-over', 0, []]);
  });
});

describe('[R3] a call resumes', () => {
  const resumedCall = (resume: Partial<ResumeState>, wasLost: boolean): PaperCall => {
    const call = new PaperCall({
      greeting: 'Hi.',
      resumed: { resume: { ...RESUME, ...resume }, wasLost },
    });
    call.connects(new PaperLine('MZ2'));
    return call;
  };

  it('with what the agent knew, and without a second greeting', () => {
    const call = resumedCall({}, false);
    expect(call.agent.openedWith).toEqual(RESUME.agent);
    expect(call.speech.asked).toEqual([]);
    expect(call.agent.messages).toEqual([]);
  });

  it('with the greeting if nobody had heard a word', () => {
    const call = resumedCall({ speaking: { text: 'Hi.', heard: '' } }, true);
    expect(call.of('line-spoken').map(({ line }) => line)).toEqual(['greeting']);
  });

  it('past closing time, and keeps its agent', async () => {
    const call = new PaperCall({
      greeting: 'Hi.',
      closed: { line: 'closed', transferTo: null },
      resumed: { resume: RESUME, wasLost: false },
    });
    call.connects(new PaperLine('MZ2'));
    await call.callerSays('Roses.');
    expect(call.agent.messages).toMatchObject([{ text: 'Roses.' }]);
    expect(call.of('line-spoken')).toEqual([]);
  });

  it('in the middle of a transfer', async () => {
    const call = new PaperCall({
      greeting: 'Hi.',
      resumed: {
        resume: { ...RESUME, order: { type: 'transfer', to: '+15550100', summary: 'Ann.' } },
        wasLost: true,
      },
    });
    expect(call.bridge.errand).toMatchObject({ type: 'transfer', to: '+15550100' });
    call.bridge.transferFailed('busy');
    await settled();
    expect(call.agent.messages).toMatchObject([{ notes: [expect.stringContaining('busy')] }]);
  });

  it('with the rest of the reply that was handed over', () => {
    const call = resumedCall({ speaking: { text: 'We have roses and tulips.', heard: 'We have' } }, false);
    expect(call.speech.asked).toMatchObject([{ text: 'roses and tulips.' }]);
  });

  it('[R7] and leaves again in the middle of that rest, of which nothing is lost', async () => {
    const text = `We have roses${' and roses'.repeat(20)} and tulips.`;
    const call = resumedCall({ speaking: { text, heard: 'We have' } }, false);
    call.speech.speaks();
    call.bridge.handOver(true);
    call.clock.step(2_000);
    await settled();
    const heard = `We have roses${' and roses'.repeat(9)} and`;
    expect(call.kept).toMatchObject([{ speaking: { text, heard } }]);
  });

  it('without a request to go on after a reply that was heard to its end', async () => {
    const call = resumedCall({ speaking: { text: 'We have roses.', heard: 'We have roses.' } }, false);
    await settled();
    expect([call.speech.asked, call.agent.messages]).toEqual([[], []]);
  });

  it('[R7] with the words that the former process had not passed on, and the audio that it had not transcribed', async () => {
    const call = resumedCall({ unanswered: { text: 'Do you have', notes: [], audio: ['AAAA'] } }, false);
    expect(call.speech.heard).toEqual(['AAAA']);
    await settled();
    expect(call.agent.messages).toMatchObject([{ text: 'Do you have' }]);
  });

  it('with a request to the agent to go on if it owed an answer', async () => {
    const call = resumedCall({ speaking: { text: '', heard: 'We have' } }, false);
    await settled();
    expect(call.agent.messages).toMatchObject([
      { text: '', notes: [expect.stringContaining('"We have"')], heardOfLast: 'We have' },
    ]);
  });

  it('from a dead process with a question to the caller, of which the agent receives a note', async () => {
    const call = resumedCall({}, true);
    expect(call.speech.asked).toMatchObject([{ text: 'Sorry, where were we?' }]);
    call.speech.speaks();
    call.plays();
    await call.callerSays('Roses.');
    expect(call.agent.messages).toMatchObject([
      { text: 'Roses.', notes: [expect.stringContaining('where were we')] },
    ]);
  });

  it('from a process that died in mid-reply: the agent goes on by itself', async () => {
    const call = resumedCall({ speaking: { text: 'We have roses.', heard: 'We' } }, true);
    await settled();
    expect(call.agent.messages).toMatchObject([{ text: '', heardOfLast: 'We' }]);
  });
});
