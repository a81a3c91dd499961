import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { profilesAnswer, speechToTextAnswer } from '../../src/engine/engine-schemas.ts';
import { telephoneSound } from '../../src/engine/telephone-sound.ts';
import { readWave } from '../../src/call/wav.ts';
import { coughOf, silence, soundOf, ToneListener } from '../../sandbox/tones.ts';
import { EngineServer, eventually, right, wrong } from './engine-server.ts';
import { linearOf, waveFile } from './wave-files.ts';

const WORDS = 'We are open from 9 to 6. On Sundays we are closed.';

/** What is heard in an answer that is a WAV file. */
async function heardIn(response: Response): Promise<string> {
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('audio/wav');
  return wordsIn(Buffer.from(await response.arrayBuffer()));
}

function wordsIn(file: Buffer): string {
  const wave = readWave(file);
  if (typeof wave === 'string') throw new Error(wave);
  expect(wave).toMatchObject({ format: 'mulaw', channels: 1, rateHz: 8_000 });
  return textOf(wave.data);
}

function textOf(sound: Buffer): string {
  const listener = new ToneListener();
  listener.hear(sound);
  listener.pause();
  // The voice breathes after each segment.
  return listener.text.trim();
}

function said(words: string): Buffer<ArrayBuffer> {
  return waveFile({ codec: 7, data: soundOf(words) });
}

test('speech-to-text understands what text-to-speech says', async () => {
  const engine = await EngineServer.start();
  const spoken = await engine.post('/text-to-speech', { text: WORDS });
  expect(spoken.headers.get('x-spoken-verbatim')).toBe('yes');
  const file = Buffer.from(await spoken.arrayBuffer());
  const understood = await right(engine.postSound('/speech-to-text', file), speechToTextAnswer);
  expect(understood).toEqual({ text: WORDS, unclear: 0, durationMs: (file.length - 58) / 8 });
});

test('[T2] [T7] text is made speakable and spoken in order, once', async () => {
  const engine = await EngineServer.start();
  const text =
    '# Prices\n\n- **Tulips** are $12.\n- Roses are [here](https://roses.example/x). 🌹 See Dr. Weiss.';
  const spoken = await engine.post('/text-to-speech', { text, profile: '+15550002222' });
  expect(await heardIn(spoken)).toBe('Prices Tulips are $12. Roses are here. See Dr. Weiss.');
});

test('[T6] the header reports a voice that strays from the text, and the audio is sent all the same', async () => {
  const engine = await EngineServer.start({ openAi: { realtimeFaults: { paraphrase: true } } });
  const spoken = await engine.post('/text-to-speech', { text: 'We are open.' });
  expect(spoken.headers.get('x-spoken-verbatim')).toBe('no');
  expect(await heardIn(spoken)).toContain('We are open.');
});

test.each([
  ['nothing said', '', '*/*', 7],
  ['format=pcm16', '?format=pcm16', '*/*', 1],
  ['format=mulaw', '?format=mulaw', 'audio/wav;codec=1', 7],
  ['any WAV', '', 'audio/wav', 7],
  ['16 bit by its number', '', 'audio/vnd.wave;codec=1', 1],
  ['either, 16 bit rather', '', 'audio/wav;codec=7;q=0.5, audio/wav;codec=1', 1],
])('the samples have the requested format: %s', async (_, query, accept, codec) => {
  const engine = await EngineServer.start();
  const spoken = await engine.post(`/text-to-speech${query}`, { text: 'Hi' }, { headers: { accept } });
  const file = Buffer.from(await spoken.arrayBuffer());
  expect(file.readUInt16LE(20)).toBe(codec);
  const wave = readWave(file);
  if (typeof wave === 'string') throw new Error(wave);
  expect(textOf(Buffer.concat([...telephoneSound(wave)]))).toBe('Hi');
});

