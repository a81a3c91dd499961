import { describe, expect, it } from 'vitest';
import type { CallEventBody } from '../../src/call/call.ts';
import { fixedLineTexts, type FixedLineSounds } from '../../src/call/fixed-lines.ts';
import { Playout, type PlayoutEvent } from '../../src/bridge/playout.ts';
import { Voice } from '../../src/bridge/voice.ts';
import { soundOf } from '../../sandbox/tones.ts';
import { SteppedClock } from '../support/clock.ts';
import { PaperLine, PaperSpeech } from '../support/doubles.ts';

const GREETING = 'Hello, this is the flower shop.';
const TEXT = 'We are open from nine to six on every day but Sunday.';
const audioOf = (text: string): string => soundOf(text).toString('base64');

/** A voice whose pace is known, because a line of it was heard. */
function greeted() {
  const clock = new SteppedClock();
  const playing: PlayoutEvent[] = [];
  const events: CallEventBody[] = [];
  const playout = new Playout(clock, (event) => playing.push(event));
  const speech = new PaperSpeech((event) => {
    if (event.type === 'segment-audio' || event.type === 'segment-done') voice.hear(event);
  });
  const texts = fixedLineTexts(GREETING);
  const sounds: FixedLineSounds = new Map();
  for (const text of [GREETING, texts.filler]) sounds.set(text, [audioOf(text)]);
  const emit = (event: CallEventBody): number => events.push(event);
  const voice = new Voice({ speech, playout, texts, sounds, hasThinkingSound: true, emit });
  const line = new PaperLine();
  playout.attach(line);
  const plays = (): void => {
    for (const mark of line.pendingMarks.splice(0)) playout.markReached(mark);
  };
  voice.sayLine('greeting');
  plays();
  playing.length = 0;
  return {
    playout,
    speech,
    sounds,
    events,
    playing,
    voice,
    plays,
    /** What was put on the line since the greeting. */
    get heard() {
      return line.text.slice(GREETING.length);
    },
    /** Delivers `sound` as the start of the segment, then fails it. */
    breaksOff: (segmentId: string, sound: string) => {
      if (sound !== '') speech.tell({ type: 'segment-audio', segmentId, audio: audioOf(sound) });
      speech.tell({ type: 'segment-done', segmentId, outcome: 'failed', spoken: null });
    },
  };
}

