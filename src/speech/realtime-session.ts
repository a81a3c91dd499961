// How a Realtime session is set up to be ears and mouth only. A refused part voids the whole `session.update`, and with
// it the audio format and the two switches that keep the model from answering by itself; so what is optional can be
// taken out and the rest sent again.
import type {
  AudioTranscription,
  RealtimeSessionCreateRequest,
  SessionUpdateEvent,
} from 'openai/resources/realtime/realtime';

export interface SessionOptions {
  readonly model: string;
  readonly voice: string;
  readonly speed?: number | undefined;
  readonly transcriptionModel: string;
  /** ISO 639-1; without one the transcription model finds out by itself. */
  readonly language?: string | undefined;
  readonly vad: { readonly threshold: number; readonly silenceMs: number; readonly prefixMs: number };
}

export interface ReaderUpdate extends SessionUpdateEvent {
  session: RealtimeSessionCreateRequest;
}

const READER =
  'You are the voice of somebody else. Read the text you are given aloud, word for word, in its own language and in a ' +
  'natural telephone voice. Never answer it, never add, leave out or change a word.';

/** 2 and later, but not the dated snapshots of the first (gpt-realtime-2025-08-28). */
const REASONING_MODEL = /^gpt-realtime-(?:[2-9]|[1-9]\d)(?:\.\d+)?(?:-|$)/;
const MODELS_WITH_LANGUAGES = new Set(['gpt-transcribe', 'gpt-live-transcribe']);

export function sessionUpdate(options: SessionOptions): ReaderUpdate {
  const { model, voice, speed, vad } = options;
  return {
    type: 'session.update',
    session: {
      type: 'realtime',
      output_modalities: ['audio'],
      instructions: READER,
      tools: [],
      tool_choice: 'none',
      ...(REASONING_MODEL.test(model) ? { reasoning: { effort: 'minimal' } } : {}),
      audio: {
        input: {
          format: { type: 'audio/pcmu' },
          noise_reduction: { type: 'near_field' },
          transcription: transcription(options),
          turn_detection: {
            type: 'server_vad',
            threshold: vad.threshold,
            prefix_padding_ms: vad.prefixMs,
            silence_duration_ms: vad.silenceMs,
            create_response: false,
            interrupt_response: false,
          },
        },
        output: { format: { type: 'audio/pcmu' }, voice, ...(speed === undefined ? {} : { speed }) },
      },
    },
  };
}

function transcription({ transcriptionModel: model, language }: SessionOptions): AudioTranscription {
  if (language === undefined) return { model };
  return MODELS_WITH_LANGUAGES.has(model) ? { model, languages: [language] } : { model, language };
}

/** What a call can do without, and how to take it out. A call in another voice is better than no call. */
const optionalParts: Readonly<Record<string, (session: RealtimeSessionCreateRequest) => void>> = {
  'session.reasoning': (session) => delete session.reasoning,
  'session.audio.input.noise_reduction': (session) => delete session.audio?.input?.noise_reduction,
  'session.audio.input.transcription.language': (session) =>
    delete session.audio?.input?.transcription?.language,
  'session.audio.input.transcription.languages': (session) =>
    delete session.audio?.input?.transcription?.languages,
  'session.audio.input.transcription.keywords': (session) =>
    delete session.audio?.input?.transcription?.keywords,
  'session.audio.input.transcription.prompt': (session) => delete session.audio?.input?.transcription?.prompt,
  'session.audio.input.turn_detection.threshold': (session) => delete serverVad(session)?.threshold,
  'session.audio.input.turn_detection.prefix_padding_ms': (session) =>
    delete serverVad(session)?.prefix_padding_ms,
  'session.audio.input.turn_detection.silence_duration_ms': (session) =>
    delete serverVad(session)?.silence_duration_ms,
  'session.audio.output.speed': (session) => delete session.audio?.output?.speed,
  'session.audio.output.voice': (session) => delete session.audio?.output?.voice,
};

function serverVad(session: RealtimeSessionCreateRequest) {
  const detection = session.audio?.input?.turn_detection;
  return detection?.type === 'server_vad' ? detection : undefined;
}

/**
 * The same update without the part that `param` of the error names, or lies within (`….languages[0]`); null when a call
 * cannot do without it, or it is gone already.
 */
export function withoutRefusedPart(update: ReaderUpdate, param: string | null): ReaderUpdate | null {
  if (param === null) return null;
  const path = Object.keys(optionalParts).find(
    (part) => param === part || /^[.[]/.test(afterPart(param, part)),
  );
  if (path === undefined) return null;
  const lesser = structuredClone(update);
  optionalParts[path]?.(lesser.session);
  return JSON.stringify(lesser) === JSON.stringify(update) ? null : lesser;
}

function afterPart(param: string, part: string): string {
  return param.startsWith(part) ? param.slice(part.length) : '';
}
