// The speaking half of a session: responses, any number at a time out of band, one in the default conversation. The
// voice is the sound of the text it was told to say (tones.ts), in pieces that fit nobody's frames.
import type {
  RealtimeConversationItemAssistantMessage,
  RealtimeResponse,
  RealtimeResponseCreateParams,
  RealtimeResponseStatus,
  RealtimeResponseUsage,
} from 'openai/resources/realtime/realtime';
import { msOf } from '../latencies.ts';
import type { FarEnd, Refusal } from './realtime-far-end.ts';
import { SAMPLES_PER_MS } from '../tones.ts';

const AUDIO_TOKENS_PER_S = 20;

interface Live {
  readonly id: string;
  readonly itemId: string;
  readonly isDefault: boolean;
  readonly params: RealtimeResponseCreateParams;
  readonly text: string;
  audio: Buffer;
  /** All of it, or what the token cap leaves. */
  lastByte: number;
  readonly breaksOff: boolean;
  sent: number;
  deltas: number;
  stopTimer: () => void;
}

type End = 'completed' | 'incomplete' | 'client_cancelled' | 'turn_detected' | 'rate_limited' | 'broken_off';

export class VoiceOut {
  readonly #farEnd: FarEnd;
  readonly #live = new Map<string, Live>();
  #hasSpoken = false;

  constructor(farEnd: FarEnd) {
    this.#farEnd = farEnd;
  }

  /** After that the voice of the session is fixed. */
  get hasSpoken(): boolean {
    return this.#hasSpoken;
  }

  respond(params: RealtimeResponseCreateParams): Refusal | null {
    const { faults, newId, send } = this.#farEnd;
    const isDefault = params.conversation !== 'none';
    const active = this.#default();
    if (isDefault && active !== undefined) {
      return {
        code: 'conversation_already_has_active_response',
        param: null,
        message: `Conversation already has an active response in progress: ${active.id}.`,
      };
    }
    const asked = textToSay(params.instructions);
    const text = faults.paraphrase ? `Certainly. ${asked}` : asked;
    const breaksOff = faults.breakOffNext > 0;
    if (breaksOff) faults.breakOffNext -= 1;
    const live: Live = {
      id: newId('resp'),
      itemId: newId('item'),
      isDefault,
      params,
      text,
      audio: Buffer.alloc(0),
      lastByte: 0,
      breaksOff,
      sent: 0,
      deltas: 0,
      stopTimer: () => {},
    };
    this.#live.set(live.id, live);
    send({ type: 'response.created', response: this.#described(live, 'in_progress') });
    if (faults.rateLimitNext > 0) {
      faults.rateLimitNext -= 1;
      this.#end(live, 'rate_limited');
      return null;
    }
    if (faults.silenceNext > 0) {
      faults.silenceNext -= 1;
      return null;
    }
    const sound = faults.voice.soundOf(`${text} `);
    if (Buffer.isBuffer(sound)) this.#beginSoon(live, sound);
    else void sound.then((made) => this.#live.has(live.id) && this.#beginSoon(live, made));
    return null;
  }

  #beginSoon(live: Live, audio: Buffer): void {
    const { clock, faults } = this.#farEnd;
    live.audio = audio;
    live.lastByte = Math.min(audio.length, bytesWithin(live.params.max_output_tokens));
    live.stopTimer = clock.after(msOf(faults.firstAudioMs), () => this.#begin(live));
  }

  /** Without an id only the response of the default conversation is meant. */
  cancel(responseId: string | undefined, reason: 'client_cancelled' | 'turn_detected'): Refusal | null {
    const live = responseId === undefined ? this.#default() : this.#live.get(responseId);
    if (live === undefined) {
      return {
        code: 'response_cancel_not_active',
        param: null,
        message: 'Cancellation failed: no active response found.',
      };
    }
    this.#end(live, reason);
    return null;
  }

  close(): void {
    for (const live of this.#live.values()) live.stopTimer();
    this.#live.clear();
  }

  #default(): Live | undefined {
    return [...this.#live.values()].find((live) => live.isDefault);
  }

  #begin(live: Live): void {
    const { send } = this.#farEnd;
    const about = { response_id: live.id, output_index: 0 };
    const item = assistantItem(live, 'in_progress', null);
    if (live.isDefault) {
      const previous = this.#farEnd.addItem(live.itemId, item);
      send({ type: 'conversation.item.added', item, previous_item_id: previous });
    }
    send({ ...about, type: 'response.output_item.added', item });
    const part = { ...about, item_id: live.itemId, content_index: 0 };
    send({ ...part, type: 'response.content_part.added', part: { type: 'audio', transcript: '' } });
    send({ ...part, type: 'response.output_audio_transcript.delta', delta: live.text });
    this.#hasSpoken = true;
    this.#speakOn(live);
  }

  #speakOn(live: Live): void {
    const { deltaBytes, speed } = this.#farEnd.faults;
    const bytes = deltaBytes[live.deltas % deltaBytes.length] ?? 1;
    const piece = live.audio.subarray(live.sent, Math.min(live.sent + bytes, live.lastByte));
    live.sent += piece.length;
    live.deltas += 1;
    this.#farEnd.send({
      type: 'response.output_audio.delta',
      response_id: live.id,
      item_id: live.itemId,
      output_index: 0,
      content_index: 0,
      delta: piece.toString('base64'),
    });
    const pieceMs = piece.length / SAMPLES_PER_MS;
    live.stopTimer = this.#farEnd.clock.after(pieceMs / speed, () => {
      if (live.breaksOff && live.sent * 2 >= live.audio.length) this.#end(live, 'broken_off');
      else if (live.sent < live.lastByte) this.#speakOn(live);
      else this.#end(live, live.lastByte < live.audio.length ? 'incomplete' : 'completed');
    });
  }

  /** Whatever the end, every `done` of what had begun is sent, none of them with audio. */
  #end(live: Live, end: End): void {
    live.stopTimer();
    this.#live.delete(live.id);
    const { send } = this.#farEnd;
    const item = assistantItem(live, end === 'completed' ? 'completed' : 'incomplete', saidOf(live));
    if (live.deltas > 0) {
      const about = { response_id: live.id, output_index: 0 };
      const part = { ...about, item_id: live.itemId, content_index: 0 };
      send({ ...part, type: 'response.output_audio.done' });
      send({ ...part, type: 'response.output_audio_transcript.done', transcript: saidOf(live) });
      send({
        ...part,
        type: 'response.content_part.done',
        part: { type: 'audio', transcript: saidOf(live) },
      });
      send({ ...about, type: 'response.output_item.done', item });
      if (live.isDefault) send({ type: 'conversation.item.done', item });
    }
    const { status, details } = ENDS[end];
    const response = this.#described(live, status);
    send({
      type: 'response.done',
      response: {
        ...response,
        status_details: details,
        output: live.deltas > 0 ? [item] : [],
        ...(end === 'rate_limited' ? {} : { usage: usageOf(live) }),
      },
    });
    send({
      type: 'rate_limits.updated',
      rate_limits: [
        {
          name: 'tokens',
          limit: 800_000,
          remaining: end === 'rate_limited' ? 0 : 790_000,
          reset_seconds: 0.4,
        },
      ],
    });
  }

  #described(live: Live, status: NonNullable<RealtimeResponse['status']>): RealtimeResponse {
    return {
      object: 'realtime.response',
      id: live.id,
      status,
      output: [],
      output_modalities: ['audio'],
      metadata: live.params.metadata ?? null,
      max_output_tokens: live.params.max_output_tokens ?? 'inf',
      ...(live.isDefault ? { conversation_id: 'conv_sandbox' } : {}),
    };
  }
}

