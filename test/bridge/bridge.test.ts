// The hard moments of a call, one event at a time: what comes in which order is decided here, and no time passes but
// what the test lets pass.
import { describe, expect, it } from 'vitest';
import { PaperCall, PaperLine, settled } from '../support/doubles.ts';

/** A call in which the agent is speaking `sentence`, all of it on the line, nothing of it played yet. */
async function speaking(sentence: string): Promise<PaperCall> {
  const call = new PaperCall();
  call.connects();
  await call.agent.finishes();
  await settled();
  await call.callerSays('Hello.');
  await call.agent.writes(sentence);
  await call.agent.finishes();
  call.speech.speaks();
  await settled();
  return call;
}

describe('opening', () => {
  it('[O2] speech is dialled and the conversation opened before there is a stream', () => {
    const call = new PaperCall({ greeting: 'Hi there.' });
    expect(call.speech.asked).toMatchObject([{ text: 'Hi there.' }]);
    expect(call.agent.opening).toMatchObject({ call: { id: 'CA1' }, greeting: 'Hi there.' });
    call.speech.speaks();
    call.connects();
    expect(call.line.text).toBe('Hi there.');
  });

  it('[O5] the greeting of the next call comes from memory', () => {
    const first = new PaperCall({ greeting: 'Hi there.' });
    first.speech.speaks();
    const second = new PaperCall({ greeting: 'Hi there.' }, first.sounds);
    second.connects();
    expect(second.speech.asked).toEqual([]);
    expect(second.line.text).toBe('Hi there.');
  });

  it('[O5] a greeting that broke off is not kept', () => {
    const first = new PaperCall({ greeting: 'Hi there.' });
    const id = first.speech.asked[0]?.id ?? '';
    first.speech.tell({ type: 'segment-done', segmentId: id, outcome: 'failed', spoken: 'Hi there.' });
    const second = new PaperCall({ greeting: 'Hi there.' }, first.sounds);
    expect(second.speech.asked).toMatchObject([{ text: 'Hi there.' }]);
  });

  it('[O5] a greeting that the voice read differently is not kept', () => {
    const first = new PaperCall({ greeting: 'Hi there.' });
    const id = first.speech.asked[0]?.id ?? '';
    first.speech.tell({ type: 'segment-done', segmentId: id, outcome: 'completed', spoken: 'Well, hi!' });
    const second = new PaperCall({ greeting: 'Hi there.' }, first.sounds);
    expect(second.speech.asked).toMatchObject([{ text: 'Hi there.' }]);
  });

  it('[O8] a greeting in memory leaves in the tick of the start, before speech is there, and is turn 0', async () => {
    const first = new PaperCall({ greeting: 'Hi there.' });
    first.speech.speaks();
    const second = new PaperCall({ greeting: 'Hi there.' }, first.sounds);
    second.speech.tell({ type: 'away', reason: 'not reached' });
    second.connects();
    expect(second.line.text).toBe('Hi there.');
    expect(second.line.sent.at(-1)).toBe('mark');
    second.plays();
    await settled();
    const types = second.events.map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['line-spoken', 'greeting-heard']));
  });

  it("[O9] the agent's server is warm from the ring on, and again once the caller pauses", () => {
    const call = new PaperCall({ greeting: 'Hi there.' });
    expect(call.agent.warmed).toBe(1);
    call.connects();
    call.speech.tell({ type: 'speech-started', utteranceId: 'u1' });
    expect(call.agent.warmed).toBe(1);
    call.speech.tell({ type: 'speech-stopped', utteranceId: 'u1' });
    expect(call.agent.warmed).toBe(2);
  });

  it('[O9] nothing is opened to an agent that does not take the call', () => {
    const call = new PaperCall({ closed: { line: 'closed', transferTo: null } });
    call.connects();
    call.speech.tell({ type: 'speech-started', utteranceId: 'u1' });
    call.speech.tell({ type: 'speech-stopped', utteranceId: 'u1' });
    expect(call.agent.warmed).toBe(0);
  });

  it('without a greeting the agent opens the conversation', async () => {
    const call = new PaperCall();
    call.connects();
    await call.agent.writes('Flower shop, good morning. ');
    await call.agent.writes('How can I help?');
    expect(call.speech.asked).toMatchObject([{ text: 'Flower shop, good morning.' }]);
    expect(call.agent.messages).toEqual([]);
  });

  it('[E4] a call whose stream never comes is ended', () => {
    const call = new PaperCall();
    call.clock.step(15_000);
    expect(call.bridge.ended).toBe('no-stream');
    expect(call.clock.waiting).toBe(0);
  });

  it('[O10] and not at the carrier, for its stream may be in a process that could not say so', () => {
    const call = new PaperCall({ canHangUp: true });
    call.clock.step(15_000);
    expect([call.bridge.ended, call.hangUps]).toEqual(['no-stream', 0]);
  });
});

