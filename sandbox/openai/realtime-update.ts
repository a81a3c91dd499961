// The session's settings and how an update changes them: only what is present, and never the model, nor the voice once
// it has been heard.
import { isDeepStrictEqual } from 'node:util';
import type { AudioTranscription, RealtimeSessionCreateRequest } from 'openai/resources/realtime/realtime';
import type { Refusal } from './realtime-far-end.ts';

export const MODELS = [
  'gpt-realtime',
  'gpt-realtime-2025-08-28',
  'gpt-realtime-1.5',
  'gpt-realtime-2',
  'gpt-realtime-2.1',
  'gpt-realtime-2.1-mini',
  'gpt-realtime-mini',
];
const REASONING_MODELS = new Set(['gpt-realtime-2', 'gpt-realtime-2.1', 'gpt-realtime-2.1-mini']);
const MODELS_WITH_LISTS = new Set(['gpt-transcribe', 'gpt-live-transcribe']);
/** They refuse any turn detection: their client commits. */
const MODELS_WITHOUT_VAD = new Set(['gpt-live-transcribe', 'gpt-realtime-whisper']);
const MODELS_WITHOUT_PROMPT = new Set(['gpt-realtime-whisper', 'gpt-4o-transcribe-diarize']);

/** What a session is before its first update: another audio format than a phone's, and a model that answers by itself. */
export function freshSettings(model: string): RealtimeSessionCreateRequest {
  return {
    type: 'realtime',
    model,
    output_modalities: ['audio'],
    instructions: 'You are a helpful, witty, and friendly AI.',
    tools: [],
    tool_choice: 'auto',
    max_output_tokens: 'inf',
    audio: {
      input: {
        format: { type: 'audio/pcm', rate: 24_000 },
        turn_detection: { ...SERVER_VAD },
      },
      output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: 'alloy', speed: 1 },
    },
  };
}

const SERVER_VAD = {
  type: 'server_vad',
  threshold: 0.5,
  prefix_padding_ms: 300,
  silence_duration_ms: 500,
  create_response: true,
  interrupt_response: true,
} as const;

/** The settings after the update. The fields themselves have been checked already. */
export function updated(
  now: RealtimeSessionCreateRequest,
  update: RealtimeSessionCreateRequest,
): RealtimeSessionCreateRequest {
  const input = { ...now.audio?.input, ...update.audio?.input };
  if (input.turn_detection?.type === 'server_vad') {
    input.turn_detection = { ...SERVER_VAD, ...input.turn_detection };
  }
  return { ...now, ...update, audio: { input, output: { ...now.audio?.output, ...update.audio?.output } } };
}

/** What is wrong with fields that are right each for itself. */
export function updateRefusal(
  now: RealtimeSessionCreateRequest,
  update: RealtimeSessionCreateRequest,
  circumstances: {
    readonly hasSpoken: boolean;
    readonly refusedPart: string | null;
    readonly takesOneLanguage: boolean;
  },
): Refusal | null {
  const { refusedPart, hasSpoken, takesOneLanguage } = circumstances;
  if (refusedPart !== null && isPresent({ session: update }, refusedPart)) {
    return refusal('unknown_parameter', refusedPart, `Unknown parameter: '${refusedPart}'.`);
  }
  if (update.model !== undefined && update.model !== now.model) {
    return refusal('invalid_value', 'session.model', 'The model of a session cannot be changed.');
  }
  const voice = update.audio?.output?.voice;
  if (hasSpoken && voice !== undefined && !isDeepStrictEqual(voice, now.audio?.output?.voice)) {
    return refusal(
      'cannot_update_voice',
      'session.audio.output.voice',
      'Cannot update a conversation’s voice if assistant audio is present.',
    );
  }
  if (update.reasoning !== undefined && !REASONING_MODELS.has(now.model ?? '')) {
    return refusal('invalid_value', 'session.reasoning', 'Reasoning is not supported by this model.');
  }
  const { transcription, turn_detection: detection } = { ...now.audio?.input, ...update.audio?.input };
  if (detection && MODELS_WITHOUT_VAD.has(transcription?.model ?? '')) {
    const message = 'Turn detection is not supported for this transcription model.';
    return refusal('invalid_value', 'session.audio.input.turn_detection', message);
  }
  return transcriptionRefusal(update.audio?.input?.transcription ?? {}, takesOneLanguage);
}

/** Models that write down what was said differ in what they can be told beforehand. */
function transcriptionRefusal(transcription: AudioTranscription, takesOneLanguage: boolean): Refusal | null {
  const { model = '' } = transcription;
  const hasLists = MODELS_WITH_LISTS.has(model);
  const isTaken: { readonly [Name in keyof Required<AudioTranscription>]: boolean } = {
    model: true,
    language: !hasLists || takesOneLanguage,
    languages: hasLists && !takesOneLanguage,
    keywords: hasLists,
    prompt: !MODELS_WITHOUT_PROMPT.has(model),
    delay: model === 'gpt-realtime-whisper',
  };
  const wrong = Object.entries(isTaken).find(([name, is]) => !is && name in transcription)?.[0];
  if (wrong === undefined) return null;
  const param = `session.audio.input.transcription.${wrong}`;
  return refusal('invalid_value', param, `'${wrong}' is not supported by ${model}.`);
}

function refusal(code: string, param: string, message: string): Refusal {
  return { code, param, message };
}

function isPresent(root: unknown, path: string): boolean {
  let here: unknown = root;
  for (const name of path.split('.')) {
    if (typeof here !== 'object' || here === null || !(name in here)) return false;
    here = new Map(Object.entries(here)).get(name);
  }
  return true;
}
