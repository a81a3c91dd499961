import { describe, expect, it } from 'vitest';
import type { CallEvent, CallEventBody } from '../../src/call/call.ts';
import type { SpeechEvent } from '../../src/call/ports.ts';
import { RingingVoices } from '../../src/relay/ringing-voices.ts';
import { SteppedClock } from '../support/clock.ts';
import { PaperSpeech, settled } from '../support/doubles.ts';

function theVoices() {
  const clock = new SteppedClock();
  const dialled: { readonly profile: string; readonly speech: PaperSpeech }[] = [];
  const voices = new RingingVoices({
    clock,
    profileOf: (callId) => (callId === 'answered' ? null : 'dentist'),
    dial(profile, onEvent) {
      const speech = new PaperSpeech(onEvent);
      dialled.push({ profile, speech });
      return speech;
    },
  });
  const tell = (body: CallEventBody, callId = 'CO1'): void => {
    const event: CallEvent = { callId, at: clock.now(), ...body };
    voices.take(event);
  };
  return { clock, dialled, voices, tell };
}

const RANG: CallEventBody = { type: 'call-rang' };

describe('[O9] speech for an outbound call', () => {
  it('is dialled once it rings, and is there when somebody answers', async () => {
    const { dialled, voices, tell } = theVoices();
    tell(RANG);
    tell(RANG);
    expect(dialled).toMatchObject([{ profile: 'dentist' }]);
    dialled[0]?.speech.tell({ type: 'ready' });
    const events: SpeechEvent[] = [];
    expect(voices.answer('CO1', (event) => events.push(event))).toBe(dialled[0]?.speech);
    expect(events).toEqual([]);
    await settled();
    dialled[0]?.speech.tell({ type: 'away', reason: 'closed-1006' });
    expect(events).toEqual([{ type: 'ready' }, { type: 'away', reason: 'closed-1006' }]);
    expect(dialled[0]?.speech.isClosed).toBe(false);
    expect(voices.answer('CO1', () => {})).toBeNull();
  });

  it('tells of itself only once it is ready', async () => {
    const { dialled, voices, tell } = theVoices();
    tell(RANG);
    dialled[0]?.speech.tell({ type: 'ready' });
    dialled[0]?.speech.tell({ type: 'away', reason: 'closed-1006' });
    const events: SpeechEvent[] = [];
    voices.answer('CO1', (event) => events.push(event));
    await settled();
    expect(events).toEqual([]);
    dialled[0]?.speech.tell({ type: 'ready' });
    expect(events).toEqual([{ type: 'ready' }]);
  });

  it.for(['nobody answers', 'it rings for a minute', 'it is lost', 'the process stops'])(
    'is closed if %s',
    (what) => {
      const { clock, dialled, voices, tell } = theVoices();
      tell(RANG);
      if (what === 'nobody answers') tell({ type: 'call-ended', reason: 'no-answer', durationMs: 0 });
      if (what === 'it rings for a minute') clock.step(60_000);
      if (what === 'it is lost') dialled[0]?.speech.tell({ type: 'lost', reason: 'http-401' });
      if (what === 'the process stops') voices.close();
      expect(dialled[0]?.speech.isClosed).toBe(true);
      expect(voices.answer('CO1', () => {})).toBeNull();
      expect(clock.waiting).toBe(0);
    },
  );

  it('is not dialled if somebody has answered already', () => {
    const { dialled, tell } = theVoices();
    tell(RANG, 'answered');
    expect(dialled).toEqual([]);
  });

  it('is dialled for twenty calls at most', () => {
    const { dialled, tell } = theVoices();
    for (let call = 0; call < 25; call++) tell(RANG, `CO${call}`);
    expect(dialled).toHaveLength(20);
  });
});