describe('listening', () => {
  it('[L4] joins digits pressed in quick succession into one message', async () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    call.connects();
    for (const digit of '42#') {
      call.clock.step(500);
      call.tellLine({ type: 'digit', digit });
    }
    call.clock.step(1200);
    await settled();
    expect(call.agent.messages).toMatchObject([
      { text: '', notes: [expect.anything(), '[The caller pressed 42#]'] },
    ]);
    call.clock.step(5000);
    expect(call.of('digits-pressed')).toHaveLength(1);
  });

  it('[L4] bounds how many keys one message holds', async () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    call.connects();
    for (let pressed = 0; pressed < 200; pressed++) call.tellLine({ type: 'digit', digit: '1' });
    call.clock.step(1200);
    expect(call.of('digits-pressed')).toMatchObject([{ digits: '1'.repeat(64) }]);
  });

  it('[L5] a further stream has a clock of its own', () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    call.connects();
    call.frames(20, false, 60_000);
    call.tellLine({ type: 'closed', how: 'broken' });
    call.connects(new PaperLine('MZ2'));
    call.frames(20, false, 0);
    call.frames(20, false, 520);
    expect(call.speech.heardMs).toBe(20 + 20 + 500 + 20);
  });

  it('[L5] restores the silence that Twilio left out', () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    call.connects();
    call.frames(40, false, 0);
    call.frames(20, false, 540);
    expect(call.speech.heardMs).toBe(560);
  });

  it('[L5] fills a gap with at most 10 s', () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    call.connects();
    call.frames(20, false, 0);
    call.frames(20, false, 60_000);
    expect(call.speech.heardMs).toBe(10_040);
  });

  it('[L5] takes missing frames while the caller speaks for silence, and counts it once', () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    call.connects();
    call.frames(100, true, 0);
    call.speech.beginsSpeech();
    call.clock.step(249);
    expect(call.speech.heardMs).toBe(100);
    call.clock.step(1);
    expect(call.speech.heardMs).toBe(350);
    call.clock.step(450);
    expect(call.speech.heardMs).toBe(800);
    call.frames(20, true, 820);
    expect(call.speech.heardMs).toBe(840);
  });

  it('[L5] does not take a stall of its own process for silence: frames that came meanwhile are read first', () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    call.connects();
    call.frames(100, true, 0);
    call.speech.beginsSpeech();
    call.clock.stall(400);
    call.frames(400, true, 100);
    call.clock.step(240);
    expect(call.speech.heardMs).toBe(500);
    call.clock.step(10);
    expect(call.speech.heardMs).toBe(750);
  });

  it('[L5] sends no more silence once the utterance is closed', () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    call.connects();
    call.frames(100, true, 0);
    call.speech.transcribes('Hello.');
    call.clock.step(5000);
    expect(call.speech.heardMs).toBe(100);
  });

  describe('[L6] the wait', () => {
    /** A call in which the caller's words have just ended, with `silentMs` of silence behind them. */
    async function wordsIn(silentMs: number): Promise<PaperCall> {
      const call = new PaperCall({ greeting: 'Hi.' });
      await call.isGreeted();
      call.frames(100, true, 0);
      const utteranceId = call.speech.beginsSpeech();
      call.frames(silentMs, false, 100);
      call.speech.transcribes('I would like', utteranceId, 100);
      await settled();
      return call;
    }

    it('asks the agent once the caller has been silent for VAD_SILENCE_MS', async () => {
      const call = await wordsIn(260);
      call.frames(420, false, 360);
      await settled();
      expect(call.agent.messages).toEqual([]);
      call.frames(20, false, 780);
      await settled();
      expect(call.agent.messages).toMatchObject([{ text: 'I would like' }]);
    });

    it('[K3] says with the words how long the caller had been silent', async () => {
      const call = await wordsIn(260);
      expect(call.of('caller-said')).toMatchObject([{ silentMs: 260 }]);
    });

    it('is over at once for a transcript that comes late', async () => {
      const call = await wordsIn(900);
      expect(call.agent.messages).toMatchObject([{ text: 'I would like' }]);
    });

    it('goes by the clock while no frames come', async () => {
      const call = await wordsIn(260);
      call.clock.step(439);
      await settled();
      expect(call.agent.messages).toEqual([]);
      call.clock.step(1);
      await settled();
      expect(call.agent.messages).toHaveLength(1);
    });

    it('goes on for frames that the network held up', async () => {
      const call = await wordsIn(260);
      call.clock.step(400);
      call.frames(20, false, 360);
      call.clock.step(20);
      await settled();
      expect(call.agent.messages).toEqual([]);
    });

    it('is not ended by a stall of its own process, in which the caller went on', async () => {
      const call = await wordsIn(260);
      call.clock.stall(600);
      call.frames(240, false, 360);
      const more = call.speech.beginsSpeech();
      call.frames(360, true, 600);
      call.clock.step(100);
      await settled();
      expect(call.agent.messages).toEqual([]);
      call.frames(700, false, 960);
      call.speech.transcribes('two tickets.', more, 960);
      await settled();
      expect(call.agent.messages).toMatchObject([{ text: 'I would like two tickets.' }]);
    });

    it('is not begun anew by a cough', async () => {
      const call = await wordsIn(260);
      const cough = call.speech.beginsSpeech();
      call.frames(420, true, 360);
      await settled();
      expect(call.agent.messages).toEqual([]);
      call.frames(40, false, 780);
      call.speech.transcribes('', cough, 780);
      await settled();
      expect(call.agent.messages).toMatchObject([{ text: 'I would like' }]);
    });

    it('is not cut short by a line that is lost and comes again', async () => {
      const call = await wordsIn(260);
      call.tellLine({ type: 'closed', how: 'broken' });
      call.connects(new PaperLine('MZ2'));
      await settled();
      expect(call.agent.messages).toEqual([]);
      call.frames(440, false, 0);
      await settled();
      expect(call.agent.messages).toHaveLength(1);
    });
  });

  it('[L3] an empty transcript makes no turn', async () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    await call.isGreeted();
    await call.callerSays('');
    expect(call.agent.messages).toEqual([]);
  });
});