describe('[R1] a segment that breaks off', () => {
  it('is spoken to its end: what came stays, and the rest of its text is requested', () => {
    const call = greeted();
    const { id } = call.voice.say(TEXT, 1);
    call.speech.asked = [];
    call.breaksOff(id, 'We are open from nine ');
    expect(call.speech.asked).toEqual([{ id, text: 'to six on every day but Sunday.' }]);
    call.speech.speaks();
    expect(call.heard).toBe(TEXT);
  });

  it('repeats the word in which it broke off, whole', () => {
    const call = greeted();
    const { id } = call.voice.say(TEXT, 1);
    call.speech.asked = [];
    call.breaksOff(id, 'We are open from ni');
    call.speech.speaks();
    expect(call.heard).toBe('We are open from ninine to six on every day but Sunday.');
  });

  it('keeps its place before segments that came already', () => {
    const call = greeted();
    const { id } = call.voice.say('One and two. ', 1);
    call.voice.say('Three.', 1);
    call.speech.speaks('Three.');
    call.speech.asked = [];
    call.breaksOff(id, 'One ');
    expect(call.heard).toBe('One ');
    call.speech.speaks();
    expect(call.heard).toBe('One and two. Three.');
  });

  it('stays one segment in what was heard, and begins once', () => {
    const call = greeted();
    const { id } = call.voice.say(TEXT, 1);
    call.breaksOff(id, 'We are open from nine ');
    call.plays();
    expect(call.playout.heard()).toEqual([{ segmentId: id, text: TEXT, heard: 'We are open from nine' }]);
    call.speech.asked.shift();
    call.speech.speaks();
    call.plays();
    expect(call.playing).toEqual([
      { type: 'began', segmentId: id },
      { type: 'heard', segmentId: id },
      { type: 'drained', heard: [{ segmentId: id, text: TEXT, heard: TEXT }] },
    ]);
  });

  it('is compared with what was asked for, not with the whole (T6)', () => {
    const call = greeted();
    const { id } = call.voice.say(TEXT, 1);
    call.speech.asked = [];
    call.breaksOff(id, 'We are open from nine ');
    call.speech.speaks();
    expect(call.events.filter(({ type }) => type === 'spoken-otherwise')).toEqual([]);
  });

  it('always has a last word to come, however long its audio', () => {
    const call = greeted();
    const { id } = call.voice.say(TEXT, 1);
    call.speech.asked = [];
    call.breaksOff(id, `${TEXT}            `);
    expect(call.speech.asked).toEqual([{ id, text: 'Sunday.' }]);
  });

  it('is requested twice more and then abandoned; only what came counts as heard', () => {
    const call = greeted();
    const { id } = call.voice.say(TEXT, 1);
    call.speech.asked = [];
    call.breaksOff(id, 'We are ');
    call.breaksOff(id, 'open from ');
    expect(call.speech.asked.map(({ text }) => text)).toEqual([
      'open from nine to six on every day but Sunday.',
      'nine to six on every day but Sunday.',
    ]);
    call.breaksOff(id, 'nine to ');
    expect(call.speech.asked).toHaveLength(2);
    call.plays();
    expect(call.playing.at(-1)).toEqual({
      type: 'drained',
      heard: [
        {
          segmentId: id,
          text: 'We are open from nine to',
          heard: 'We are open from nine to',
        },
      ],
    });
    expect(call.events.at(-1)).toMatchObject({ type: 'spoken-otherwise' });
  });

  it('is not requested again if no audio came at all', () => {
    const call = greeted();
    const { id } = call.voice.say(TEXT, 1);
    call.speech.asked = [];
    call.breaksOff(id, '');
    expect(call.speech.asked).toEqual([]);
    expect(call.playout.isDrained).toBe(true);
  });

  it('does not count towards the pace of the voice', () => {
    const call = greeted();
    const { id } = call.voice.say('Yes. I am sure that we do. ', 1);
    call.breaksOff(id, 'Yes.');
    call.speech.asked.shift();
    call.speech.speaks();
    call.plays();
    const next = call.voice.say(TEXT, 1);
    call.speech.asked = [];
    call.breaksOff(next.id, 'We are open from nine ');
    expect(call.speech.asked).toMatchObject([{ text: 'to six on every day but Sunday.' }]);
  });

  it('is not kept in memory if it is a fixed line', () => {
    const call = greeted();
    const segment = call.voice.sayLine('goodbye');
    const text = segment?.text ?? '';
    call.speech.asked = [];
    call.breaksOff(segment?.id ?? '', 'It seems ');
    call.speech.speaks();
    expect(call.sounds.has(text)).toBe(false);
    expect(call.sounds.has(text.slice('It seems '.length))).toBe(false);
    expect(call.heard).toBe(text);
  });

  it('is not continued once it is cancelled', () => {
    const call = greeted();
    const { id } = call.voice.say(TEXT, 1);
    call.breaksOff(id, 'We are ');
    call.voice.cancel();
    expect(call.speech.cancelled).toEqual([id]);
    call.speech.speaks();
    expect(call.heard).toBe('We are ');
  });
});

describe('[R1] a line while speech is away', () => {
  it('comes before what is still to be generated, and after what has come', () => {
    const call = greeted();
    const { id } = call.voice.say(TEXT, 1);
    call.voice.say('Three.', 1);
    call.speech.speaks('Three.');
    call.speech.asked = [];
    call.breaksOff(id, 'We are open from nine ');
    call.voice.sayFillerMeanwhile();
    call.speech.speaks();
    expect(call.heard).toBe('We are open from nine One moment, please.to six on every day but Sunday.Three.');
    expect(call.playout.heard().find(({ segmentId }) => segmentId === id)?.text).toBe(TEXT);
  });

  it('is spoken from memory, or the thinking sound stands in', () => {
    const call = greeted();
    call.sounds.delete('One moment, please.');
    call.voice.sayFillerMeanwhile();
    expect(call.playing).toMatchObject([{ type: 'began' }]);
    expect(call.speech.asked).toEqual([]);
    expect(call.events.filter(({ type }) => type === 'line-spoken')).toHaveLength(1);
  });
});

it('[R1] without speech only the audio that came counts as heard', () => {
  const call = greeted();
  const { id } = call.voice.say(TEXT, 1);
  call.speech.tell({ type: 'segment-audio', segmentId: id, audio: audioOf('We are open ') });
  call.voice.giveUp();
  call.plays();
  expect(call.playing.at(-1)).toMatchObject({ type: 'drained', heard: [{ heard: 'We are open' }] });
});
