// Sets up a Realtime session that only transcribes and reads aloud. One refused part voids the whole `session.update`, with
// the audio format and the two switches that stop the model from answering; so optional parts can be removed and the rest
// sent again.
import type {
  AudioTranscription,
  RealtimeSessionCreateRequest,
  SessionUpdateEvent,
} from 'openai/resources/realtime/realtime';
import { isRecord } from '../call/json.ts';
import { readerInstructions } from './reading.ts';

export interface SessionOptions {
  readonly model: string;
  /** A built-in one by its name, or one of the account's own by its ID (`voice_…`). */
  readonly voice: string;
  readonly speed?: number | undefined;
  /** As in "a tone of voice that is calm and unhurried". */
  readonly tone?: string | undefined;
  readonly transcriptionModel: string;
  /** Names and words to expect from the caller. */
  readonly hints?: readonly string[] | undefined;
  /** ISO 639-1; without one the transcription model finds out by itself. */
  readonly language?: string | undefined;
  readonly vad: { readonly threshold: number; readonly silenceMs: number; readonly prefixMs: number };
}

export interface ReaderUpdate extends SessionUpdateEvent {
  session: RealtimeSessionCreateRequest;
}

/** Twelve of Twilio's frames. With 250 ms the VAD would need a thirteenth. */
const VAD_SILENCE_MS = 240;

/**
 * L6: the silence, in ms, after which the VAD closes an utterance: sooner than the caller has finished, so that the
 * transcript is made in the wait.
 */
export function vadSilenceWithin(waitMs: number): number {
  return Math.min(VAD_SILENCE_MS, waitMs);
}

const ACCOUNT_VOICE = /^voice_/;

/** 2 and later, but not the dated snapshots of the first (gpt-realtime-2025-08-28). */
const REASONING_MODEL = /^gpt-realtime-(?:[2-9]|[1-9]\d)(?:\.\d+)?(?:-|$)/;
/** These take `languages` and `keywords`; the others `language` and, all but a few, `prompt`. */
const MODELS_WITH_LISTS = new Set(['gpt-transcribe']);
const MODELS_WITHOUT_PROMPT = new Set(['gpt-4o-transcribe-diarize']);

export function sessionUpdate(options: SessionOptions): ReaderUpdate {
  const { model, voice, speed = 1, tone = '', vad } = options;
  return {
    type: 'session.update',
    session: {
      type: 'realtime',
      output_modalities: ['audio'],
      instructions: readerInstructions(tone),
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
        output: {
          format: { type: 'audio/pcmu' },
          voice: ACCOUNT_VOICE.test(voice) ? { id: voice } : voice,
          ...(speed === 1 ? {} : { speed }),
        },
      },
    },
  };
}

function transcription(options: SessionOptions): AudioTranscription {
  const { transcriptionModel: model, language, hints = [] } = options;
  const hasLists = MODELS_WITH_LISTS.has(model);
  const told = language === undefined ? {} : hasLists ? { languages: [language] } : { language };
  if (hints.length === 0 || MODELS_WITHOUT_PROMPT.has(model)) return { model, ...told };
  if (hasLists) return { model, ...told, keywords: [...hints] };
  // Whisper's prompt is a list of keywords, that of the others a text.
  const words = hints.join(', ');
  return { model, ...told, prompt: model === 'whisper-1' ? words : `Expect these words: ${words}.` };
}

/** Parts that a call can do without, and how to remove them. A call in another voice is better than no call. */
const OPTIONAL_PARTS = [
  'session.reasoning',
  'session.audio.input.noise_reduction',
  'session.audio.input.transcription.language',
  'session.audio.input.transcription.languages',
  'session.audio.input.transcription.keywords',
  'session.audio.input.transcription.prompt',
  'session.audio.input.turn_detection.threshold',
  'session.audio.input.turn_detection.prefix_padding_ms',
  'session.audio.input.turn_detection.silence_duration_ms',
  'session.audio.output.speed',
  'session.audio.output.voice',
];

/** Some models, or some servers, know only the singular. */
function useOneLanguage(transcription: AudioTranscription | null | undefined): void {
  const [language] = transcription?.languages ?? [];
  if (!transcription || language === undefined) return;
  delete transcription.languages;
  transcription.language = language;
}

/**
 * The same update without the part that `param` of the error names, or lies within (`….languages[0]`); null when a call
 * cannot do without it, or it is gone already.
 */
export function withoutRefusedPart(update: ReaderUpdate, param: string | null): ReaderUpdate | null {
  if (param === null) return null;
  const path = OPTIONAL_PARTS.find(
    (part) => param.startsWith(part) && /^(?:$|[.[])/.test(param.slice(part.length)),
  );
  if (path === undefined) return null;
  const lesser = structuredClone(update);
  if (path.endsWith('.languages')) useOneLanguage(lesser.session.audio?.input?.transcription);
  else remove(lesser, path.split('.'));
  return JSON.stringify(lesser) === JSON.stringify(update) ? null : lesser;
}

function remove(from: unknown, [name = '', ...inside]: readonly string[]): void {
  if (!isRecord(from)) return;
  if (inside.length === 0) Reflect.deleteProperty(from, name);
  else remove(from[name], inside);
}