describe('turns', () => {
  it('[T2] speaks no half sentence while the agent is still writing', async () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    await call.isGreeted();
    await call.callerSays('How much?');
    await call.agent.writes('It is 3.');
    call.clock.step(200);
    await call.agent.writes('50.');
    call.clock.step(200);
    expect(call.speech.asked).toEqual([]);
    call.clock.step(50);
    expect(call.speech.asked).toMatchObject([{ text: 'It is 3.50.' }]);
  });

  it('[T4] plays no filler over a reply, and no second one', async () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    await call.isGreeted();
    await call.callerSays('Hello.');
    await call.agent.writes('We have roses, tulips, and lilies of the valley. And');
    call.speech.speaks();
    call.clock.step(2500);
    expect(call.of('line-spoken').map(({ line }) => line)).toEqual(['greeting']);
    call.plays();
    call.clock.step(2500);
    call.speech.speaks();
    call.plays();
    await call.agent.writes(' so on.');
    call.clock.step(250);
    call.speech.speaks();
    call.plays();
    call.clock.step(10_000);
    expect(call.of('line-spoken').map(({ line }) => line)).toEqual(['greeting', 'filler']);
  });

  it('[T8] counts only failures in a row', async () => {
    const call = new PaperCall({ greeting: 'Hi.', maxFailedTurns: 2 });
    await call.isGreeted();
    for (const isFailing of [true, false, true]) {
      await call.callerSays('Hello.');
      if (isFailing) await call.agent.fails();
      else {
        await call.agent.writes('Hi.');
        await call.agent.finishes();
      }
      call.speech.speaks();
      call.plays();
      await settled();
    }
    expect(call.of('turn-finished').map(({ outcome }) => outcome)).toEqual(['failed', 'done', 'failed']);
    expect(call.bridge.ended).toBeNull();
    call.clock.step(10_000);
    expect(call.bridge.ended).toBeNull();
  });

  it('cuts off an endless reply and stops the agent', async () => {
    const call = new PaperCall();
    call.connects();
    for (let written = 0; written < 3; written++) await call.agent.writes('And so on. '.repeat(400));
    expect(call.agent.isWriting).toBe(false);
    expect(call.speech.asked.length).toBeGreaterThan(100);
  });

  it('[T1] sends the agent one message with all that the caller said during a turn', async () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    call.connects();
    const first = call.speech.beginsSpeech();
    call.speech.tell({ type: 'speech-stopped', utteranceId: first });
    const second = call.speech.beginsSpeech();
    call.speech.tell({ type: 'utterance', utteranceId: first, transcript: 'I would like', endMs: 0 });
    await settled();
    expect(call.agent.messages).toEqual([]);
    call.speech.transcribes('ten roses.', second);
    await settled();
    expect(call.agent.messages.map(({ text }) => text)).toEqual(['I would like ten roses.']);
  });

  it('[T2] the first sentence goes to speech while the agent is still writing', async () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    call.connects();
    call.speech.speaks();
    await call.callerSays('Hello.');
    await call.agent.writes('We open at nine. And');
    expect(call.agent.isWriting).toBe(true);
    expect(call.speech.asked).toMatchObject([{ text: 'We open at nine.' }]);
  });

  it('[T2] speaks a sentence even if the agent pauses right after it', async () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    call.connects();
    call.speech.speaks();
    await call.callerSays('Do you have roses?');
    await call.agent.writes('Let me look.');
    expect(call.speech.asked).toEqual([]);
    call.clock.step(250);
    expect(call.speech.asked).toMatchObject([{ text: 'Let me look.' }]);
  });

  it('[T2] audio leaves in segment order however it arrives', async () => {
    const call = new PaperCall();
    call.connects();
    await call.agent.writes('One. Two. Three.');
    await call.agent.finishes();
    call.speech.speaks('Two.');
    call.speech.speaks('Three.');
    expect(call.line.sent).toEqual([]);
    call.speech.speaks('One.');
    expect(call.line.text).toBe('One.Two.Three.');
  });

  it('[T3] a caller who continues before the reply has begun gets one answer', async () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    await call.isGreeted();
    await call.callerSays('I would like roses.');
    await call.agent.writes('Which colour');
    await call.callerSays('Red ones.');
    expect(call.of('turn-finished')).toMatchObject([{ outcome: 'joined', heard: '' }]);
    expect(call.agent.messages.map(({ text }) => text)).toEqual(['I would like roses.', 'Red ones.']);
    await call.agent.writes('Red roses it is.');
    await call.agent.finishes();
    expect(call.speech.asked.map(({ text }) => text)).toEqual(['Red roses it is.']);
  });

  it('[T4] covers a silent agent with one filler', async () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    await call.isGreeted();
    await call.callerSays('Hello.');
    call.clock.step(2500);
    expect(call.speech.asked).toMatchObject([{ text: 'One moment, please.' }]);
    call.speech.speaks();
    call.plays();
    call.clock.step(10_000);
    expect(call.of('line-spoken').map(({ line }) => line)).toEqual(['greeting', 'filler']);
  });

  it('[T4] an agent that is silent for too long fails the turn, and the caller hears an apology', async () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    await call.isGreeted();
    await call.callerSays('Hello.');
    call.clock.step(2500);
    call.speech.speaks();
    call.plays();
    call.clock.step(17_500);
    await settled();
    call.speech.speaks();
    call.plays();
    call.clock.step(8_000);
    await settled();
    expect(call.agent.isWriting).toBe(false);
    call.speech.speaks();
    call.plays();
    await settled();
    expect(call.of('turn-finished')).toMatchObject([
      { outcome: 'failed', failure: 'timeout: no text in time' },
    ]);
    expect(call.of('line-spoken').at(-1)).toMatchObject({ line: 'apology' });
    expect(call.bridge.ended).toBeNull();
  });

  it('[T8] after three failed turns in a row the call ends politely', async () => {
    const call = new PaperCall({ greeting: 'Hi.', maxFailedTurns: 2 });
    await call.isGreeted();
    for (const words of ['Hello.', 'Hello?']) {
      await call.callerSays(words);
      await call.agent.fails();
      call.speech.speaks();
      call.plays();
      await settled();
    }
    call.speech.speaks();
    call.plays();
    expect(call.of('line-spoken').map(({ line }) => line)).toEqual(['greeting', 'apology', 'giving-up']);
    expect(call.bridge.ended).toBe('too-many-failures');
  });

  it('[T6] reports a segment that the voice read differently', async () => {
    const call = new PaperCall();
    call.connects();
    await call.agent.writes('We open at nine.');
    await call.agent.finishes();
    const id = call.speech.asked[0]?.id ?? '';
    call.speech.tell({
      type: 'segment-done',
      segmentId: id,
      outcome: 'completed',
      spoken: 'We open at ten.',
    });
    expect(call.of('spoken-otherwise')).toMatchObject([
      { wanted: 'We open at nine.', spoken: 'We open at ten.' },
    ]);
  });
});