const ENDS: {
  readonly [Name in End]: {
    readonly status: NonNullable<RealtimeResponse['status']>;
    readonly details: RealtimeResponseStatus;
  };
} = {
  completed: { status: 'completed', details: { type: 'completed' } },
  incomplete: { status: 'incomplete', details: { type: 'incomplete', reason: 'max_output_tokens' } },
  client_cancelled: { status: 'cancelled', details: { type: 'cancelled', reason: 'client_cancelled' } },
  turn_detected: { status: 'cancelled', details: { type: 'cancelled', reason: 'turn_detected' } },
  broken_off: {
    status: 'failed',
    details: {
      type: 'failed',
      error: { type: 'server_error', code: 'server_error', message: 'The server had an error.' },
    },
  },
  rate_limited: {
    status: 'failed',
    details: {
      type: 'failed',
      error: { type: 'tokens', code: 'rate_limit_exceeded', message: 'Rate limit reached.' },
    },
  },
};

/** A model follows a clear instruction; to anything else it gives an answer of its own. */
export function textToSay(instructions = ''): string {
  return /say exactly[^:]*:\s+([\s\S]*)$/i.exec(instructions)?.[1]?.trim() ?? 'How can I help you today?';
}

/** Tokens are spent on sound and, a quarter as many, on its transcript. */
function bytesWithin(cap: number | 'inf' = 'inf'): number {
  return cap === 'inf' ? Infinity : Math.floor((cap / AUDIO_TOKENS_PER_S / 1.25) * 1_000 * SAMPLES_PER_MS);
}

/** Also of a response that was cancelled: what was generated is billed. The instructions are all that goes in. */
function usageOf({ params, sent }: Live): RealtimeResponseUsage {
  const textIn = Math.ceil((params.instructions ?? '').length / 4);
  const audioOut = Math.ceil((sent / SAMPLES_PER_MS / 1_000) * AUDIO_TOKENS_PER_S);
  const textOut = Math.ceil(audioOut / 4);
  return {
    total_tokens: textIn + audioOut + textOut,
    input_tokens: textIn,
    output_tokens: audioOut + textOut,
    input_token_details: {
      text_tokens: textIn,
      audio_tokens: 0,
      image_tokens: 0,
      cached_tokens: 0,
      cached_tokens_details: { text_tokens: 0, audio_tokens: 0, image_tokens: 0 },
    },
    output_token_details: { text_tokens: textOut, audio_tokens: audioOut },
  };
}

/** The transcript of the part that was generated. */
function saidOf(live: Live): string {
  return live.sent >= live.audio.length
    ? live.text
    : live.text.slice(0, Math.floor((live.text.length * live.sent) / live.audio.length));
}

function assistantItem(
  live: Live,
  status: 'completed' | 'incomplete' | 'in_progress',
  transcript: string | null,
): RealtimeConversationItemAssistantMessage {
  return {
    id: live.itemId,
    type: 'message',
    object: 'realtime.item',
    role: 'assistant',
    status,
    content: transcript === null ? [] : [{ type: 'output_audio', transcript }],
  };
}
