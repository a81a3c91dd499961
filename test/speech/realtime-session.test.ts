import { expect, test } from 'vitest';
import {
  sessionUpdate,
  type ReaderUpdate,
  withoutRefusedPart,
  type SessionOptions,
  vadSilenceWithin,
} from '../../src/speech/realtime-session.ts';

const options: SessionOptions = {
  model: 'gpt-realtime-2.1-mini',
  voice: 'marin',
  transcriptionModel: 'gpt-transcribe',
  language: 'en',
  vad: { threshold: 0.5, silenceMs: 500, prefixMs: 300 },
};

test('[L1, L2] the session hears and reads µ-law and never answers by itself', () => {
  const { session } = sessionUpdate(options);
  expect(session).toMatchObject({
    type: 'realtime',
    output_modalities: ['audio'],
    tools: [],
    tool_choice: 'none',
    reasoning: { effort: 'minimal' },
  });
  expect(session.audio).toEqual({
    input: {
      format: { type: 'audio/pcmu' },
      noise_reduction: { type: 'near_field' },
      transcription: { model: 'gpt-transcribe', languages: ['en'] },
      turn_detection: {
        type: 'server_vad',
        threshold: 0.5,
        prefix_padding_ms: 300,
        silence_duration_ms: 500,
        create_response: false,
        interrupt_response: false,
      },
    },
    output: { format: { type: 'audio/pcmu' }, voice: 'marin' },
  });
});

test.for([
  [700, 240],
  [240, 240],
  [100, 100],
] as const)(
  '[L6] with a wait of %i ms the VAD closes after %i, in whole frames of the line',
  ([waitMs, closesMs]) => {
    expect(vadSilenceWithin(waitMs)).toBe(closesMs);
  },
);

test.for([
  ['gpt-realtime', false],
  ['gpt-realtime-2025-08-28', false],
  ['gpt-realtime-mini-2025-12-15', false],
  ['gpt-realtime-1.5', false],
  ['gpt-realtime-2', true],
  ['gpt-realtime-2.1', true],
  ['gpt-realtime-2.1-mini', true],
  ['gpt-realtime-10', true],
] as const)('%s receives a reasoning effort: %s', ([model, isTold]) => {
  expect('reasoning' in sessionUpdate({ ...options, model }).session).toBe(isTold);
});

test.for([
  ['gpt-transcribe', 'en', { model: 'gpt-transcribe', languages: ['en'] }],
  ['gpt-4o-transcribe', 'en', { model: 'gpt-4o-transcribe', language: 'en' }],
  ['gpt-transcribe', undefined, { model: 'gpt-transcribe' }],
] as const)('sends the language for %s (%s) in its own field', ([transcriptionModel, language, wanted]) => {
  const { session } = sessionUpdate({ ...options, transcriptionModel, language });
  expect(session.audio?.input?.transcription).toEqual(wanted);
});

test.for([
  ['gpt-transcribe', { keywords: ['Weiss', 'Root canal'] }],
  ['whisper-1', { prompt: 'Weiss, Root canal' }],
  ['gpt-4o-transcribe', { prompt: 'Expect these words: Weiss, Root canal.' }],
  ['gpt-4o-transcribe-diarize', {}],
] as const)('%s receives the words to expect in its own format', ([transcriptionModel, wanted]) => {
  const hints = ['Weiss', 'Root canal'];
  const { session } = sessionUpdate({ ...options, transcriptionModel, language: undefined, hints });
  expect(session.audio?.input?.transcription).toEqual({ model: transcriptionModel, ...wanted });
});

test('sends the language beside the words to expect', () => {
  const heard = (transcriptionModel: string) =>
    sessionUpdate({ ...options, transcriptionModel, hints: ['Weiss'] }).session.audio?.input?.transcription;
  expect(heard('gpt-transcribe')).toMatchObject({ languages: ['en'], keywords: ['Weiss'] });
  expect(heard('gpt-4o-transcribe-diarize')).toEqual({ model: 'gpt-4o-transcribe-diarize', language: 'en' });
});

test('sends no list when there are no words to expect', () => {
  const { session } = sessionUpdate({ ...options, hints: [] });
  expect(session.audio?.input?.transcription).not.toHaveProperty('keywords');
});

test('a speed is sent only where one is asked for', () => {
  expect(sessionUpdate({ ...options, speed: 1.2 }).session.audio?.output?.speed).toBe(1.2);
  expect(sessionUpdate({ ...options, speed: 1 }).session.audio?.output).not.toHaveProperty('speed');
  expect(sessionUpdate(options).session.audio?.output).not.toHaveProperty('speed');
});

test('sends the tone, and keeps the instruction to read word for word', () => {
  const told = sessionUpdate(options).session.instructions;
  const toldTone = sessionUpdate({ ...options, tone: 'calm and unhurried' }).session.instructions;
  expect(told).toMatch(/word for word.*Never answer it/);
  expect(told).not.toContain('tone');
  expect(toldTone).toBe(
    `${told} Speak in a tone of voice that is calm and unhurried; it never changes a word.`,
  );
});

test('a voice of the account’s own is named by its ID', () => {
  const { session } = sessionUpdate({ ...options, voice: 'voice_1234' });
  expect(session.audio?.output?.voice).toEqual({ id: 'voice_1234' });
});

test.for([
  'session.reasoning',
  'session.reasoning.effort',
  'session.audio.input.noise_reduction',
  'session.audio.input.noise_reduction.type',
  'session.audio.input.transcription.languages[0]',
  'session.audio.input.transcription.keywords[1]',
  'session.audio.input.turn_detection.threshold',
  'session.audio.output.speed',
  'session.audio.output.voice',
])('%s, when refused, is left out and all else stays', (param) => {
  const update = sessionUpdate({ ...options, speed: 1.1, hints: ['Weiss', 'Kaya'] });
  const lesser = withoutRefusedPart(update, param);
  const leaf = param.replace(/(\.effort|\.type|\[\d\])$/, '').replace(/^session\./, '');
  expect(lesser?.session).not.toHaveProperty(leaf);
  expect(update.session).toHaveProperty(leaf);
  expect(lesser?.session.audio?.input?.turn_detection?.create_response).toBe(false);
  expect(withoutRefusedPart(lesser ?? update, param)).toBeNull();
});

test('[R9] where languages are refused, the session names one, and then none', () => {
  const transcriptionOf = (update: ReaderUpdate | null) => update?.session.audio?.input?.transcription;
  const path = 'session.audio.input.transcription';
  const one = withoutRefusedPart(sessionUpdate(options), `${path}.languages`);
  expect(transcriptionOf(one)).toEqual({ model: 'gpt-transcribe', language: 'en' });
  const none = withoutRefusedPart(one ?? sessionUpdate(options), `${path}.language`);
  expect(transcriptionOf(none)).toEqual({ model: 'gpt-transcribe' });
});

test.for([
  null,
  'session',
  'session.type',
  'session.audio.input.format.type',
  'session.audio.input.turn_detection',
  'session.audio.input.turn_detection.create_response',
  'session.audio.input.transcription',
  'session.audio.output.speedy',
])('[L2] without %s there is no call, so nothing is left out', (param) => {
  expect(withoutRefusedPart(sessionUpdate({ ...options, speed: 1.1 }), param)).toBeNull();
});
