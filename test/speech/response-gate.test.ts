import type { ResponseCancelEvent, ResponseCreateEvent } from 'openai/resources/realtime/realtime';
import { expect, test } from 'vitest';
import { QUIET_MS, RETRY_AFTER_MS, ResponseGate, type SegmentEvent } from '../../src/speech/response-gate.ts';
import type { ResponseEvent } from '../../src/speech/realtime-wire.ts';
import { SteppedClock } from '../support/clock.ts';

/** A gate with its vendor played by hand: every create is `say_1`, `say_2` … in the order asked. */
function gateWithSession(restsOf: (segmentId: string) => string[] = () => [], tone?: string) {
  const clock = new SteppedClock();
  const sent: (ResponseCreateEvent | ResponseCancelEvent)[] = [];
  const told: SegmentEvent[] = [];
  const gate = new ResponseGate(
    clock,
    (event) => sent.push(event),
    (event) => {
      told.push(event);
      if (event.type !== 'segment-done' || event.outcome !== 'failed') return;
      for (const id of restsOf(event.segmentId)) gate.say({ id, text: `text of ${id}` });
    },
    tone,
  );
  gate.sessionReady();
  return {
    clock,
    gate,
    told,
    say: (...ids: string[]) => ids.forEach((id) => gate.say({ id, text: `text of ${id}` })),
    asked: () =>
      sent.flatMap((one) => (one.type === 'response.create' ? [one.response?.metadata?.['segment']] : [])),
    cancelled: () => sent.flatMap((one) => (one.type === 'response.cancel' ? [one.response_id] : [])),
    creates: () => sent.filter((one) => one.type === 'response.create'),
    created: (ask: string, responseId: string) => gate.take({ type: 'response-created', responseId, ask }),
    audio: (responseId: string, audio = 'AAAA') => gate.take({ type: 'response-audio', responseId, audio }),
    done: (
      responseId: string,
      status: Extract<ResponseEvent, { type: 'response-done' }>['status'] = 'completed',
      errorCode: string | null = null,
    ) => gate.take({ type: 'response-done', responseId, status, errorCode, usage: null }),
    refused: (code: string, eventId: string) =>
      gate.takeError({ type: 'error', code, eventId, param: null, isInvalidRequest: true }),
    outcomes: () =>
      told.flatMap((one) => (one.type === 'segment-done' ? [`${one.segmentId} ${one.outcome}`] : [])),
  };
}

test('a segment is asked for out of band, word for word, with no tools and a cap', () => {
  const { gate, creates } = gateWithSession();
  gate.say({ id: 's7', text: 'We open at nine.' });
  expect(creates()).toEqual([
    {
      type: 'response.create',
      event_id: 'say_1',
      response: {
        conversation: 'none',
        input: [],
        output_modalities: ['audio'],
        instructions: 'Say exactly the following, word for word and nothing else: We open at nine.',
        tools: [],
        tool_choice: 'none',
        metadata: { segment: 's7', ask: 'say_1' },
        max_output_tokens: 448,
      },
    },
  ]);
  gate.say({ id: 'long', text: 'x'.repeat(5_000) });
  expect(creates()[1]?.response?.max_output_tokens).toBe(4_096);
});

test('the tone is ordered before the text, since this order stands in place of the session’s', () => {
  const { gate, creates } = gateWithSession(undefined, 'calm and unhurried');
  gate.say({ id: 's1', text: 'Note: we open at nine.' });
  expect(creates()[0]?.response?.instructions).toBe(
    'Say exactly the following, word for word and nothing else, in a tone of voice that is calm and unhurried: Note: we open at nine.',
  );
});

test('[T2] one segment is asked for ahead, and the next when one is done', () => {
  const { say, asked, created, audio, done } = gateWithSession();
  say('a', 'b', 'c', 'd');
  expect(asked()).toEqual(['a', 'b']);
  created('say_1', 'r1');
  audio('r1');
  done('r1');
  expect(asked()).toEqual(['a', 'b', 'c']);
});

test('[T2] reports audio with its segment, even for two at once', () => {
  const { say, created, audio, told } = gateWithSession();
  say('a', 'b');
  created('say_2', 'r2');
  created('say_1', 'r1');
  audio('r2', 'two');
  audio('r1', 'one');
  expect(told).toEqual([
    { type: 'segment-audio', segmentId: 'b', audio: 'two' },
    { type: 'segment-audio', segmentId: 'a', audio: 'one' },
  ]);
});

