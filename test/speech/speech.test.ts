import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RealtimeClientEvent } from 'openai/resources/realtime/realtime';
import { expect, onTestFinished, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import type { Speech, SpeechEvent } from '../../src/call/ports.ts';
import { systemClock } from '../../src/call/system-clock.ts';
import { attachRealtime, type RealtimeSandboxOptions } from '../../sandbox/openai/realtime.ts';
import { ToneListener, silence, soundOf } from '../../sandbox/tones.ts';
import { TRANSCRIPT_WITHIN_MS } from '../../src/speech/hearing-watch.ts';
import { MUTE_MS } from '../../src/speech/mute-watch.ts';
import { openSpeech, type SpeechOptions } from '../../src/speech/speech.ts';
import { OVERDUE_MS } from '../../src/speech/transcript-order.ts';
import { SteppedClock } from '../support/clock.ts';
import { EventLog } from './event-log.ts';

const API_KEY = 'sk-test-secret';
const HASTE = { transcriptionMs: 5, firstAudioMs: 5, speed: 100 };

async function sandboxWith(options: Partial<RealtimeSandboxOptions> = {}) {
  const server = createServer((_request, response) => response.end());
  const received = new EventLog<RealtimeClientEvent>();
  const sandbox = attachRealtime(server, {
    apiKey: API_KEY,
    onClientEvent: received.add,
    ...options,
    faults: { ...HASTE, ...options.faults },
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    sandbox.close();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { sandbox, received, baseUrl: `http://127.0.0.1:${port}/v1` };
}

function speechTo(baseUrl: string, options: Partial<SpeechOptions> = {}) {
  const heard = new EventLog<SpeechEvent>();
  const reachable: boolean[] = [];
  const speech = openSpeech(
    {
      apiKey: API_KEY,
      baseUrl,
      model: 'gpt-realtime-2.1-mini',
      voice: 'marin',
      transcriptionModel: 'gpt-transcribe',
      language: 'en',
      vad: { threshold: 0.5, silenceMs: 500, prefixMs: 300 },
      clock: systemClock,
      ...options,
    },
    heard.add,
    (isThere) => reachable.push(isThere),
  );
  onTestFinished(() => speech.close());
  return { speech, heard, reachable };
}

/** What a caller's phone sends: frames of 20 ms, with enough silence behind for the VAD. */
function callerSays(speech: Speech, text: string, silenceMs = 600): void {
  const sound = Buffer.concat([soundOf(text), silence(silenceMs)]);
  for (let at = 0; at < sound.length; at += 160) {
    speech.hear(sound.subarray(at, at + 160).toString('base64'));
  }
}

function spokenIn(heard: EventLog<SpeechEvent>, segmentId: string): string {
  const listener = new ToneListener();
  for (const event of heard.all) {
    if (event.type === 'segment-audio' && event.segmentId === segmentId) {
      listener.hear(Buffer.from(event.audio, 'base64'));
    }
  }
  return listener.text;
}

test('what the caller says is heard as words, in the order it happened', async () => {
  const { baseUrl } = await sandboxWith();
  const { speech, heard } = speechTo(baseUrl);
  await heard.next('ready');
  callerSays(speech, 'Are you open on Sunday?');
  const { utteranceId, transcript, endMs } = await heard.next('utterance');
  expect(transcript).toBe('Are you open on Sunday?');
  await heard.next('usage-counted');
  expect(heard.all).toEqual([
    { type: 'ready' },
    { type: 'speech-started', utteranceId },
    { type: 'speech-stopped', utteranceId },
    { type: 'words', utteranceId },
    { type: 'utterance', utteranceId, transcript, endMs },
    {
      type: 'usage-counted',
      owner: 'ears',
      model: 'gpt-transcribe',
      usage: { unit: 'seconds', seconds: expect.any(Number) },
    },
  ]);
});

test('[L2] the model is never asked for an answer, and gives none', async () => {
  const { baseUrl, received } = await sandboxWith();
  const { speech, heard } = speechTo(baseUrl);
  callerSays(speech, 'Hello?');
  await heard.next('utterance');
  speech.say({ id: 's1', text: 'Hi.' });
  await heard.next('segment-done');
  expect(new Set(received.all.map((event) => event.type))).toEqual(
    new Set(['session.update', 'input_audio_buffer.append', 'response.create']),
  );
  expect(new Set(heard.of('segment-audio').map((event) => event.segmentId))).toEqual(new Set(['s1']));
});

test('[L3] transcripts that come in the wrong order are told in the right one', async () => {
  const { baseUrl } = await sandboxWith({ faults: { transcriptsOutOfOrder: true } });
  const { speech, heard } = speechTo(baseUrl);
  await heard.next('ready');
  callerSays(speech, 'first');
  callerSays(speech, 'second');
  expect((await heard.next('utterance')).transcript).toBe('first');
  expect((await heard.next('utterance')).transcript).toBe('second');
});

test('[L3] a failed transcript is an empty one', async () => {
  const { baseUrl } = await sandboxWith({ faults: { failTranscripts: 1 } });
  const { speech, heard } = speechTo(baseUrl);
  callerSays(speech, 'mumble');
  callerSays(speech, 'clearly');
  expect((await heard.next('utterance')).transcript).toBe('');
  expect((await heard.next('utterance')).transcript).toBe('clearly');
});

test('[O4] what the caller says before there is a session is heard whole', async () => {
  const { baseUrl } = await sandboxWith({ faults: { dialDelayMs: 50 } });
  const { speech, heard } = speechTo(baseUrl);
  callerSays(speech, 'I was quicker than you.');
  expect((await heard.next('utterance')).transcript).toBe('I was quicker than you.');
  expect(heard.all[0]).toEqual({ type: 'ready' });
});

const PERSONA = { voice: 'cedar', speed: 0.95, tone: 'calm and unhurried', hints: ['Weiss', 'Kaya'] };

test('a session is set up as the profile of the number would have it, and reads word for word', async () => {
  const { sandbox, received, baseUrl } = await sandboxWith();
  const { speech, heard } = speechTo(baseUrl, PERSONA);
  await heard.next('ready');
  expect(sandbox.settings).toMatchObject([
    {
      instructions: expect.stringContaining('calm and unhurried'),
      audio: {
        input: { transcription: { languages: ['en'], keywords: ['Weiss', 'Kaya'] } },
        output: { voice: 'cedar', speed: 0.95 },
      },
    },
  ]);
  speech.say({ id: 's1', text: 'Yes: at nine.' });
  expect(await heard.next('segment-done')).toMatchObject({ outcome: 'completed', spoken: 'Yes: at nine.' });
  expect(spokenIn(heard, 's1').trim()).toBe('Yes: at nine.');
  expect(received.of('response.create')[0]?.response?.instructions).toContain('calm and unhurried');
});

test('words to expect that are refused are left out, and the caller is heard', async () => {
  const { sandbox, baseUrl } = await sandboxWith({
    faults: { refuseUpdatePart: 'session.audio.input.transcription.keywords' },
  });
  const { speech, heard } = speechTo(baseUrl, PERSONA);
  await heard.next('ready');
  expect(sandbox.settings[0]?.audio?.input?.transcription).toEqual({
    model: 'gpt-transcribe',
    languages: ['en'],
  });
  expect(sandbox.settings[0]?.audio?.output).toMatchObject({ voice: 'cedar', speed: 0.95 });
  callerSays(speech, 'Doctor Weiss, please.');
  expect((await heard.next('utterance')).transcript).toBe('Doctor Weiss, please.');
});

test('a segment is read aloud: its sound, its end and its transcript', async () => {
  const { baseUrl } = await sandboxWith();
  const { speech, heard } = speechTo(baseUrl);
  speech.say({ id: 's1', text: 'We are open until six: come by.' });
  expect(await heard.next('segment-done')).toEqual({
    type: 'segment-done',
    segmentId: 's1',
    outcome: 'completed',
    spoken: 'We are open until six: come by.',
  });
  expect(spokenIn(heard, 's1')).toBe('We are open until six: come by. ');
});

test('[T6] the transcript reveals a voice that departs from the text', async () => {
  const { baseUrl } = await sandboxWith({ faults: { paraphrase: true } });
  const { speech, heard } = speechTo(baseUrl);
  speech.say({ id: 's1', text: 'No.' });
  const { spoken } = await heard.next('segment-done');
  expect(spoken).not.toBe('No.');
  expect(spokenIn(heard, 's1').trim()).toBe(spoken);
});

test('[T2] many segments are all read, each whole', async () => {
  const { baseUrl } = await sandboxWith();
  const { speech, heard } = speechTo(baseUrl);
  const texts = ['One moment.', 'I am looking it up.', 'Yes, we have two rooms.', 'Shall I book one?'];
  texts.forEach((text, n) => speech.say({ id: `s${n}`, text }));
  for (const _ of texts) expect((await heard.next('segment-done')).outcome).toBe('completed');
  expect(texts.map((_, n) => spokenIn(heard, `s${n}`).trim())).toEqual(texts);
});

test('[B2] a cancelled segment delivers nothing more, and the vendor receives the cancel by id', async () => {
  const { baseUrl, received } = await sandboxWith({ faults: { speed: 20 } });
  const { speech, heard } = speechTo(baseUrl);
  speech.say({ id: 'long', text: 'This goes on for ever and ever. '.repeat(5) });
  await heard.next('segment-audio');
  speech.cancel('long');
  const before = heard.all.length;
  expect((await received.next('response.cancel')).response_id).toMatch(/^resp_/);
  speech.say({ id: 'next', text: 'Yes?' });
  await heard.next('segment-done');
  const after = heard.all.slice(before).filter(({ type }) => type !== 'usage-counted');
  expect(after.every((event) => 'segmentId' in event && event.segmentId === 'next')).toBe(true);
});

test('a response refused at the rate limit is asked for again', async () => {
  const { baseUrl } = await sandboxWith({ faults: { rateLimitNext: 1 } });
  const { speech, heard } = speechTo(baseUrl);
  speech.say({ id: 's1', text: 'Patience.' });
  expect((await heard.next('segment-done')).outcome).toBe('completed');
});

test('an optional part that is refused is left out, and the rest is set up', async () => {
  const { baseUrl, received } = await sandboxWith({
    faults: { refuseUpdatePart: 'session.audio.input.noise_reduction' },
  });
  const { heard } = speechTo(baseUrl);
  await heard.next('ready');
  expect(heard.all[0]).toEqual({ type: 'refused', kind: 'speech-error', detail: 'unknown_parameter' });
  expect(received.of('session.update')).toHaveLength(2);
});

test('[L2] a part that is refused and cannot be spared ends it at once', async () => {
  const { sandbox, baseUrl } = await sandboxWith({
    faults: { refuseUpdatePart: 'session.audio.input.turn_detection' },
  });
  const { heard } = speechTo(baseUrl);
  expect(await heard.next('lost')).toEqual({ type: 'lost', reason: 'unknown_parameter' });
  expect(sandbox.sessionsEver).toBe(1);
});

test.for([
  ['a wrong key', { apiKey: 'sk-wrong' }, 'http-401'],
  ['an unknown model', { model: 'gpt-nonsense' }, 'invalid_model'],
] as const)('with %s it does not dial again, and reveals no secret', async ([, wrong, reason]) => {
  const { baseUrl } = await sandboxWith();
  const { heard } = speechTo(baseUrl, { ...wrong, clock: new SteppedClock() });
  expect(await heard.next('lost')).toEqual({ type: 'lost', reason });
  expect(JSON.stringify(heard.all)).not.toContain('sk-');
});

test('[R1] a socket lost mid-call: caller audio is kept, and the call goes on in a new session', async () => {
  const { sandbox, baseUrl } = await sandboxWith();
  const { speech, heard } = speechTo(baseUrl);
  await heard.next('ready');
  sandbox.dropSockets();
  expect(await heard.next('refused')).toEqual({
    type: 'refused',
    kind: 'speech-error',
    detail: 'closed-1006',
  });
  callerSays(speech, 'Are you still there?');
  expect((await heard.next('utterance')).transcript).toBe('Are you still there?');
  expect(heard.of('ready')).toHaveLength(2);
});

test('[R1] what was being said when the socket was lost: the begun has failed, the rest is said', async () => {
  const { sandbox, baseUrl } = await sandboxWith({ faults: { speed: 5 } });
  const { speech, heard } = speechTo(baseUrl);
  speech.say({ id: 'begun', text: 'The first sentence is a rather long one.' });
  const { segmentId } = await heard.next('segment-audio');
  expect(segmentId).toBe('begun');
  sandbox.faults.speed = 100;
  speech.say({ id: 'ahead', text: 'Second.' });
  speech.say({ id: 'waiting', text: 'Third.' });
  sandbox.dropSockets();
  const ends = [];
  for (let n = 0; n < 3; n++) ends.push(await heard.next('segment-done'));
  expect(ends.map(({ segmentId: id, outcome }) => [id, outcome])).toEqual([
    ['begun', 'failed'],
    ['ahead', 'completed'],
    ['waiting', 'completed'],
  ]);
  expect(spokenIn(heard, 'ahead').trim()).toBe('Second.');
});

test('[R1] whose words a lost session had begun to hear is heard whole by the next, as one utterance', async () => {
  const { sandbox, baseUrl } = await sandboxWith();
  const { speech, heard } = speechTo(baseUrl);
  await heard.next('ready');
  callerSays(speech, 'Hello.');
  await heard.next('utterance');
  callerSays(speech, 'I would like ', 0);
  await heard.next('speech-started');
  const { utteranceId } = await heard.next('speech-started');
  sandbox.dropSockets();
  await heard.next('away');
  callerSays(speech, 'ten roses, please.');
  expect(await heard.next('utterance')).toMatchObject({
    utteranceId,
    transcript: 'I would like ten roses, please.',
  });
  expect(heard.of('speech-started')).toHaveLength(2);
  expect(heard.of('speech-stopped')).toHaveLength(2);
});

test('[R1] words that were awaited when the socket was lost are awaited of the next session', async () => {
  const { sandbox, baseUrl } = await sandboxWith({ faults: { transcriptionMs: 60_000 } });
  const { speech, heard } = speechTo(baseUrl);
  await heard.next('ready');
  callerSays(speech, 'Ten roses, please.');
  const { utteranceId } = await heard.next('speech-stopped');
  sandbox.dropSockets();
  sandbox.faults.transcriptionMs = 5;
  const { transcript, utteranceId: again } = await heard.next('utterance');
  expect([again, transcript]).toEqual([utteranceId, 'Ten roses, please.']);
  expect(heard.of('speech-stopped')).toHaveLength(1);
});

test('[R1] what a dying socket took without a word is heard by the next', async () => {
  const clock = new SteppedClock();
  const { sandbox, baseUrl } = await sandboxWith();
  const { speech, heard } = speechTo(baseUrl, { clock });
  await heard.next('ready');
  sandbox.stallSockets();
  callerSays(speech, 'Is anybody there?');
  clock.step(6_000);
  expect(await heard.next('away')).toEqual({ type: 'away', reason: 'stalled' });
  clock.step(100);
  expect((await heard.next('utterance')).transcript).toBe('Is anybody there?');
});

test('[R1] a session that answers pings and nothing else is replaced before its words are overdue', async () => {
  const clock = new SteppedClock();
  const { sandbox, received, baseUrl } = await sandboxWith({ faults: { loseTranscripts: 1 } });
  const { speech, heard } = speechTo(baseUrl, { clock });
  await heard.next('ready');
  callerSays(speech, 'Is anybody there?');
  await heard.next('speech-stopped');
  // The commit came with it, or is lost with the session: either way its words are owed.
  await vi.waitFor(() => expect(sandbox.faults.loseTranscripts).toBe(0));
  sandbox.muteSockets();
  clock.step(TRANSCRIPT_WITHIN_MS);
  expect(await heard.next('away')).toEqual({ type: 'away', reason: 'no-transcript' });
  clock.step(100);
  expect((await heard.next('utterance')).transcript).toBe('Is anybody there?');
  sandbox.muteSockets();
  const asks = received.of('response.create').length;
  speech.say({ id: 's1', text: 'Yes.' });
  await vi.waitFor(() => expect(received.of('response.create')).toHaveLength(asks + 1));
  clock.step(MUTE_MS);
  expect((await heard.next('away')).reason).toBe('mute');
  clock.step(1_000);
  expect(await heard.next('segment-done')).toMatchObject({ segmentId: 's1', outcome: 'completed' });
});

test('[R1] a vendor who is merely slow is dialled again once, and then waited for', async () => {
  const clock = new SteppedClock();
  const { sandbox, baseUrl } = await sandboxWith({ faults: { loseTranscripts: 100 } });
  const { speech, heard } = speechTo(baseUrl, { clock });
  await heard.next('ready');
  callerSays(speech, 'Is anybody there?');
  // The commit comes with it.
  await heard.next('speech-stopped');
  await vi.waitFor(() => expect(sandbox.faults.loseTranscripts).toBe(99));
  clock.step(TRANSCRIPT_WITHIN_MS);
  await heard.next('away');
  clock.step(100);
  await vi.waitFor(() => expect(sandbox.faults.loseTranscripts).toBe(98));
  clock.step(OVERDUE_MS);
  expect((await heard.next('utterance')).transcript).toBe('');
  expect(sandbox.sessionsEver).toBe(2);
});

test('[R1] replaces a session near its end during a pause, without reporting it', async () => {
  const clock = new SteppedClock(Date.now());
  const { sandbox, baseUrl } = await sandboxWith();
  const { speech, heard } = speechTo(baseUrl, { clock, pingMs: 3_600_000 });
  await heard.next('ready');
  callerSays(speech, 'I would like ', 0);
  await heard.next('speech-started');
  clock.step(55 * 60_000);
  await vi.waitFor(() => expect(sandbox.openSessions).toBe(2));
  callerSays(speech, 'ten roses.');
  expect((await heard.next('utterance')).transcript).toBe('I would like ten roses.');
  await vi.waitFor(() => expect(sandbox.openSessions).toBe(1));
  callerSays(speech, 'And a card.');
  expect((await heard.next('utterance')).transcript).toBe('And a card.');
  speech.say({ id: 's1', text: 'Very well.' });
  expect((await heard.next('segment-done')).outcome).toBe('completed');
  expect(sandbox.sessionsEver).toBe(2);
  expect(heard.of('ready')).toHaveLength(1);
  expect([...heard.of('away'), ...heard.of('refused')]).toEqual([]);
});

test('[R1] where there is no pause in four minutes, it is relieved without one, and no word is lost', async () => {
  const clock = new SteppedClock(Date.now());
  const { sandbox, baseUrl } = await sandboxWith();
  const { speech, heard } = speechTo(baseUrl, { clock, pingMs: 3_600_000 });
  await heard.next('ready');
  callerSays(speech, 'I would like ', 0);
  const { utteranceId } = await heard.next('speech-started');
  clock.step(55 * 60_000);
  await vi.waitFor(() => expect(sandbox.settings.at(1)?.tool_choice).toBe('none'));
  // Once this is answered, what the vendor said before has arrived.
  const [answer] = await once(get(baseUrl, { agent: false }), 'response');
  answer.resume();
  clock.step(4 * 60_000 - 1);
  expect(sandbox.openSessions).toBe(2);
  clock.step(1);
  await vi.waitFor(() => expect(sandbox.openSessions).toBe(1));
  callerSays(speech, 'ten roses.');
  expect(await heard.next('utterance')).toMatchObject({ utteranceId, transcript: 'I would like ten roses.' });
  expect(heard.of('away')).toEqual([]);
});

test('[R1] a relief that cannot be had is tried for again, and is there when the first session ends', async () => {
  const clock = new SteppedClock(Date.now());
  const { sandbox, baseUrl } = await sandboxWith();
  const { heard } = speechTo(baseUrl, { clock, pingMs: 3_600_000 });
  await heard.next('ready');
  sandbox.faults.refuseDials = 1;
  clock.step(55 * 60_000);
  expect((await heard.next('refused')).detail).toBe('http-503');
  // Slow, so that the first session ends while it is still being dialled.
  sandbox.faults.dialDelayMs = 50;
  clock.step(5_000);
  sandbox.dropSockets();
  await heard.next('away');
  await heard.next('ready');
  expect(sandbox.sessionsEver).toBe(2);
});

test.for([
  ['what the session says of its end', 30 * 60_000, 1_650_000],
  ['the hour', 3_600_000, 3_300_000],
] as const)('[R1] the time for the next session is reckoned from %s', async ([, sessionMs, dueMs]) => {
  const clock = new SteppedClock(Date.now());
  const { sandbox, baseUrl } = await sandboxWith({ sessionMs });
  const { heard } = speechTo(baseUrl, { clock, pingMs: 3_600_000 });
  await heard.next('ready');
  // The vendor tells whole seconds.
  clock.step(dueMs - 3_000);
  expect(sandbox.sessionsEver).toBe(1);
  clock.step(3_000);
  await vi.waitFor(() => expect(sandbox.sessionsEver).toBe(2));
});

test('[R1] a session that falls silent with its socket open is replaced', async () => {
  const clock = new SteppedClock();
  const { sandbox, baseUrl } = await sandboxWith();
  const { heard } = speechTo(baseUrl, { clock, pingMs: 3_000 });
  await heard.next('ready');
  sandbox.stallSockets();
  clock.step(6_000);
  expect((await heard.next('refused')).detail).toBe('stalled');
  clock.step(100);
  await heard.next('ready');
  expect(heard.all.map(({ type }) => type)).toEqual(['ready', 'away', 'refused', 'ready']);
});

test('[R1] a vendor who says when to come back is taken at the word, within the time there is', async () => {
  const clock = new SteppedClock();
  const { sandbox, baseUrl } = await sandboxWith({ faults: { refuseDials: 2, retryAfterS: 3 } });
  const { heard } = speechTo(baseUrl, { clock });
  expect((await heard.next('refused')).detail).toBe('http-429');
  sandbox.faults.retryAfterS = 60;
  clock.step(2_999);
  const [answer] = await once(get(baseUrl, { agent: false }), 'response');
  answer.resume();
  expect(sandbox.faults.refuseDials).toBe(1);
  clock.step(1);
  expect((await heard.next('refused')).detail).toBe('http-429');
  // Five seconds are left: one is kept for the last try.
  clock.step(3_999);
  expect(sandbox.sessionsEver).toBe(0);
  clock.step(1);
  await heard.next('ready');
});

test('[R1] a session that dies young does not begin the count anew', async () => {
  const clock = new SteppedClock();
  const { sandbox, baseUrl } = await sandboxWith();
  const { heard } = speechTo(baseUrl, { clock });
  for (const awayMs of [100, 300, 1_000, 1_500, 1_500, 1_500, 1_500]) {
    await heard.next('ready');
    sandbox.dropSockets();
    await heard.next('away');
    clock.step(awayMs);
  }
  await heard.next('ready');
  sandbox.dropSockets();
  await heard.next('away');
  clock.step(600);
  expect(heard.all.at(-1)).toEqual({ type: 'lost', reason: 'closed-1006' });
  expect(clock.waiting).toBe(0);
});

test('reports when the vendor becomes reachable and when it no longer is', async () => {
  const clock = new SteppedClock();
  const { sandbox, baseUrl } = await sandboxWith();
  const { heard, reachable } = speechTo(baseUrl, { clock });
  await heard.next('ready');
  expect(reachable).toEqual([true]);
  sandbox.dropSockets();
  await heard.next('away');
  clock.step(8_000);
  expect(reachable).toEqual([true, false]);
});

test('[R1] one that served long enough does', async () => {
  const clock = new SteppedClock();
  const { sandbox, baseUrl } = await sandboxWith();
  const { heard } = speechTo(baseUrl, { clock, pingMs: 100_000 });
  for (let session = 0; session < 4; session++) {
    await heard.next('ready');
    clock.step(8_000);
    sandbox.dropSockets();
    await heard.next('away');
    clock.step(100);
  }
  await heard.next('ready');
});

test('[R1] dialling again is spaced out, and given up after eight seconds', async () => {
  const clock = new SteppedClock();
  const { sandbox, baseUrl } = await sandboxWith({ faults: { refuseDials: 100 } });
  const { speech, heard } = speechTo(baseUrl, { clock });
  const begunAt = clock.now();
  const pauses = [100, 300, 1_000, 1_500, 1_500, 1_500, 1_500];
  for (const [n, pauseMs] of pauses.entries()) {
    expect((await heard.next('refused')).detail).toBe('http-503');
    clock.step(pauseMs - 1);
    // A dial that was made too early would be there before this request is.
    const [answer] = await once(get(baseUrl, { agent: false }), 'response');
    answer.resume();
    expect(sandbox.faults.refuseDials).toBe(99 - n);
    clock.step(1);
  }
  expect((await heard.next('refused')).detail).toBe('http-503');
  clock.step(begunAt + 8_000 - clock.now());
  expect(heard.all.at(-1)).toEqual({ type: 'lost', reason: 'not-reached' });
  speech.say({ id: 's1', text: 'Anybody?' });
  clock.step(60_000);
  expect(heard.all.at(-1)?.type).toBe('lost');
  expect(clock.waiting).toBe(0);
});

test('[O4] thirty seconds without a session are kept; that older audio went is said once', async () => {
  const clock = new SteppedClock();
  const { baseUrl } = await sandboxWith({ faults: { dialDelayMs: 50 } });
  const { speech, heard } = speechTo(baseUrl, { clock });
  callerSays(speech, 'x', 32_000);
  callerSays(speech, 'lately');
  expect(heard.of('refused')).toHaveLength(1);
  expect((await heard.next('utterance')).transcript).toBe('lately');
});

test('[E4] close says nothing more, may come twice, and leaves nothing behind', async () => {
  const clock = new SteppedClock();
  const { sandbox, baseUrl } = await sandboxWith({ faults: { transcriptionMs: 60_000, speed: 1 } });
  const { speech, heard } = speechTo(baseUrl, { clock });
  callerSays(speech, 'one more thing');
  speech.say({ id: 's1', text: 'Goodbye, and thank you for the call.' });
  await heard.next('segment-audio');
  const before = heard.all.length;
  speech.close();
  speech.close();
  await vi.waitFor(() => expect(sandbox.openSessions).toBe(0));
  await vi.waitFor(() => expect(clock.waiting).toBe(0));
  speech.hear('AAAA');
  speech.say({ id: 's2', text: 'Hello?' });
  speech.cancel('s1');
  expect(heard.all).toHaveLength(before);
});

test('[E4] close while still dialling', async () => {
  const clock = new SteppedClock();
  const { sandbox, baseUrl } = await sandboxWith({ faults: { dialDelayMs: 20 } });
  const { speech, heard } = speechTo(baseUrl, { clock });
  speech.close();
  await vi.waitFor(() => expect(clock.waiting).toBe(0));
  expect(heard.all).toEqual([]);
  expect(sandbox.openSessions).toBe(0);
});

test('[R4] whatever the vendor sends, it is counted and the session lives on', async () => {
  const vendor = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(vendor, 'listening');
  onTestFinished(() => {
    for (const socket of vendor.clients) socket.terminate();
    vendor.close();
  });
  vendor.on('connection', (socket) => {
    socket.send('{"type":"session.created"}');
    socket.on('message', () => {
      socket.send('{"type":"session.updated"}');
      for (const junk of [
        'not json',
        '5',
        'null',
        '[]',
        '{"type":"response.created"}',
        '{"type":"response.done","response":7}',
      ]) {
        socket.send(junk);
      }
      socket.send(Buffer.from([1, 2, 3]));
      socket.send('{"type":"response.output_audio.delta","response_id":7,"delta":{}}');
      socket.send('{"type":"a.type.of.next.year","with":"fields"}');
      socket.send('{"type":"error"}');
      socket.send('{"type":"error","error":{"code":"response_cancel_not_active"}}');
      socket.send('{"type":"error","error":{"code":"server_error","message":"about the caller"}}');
      socket.send('{"type":"input_audio_buffer.speech_started","item_id":"item_1"}');
    });
  });
  const { port } = vendor.address() as AddressInfo;
  const { heard } = speechTo(`http://127.0.0.1:${port}/v1`);
  await heard.next('speech-started');
  expect(heard.of('refused').filter((event) => event.kind === 'speech-malformed')).toHaveLength(8);
  expect(heard.of('refused').filter((event) => event.kind === 'speech-error')).toEqual([
    { type: 'refused', kind: 'speech-error', detail: 'unknown' },
    { type: 'refused', kind: 'speech-error', detail: 'server_error' },
  ]);
});

test('[R4] a frame cannot break out of the event it is put in', async () => {
  const { baseUrl, received } = await sandboxWith();
  const { speech, heard } = speechTo(baseUrl);
  await heard.next('ready');
  speech.hear('"},{"type":"response.create","x":"');
  expect((await heard.next('refused')).detail).toBe('invalid_value');
  expect(received.all.map((event) => event.type)).toEqual(['session.update']);
});