test('a response that breaks off is requested again, and nothing is heard twice', async () => {
  const engine = await EngineServer.start({ openAi: { realtimeFaults: { breakOffNext: 2 } } });
  expect(await heardIn(await engine.post('/text-to-speech', { text: 'Ten roses. And a card.' }))).toBe(
    'Ten roses. And a card.',
  );
});

test('a voice that keeps breaking off fails with a code and a log line', async () => {
  const engine = await EngineServer.start({ openAi: { realtimeFaults: { breakOffNext: 99 } } });
  expect(await wrong(engine.post('/text-to-speech', { text: 'Ten roses.' }))).toBe('502 speech_unavailable');
  expect(engine.logged).toEqual(['engine: speech unavailable: not spoken']);
});

test('a session that cannot be set up fails with a code', async () => {
  const engine = await EngineServer.start({
    openAi: { realtimeFaults: { refuseUpdatePart: 'session.audio.output.format' } },
  });
  expect(await wrong(engine.post('/text-to-speech', { text: 'Ten roses.' }))).toBe('502 speech_unavailable');
  expect(await wrong(engine.postSound('/speech-to-text', said('Hello')))).toBe('502 speech_unavailable');
});

test('speech-to-text accepts raw µ-law and common WAV files', async () => {
  const engine = await EngineServer.start();
  const files: [Buffer<ArrayBuffer>, string][] = [
    [Buffer.from(soundOf('Twelve roses')), 'audio/basic'],
    [waveFile({ rateHz: 16_000, data: linearOf(soundOf('Twelve roses'), 16_000) }), 'audio/x-wav'],
    [
      waveFile({ rateHz: 44_100, channels: 2, data: linearOf(soundOf('Twelve roses'), 44_100, 2) }),
      'audio/wave; charset=binary',
    ],
  ];
  const understood = await Promise.all(
    files.map(([file, type]) => right(engine.postSound('/speech-to-text', file, type), speechToTextAnswer)),
  );
  expect(understood.map(({ text }) => text)).toEqual(['Twelve roses', 'Twelve roses', 'Twelve roses']);
});

test('[L3] utterances are joined in the order of the audio; those without words are counted', async () => {
  const engine = await EngineServer.start({ openAi: { realtimeFaults: { transcriptsOutOfOrder: true } } });
  const sound = Buffer.concat([
    silence(300),
    soundOf('One.'),
    silence(700),
    soundOf('Two.'),
    silence(700),
    coughOf(300),
    silence(700),
    soundOf('Three.'),
  ]);
  const understood = await right(
    engine.postSound('/speech-to-text', waveFile({ codec: 7, data: sound })),
    speechToTextAnswer,
  );
  expect(understood).toMatchObject({ text: 'One. Two. Three.', unclear: 1 });
});

test('silence gives an empty transcript', async () => {
  const engine = await EngineServer.start();
  const file = waveFile({ codec: 7, data: silence(1_000) });
  const understood = await right(engine.postSound('/speech-to-text', file), speechToTextAnswer);
  expect(understood).toEqual({ text: '', unclear: 0, durationMs: 1_000 });
});

test('a long stretch without a pause is heard whole, although the session is lost in the middle', async () => {
  let appended = 0;
  const engine = await EngineServer.start({
    openAi: {
      onRealtimeEvent: ({ type }) => {
        if (type === 'input_audio_buffer.append' && ++appended === 170) engine.openAi.realtime.dropSockets();
      },
    },
  });
  const words = 'Roses for Ann, and a card that says it. '.repeat(45).trim();
  const understood = await right(engine.postSound('/speech-to-text', said(words)), speechToTextAnswer);
  expect(understood.text).toBe(words);
  expect(understood.durationMs).toBeGreaterThan(35_000);
  expect(engine.openAi.realtime.sessionsEver).toBe(2);
});