describe('barge-in', () => {
  it('[B1] after an interruption the next reply is heard', async () => {
    const call = await speaking('We have roses and tulips.');
    await call.callerSays('Stop.');
    await call.agent.writes('Yes?');
    await call.agent.finishes();
    const played = call.line.sent.length;
    call.speech.speaks();
    expect(call.line.sent.slice(played)).toContain('play 640');
  });

  it('[B2] ignores loud audio unless the VAD takes it for speech', async () => {
    const call = await speaking('We have roses and tulips.');
    call.frames(400, true);
    await settled();
    expect(call.line.sent).not.toContain('clear');
  });

  it('[B2] two coughs are not one interruption', async () => {
    const call = await speaking('We have roses and tulips.');
    for (const cough of [0, 1]) {
      const utteranceId = call.speech.beginsSpeech();
      call.frames(300, true, cough * 1000);
      call.speech.transcribes('', utteranceId);
    }
    expect(call.of('reply-resumed')).toHaveLength(2);
  });

  it('[B4] an interruption that was answered is not answered again', async () => {
    const call = await speaking('We have roses and tulips.');
    await call.callerSays('Stop.');
    await call.agent.writes('Yes?');
    await call.agent.finishes();
    call.speech.speaks();
    call.plays();
    await settled();
    const { length } = call.agent.messages;
    await call.callerSays('');
    expect(call.agent.messages).toHaveLength(length);
  });

  it('[B1] speech over playout clears the line in the same tick and cancels nothing yet', async () => {
    const call = await speaking('We have roses and tulips.');
    call.speech.beginsSpeech();
    expect(call.line.sent.at(-1)).toBe('clear');
    expect(call.speech.cancelled).toEqual([]);
  });

  it('[B2] the first transcribed word makes it an interruption', async () => {
    const call = await speaking('We have roses and tulips.');
    const utteranceId = call.speech.beginsSpeech();
    call.speech.tell({ type: 'words', utteranceId });
    await settled();
    expect(call.of('turn-finished').at(-1)).toMatchObject({ outcome: 'joined' });
  });

  it('[B2] speech of BARGE_IN_MS makes it an interruption; live segments are cancelled, the agent aborted', async () => {
    const call = new PaperCall();
    call.connects();
    await call.agent.writes('We have roses. And tulips');
    call.speech.beginsSpeech();
    call.frames(380, true);
    expect(call.agent.isWriting).toBe(true);
    call.frames(20, true, 380);
    await settled();
    expect(call.speech.cancelled).toEqual([call.speech.asked[0]?.id]);
    expect(call.agent.isWriting).toBe(false);
  });

  it('[B2] silence between the words does not count as speech', async () => {
    const call = await speaking('We have roses and tulips.');
    call.speech.beginsSpeech();
    call.frames(100, true);
    call.frames(600, false, 100);
    expect(call.of('turn-finished').filter(({ outcome }) => outcome !== 'done')).toEqual([]);
  });

  it('[B2] late audio of a cut-off reply is never forwarded', async () => {
    const call = new PaperCall();
    call.connects();
    await call.agent.writes('We have roses.');
    await call.agent.finishes();
    const [segment] = call.speech.asked;
    call.speech.transcribes('Stop.');
    expect(call.speech.cancelled).toEqual([segment?.id]);
    call.speech.speaks();
    expect(call.line.sent).toEqual([]);
  });

  it('[B3] after a cough the reply continues where it was cut, without new synthesis', async () => {
    const call = await speaking('We have roses and tulips.');
    call.clock.step(80);
    const utteranceId = call.speech.beginsSpeech();
    const line = new PaperLine();
    call.line.play = (audio) => line.play(audio);
    call.speech.transcribes('', utteranceId);
    expect(line.text).toBe('ave roses and tulips.');
    expect(call.speech.asked).toEqual([]);
    expect(call.of('reply-resumed')).toHaveLength(1);
  });

  it('[B3] a reply that arrives while it is held waits for the decision', async () => {
    const call = new PaperCall();
    call.connects();
    await call.agent.writes('We have roses.\n');
    const utteranceId = call.speech.beginsSpeech();
    call.speech.speaks();
    expect(call.line.sent).toEqual([]);
    call.speech.transcribes('', utteranceId);
    expect(call.line.text).toBe('We have roses.');
  });

  it('[B3] a hold without a decision ends by itself', async () => {
    const call = await speaking('We have roses and tulips.');
    call.speech.beginsSpeech();
    call.clock.step(8000);
    expect(call.of('reply-resumed')).toHaveLength(1);
  });

  it('[B6] [R1] a reply that is held when speech goes away continues once the caller is silent', async () => {
    const call = await speaking('We have roses and tulips.');
    call.speech.beginsSpeech();
    call.speech.tell({ type: 'away', reason: 'cut' });
    call.clock.step(2499);
    expect(call.of('reply-resumed')).toHaveLength(0);
    call.clock.step(1);
    expect(call.of('reply-resumed')).toHaveLength(1);
  });

  it('[B4] the agent receives the last word heard together with the next message', async () => {
    const call = await speaking('We have roses and tulips.');
    call.clock.step(20 * 'We have roses a'.length);
    await call.callerSays('Stop.');
    expect(call.agent.messages.at(-1)).toEqual({
      text: 'Stop.',
      notes: ['[The caller interrupted you. Of your last reply they heard only: "We have roses"]'],
      heardOfLast: 'We have roses',
    });
    expect(call.of('turn-finished').at(-1)).toMatchObject({ outcome: 'interrupted', heard: 'We have roses' });
  });

  it('[B4] the agent receives a cut-off greeting as its own words', async () => {
    const call = new PaperCall({ greeting: 'Hi there, how can I help?' });
    call.connects();
    call.speech.speaks();
    call.clock.step(20 * 'Hi there,'.length);
    await call.callerSays('Roses, please.');
    expect(call.agent.messages).toMatchObject([
      { heardOfLast: 'Hi there,', notes: [expect.stringContaining('"Hi there,"')] },
    ]);
  });

  it('[B4] the agent does not receive a cut-off line of the relay as its own words', async () => {
    const call = await speaking('Anything else?');
    call.plays();
    await settled();
    call.clock.step(15_000);
    call.speech.speaks();
    call.clock.step(100);
    await call.callerSays('Yes.');
    expect(call.of('line-spoken').at(-1)).toMatchObject({ line: 'still-there' });
    expect(call.agent.messages.at(-1)).toEqual({
      text: 'Yes.',
      notes: [expect.stringContaining('was asked: "Are you still there?"')],
      heardOfLast: null,
    });
  });

  it('[B4] the agent answers an interruption without words, too', async () => {
    const call = await speaking('We have roses and tulips.');
    call.clock.step(200);
    const utteranceId = call.speech.beginsSpeech();
    call.frames(400, true);
    call.speech.transcribes('', utteranceId);
    await settled();
    expect(call.agent.messages.at(-1)).toMatchObject({ text: '' });
    expect(call.agent.messages.at(-1)?.notes).toHaveLength(2);
  });

  it('[B5] a mark that a clear returned proves nothing', async () => {
    const call = await speaking('We have roses and tulips.');
    call.clock.step(80);
    call.speech.beginsSpeech();
    call.plays();
    call.speech.tell({ type: 'words', utteranceId: 'u2' });
    await settled();
    expect(call.of('turn-finished').at(-1)).toMatchObject({ outcome: 'interrupted', heard: 'We' });
  });

  it('[B5] a barge-in works while Twilio plays what was generated long ago', async () => {
    const call = await speaking('We have roses and tulips.');
    call.clock.step(20 * 'We have roses and '.length);
    await call.callerSays('Stop.');
    expect(call.line.sent.at(-1)).toBe('clear');
    expect(call.of('turn-finished').at(-1)).toMatchObject({
      outcome: 'interrupted',
      heard: 'We have roses and',
    });
  });

  it('a key pressed over the reply interrupts it', async () => {
    const call = await speaking('Press one for roses.');
    call.tellLine({ type: 'digit', digit: '1' });
    expect(call.line.sent.at(-1)).toBe('clear');
  });
});

