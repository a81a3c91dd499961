// What the GA interface takes from a client, to the field. The tables are keyed by the SDK's own types, so a field that
// an upgrade adds or renames must be decided on here. One wrong field voids the whole event, as with the real one.
import type {
  AudioTranscription,
  ConversationItemCreateEvent,
  ConversationItemDeleteEvent,
  ConversationItemRetrieveEvent,
  ConversationItemTruncateEvent,
  InputAudioBufferAppendEvent,
  InputAudioBufferClearEvent,
  InputAudioBufferCommitEvent,
  RealtimeAudioConfig,
  RealtimeAudioConfigInput,
  RealtimeAudioConfigOutput,
  RealtimeAudioFormats,
  RealtimeAudioInputTurnDetection,
  RealtimeClientEvent,
  RealtimeReasoning,
  RealtimeResponseCreateAudioOutput,
  RealtimeResponseCreateParams,
  RealtimeSessionCreateRequest,
  ResponseCancelEvent,
  ResponseCreateEvent,
  SessionUpdateEvent,
} from 'openai/resources/realtime/realtime';
import type { Refusal } from './realtime-far-end.ts';

const VOICES = 'alloy ash ballad coral echo sage shimmer verse marin cedar'.split(' ');
const MAX_APPEND_BYTES = 15 * 1024 * 1024;

type Check = (value: unknown, param: string) => Refusal | null;

function invalid(param: string, wanted: string): Refusal {
  return { code: 'invalid_value', param, message: `Invalid value for '${param}': expected ${wanted}.` };
}

const anything: Check = () => null;
const text: Check = (value, param) => (typeof value === 'string' ? null : invalid(param, 'a string'));
const flag: Check = (value, param) => (typeof value === 'boolean' ? null : invalid(param, 'a boolean'));

function number(least: number, most: number): Check {
  return (value, param) =>
    typeof value === 'number' && value >= least && value <= most
      ? null
      : invalid(param, `a number from ${least} to ${most}`);
}

function oneOf(...values: readonly unknown[]): Check {
  return (value, param) => (values.includes(value) ? null : invalid(param, `one of ${values.join(', ')}`));
}

function orNull(check: Check): Check {
  return (value, param) => (value === null ? null : check(value, param));
}

function listOf(check: Check, most = Infinity): Check {
  return (value, param) => {
    if (!Array.isArray(value) || value.length > most) return invalid(param, `a list of at most ${most}`);
    return firstRefusal(value.map((one: unknown, i) => check(one, `${param}[${i}]`)));
  };
}

/** Every field of the SDK's type, and how it is checked; any other is an unknown parameter. */
function fields<Shape>(
  known: { readonly [Name in keyof Required<Shape>]: Check },
  ...mandatory: readonly (keyof Shape & string)[]
): Check {
  const checks = new Map<string, Check>(Object.entries(known));
  return (value, param) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return invalid(param, 'an object');
    const missing = mandatory.find((name) => !(name in value));
    if (missing !== undefined) return lacking(within(param, missing));
    return firstRefusal(
      Object.entries(value).map(([name, one]) => {
        const path = within(param, name);
        return (checks.get(name) ?? unknownParameter)(one, path);
      }),
    );
  };
}

const unknownParameter: Check = (_value, param) => ({
  code: 'unknown_parameter',
  param,
  message: `Unknown parameter: '${param}'.`,
});

function lacking(param: string): Refusal {
  return {
    code: 'missing_required_parameter',
    param,
    message: `Missing required parameter: '${param}'.`,
  };
}

function within(param: string, name: string): string {
  return param === '' ? name : `${param}.${name}`;
}

function firstRefusal(found: readonly (Refusal | null)[]): Refusal | null {
  return found.find((one) => one !== null) ?? null;
}

/** The check that belongs to the object's own `type`. */
function byType<Type extends string>(checks: { readonly [Name in Type]: Check }): Check {
  const known = new Map<unknown, Check>(Object.entries(checks));
  return (value, param) => {
    const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
    if (type === undefined) return lacking(within(param, 'type'));
    const check = known.get(type);
    return check === undefined
      ? invalid(within(param, 'type'), `one of ${[...known.keys()].join(', ')}`)
      : check(value, param);
  };
}

/** G.711 knows one rate only, and a `rate` beside it is refused. */
const format = byType<NonNullable<RealtimeAudioFormats['type']>>({
  'audio/pcm': fields<RealtimeAudioFormats.AudioPCM>({ type: anything, rate: oneOf(24_000) }),
  'audio/pcmu': fields<RealtimeAudioFormats.AudioPCMU>({ type: anything }),
  'audio/pcma': fields<RealtimeAudioFormats.AudioPCMA>({ type: anything }),
});

const turnDetection = byType<RealtimeAudioInputTurnDetection['type']>({
  server_vad: fields<RealtimeAudioInputTurnDetection.ServerVad>({
    type: anything,
    threshold: number(0, 1),
    prefix_padding_ms: number(0, 5_000),
    silence_duration_ms: number(0, 10_000),
    create_response: flag,
    interrupt_response: flag,
    idle_timeout_ms: orNull(number(5_000, 30_000)),
  }),
  semantic_vad: fields<RealtimeAudioInputTurnDetection.SemanticVad>({
    type: anything,
    eagerness: oneOf('low', 'medium', 'high', 'auto'),
    create_response: flag,
    interrupt_response: flag,
  }),
});

const modalities: Check = (value, param) =>
  Array.isArray(value) && value.length === 1 && ['audio', 'text'].includes(String(value[0]))
    ? null
    : invalid(param, "['audio'] or ['text']");