test('sessions that keep getting lost fail with a code', async () => {
  const engine = await EngineServer.start({
    openAi: {
      onRealtimeEvent: ({ type }) => {
        if (type === 'input_audio_buffer.append') engine.openAi.realtime.dropSockets();
      },
    },
  });
  expect(await wrong(engine.postSound('/speech-to-text', said('Hello')))).toBe('502 speech_unavailable');
  expect(engine.openAi.realtime.sessionsEver).toBe(2);
});

test('an unsupported format is refused with the supported ones', async () => {
  const engine = await EngineServer.start();
  const refused = await engine.postSound('/speech-to-text', Buffer.from('ID3 and so on'), 'audio/mpeg');
  expect(await refused.clone().json()).toMatchObject({
    error: { message: expect.stringContaining('audio/wav') },
  });
  expect(await wrong(refused)).toBe('415 unsupported_audio');
  const send = (sound: Buffer<ArrayBuffer>, type?: string): Promise<string> =>
    wrong(engine.postSound('/speech-to-text', sound, type));
  expect(await send(Buffer.from('no RIFF at all'))).toBe('415 unsupported_audio');
  expect(await send(waveFile({ rateHz: 96_000, data: Buffer.alloc(8) }))).toBe('415 unsupported_audio');
  expect(await send(Buffer.alloc(0), 'audio/basic')).toBe('400 empty_audio');
  expect(await wrong(engine.fetch('/speech-to-text', { method: 'POST' }))).toBe('415 unsupported_audio');
  expect(await send(waveFile({ data: Buffer.alloc(0) }))).toBe('400 empty_audio');
  expect(await send(Buffer.alloc(120 * 8_000 + 1), 'audio/basic')).toBe('413 too_long');
  expect(await send(Buffer.alloc(10 * 1024 * 1024 + 1), 'audio/basic')).toBe('413 too_large');
  const zipped = {
    method: 'POST',
    headers: { 'content-type': 'audio/wav', 'content-encoding': 'gzip' },
    body: 'x',
  };
  expect(await wrong(engine.fetch('/speech-to-text', zipped))).toBe('415 unsupported_media_type');
  expect(engine.openAi.realtime.sessionsEver).toBe(0);
});

test('a wrong request is refused with the field', async () => {
  const engine = await EngineServer.start();
  const say = (body: unknown, query = ''): Promise<string> =>
    wrong(engine.post(`/text-to-speech${query}`, body));
  expect(await say({})).toBe('422 invalid_request text');
  expect(await say({ text: ' \n ' })).toBe('422 invalid_request text');
  expect(await say({ text: 'x'.repeat(4_001) })).toBe('422 invalid_request text');
  expect(await say({ text: 'Hi', voice: 'marin' })).toBe('422 invalid_request voice');
  expect(await say({ text: 'Hi', profile: 'nobody' })).toBe('400 unknown_profile profile');
  expect(await say({ text: '🌹 — ***' })).toBe('422 nothing_to_say text');
  expect(await say({ text: 'Hi' }, '?format=mp3')).toBe('422 invalid_request format');
  expect(await say({ text: 'x'.repeat(200_000) })).toBe('413 too_large');
  const mp3 = { headers: { accept: 'audio/mpeg' } };
  expect(await wrong(engine.post('/text-to-speech', { text: 'Hi' }, mp3))).toBe('406 not_acceptable');
  const plain = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'Hi' };
  expect(await wrong(engine.fetch('/text-to-speech', plain))).toBe('415 unsupported_media_type');
  const broken = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"text":' };
  expect(await wrong(engine.fetch('/text-to-speech', broken))).toBe('400 invalid_json');
  expect(await wrong(engine.postSound('/speech-to-text?profile=nobody', said('Hi')))).toBe(
    '400 unknown_profile profile',
  );
  expect(await wrong(engine.postSound('/speech-to-text?lang=en', said('Hi')))).toBe(
    '422 invalid_request lang',
  );
  expect(engine.openAi.realtime.sessionsEver).toBe(0);
});

