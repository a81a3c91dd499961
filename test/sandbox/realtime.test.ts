import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RealtimeClientEvent, RealtimeServerEvent } from 'openai/resources/realtime/realtime';
import { expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { attachRealtime, type RealtimeSandboxOptions } from '../../sandbox/openai/realtime.ts';
import { ToneListener, coughOf, loudness, silence, soundOf } from '../../sandbox/tones.ts';
import { EventLog } from '../speech/event-log.ts';

const HASTE = { transcriptionMs: 5, firstAudioMs: 5, speed: 100 };
const MODEL = '?model=gpt-realtime-2.1-mini';
const PCMU = { type: 'audio/pcmu' };
const EARS = {
  format: PCMU,
  transcription: { model: 'gpt-transcribe' },
  turn_detection: { type: 'server_vad', create_response: false, interrupt_response: false },
};

async function sandboxWith(options: Partial<RealtimeSandboxOptions> = {}) {
  const server = createServer();
  const sandbox = attachRealtime(server, {
    apiKey: 'sk-test',
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
  const url = `ws://127.0.0.1:${port}/v1/realtime`;
  return { server, sandbox, url, dial: (query = MODEL, headers = {}) => dial(url + query, headers) };
}

/** A client that sends what it likes: what it may send is the matter of these tests. */
function dial(url: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(url, { headers: { authorization: 'Bearer sk-test', ...headers } });
  const heard = new EventLog<RealtimeServerEvent>();
  socket.on('message', (data: Buffer) => heard.add(JSON.parse(data.toString())));
  onTestFinished(() => socket.terminate());
  const send = (event: object) => socket.send(JSON.stringify(event));
  return {
    socket,
    heard,
    send,
    update: (session: object, event_id = 'u1') =>
      send({ type: 'session.update', event_id, session: { type: 'realtime', ...session } }),
    append: (...audio: Buffer[]) =>
      send({ type: 'input_audio_buffer.append', audio: Buffer.concat(audio).toString('base64') }),
    say: (text: string, more: object = {}) =>
      send({
        type: 'response.create',
        response: { conversation: 'none', instructions: `Say exactly the following: ${text}`, ...more },
      }),
    refusal: async () => (await heard.next('error')).error,
  };
}

async function ready(client: ReturnType<typeof dial>, input: object = EARS) {
  await client.heard.next('session.created');
  client.update({ audio: { input, output: { format: PCMU } } });
  await client.heard.next('session.updated');
  return client;
}

function spokenIn(heard: EventLog<RealtimeServerEvent>, responseId: string | undefined): string {
  const listener = new ToneListener();
  for (const event of heard.of('response.output_audio.delta')) {
    if (event.response_id === responseId) listener.hear(Buffer.from(event.delta, 'base64'));
  }
  return listener.text;
}

// ---- the door ----

test('a wrong key gets no socket', async () => {
  const { dial } = await sandboxWith();
  const { socket } = dial(MODEL, { authorization: 'Bearer wrong' });
  const [error] = await once(socket, 'error').catch((cause: unknown) => [cause]);
  expect(String(error)).toContain('401');
});

test('other paths are left for others', async () => {
  const { server, url } = await sandboxWith();
  const others = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    if (request.url === '/other')
      others.handleUpgrade(request, socket, head, (accepted) => accepted.close(4321));
  });
  const { socket } = dial(new URL('/other', url).href);
  expect((await once(socket, 'close'))[0]).toBe(4321);
});

test.for([
  ['the dead beta header', MODEL, { 'OpenAI-Beta': 'realtime=v1' }, 'beta_api_shape_disabled'],
  ['no model', '', {}, 'missing_model'],
  ['an unknown model', '?model=gpt-4o-realtime-preview', {}, 'invalid_model'],
] as const)('with %s it reports an error and closes the socket', async ([, query, headers, code]) => {
  const { dial, sandbox } = await sandboxWith();
  const client = dial(query, headers);
  expect((await client.refusal()).code).toBe(code);
  expect((await once(client.socket, 'close'))[0]).toBe(4000);
  expect(sandbox.sessionsEver).toBe(0);
});

test('sessions are counted, open and ever', async () => {
  const { dial, sandbox } = await sandboxWith();
  const client = await ready(dial());
  await ready(dial());
  client.socket.close();
  await vi.waitFor(() => expect(sandbox.openSessions).toBe(1));
  expect(sandbox.sessionsEver).toBe(2);
});

// ---- the update ----

test.for([
  ['a beta field', { input_audio_format: 'g711_ulaw' }, 'unknown_parameter', 'session.input_audio_format'],
  ['beta modalities', { modalities: ['audio'] }, 'unknown_parameter', 'session.modalities'],
  ['a temperature', { temperature: 0.8 }, 'unknown_parameter', 'session.temperature'],
  ['two modalities', { output_modalities: ['audio', 'text'] }, 'invalid_value', 'session.output_modalities'],
  [
    'a rate beside G.711',
    { audio: { input: { format: { type: 'audio/pcmu', rate: 8000 } } } },
    'unknown_parameter',
    'session.audio.input.format.rate',
  ],
  [
    'an unknown turn detection',
    { audio: { input: { turn_detection: { type: 'psychic_vad' } } } },
    'invalid_value',
    'session.audio.input.turn_detection.type',
  ],
  [
    'a threshold above one',
    { audio: { input: { turn_detection: { type: 'server_vad', threshold: 2 } } } },
    'invalid_value',
    'session.audio.input.turn_detection.threshold',
  ],
  ['another type', { type: 'transcription' }, 'invalid_value', 'session.type'],
  ['another model', { model: 'gpt-realtime-2' }, 'invalid_value', 'session.model'],
  [
    'an unknown voice',
    { audio: { output: { voice: 'mine' } } },
    'invalid_value',
    'session.audio.output.voice',
  ],
  [
    'one language for a model of many',
    { audio: { input: { transcription: { model: 'gpt-transcribe', language: 'en' } } } },
    'invalid_value',
    'session.audio.input.transcription.language',
  ],
  [
    'languages for a model of one',
    { audio: { input: { transcription: { model: 'gpt-4o-transcribe', languages: ['en'] } } } },
    'invalid_value',
    'session.audio.input.transcription.languages',
  ],
  [
    'keywords for a model that takes none',
    { audio: { input: { transcription: { model: 'gpt-4o-transcribe', keywords: ['Weiss'] } } } },
    'invalid_value',
    'session.audio.input.transcription.keywords',
  ],
  [
    'a prompt for a model that takes none',
    { audio: { input: { transcription: { model: 'gpt-4o-transcribe-diarize', prompt: 'Weiss' } } } },
    'invalid_value',
    'session.audio.input.transcription.prompt',
  ],
  [
    'turn detection for a model that takes none',
    { audio: { input: { transcription: { model: 'gpt-live-transcribe' } } } },
    'invalid_value',
    'session.audio.input.turn_detection',
  ],
  [
    'a delay for a model that knows none',
    { audio: { input: { transcription: { model: 'gpt-transcribe', delay: 'low' } } } },
    'invalid_value',
    'session.audio.input.transcription.delay',
  ],
  ['too slow a voice', { audio: { output: { speed: 0.2 } } }, 'invalid_value', 'session.audio.output.speed'],
  ['too fast a voice', { audio: { output: { speed: 1.6 } } }, 'invalid_value', 'session.audio.output.speed'],
  [
    'a voice without an ID',
    { audio: { output: { voice: {} } } },
    'missing_required_parameter',
    'session.audio.output.voice.id',
  ],
] as const)('an update with %s is void as a whole', async ([, wrong, code, param]) => {
  const { dial } = await sandboxWith();
  const client = dial();
  await client.heard.next('session.created');
  client.update({ instructions: 'changed', ...wrong }, 'mine');
  expect(await client.refusal()).toMatchObject({ code, param, event_id: 'mine' });
  client.update({ tool_choice: 'none' });
  const { session } = await client.heard.next('session.updated');
  expect(session).not.toMatchObject({ instructions: 'changed' });
});

test('reasoning is refused by a model that does not reason', async () => {
  const { dial } = await sandboxWith();
  const client = dial('?model=gpt-realtime-2025-08-28');
  client.socket.on('open', () => client.update({ reasoning: { effort: 'minimal' } }));
  expect((await client.refusal()).param).toBe('session.reasoning');
});

test('an update without a type is refused', async () => {
  const { dial } = await sandboxWith();
  const client = dial();
  await client.heard.next('session.created');
  client.send({ type: 'session.update', session: { instructions: 'x' } });
  expect(await client.refusal()).toMatchObject({ code: 'missing_required_parameter', param: 'session.type' });
});

test('only what is present is updated', async () => {
  const { dial } = await sandboxWith();
  const client = await ready(dial());
  client.update({ audio: { output: { voice: 'cedar' } } });
  expect((await client.heard.next('session.updated')).session).toMatchObject({
    audio: { input: { format: PCMU }, output: { format: PCMU, voice: 'cedar' } },
  });
});

test('what the open sessions are set up with can be seen', async () => {
  const { dial, sandbox } = await sandboxWith();
  const first = await ready(dial());
  const second = await ready(dial());
  const transcription = { model: 'gpt-transcribe', keywords: ['Weiss'] };
  second.update({ audio: { input: { transcription }, output: { voice: { id: 'voice_1' }, speed: 0.25 } } });
  await second.heard.next('session.updated');
  expect(sandbox.settings).toMatchObject([
    { audio: { output: { voice: 'alloy', speed: 1 } } },
    { audio: { input: { transcription }, output: { voice: { id: 'voice_1' }, speed: 0.25 } } },
  ]);
  first.socket.close();
  await vi.waitFor(() => expect(sandbox.settings).toHaveLength(1));
});

test('the voice is fixed once it has been heard', async () => {
  const { dial } = await sandboxWith();
  const client = await ready(dial());
  client.say('Hello.');
  await client.heard.next('response.done');
  client.update({ audio: { output: { voice: 'cedar' } } });
  expect((await client.refusal()).code).toBe('cannot_update_voice');
});

test('a voice that was heard may be named again, by an ID, too', async () => {
  const { dial } = await sandboxWith();
  const client = await ready(dial());
  const output = { voice: { id: 'voice_1' } };
  client.update({ audio: { output } });
  await client.heard.next('session.updated');
  client.say('Hello.');
  await client.heard.next('response.done');
  client.update({ audio: { output } });
  expect((await client.heard.next('session.updated')).session).toMatchObject({ audio: { output } });
});

test('unknown events, broken JSON and binary frames are refused, and the session lives on', async () => {
  const { dial } = await sandboxWith();
  const client = await ready(dial());
  client.send({ type: 'response.begin', event_id: 'e9' });
  expect(await client.refusal()).toMatchObject({ code: 'invalid_value', param: 'type', event_id: 'e9' });
  client.send({ no: 'type' });
  expect((await client.refusal()).code).toBe('missing_required_parameter');
  client.socket.send('{');
  expect((await client.refusal()).code).toBe('invalid_json');
  client.socket.send(Buffer.from('{}'));
  expect((await client.refusal()).code).toBe('invalid_json');
  client.say('Still here.');
  expect((await client.heard.next('response.done')).response.status).toBe('completed');
});

// ---- ears ----

test('speech is found by its loudness and its place told in audio, prefix and silence included', async () => {
  const { dial } = await sandboxWith();
  const { heard, append } = await ready(dial());
  append(silence(1_000), soundOf('hello'), silence(480));
  const started = await heard.next('input_audio_buffer.speech_started');
  expect(started.audio_start_ms).toBe(700);
  append(silence(20));
  const stopped = await heard.next('input_audio_buffer.speech_stopped');
  expect(stopped).toMatchObject({ audio_end_ms: 1_600, item_id: started.item_id });
  const committed = await heard.next('input_audio_buffer.committed');
  expect(committed).toMatchObject({ item_id: started.item_id, previous_item_id: null });
  const { transcript } = await heard.next('conversation.item.input_audio_transcription.completed');
  expect(transcript).toBe('hello');
});

test('without enough silence behind it, speech does not end, however long one waits', async () => {
  const { dial } = await sandboxWith();
  const { heard, append, send, refusal } = await ready(dial());
  append(soundOf('hello'), silence(499));
  send({ type: 'nothing' });
  await refusal();
  expect(heard.of('input_audio_buffer.speech_started')).toHaveLength(1);
  expect(heard.of('input_audio_buffer.speech_stopped')).toHaveLength(0);
});

test('pauses shorter than the silence asked for do not add up', async () => {
  const { dial } = await sandboxWith();
  const { heard, append } = await ready(dial());
  append(soundOf('wait '), silence(300), soundOf('a '), silence(300), soundOf('moment'), silence(500));
  const { transcript } = await heard.next('conversation.item.input_audio_transcription.completed');
  expect(transcript).toBe('wait a moment');
  const words = heard.of('conversation.item.input_audio_transcription.delta').map((event) => event.delta);
  expect(words).toEqual(['wait ', 'a ', 'moment']);
});

test('what is too quiet for the threshold is no speech', async () => {
  const { dial } = await sandboxWith();
  const input = { ...EARS, turn_detection: { ...EARS.turn_detection, threshold: 1 } };
  const { heard, append, send, refusal } = await ready(dial(), input);
  const hum = Buffer.alloc(2_400, 0xb8);
  expect(loudness(hum)).toBeGreaterThan(0.05);
  append(hum, silence(600));
  append(soundOf('loud'), silence(600));
  send({ type: 'nothing' });
  await refusal();
  expect(heard.of('input_audio_buffer.speech_started')).toHaveLength(1);
});

test('utterances follow one another, and none reaches back into the one before', async () => {
  const { dial } = await sandboxWith();
  const { heard, append } = await ready(dial());
  append(soundOf('one'), silence(500), soundOf('two'), silence(500));
  const first = await heard.next('input_audio_buffer.committed');
  const second = await heard.next('input_audio_buffer.committed');
  expect(second.previous_item_id).toBe(first.item_id);
  const texts = [1, 2].map(() => heard.next('conversation.item.input_audio_transcription.completed'));
  expect((await Promise.all(texts)).map((event) => event.transcript)).toEqual(['one', 'two']);
  const starts = heard.of('input_audio_buffer.speech_started').map((event) => event.audio_start_ms);
  expect(starts).toEqual([0, 3 * 20 + 500]);
});

test('frames of any size are one stream of audio', async () => {
  const { dial } = await sandboxWith();
  const { heard, append } = await ready(dial());
  const audio = Buffer.concat([silence(333), soundOf('piecemeal'), silence(600)]);
  for (let at = 0; at < audio.length; at += 77) append(audio.subarray(at, at + 77));
  const { transcript } = await heard.next('conversation.item.input_audio_transcription.completed');
  expect(transcript).toBe('piecemeal');
});

test('a cough is speech to the VAD and nothing to the transcript', async () => {
  const { dial } = await sandboxWith();
  const { heard, append } = await ready(dial());
  append(coughOf(300), silence(600));
  await heard.next('input_audio_buffer.speech_started');
  const { transcript } = await heard.next('conversation.item.input_audio_transcription.completed');
  expect(transcript).toBe('');
  expect(heard.of('conversation.item.input_audio_transcription.delta')).toHaveLength(0);
});

test('audio before the session says µ-law is not understood', async () => {
  const { dial } = await sandboxWith();
  const client = dial();
  await client.heard.next('session.created');
  client.append(soundOf('too early'));
  client.update({ audio: { input: EARS } });
  client.append(soundOf('in time'), silence(600));
  const { transcript } = await client.heard.next('conversation.item.input_audio_transcription.completed');
  expect(transcript).toBe('in time');
});

test('a session left to itself answers by itself, and lets itself be interrupted', async () => {
  const { dial } = await sandboxWith({ faults: { speed: 5 } });
  const { heard, append } = await ready(dial(), { format: PCMU });
  append(soundOf('hi'), silence(600));
  const { response } = await heard.next('response.created');
  expect(response.conversation_id).toBeDefined();
  await heard.next('response.output_audio.delta');
  append(soundOf('stop'));
  const done = await heard.next('response.done');
  expect(done.response.status_details).toMatchObject({ type: 'cancelled', reason: 'turn_detected' });
});

test('a commit by hand wants audio', async () => {
  const { dial } = await sandboxWith();
  const { heard, append, send, refusal } = await ready(dial(), { ...EARS, turn_detection: null });
  send({ type: 'input_audio_buffer.commit', event_id: 'c1' });
  expect(await refusal()).toMatchObject({ code: 'input_audio_buffer_commit_empty', event_id: 'c1' });
  append(soundOf('by hand'));
  send({ type: 'input_audio_buffer.commit' });
  const { transcript } = await heard.next('conversation.item.input_audio_transcription.completed');
  expect(transcript).toBe('by hand');
  append(soundOf('forgotten'));
  send({ type: 'input_audio_buffer.clear' });
  await heard.next('input_audio_buffer.cleared');
  send({ type: 'input_audio_buffer.commit' });
  expect((await refusal()).code).toBe('input_audio_buffer_commit_empty');
});

test.for(['AAA', 'not base64!', '====', 7])('%s is not taken for audio', async (audio) => {
  const { dial } = await sandboxWith();
  const { send, refusal } = await ready(dial());
  send({ type: 'input_audio_buffer.append', audio });
  expect(await refusal()).toMatchObject({ code: 'invalid_value', param: 'audio' });
});

test('more than 15 MiB at once is refused', async () => {
  const { dial } = await sandboxWith();
  const { send, refusal } = await ready(dial());
  send({ type: 'input_audio_buffer.append', audio: 'A'.repeat(21 * 1024 * 1024) });
  expect((await refusal()).code).toBe('string_above_max_length');
});

test('transcripts can be lost, fail, and come in the wrong order', async () => {
  const { dial, sandbox } = await sandboxWith({ faults: { loseTranscripts: 1, failTranscripts: 1 } });
  const { heard, append } = await ready(dial());
  append(soundOf('lost'), silence(500), soundOf('failed'), silence(500));
  await heard.next('conversation.item.input_audio_transcription.failed');
  sandbox.faults.transcriptsOutOfOrder = true;
  append(soundOf('first'), silence(500), soundOf('second'), silence(500));
  const begunAt = performance.now();
  const texts = [1, 2].map(() => heard.next('conversation.item.input_audio_transcription.completed'));
  expect((await Promise.all(texts)).map((event) => event.transcript)).toEqual(['second', 'first']);
  expect(performance.now() - begunAt).toBeLessThan(1_500);
  expect(sandbox.faults).toMatchObject({ loseTranscripts: 0, failTranscripts: 0 });
});

test('the VAD can leave the commit to the client, which gets all that was said until then', async () => {
  const { dial } = await sandboxWith({ faults: { withholdCommits: true } });
  const { heard, append, send } = await ready(dial());
  append(soundOf('one '), silence(700));
  await heard.next('input_audio_buffer.speech_stopped');
  append(soundOf('two'), silence(700));
  await heard.next('input_audio_buffer.speech_stopped');
  expect(heard.of('input_audio_buffer.committed')).toEqual([]);
  send({ type: 'input_audio_buffer.commit' });
  const { transcript } = await heard.next('conversation.item.input_audio_transcription.completed');
  expect(transcript).toBe('one two');
});

test('the VAD can insist on a longer silence than it is asked for', async () => {
  const { dial } = await sandboxWith({ faults: { leastSilenceMs: 1_000 } });
  const { heard, append } = await ready(dial());
  append(soundOf('one '), silence(980));
  append(soundOf('two'), silence(1_000));
  const { transcript } = await heard.next('conversation.item.input_audio_transcription.completed');
  expect(transcript).toBe('one two');
});

test('a transcription model can be deaf, and another not', async () => {
  const { dial } = await sandboxWith({ faults: { deafTranscribers: [EARS.transcription.model] } });
  const { heard, append, update } = await ready(dial());
  append(soundOf('lost'), silence(700));
  await heard.next('input_audio_buffer.committed');
  update({ audio: { input: { transcription: { model: 'gpt-4o-transcribe' } } } });
  append(soundOf('heard'), silence(700));
  const { transcript } = await heard.next('conversation.item.input_audio_transcription.completed');
  expect(transcript).toBe('heard');
});

test('a server can know one language only', async () => {
  const { dial } = await sandboxWith({ faults: { takesOneLanguage: true } });
  const { update, refusal, heard } = await ready(dial());
  update({ audio: { input: { transcription: { model: 'gpt-transcribe', languages: ['en'] } } } });
  expect((await refusal()).param).toBe('session.audio.input.transcription.languages');
  update({ audio: { input: { transcription: { model: 'gpt-transcribe', language: 'en' } } } });
  await heard.next('session.updated');
});

// ---- voice ----

test('speaks an exact instruction word for word, in pieces that fit no frame', async () => {
  const { dial } = await sandboxWith();
  const { heard, say } = await ready(dial());
  say('Take the second left: it is the red door.', { metadata: { segment: 's1' } });
  const { response } = await heard.next('response.created');
  const done = await heard.next('response.done');
  await heard.next('rate_limits.updated');
  expect(done.response).toMatchObject({ id: response.id, status: 'completed', metadata: { segment: 's1' } });
  expect(spokenIn(heard, response.id)).toBe('Take the second left: it is the red door. ');
  const sizes = heard
    .of('response.output_audio.delta')
    .map(({ delta }) => Buffer.from(delta, 'base64').length);
  expect(sizes.slice(0, -1).every((bytes) => bytes % 160 !== 0 && bytes > 1_500 && bytes < 1_700)).toBe(true);
  expect(heard.all.map((event) => event.type).filter((type, n, all) => type !== all[n - 1])).toEqual([
    'session.created',
    'conversation.created',
    'session.updated',
    'response.created',
    'response.output_item.added',
    'response.content_part.added',
    'response.output_audio_transcript.delta',
    'response.output_audio.delta',
    'response.output_audio.done',
    'response.output_audio_transcript.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.done',
    'rate_limits.updated',
  ]);
});

test('told nothing to say, it says something of its own', async () => {
  const { dial } = await sandboxWith();
  const { heard, send } = await ready(dial());
  send({ type: 'response.create', response: { conversation: 'none', instructions: 'Read: Good morning.' } });
  const { response } = await heard.next('response.done');
  expect(spokenIn(heard, response.id)).not.toContain('Good morning');
});

test('a paraphrase sounds as its transcript says', async () => {
  const { dial } = await sandboxWith({ faults: { paraphrase: true } });
  const { heard, say } = await ready(dial());
  say('No.');
  const { transcript, response_id } = await heard.next('response.output_audio_transcript.done');
  expect(transcript).not.toBe('No.');
  expect(spokenIn(heard, response_id).trim()).toBe(transcript);
});

test('out of band any number at a time, in the default conversation one', async () => {
  const { dial } = await sandboxWith({ faults: { firstAudioMs: 50 } });
  const { heard, say, refusal } = await ready(dial());
  say('a');
  say('b');
  say('c', { conversation: 'auto' });
  say('d', { conversation: 'auto' });
  say('e');
  expect((await refusal()).code).toBe('conversation_already_has_active_response');
  for (let n = 0; n < 4; n++) await heard.next('response.done');
});

test('a response is cancelled by its id; without one only that of the default conversation', async () => {
  const { dial } = await sandboxWith({ faults: { speed: 1 } });
  const { heard, say, send, refusal } = await ready(dial());
  say('This will be cut off in the middle of it all.');
  const { response } = await heard.next('response.created');
  await heard.next('response.output_audio.delta');
  send({ type: 'response.cancel' });
  expect((await refusal()).code).toBe('response_cancel_not_active');
  send({ type: 'response.cancel', response_id: response.id });
  const done = await heard.next('response.done');
  expect(done.response).toMatchObject({
    status: 'cancelled',
    status_details: { reason: 'client_cancelled' },
  });
  expect(spokenIn(heard, response.id)).not.toContain('middle');
  send({ type: 'response.cancel', response_id: response.id });
  expect((await refusal()).code).toBe('response_cancel_not_active');
});

test('a token cap ends the sound where it is reached', async () => {
  const { dial } = await sandboxWith();
  const { heard, say } = await ready(dial());
  say('x'.repeat(200), { max_output_tokens: 20 });
  const { response } = await heard.next('response.done');
  expect(response).toMatchObject({ status: 'incomplete', status_details: { reason: 'max_output_tokens' } });
  expect(spokenIn(heard, response.id).length).toBe(40);
});

test.for([
  ['too many pairs', Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`k${n}`, 'v']))],
  ['too long a key', { ['k'.repeat(65)]: 'v' }],
  ['too long a text', { k: 'v'.repeat(513) }],
  ['no text', { k: 1 }],
] as const)('metadata with %s is refused', async ([, metadata]) => {
  const { dial } = await sandboxWith();
  const { heard, say, refusal } = await ready(dial());
  say('never', { metadata });
  expect((await refusal()).param).toMatch(/^response\.metadata/);
  expect(heard.of('response.created')).toHaveLength(0);
});