describe('ending', () => {
  it('[E1] the agent ends the call once the caller has heard its last words', async () => {
    const call = await speaking('Goodbye.[[end]]');
    expect(call.line.text).toBe('Goodbye.');
    expect(call.bridge.ended).toBeNull();
    call.plays();
    await settled();
    expect(call.bridge.ended).toBe('agent-ended');
  });

  it('[E1] a caller who speaks into the goodbye cancels the hang-up', async () => {
    const call = await speaking('Goodbye.[[end]]');
    await call.callerSays('Wait!');
    await call.agent.writes('Yes?');
    await call.agent.finishes();
    call.speech.speaks();
    call.plays();
    await settled();
    expect(call.bridge.ended).toBeNull();
  });

  it('[E3] asks a silent caller, then ends the call', async () => {
    const call = await speaking('Anything else?');
    call.plays();
    await settled();
    call.clock.step(15_000);
    expect(call.speech.asked).toMatchObject([{ text: 'Are you still there?' }]);
    call.speech.speaks();
    call.plays();
    call.clock.step(15_000);
    call.speech.speaks();
    call.plays();
    expect(call.bridge.ended).toBe('silence');
    expect(call.line.isClosed).toBe(true);
  });

  it('[E3] a caller who speaks into the goodbye stays', async () => {
    const call = await speaking('Anything else?');
    call.plays();
    await settled();
    for (let asked = 0; asked < 2; asked++) {
      call.clock.step(15_000);
      if (asked === 0) {
        call.speech.speaks();
        call.plays();
      }
    }
    await call.callerSays('Wait!');
    call.clock.step(15_000);
    expect(call.bridge.ended).toBeNull();
    expect(call.agent.messages.at(-1)?.text).toBe('Wait!');
  });

  it('[E3] does not ask a caller who is speaking, for a minute', async () => {
    const call = await speaking('Anything else?');
    call.plays();
    await settled();
    call.clock.step(10_000);
    call.speech.beginsSpeech();
    call.clock.step(59_999);
    expect(call.of('line-spoken')).toEqual([]);
    call.clock.step(1);
    expect(call.of('line-spoken')).toMatchObject([{ line: 'still-there' }]);
  });

  it('[E3] answers words behind endless speech after a minute', async () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    await call.isGreeted();
    const first = call.speech.beginsSpeech();
    call.speech.beginsSpeech();
    call.speech.tell({ type: 'utterance', utteranceId: first, transcript: 'Hello.', endMs: 0 });
    call.clock.step(60_000);
    await settled();
    expect(call.agent.messages.map(({ text }) => text)).toEqual(['Hello.']);
  });

  it('[E3] asks a caller who has answered again before it ends the call', async () => {
    const call = await speaking('Anything else?');
    call.plays();
    await settled();
    call.clock.step(15_000);
    call.speech.speaks();
    call.plays();
    await call.callerSays('Yes.');
    await call.agent.writes('Well?');
    await call.agent.finishes();
    call.speech.speaks();
    call.plays();
    await settled();
    call.clock.step(15_000);
    expect(call.of('line-spoken').map(({ line }) => line)).toEqual(['still-there', 'still-there']);
  });

  it('[E3] a caller cannot talk the call out of its time limit', async () => {
    const call = new PaperCall({ greeting: 'Hi.', maxCallMs: 60_000, silencePromptMs: 0 });
    await call.isGreeted();
    call.clock.step(60_000);
    await call.callerSays('But wait!');
    call.speech.speaks();
    call.plays();
    expect(call.bridge.ended).toBe('too-long');
    expect(call.agent.messages).toEqual([]);
  });

  it('[E2] the relay hangs up through REST, and closes the line after it', async () => {
    const call = new PaperCall({ greeting: 'Hi.', canHangUp: true });
    await call.isGreeted();
    call.bridge.end('agent-ended');
    expect([call.hangUps, call.line.isClosed]).toEqual([1, false]);
    await settled();
    expect(call.line.isClosed).toBe(true);
  });

  it('[E2] sends no hang-up for a caller who hung up', async () => {
    const call = new PaperCall({ greeting: 'Hi.', canHangUp: true });
    await call.isGreeted();
    call.tellLine({ type: 'closed', how: 'hung-up' });
    expect([call.bridge.ended, call.hangUps]).toEqual(['caller-hung-up', 0]);
  });

  it('a second stream replaces the first, whose events no longer count', () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    call.connects();
    const [first, tellFirst] = [call.line, call.tellLine];
    call.connects(new PaperLine('MZ2'));
    expect(first.isClosed).toBe(true);
    tellFirst({ type: 'closed', how: 'hung-up' });
    expect(call.bridge.ended).toBeNull();
  });

  it('[E3] asks no caller while the agent is thinking', async () => {
    const call = new PaperCall({ greeting: 'Hi.', agentTimeoutMs: 100_000 });
    await call.isGreeted();
    await call.callerSays('Hello.');
    call.clock.step(60_000);
    expect(call.of('line-spoken').map(({ line }) => line)).toEqual(['greeting', 'filler']);
  });

  it('[E3] no call outlives MAX_CALL_MINUTES', async () => {
    const call = new PaperCall({ greeting: 'Hi.', maxCallMs: 60_000, silencePromptMs: 0 });
    await call.isGreeted();
    call.clock.step(60_000);
    call.speech.speaks();
    call.plays();
    expect(call.bridge.ended).toBe('too-long');
  });

  it("[E4] the caller's hang-up ends speech, agent and timers", async () => {
    const call = await speaking('We have roses and tulips.');
    call.clock.step(20 * 8);
    call.tellLine({ type: 'closed', how: 'hung-up' });
    await settled();
    expect(call.bridge.ended).toBe('caller-hung-up');
    expect(call.speech.isClosed && call.agent.isClosed).toBe(true);
    expect(call.agent.isWriting).toBe(false);
    expect(call.clock.waiting).toBe(0);
    expect(call.events.slice(-2)).toMatchObject([
      { type: 'turn-finished', heard: 'We have' },
      { type: 'call-ended', reason: 'caller-hung-up' },
    ]);
  });

  it('[E2] waits for a broken line, and speaks on the next what the caller has not heard', async () => {
    const call = await speaking('We have roses and tulips.');
    call.clock.step(20 * 8);
    call.tellLine({ type: 'closed', how: 'broken' });
    expect(call.bridge.ended).toBeNull();
    call.connects(new PaperLine('MZ2'));
    expect(call.line.text).toBe('roses and tulips.');
    call.plays();
    await settled();
    expect(call.of('turn-finished').at(-1)).toMatchObject({ outcome: 'done' });
  });

  it('[E2] a line that does not come back ends the call', async () => {
    const call = await speaking('We have roses.');
    call.tellLine({ type: 'closed', how: 'broken' });
    call.clock.step(15_000);
    expect(call.bridge.ended).toBe('line-lost');
  });

  it('tells the caller from memory that speech is gone for good', async () => {
    const first = new PaperCall({ greeting: 'Hi.', maxFailedTurns: 1 });
    first.connects();
    await first.callerSays('Hello.');
    await first.agent.fails();
    first.speech.speaks();
    const call = new PaperCall({ greeting: 'Hi.' }, first.sounds);
    call.connects();
    call.speech.tell({ type: 'lost', reason: 'refused' });
    expect(call.line.text).toContain('Please call again later.');
    call.plays();
    expect(call.bridge.ended).toBe('speech-lost');
  });

  it('[R4] a bug over a frame of the caller ends the call and is not thrown at the stream', () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    call.connects();
    call.speech.hear = () => {
      throw new Error('a bug');
    };
    call.frames(40, false);
    expect([call.bridge.ended, call.line.isClosed]).toEqual(['bug', true]);
    expect(call.of('bug-found')).toHaveLength(1);
  });

  it('a bug ends its own call and is reported', () => {
    const call = new PaperCall({ greeting: 'Hi.' });
    call.connects();
    call.line.play = () => {
      throw new Error('a bug');
    };
    call.speech.speaks();
    expect(call.bridge.ended).toBe('bug');
    expect(call.of('bug-found')).toHaveLength(1);
  });
});