test('every wrong field has its error, and none repeats the request', async () => {
  const engine = await EngineServer.start();
  const answer = await engine.post('/text-to-speech', { text: 7, profile: '', tone: 'secret-word' });
  const body: unknown = await answer.json();
  expect(body).toMatchObject({ errors: [{ field: 'text' }, { field: 'profile' }, { field: 'tone' }] });
  expect(JSON.stringify(body)).not.toContain('secret-word');
});

test('[R5] requests beyond the limit are refused until a session is free', async () => {
  const engine = await EngineServer.start({
    limits: { maxSessions: 1 },
    openAi: { realtimeFaults: { speed: 10 } },
  });
  const first = engine.post('/text-to-speech', { text: 'Ten roses.' });
  await engine.realtimeAsked('response.create');
  const second = await engine.post('/text-to-speech', { text: 'Ten tulips.' });
  expect(second.headers.get('retry-after')).toBe('5');
  expect(await wrong(second)).toBe('503 busy');
  expect(await wrong(engine.postSound('/speech-to-text', said('Hi')))).toBe('503 busy');
  expect(await heardIn(await first)).toBe('Ten roses.');
  expect(await heardIn(await engine.post('/text-to-speech', { text: 'Ten tulips.' }))).toBe('Ten tulips.');
});

test.each(['/text-to-speech', '/speech-to-text'])(
  '[E4] work stops when the client leaves: %s',
  async (path) => {
    const engine = await EngineServer.start({
      limits: { maxSessions: 1 },
      openAi: { realtimeFaults: { speed: 1 } },
    });
    const leaving = new AbortController();
    const { signal } = leaving;
    const asked =
      path === '/text-to-speech'
        ? engine.post(path, { text: WORDS }, { signal })
        : engine.postSound(path, said(WORDS.repeat(10)), 'audio/wav', { signal });
    await engine.realtimeAsked(path === '/text-to-speech' ? 'response.create' : 'input_audio_buffer.append');
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await eventually(() => expect(engine.openAi.realtime.openSessions).toBe(0));
    const next = await engine.post('/text-to-speech', { text: '.' });
    expect(await wrong(next)).toBe('422 nothing_to_say text');
    expect(engine.logged).toEqual([]);
  },
);

test('[R4] a broken upload gives its speech session back', async () => {
  const engine = await EngineServer.start({ limits: { maxSessions: 1 } });
  const { port } = new URL(engine.url);
  const socket = connect(Number(port), '127.0.0.1');
  const head =
    'POST /speech-to-text HTTP/1.1\r\nHost: x\r\nContent-Type: audio/wav\r\nContent-Length: 1000\r\n\r\n';
  socket.write(`${head}RIFF`);
  const hasPlace = async (): Promise<boolean> =>
    (await wrong(engine.post('/text-to-speech', { text: '.' }))) !== '503 busy';
  await eventually(async () => expect(await hasPlace()).toBe(false));
  socket.destroy();
  await eventually(async () => expect(await hasPlace()).toBe(true));
});

test('[R2] a stopping process says so at once, to waiting clients too', async () => {
  const engine = await EngineServer.start({ openAi: { realtimeFaults: { speed: 1 } } });
  const waiting = engine.post('/text-to-speech', { text: WORDS });
  await engine.realtimeAsked('response.create');
  engine.closing.abort();
  expect(await wrong(waiting)).toBe('503 closing');
  expect(await wrong(engine.post('/text-to-speech', { text: WORDS }))).toBe('503 closing');
  await eventually(() => expect(engine.openAi.realtime.openSessions).toBe(0));
});

test('the profiles are listed', async () => {
  const engine = await EngineServer.start();
  const { profiles } = await right(engine.fetch('/profiles'), profilesAnswer);
  expect(profiles.map(({ name }) => name)).toEqual(['default', '+15550002222']);
});
