// T11 and T12 at the height of the ports: what is asked, synthesised and obeyed before the caller has surely finished.
import { describe, expect, it } from 'vitest';
import type { BridgeSettings } from '../../src/bridge/bridge-parts.ts';
import { PaperCall, settled } from '../support/doubles.ts';

const SILENCE_BEFORE_TRANSCRIPT_MS = 500;

/** A caller with a stream of frames, in which words, pauses and sounds follow each other. */
class Talker {
  readonly call: PaperCall;
  #atMs = 0;

  constructor(settings: Partial<BridgeSettings> = {}) {
    this.call = new PaperCall({ greeting: 'Hi.', speculate: true, ...settings });
  }

  async pauses(ms: number): Promise<void> {
    this.call.frames(ms, false, this.#atMs);
    this.#atMs += ms;
    await settled();
  }

  sounds(ms: number): void {
    this.call.frames(ms, true, this.#atMs);
    this.#atMs += ms;
  }

  /** Says something, which is transcribed in the silence behind it. */
  async says(words: string, ms = 200): Promise<void> {
    const utteranceId = this.call.speech.beginsSpeech();
    this.sounds(ms);
    const endMs = this.call.speech.heardMs;
    await this.pauses(SILENCE_BEFORE_TRANSCRIPT_MS);
    this.call.speech.transcribes(words, utteranceId, endMs);
    await settled();
  }
}

async function talking(settings: Partial<BridgeSettings> = {}): Promise<Talker> {
  const talker = new Talker(settings);
  talker.call.speech.tell({ type: 'ready' });
  await talker.call.isGreeted();
  return talker;
}

const asked = ({ agent }: PaperCall): string[] => agent.messages.map(({ text }) => text);
const outcomes = (call: PaperCall): string[] => call.of('turn-finished').map(({ outcome }) => outcome);

describe('[T11] asking ahead of time', () => {
  it('synthesises the first sentence only, and lets nothing be heard before the caller has finished', async () => {
    const talker = await talking();
    const { call } = talker;
    await talker.says('When do you open?');
    expect(asked(call)).toEqual(['When do you open?']);
    await call.agent.writes('At nine. And we close at six.');
    await call.agent.finishes();
    expect(call.speech.asked.map(({ text }) => text)).toEqual(['At nine.']);
    call.speech.speaks();
    await talker.pauses(180);
    expect(call.line.text).toBe('Hi.');
    expect(call.of('reply-began')).toEqual([]);
    await talker.pauses(20);
    expect(call.line.text).toBe('Hi.At nine.');
    expect(call.speech.asked.map(({ text }) => text)).toEqual(['And we close at six.']);
    call.speech.speaks();
    call.plays();
    await settled();
    expect(outcomes(call)).toEqual(['done']);
    expect(asked(call)).toHaveLength(1);
  });

  it('happens neither by default nor against the profile', async () => {
    for (const speculate of [null, false]) {
      const talker = await talking({ speculate });
      await talker.says('When do you open?');
      expect(asked(talker.call)).toEqual([]);
      await talker.pauses(200);
      expect(asked(talker.call)).toEqual(['When do you open?']);
    }
  });

  it('aborts the agent if the caller goes on, and joins what they say', async () => {
    const talker = await talking();
    const { call } = talker;
    await talker.says('I would like');
    await call.agent.writes('What would you like? We');
    await talker.says('ten roses.', 420);
    expect(call.speech.cancelled).toHaveLength(1);
    expect(outcomes(call)).toEqual(['joined']);
    expect(call.agent.messages).toMatchObject([
      { text: 'I would like' },
      { text: 'ten roses.', heardOfLast: '' },
    ]);
    await call.agent.writes('Ten roses it is.');
    await call.agent.finishes();
    call.speech.speaks();
    await talker.pauses(200);
    expect(call.line.text).toBe('Hi.Ten roses it is.');
  });

  it('tells an agent that keeps its own history of a reply that nobody heard', async () => {
    const talker = await talking();
    const { call } = talker;
    await talker.says('I would like');
    await call.agent.writes('What would you like? We');
    await talker.says('ten roses.');
    expect(call.agent.messages[1]?.notes).toEqual([expect.stringContaining('before they heard anything')]);
    await talker.says('Red ones.');
    expect(call.agent.messages[2]?.notes).toEqual([]);
  });

  it('keeps the answer after a cough', async () => {
    const talker = await talking();
    const { call } = talker;
    await talker.says('When do you open?');
    await call.agent.writes('At nine.');
    await call.agent.finishes();
    call.speech.speaks();
    const cough = call.speech.beginsSpeech();
    talker.sounds(100);
    await talker.pauses(300);
    expect(call.line.text).toBe('Hi.');
    call.speech.transcribes('', cough);
    await settled();
    expect(call.line.text).toBe('Hi.At nine.');
    expect(asked(call)).toHaveLength(1);
  });

  it('lets the answer be heard if it stays unknown what a sound was', async () => {
    const talker = await talking();
    const { call } = talker;
    await talker.says('When do you open?');
    await call.agent.writes('At nine.');
    await call.agent.finishes();
    call.speech.speaks();
    const cough = call.speech.beginsSpeech();
    talker.sounds(100);
    call.speech.tell({ type: 'speech-stopped', utteranceId: cough });
    await talker.pauses(3_480);
    expect(call.line.text).toBe('Hi.');
    await talker.pauses(20);
    expect(call.line.text).toBe('Hi.At nine.');
  });

  it('is tried three times a message at most', async () => {
    const talker = await talking();
    const { call } = talker;
    for (const words of ['one', 'two', 'three', 'four', 'five']) await talker.says(words);
    expect(asked(call)).toEqual(['one', 'two', 'three']);
    await talker.pauses(200);
    expect(asked(call)).toEqual(['one', 'two', 'three', 'four five']);
    await call.agent.finishes();
    await talker.says('six');
    expect(asked(call)).toHaveLength(5);
  });

  it('is not tried for a message of more than ten seconds', async () => {
    const talker = await talking();
    await talker.says('A long story.', 10_020);
    expect(asked(talker.call)).toEqual([]);
    await talker.pauses(200);
    expect(asked(talker.call)).toEqual(['A long story.']);
  });

  it('is not tried while a reply is heard', async () => {
    const talker = await talking();
    const { call } = talker;
    await talker.says('Hello.');
    await call.agent.writes('We have roses.');
    await call.agent.finishes();
    call.speech.speaks();
    await talker.pauses(200);
    await talker.says('And tulips?');
    expect(outcomes(call)).toEqual(['joined']);
    expect(asked(call)).toEqual(['Hello.', 'And tulips?']);
    expect(call.line.text).toBe('Hi.We have roses.');
  });

  it('loses nothing with a line that is lost in the wait', async () => {
    const talker = await talking();
    const { call } = talker;
    await talker.says('When do you open?');
    await call.agent.writes('At nine.');
    await call.agent.finishes();
    call.speech.speaks();
    call.tellLine({ type: 'closed', how: 'broken' });
    call.connects();
    expect(call.line.text).toBe('');
    call.clock.step(200);
    expect(call.line.text).toBe('At nine.');
  });

  it('hands over in the wait what the next process needs to answer', async () => {
    const talker = await talking();
    const { call } = talker;
    await talker.says('When do you open?');
    call.bridge.handOver(true);
    await settled();
    expect(call.leftWith).toMatchObject({ speaking: { text: '', heard: '' }, unanswered: null });
  });
});

describe('[T12] before the caller has finished', () => {
  it('no command is obeyed, and none at all if they go on', async () => {
    const talker = await talking();
    const { call } = talker;
    await talker.says('Goodbye');
    await call.agent.orders({ type: 'end' });
    await call.agent.finishes();
    expect(call.bridge.ended).toBeNull();
    await talker.says('is a song that I like.');
    await call.agent.writes('It is.');
    await call.agent.finishes();
    await talker.pauses(200);
    call.speech.speaks();
    call.plays();
    await settled();
    expect(call.bridge.ended).toBeNull();
  });

  it('no answer is passed on to an agent that asked whether a tool may act', async () => {
    const talker = await talking();
    const { call } = talker;
    call.agent.isAskingConsent = true;
    await talker.says('Yes');
    expect(asked(call)).toEqual([]);
    await talker.says('and no.');
    await talker.pauses(200);
    expect(asked(call)).toEqual(['Yes and no.']);
  });

  it('a command waits for the end of the wait', async () => {
    const talker = await talking();
    await talker.says('Goodbye.');
    await talker.call.agent.orders({ type: 'end' });
    await talker.call.agent.finishes();
    expect(talker.call.bridge.ended).toBeNull();
    await talker.pauses(200);
    expect(talker.call.bridge.ended).toBe('agent-ended');
  });

  it('no failure counts, and none is heard', async () => {
    const talker = await talking({ maxFailedTurns: 2 });
    const { call } = talker;
    for (const words of ['one', 'two', 'three']) {
      await talker.says(words);
      await call.agent.fails();
    }
    expect(outcomes(call)).toEqual(['joined', 'joined']);
    expect(call.of('line-spoken').map(({ line }) => line)).toEqual(['greeting']);
    await talker.pauses(200);
    expect(call.of('line-spoken').at(-1)).toMatchObject({ line: 'apology' });
  });

  it('a message that the agent withdraws is not heard either', async () => {
    const talker = await talking();
    const { call } = talker;
    await talker.says('When do you open?');
    await call.agent.writes('At ten. Or so. ');
    await call.agent.withdraws();
    await call.agent.writes('At nine. Sharp.');
    await call.agent.finishes();
    call.speech.speaks();
    expect(call.line.text).toBe('Hi.');
    await talker.pauses(200);
    call.speech.speaks();
    expect(call.line.text).toBe('Hi.At nine.Sharp.');
  });
});
