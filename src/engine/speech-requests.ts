// Speech to text and text to speech, without an agent.
import { Sentences } from '../call/sentences.ts';
import { check, type Checked, refused, wrong } from '../http/checking.ts';
import { AUDIO_TYPES, soundIn, TAKEN } from './audio-in.ts';
import type { EngineOptions, EngineProfile } from './engine-profile.ts';
import { type Format, speechToTextQuery, textToSpeechQuery, textToSpeechRequest } from './engine-schemas.ts';
import { answered, type Exchange, type Handle, jsonOf, readAudio } from './exchange.ts';
import { speechProblem } from './failures.ts';
import { type Heard, transcribe } from './hearing.ts';
import { ReadingAloud, type ReadAloud } from './reading-aloud.ts';
import type { Slots } from './slots.ts';
import { telephoneSound } from './telephone-sound.ts';
import { durationMsOf, type Wave, writeWave } from '../call/wav.ts';

export const VERBATIM_HEADER = 'X-Spoken-Verbatim';

/** The samples by `Accept` header; the first one if the header allows any. RFC 2361 numbers the codecs. */
const BY_TYPE: ReadonlyMap<string, Format> = new Map([
  ['audio/wav;codec=7', 'mulaw'],
  ['audio/wav;codec=1', 'pcm16'],
  ['audio/vnd.wave;codec=7', 'mulaw'],
  ['audio/vnd.wave;codec=1', 'pcm16'],
]);

export function profileOf(options: EngineOptions, name: string): Checked<EngineProfile> {
  const profile = options.profile(name);
  return profile === null
    ? refused('unknown_profile', 'No profile has this name: see GET /profiles.', 'profile')
    : { is: 'right', value: profile };
}

export async function soundOf(exchange: Exchange): Promise<Checked<Wave>> {
  const { req, res } = exchange;
  const type = req.is(AUDIO_TYPES);
  // No body, so its type does not matter.
  if (type === null) return soundIn('audio/basic', Buffer.alloc(0));
  if (type === false) return refused('unsupported_audio', `The content type is another one. ${TAKEN}`);
  const problem = await readAudio(req, res);
  return problem === null ? soundIn(type, req.body) : wrong(problem);
}

export async function wordsIn(
  wave: Wave,
  profile: EngineProfile,
  { clock, vadSilenceMs, log }: EngineOptions,
  signal: AbortSignal,
): Promise<Checked<Extract<Heard, { is: 'heard' }>>> {
  const heard = await transcribe({
    clock,
    vadSilenceMs,
    signal,
    openSpeech: (onEvent) => profile.openSpeech(onEvent),
    sound: () => telephoneSound(wave),
  });
  if (heard.is === 'heard') return { is: 'right', value: heard };
  return wrong(speechProblem(heard, log));
}

export async function readAloud(
  text: string,
  profile: EngineProfile,
  { clock }: EngineOptions,
  signal: AbortSignal,
): Promise<ReadAloud | null> {
  const sentences = new Sentences();
  const segments = [...sentences.push(text), ...sentences.end()];
  if (segments.length === 0) return null;
  const reading = new ReadingAloud({ clock, openSpeech: (onEvent) => profile.openSpeech(onEvent), signal });
  try {
    for (const segment of segments) reading.say(segment);
    return await reading.finish();
  } finally {
    reading.close();
  }
}

export function speechToText(options: EngineOptions, slots: Slots): Handle {
  return async (exchange) => {
    const query = check(speechToTextQuery, exchange.req.query);
    if (query.is === 'wrong') return query;
    const profile = profileOf(options, query.value.profile);
    if (profile.is === 'wrong') return profile;
    return slots.hold(async () => {
      const sound = await soundOf(exchange);
      if (sound.is === 'wrong') return sound;
      const words = await wordsIn(sound.value, profile.value, options, exchange.signal);
      if (words.is === 'wrong') return words;
      const { text, unclear } = words.value;
      return answered(200, { text, unclear, durationMs: Math.round(durationMsOf(sound.value)) });
    });
  };
}

export function textToSpeech(options: EngineOptions, slots: Slots): Handle {
  return async (exchange) => {
    const { req, signal } = exchange;
    const query = check(textToSpeechQuery, req.query);
    if (query.is === 'wrong') return query;
    const wanted = req.accepts([...BY_TYPE.keys()]);
    const format = query.value.format ?? (wanted === false ? undefined : BY_TYPE.get(wanted));
    if (format === undefined)
      return refused(
        'not_acceptable',
        'The answer is audio/wav; add codec=7 (µ-law) or codec=1 (16 bit PCM) to choose.',
      );
    const request = await jsonOf(exchange, textToSpeechRequest);
    if (request.is === 'wrong') return request;
    const profile = profileOf(options, request.value.profile);
    if (profile.is === 'wrong') return profile;
    return slots.hold(async () => {
      const sound = await readAloud(request.value.text, profile.value, options, signal);
      if (sound === null) return refused('nothing_to_say', 'Nothing of this text can be read aloud.', 'text');
      if (sound.is === 'failed') return wrong(speechProblem(sound, options.log));
      return answered(200, writeWave(sound.audio, format), {
        'Content-Type': 'audio/wav',
        [VERBATIM_HEADER]: sound.verbatim,
      });
    });
  };
}