test('[B2] a segment cut off is cancelled by its response id, and late audio of it is dropped', () => {
  const { say, gate, created, audio, done, cancelled, told, asked } = gateWithSession();
  say('a', 'b', 'c');
  created('say_1', 'r1');
  audio('r1');
  gate.cancel('a');
  gate.cancel('a');
  expect(cancelled()).toEqual(['r1']);
  expect(asked()).toEqual(['a', 'b', 'c']);
  audio('r1', 'late');
  done('r1', 'cancelled');
  expect(told).toEqual([{ type: 'segment-audio', segmentId: 'a', audio: 'AAAA' }]);
});

test('[B2] a cancel before the vendor has told the id is made up for when it does', () => {
  const { say, gate, created, audio, cancelled, told } = gateWithSession();
  say('a');
  gate.cancel('a');
  expect(cancelled()).toEqual([]);
  created('say_1', 'r1');
  expect(cancelled()).toEqual(['r1']);
  audio('r1', 'late');
  expect(told).toEqual([]);
});

test('[B2] a segment said again after its cancel is not taken for the cancelled one', () => {
  const { say, gate, created, audio, cancelled, told } = gateWithSession();
  say('a');
  gate.cancel('a');
  say('a');
  created('say_1', 'old');
  created('say_2', 'new');
  audio('old', 'old');
  audio('new', 'new');
  expect(cancelled()).toEqual(['old']);
  expect(told).toEqual([{ type: 'segment-audio', segmentId: 'a', audio: 'new' }]);
});

test('[B2] a segment that still waits is just forgotten', () => {
  const { say, gate, asked, created, audio, done, cancelled } = gateWithSession();
  say('a', 'b', 'c', 'd');
  gate.cancel('c');
  created('say_1', 'r1');
  audio('r1');
  done('r1');
  expect(asked()).toEqual(['a', 'b', 'd']);
  expect(cancelled()).toEqual([]);
});

test('[L2] a response that nobody asked for is cancelled and never heard', () => {
  const { gate, audio, cancelled, told } = gateWithSession();
  gate.take({ type: 'response-created', responseId: 'uninvited', ask: null });
  audio('uninvited');
  expect(cancelled()).toEqual(['uninvited']);
  expect(told).toEqual([]);
});

test.for([
  ['completed', true, 'completed'],
  ['completed', false, 'failed'],
  ['incomplete', true, 'completed'],
  ['incomplete', false, 'failed'],
  ['failed', true, 'failed'],
  ['failed', false, 'failed'],
  ['cancelled', true, 'failed'],
] as const)('a response that ends %s, with audio: %s, is a segment %s', ([status, hasAudio, outcome]) => {
  const { say, created, audio, done, outcomes } = gateWithSession();
  say('a');
  created('say_1', 'r1');
  if (hasAudio) audio('r1');
  done('r1', status);
  expect(outcomes()).toEqual([`a ${outcome}`]);
});

test('[T6] the transcript of the voice goes along with the end', () => {
  const { say, gate, created, audio, done, told } = gateWithSession();
  say('a');
  created('say_1', 'r1');
  audio('r1');
  gate.take({ type: 'response-transcript', responseId: 'r1', transcript: 'text, roughly' });
  done('r1');
  expect(told.at(-1)).toEqual({
    type: 'segment-done',
    segmentId: 'a',
    outcome: 'completed',
    spoken: 'text, roughly',
  });
});

test('a create refused for a passing reason is tried once more, in its place', () => {
  const { clock, say, refused, asked, creates, outcomes } = gateWithSession();
  say('a', 'b', 'c');
  expect(refused('conversation_already_has_active_response', 'say_1')).toBe(false);
  expect(asked()).toEqual(['a', 'b']);
  clock.step(RETRY_AFTER_MS);
  expect(asked()).toEqual(['a', 'b', 'a']);
  refused('rate_limit_exceeded', creates()[2]?.event_id ?? '');
  expect(outcomes()).toEqual(['a failed']);
  expect(asked()).toEqual(['a', 'b', 'a', 'c']);
});

test('a response that failed at the rate limit is tried once more, unless some of it was heard', () => {
  const { clock, say, created, audio, done, asked, outcomes } = gateWithSession();
  say('a', 'b');
  created('say_1', 'r1');
  done('r1', 'failed', 'rate_limit_exceeded');
  created('say_2', 'r2');
  audio('r2');
  done('r2', 'failed', 'rate_limit_exceeded');
  clock.step(RETRY_AFTER_MS);
  expect(asked()).toEqual(['a', 'b', 'a']);
  expect(outcomes()).toEqual(['b failed']);
});