const reasoning = fields<RealtimeReasoning>({ effort: oneOf('minimal', 'low', 'medium', 'high', 'xhigh') });

const tokens = number(1, 4_096);
const maxTokens: Check = (value, param) =>
  value === 'inf' || (Number.isInteger(value) && tokens(value, param) === null)
    ? null
    : invalid(param, "an integer from 1 to 4096, or 'inf'");

const metadata: Check = (value, param) => {
  if (typeof value !== 'object' || value === null) return invalid(param, 'an object');
  const pairs = Object.entries(value);
  if (pairs.length > 16) return invalid(param, 'at most 16 pairs');
  const tooLong = pairs.find(([key, one]) => key.length > 64 || typeof one !== 'string' || one.length > 512);
  return tooLong === undefined
    ? null
    : invalid(`${param}.${tooLong[0]}`, 'keys to 64, texts to 512 characters');
};

/** A built-in one by name, or one of the account's own; the sandbox takes any ID for one. */
const voice: Check = (value, param) =>
  typeof value === 'object' ? ownVoice(value, param) : oneOf(...VOICES)(value, param);
const ownVoice = fields<RealtimeAudioConfigOutput.ID>({ id: text }, 'id');

const session = fields<RealtimeSessionCreateRequest>(
  {
    type: oneOf('realtime'),
    audio: fields<RealtimeAudioConfig>({
      input: fields<RealtimeAudioConfigInput>({
        format,
        noise_reduction: orNull(
          fields<RealtimeAudioConfigInput.NoiseReduction>({
            type: oneOf('near_field', 'far_field'),
            strength: number(0, 1),
          }),
        ),
        transcription: orNull(
          fields<AudioTranscription>({
            model: text,
            language: text,
            languages: listOf(text),
            keywords: listOf(text),
            prompt: text,
            delay: oneOf('minimal', 'low', 'medium', 'high', 'xhigh'),
          }),
        ),
        turn_detection: orNull(turnDetection),
      }),
      output: fields<RealtimeAudioConfigOutput>({
        format,
        speed: number(0.25, 1.5),
        voice,
      }),
    }),
    include: listOf(oneOf('item.input_audio_transcription.logprobs')),
    instructions: text,
    max_output_tokens: maxTokens,
    model: text,
    output_modalities: modalities,
    parallel_tool_calls: flag,
    prompt: anything,
    reasoning,
    tool_choice: anything,
    tools: listOf(anything),
    tracing: anything,
    truncation: anything,
  },
  'type',
);

/** The real one can answer in text, too; nobody who has a phone in hand asks it to. */
const audioOnly: Check = (value, param) =>
  JSON.stringify(value) === '["audio"]' ? null : invalid(param, "['audio'] in the sandbox");

const response = fields<RealtimeResponseCreateParams>({
  audio: fields<RealtimeResponseCreateAudioOutput>({
    output: fields<RealtimeResponseCreateAudioOutput.Output>({ format, voice }),
  }),
  conversation: oneOf('auto', 'none'),
  input: listOf(anything),
  instructions: text,
  max_output_tokens: maxTokens,
  metadata: orNull(metadata),
  output_modalities: audioOnly,
  parallel_tool_calls: flag,
  prompt: anything,
  reasoning,
  tool_choice: anything,
  tools: listOf(anything),
});

const audioText: Check = (value, param) => {
  if (typeof value !== 'string' || value.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) {
    return { code: 'invalid_value', param, message: `Invalid '${param}': not base64-encoded audio.` };
  }
  if ((value.length * 3) / 4 <= MAX_APPEND_BYTES) return null;
  return { code: 'string_above_max_length', param, message: 'At most 15 MiB can be appended at a time.' };
};

const type = anything;
const event_id: Check = (value, param) =>
  typeof value === 'string' && value.length <= 512 ? null : invalid(param, 'a string to 512 characters');

const clientEvent = byType<RealtimeClientEvent['type']>({
  'session.update': fields<SessionUpdateEvent>({ type, event_id, session }, 'session'),
  'input_audio_buffer.append': fields<InputAudioBufferAppendEvent>(
    { type, event_id, audio: audioText },
    'audio',
  ),
  'input_audio_buffer.commit': fields<InputAudioBufferCommitEvent>({ type, event_id }),
  'input_audio_buffer.clear': fields<InputAudioBufferClearEvent>({ type, event_id }),
  'response.create': fields<ResponseCreateEvent>({ type, event_id, response }),
  'response.cancel': fields<ResponseCancelEvent>({ type, event_id, response_id: text }),
  'conversation.item.create': fields<ConversationItemCreateEvent>(
    { type, event_id, item: anything, previous_item_id: orNull(text) },
    'item',
  ),
  'conversation.item.delete': fields<ConversationItemDeleteEvent>(
    { type, event_id, item_id: text },
    'item_id',
  ),
  'conversation.item.retrieve': fields<ConversationItemRetrieveEvent>(
    { type, event_id, item_id: text },
    'item_id',
  ),
  'conversation.item.truncate': fields<ConversationItemTruncateEvent>(
    { type, event_id, item_id: text, content_index: number(0, 0), audio_end_ms: number(0, Infinity) },
    'item_id',
    'content_index',
    'audio_end_ms',
  ),
  'output_audio_buffer.clear': (_value, param) =>
    invalid(within(param, 'type'), 'an event of the WebSocket interface'),
});

export function refusalOf(event: unknown): Refusal | null {
  return clientEvent(event, '');
}