test('at the rate limit a response fails and says why', async () => {
  const { dial } = await sandboxWith({ faults: { rateLimitNext: 1 } });
  const { heard, say } = await ready(dial());
  say('a');
  say('b');
  expect((await heard.next('response.done')).response).toMatchObject({
    status: 'failed',
    status_details: { error: { code: 'rate_limit_exceeded' } },
  });
  expect((await heard.next('rate_limits.updated')).rate_limits[0]?.remaining).toBe(0);
  expect((await heard.next('response.done')).response.status).toBe('completed');
});

// ---- ends and faults ----

test('a session ends at its limit, with a word', async () => {
  const { dial } = await sandboxWith({ sessionMs: 50 });
  const client = dial();
  expect((await client.refusal()).code).toBe('session_expired');
  await once(client.socket, 'close');
});

test('a dropped socket breaks without a close frame', async () => {
  const { dial, sandbox } = await sandboxWith();
  const { socket } = await ready(dial());
  sandbox.dropSockets();
  expect((await once(socket, 'close'))[0]).toBe(1006);
});

test('a stalled session says nothing more, not even a pong; a later one does', async () => {
  const { dial, sandbox } = await sandboxWith();
  const stalled = await ready(dial());
  sandbox.stallSockets();
  stalled.socket.on('pong', () => expect.unreachable());
  stalled.socket.ping();
  stalled.say('Anybody?');
  const sound = await ready(dial());
  sound.say('Here.');
  await sound.heard.next('response.done');
  sound.socket.ping();
  await once(sound.socket, 'pong');
  expect(stalled.heard.of('response.created')).toHaveLength(0);
});

test('dials can be refused and delayed', async () => {
  const { dial } = await sandboxWith({ faults: { refuseDials: 1, dialDelayMs: 30 } });
  const [error] = await once(dial().socket, 'error').catch((cause: unknown) => [cause]);
  expect(String(error)).toContain('503');
  const begunAt = performance.now();
  await ready(dial());
  expect(performance.now() - begunAt).toBeGreaterThanOrEqual(29);
});

test('the benchmark sees every event of a client that is taken', async () => {
  const seen: RealtimeClientEvent['type'][] = [];
  const { dial } = await sandboxWith({ onClientEvent: (event) => seen.push(event.type) });
  const { heard, append, say } = await ready(dial());
  append(silence(20));
  say('x');
  await heard.next('response.done');
  expect(seen).toEqual(['session.update', 'input_audio_buffer.append', 'response.create']);
});