test.for(['rate_limit_exceeded', 'server_error', 'server_overloaded'])(
  '[R1] a response that failed with %s is asked for once more after a pause',
  (code) => {
    const { clock, say, created, done, asked, outcomes } = gateWithSession();
    say('a');
    created('say_1', 'r1');
    done('r1', 'failed', code);
    clock.step(RETRY_AFTER_MS - 1);
    expect(asked()).toEqual(['a']);
    clock.step(1);
    created('say_2', 'r2');
    done('r2', 'failed', code);
    expect(asked()).toEqual(['a', 'a']);
    expect(outcomes()).toEqual(['a failed']);
  },
);

test('a create refused for any other reason has failed', () => {
  const { say, refused, outcomes } = gateWithSession();
  say('a');
  expect(refused('invalid_value', 'say_1')).toBe(false);
  expect(outcomes()).toEqual(['a failed']);
});

test('[B2] a cancel that came too late is no error', () => {
  const { refused } = gateWithSession();
  expect(refused('response_cancel_not_active', '')).toBe(true);
});

test('[T5] a response that says nothing for ten seconds fails instead of holding up the call', () => {
  const { clock, say, created, audio, cancelled, outcomes, asked } = gateWithSession();
  say('a', 'b', 'c');
  created('say_1', 'r1');
  clock.step(QUIET_MS - 1);
  audio('r1');
  clock.step(1);
  expect(outcomes()).toEqual(['b failed']);
  expect(asked()).toEqual(['a', 'b', 'c']);
  clock.step(QUIET_MS - 1);
  expect(outcomes()).toEqual(['b failed', 'a failed']);
  expect(cancelled()).toEqual(['r1']);
});

test('[R1] with the session gone, what was not heard at all is asked for again, in order; of the rest some is missing', () => {
  const { clock, gate, say, created, audio, asked, outcomes } = gateWithSession();
  say('a', 'b', 'c');
  created('say_1', 'r1');
  audio('r1');
  gate.sessionLost();
  expect(outcomes()).toEqual(['a failed']);
  expect(gate.isIdle).toBe(false);
  clock.step(QUIET_MS);
  expect(asked()).toEqual(['a', 'b']);
  gate.sessionReady();
  expect(asked()).toEqual(['a', 'b', 'b', 'c']);
  audio('r1', 'of the old session');
  expect(outcomes()).toEqual(['a failed']);
});

test('[R1] the rest of what was broken off is asked for in its place, before all that waits', () => {
  const { gate, say, created, audio, asked, outcomes } = gateWithSession((id) => [`rest of ${id}`]);
  say('a', 'b', 'c');
  created('say_1', 'r1');
  created('say_2', 'r2');
  audio('r2');
  gate.sessionLost();
  expect(outcomes()).toEqual(['b failed']);
  gate.sessionReady();
  expect(asked()).toEqual(['a', 'b', 'a', 'rest of b']);
});

test('[R1] so it is when a single response breaks off', () => {
  const { say, created, audio, done, asked } = gateWithSession((id) => [`rest of ${id}`]);
  say('a', 'b', 'c');
  created('say_1', 'r1');
  audio('r1');
  done('r1', 'failed', 'server_error');
  expect(asked()).toEqual(['a', 'b', 'rest of a']);
});

test('[R1] a segment of which all audio came is done, though the session went before it could say so', () => {
  const { gate, say, created, audio, outcomes } = gateWithSession();
  say('a');
  created('say_1', 'r1');
  audio('r1');
  gate.take({ type: 'response-audio-done', responseId: 'r1' });
  gate.sessionLost();
  expect(outcomes()).toEqual(['a completed']);
});

test('[R1] a segment on which three sessions broke has failed', () => {
  const { gate, say, outcomes, asked } = gateWithSession();
  say('a', 'b');
  for (let session = 0; session < 3; session++) {
    expect(outcomes()).toEqual([]);
    gate.sessionLost();
    gate.sessionReady();
  }
  expect(outcomes()).toEqual(['a failed', 'b failed']);
  expect(asked()).toHaveLength(6);
  expect(gate.isIdle).toBe(true);
});

test('[E4] a closed gate asks for nothing and leaves no timer', () => {
  const { clock, gate, say, asked } = gateWithSession();
  say('a', 'b', 'c');
  gate.close();
  say('d');
  expect(asked()).toEqual(['a', 'b']);
  expect(clock.waiting).toBe(0);
});
