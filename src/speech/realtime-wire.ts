// What the Realtime API sends, cut down to the few things a call acts on. The only file here that reads vendor JSON:
// fields are named through the SDK's types, so a renamed one fails to compile, and still checked before use, because a
// type is no promise about what a socket brings.
import type {
  RealtimeErrorEvent,
  RealtimeResponse,
  RealtimeServerEvent,
} from 'openai/resources/realtime/realtime';
import { fieldsOf, numberOrNull, textOrNull } from '../call/json.ts';
import type { Base64Audio } from '../call/ports.ts';
import { cutText } from '../call/text.ts';
import type { TokenUsage, Usage } from '../call/usage.ts';
import { responseUsage, transcriptionUsage } from './realtime-usage.ts';

/** Over ten minutes of speech, in characters. What reads it looks at every one. */
const LONGEST_TRANSCRIPT = 10_000;

export type ServerEvent =
  /** `expiresAt` is milliseconds since the epoch by the vendor's clock, where it was told. */
  | { readonly type: 'session-created'; readonly expiresAt: number | null }
  | { readonly type: 'session-updated' }
  | HearingEvent
  | ResponseEvent
  | ServerError;

export type HearingEvent =
  /** Times count the session's audio, from its first byte. */
  | { readonly type: 'speech-started'; readonly itemId: string; readonly startMs: number | null }
  | { readonly type: 'speech-stopped'; readonly itemId: string; readonly endMs: number | null }
  | { readonly type: 'committed'; readonly itemId: string; readonly previousItemId: string | null }
  | { readonly type: 'transcript-delta'; readonly itemId: string; readonly delta: string }
  /** '' when transcription failed. */
  | {
      readonly type: 'transcript';
      readonly itemId: string;
      readonly transcript: string;
      readonly usage: Usage | null;
    };

export type ResponseEvent =
  /** `ask` is what we wrote into the metadata; null for a response that nobody here asked for. */
  | { readonly type: 'response-created'; readonly responseId: string; readonly ask: string | null }
  | { readonly type: 'response-audio'; readonly responseId: string; readonly audio: Base64Audio }
  /** All of its audio has come. */
  | { readonly type: 'response-audio-done'; readonly responseId: string }
  | { readonly type: 'response-transcript'; readonly responseId: string; readonly transcript: string }
  | {
      readonly type: 'response-done';
      readonly responseId: string;
      readonly status: RealtimeResponse['status'];
      readonly errorCode: string | null;
      readonly usage: TokenUsage | null;
    };

/** The vendor's message is left out: it may quote what was said. */
export interface ServerError {
  readonly type: 'error';
  readonly code: string;
  readonly param: string | null;
  /** Which of our events was refused, where it was one. */
  readonly eventId: string | null;
  /** Our mistake, so sending the same again cannot help. */
  readonly isInvalidRequest: boolean;
}

/** null: an event that is no concern of a call, known or not. */
export function parseServerEvent(text: string): ServerEvent | 'malformed' | null {
  let event: RealtimeServerEvent | null;
  try {
    event = JSON.parse(text);
  } catch {
    return 'malformed';
  }
  if (typeof event !== 'object' || event === null || !areTexts(event.type)) return 'malformed';
  switch (event.type) {
    case 'response.output_audio.delta':
      if (!areTexts(event.response_id, event.delta) || !isBase64(event.delta)) return 'malformed';
      // Nothing to play; Twilio takes no message without audio.
      if (event.delta === '') return null;
      return { type: 'response-audio', responseId: event.response_id, audio: event.delta };
    case 'session.created':
      return { type: 'session-created', expiresAt: expiryOf(event.session) };
    case 'session.updated':
      return { type: 'session-updated' };
    case 'input_audio_buffer.speech_started':
      if (!areTexts(event.item_id)) return 'malformed';
      return { type: 'speech-started', itemId: event.item_id, startMs: numberOrNull(event.audio_start_ms) };
    case 'input_audio_buffer.speech_stopped':
      if (!areTexts(event.item_id)) return 'malformed';
      return { type: 'speech-stopped', itemId: event.item_id, endMs: numberOrNull(event.audio_end_ms) };
    case 'input_audio_buffer.committed':
      if (!areTexts(event.item_id)) return 'malformed';
      return { type: 'committed', itemId: event.item_id, previousItemId: textOrNull(event.previous_item_id) };
    case 'conversation.item.input_audio_transcription.delta':
      if (!areTexts(event.item_id)) return 'malformed';
      return {
        type: 'transcript-delta',
        itemId: event.item_id,
        delta: transcriptOf(textOrNull(event.delta) ?? ''),
      };
    case 'conversation.item.input_audio_transcription.completed':
      if (!areTexts(event.item_id, event.transcript)) return 'malformed';
      return {
        type: 'transcript',
        itemId: event.item_id,
        transcript: transcriptOf(event.transcript),
        usage: transcriptionUsage(event.usage),
      };
    case 'conversation.item.input_audio_transcription.failed':
      if (!areTexts(event.item_id)) return 'malformed';
      return { type: 'transcript', itemId: event.item_id, transcript: '', usage: null };
    case 'response.created': {
      const responseId = textOrNull(event.response?.id);
      if (responseId === null) return 'malformed';
      return { type: 'response-created', responseId, ask: textOrNull(event.response.metadata?.['ask']) };
    }
    case 'response.output_audio.done':
      if (!areTexts(event.response_id)) return 'malformed';
      return { type: 'response-audio-done', responseId: event.response_id };
    case 'response.output_audio_transcript.done':
      if (!areTexts(event.response_id, event.transcript)) return 'malformed';
      return {
        type: 'response-transcript',
        responseId: event.response_id,
        transcript: transcriptOf(event.transcript),
      };
    case 'response.done': {
      const responseId = textOrNull(event.response?.id);
      if (responseId === null) return 'malformed';
      const { status, status_details: details, usage } = event.response;
      const errorCode = textOrNull(details?.error?.code) ?? textOrNull(details?.error?.type);
      return { type: 'response-done', responseId, status, errorCode, usage: responseUsage(usage) };
    }
    case 'error':
      return errorOf(event);
    default:
      // The other thirty do not concern a call.
      return null;
  }
}

function errorOf({ error }: RealtimeErrorEvent): ServerError {
  const { type, code, param, event_id: eventId } = error ?? {};
  return {
    type: 'error',
    code: codeOrNull(code) ?? codeOrNull(type) ?? 'unknown',
    param: textOrNull(param),
    eventId: textOrNull(eventId),
    isInvalidRequest: type === 'invalid_request_error',
  };
}

function areTexts(...values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === 'string');
}

function transcriptOf(text: string): string {
  return cutText(text, LONGEST_TRANSCRIPT);
}

/** It goes to the caller's line as it is, and Twilio drops anything else. */
function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

/** A name that may stand in the log. */
function codeOrNull(value: unknown): string | null {
  return typeof value === 'string' && /^[\w.-]{1,100}$/.test(value) ? value : null;
}

/** The vendor sends it in seconds, in a field that the SDK's type of this event does not have. */
function expiryOf(session: unknown): number | null {
  const seconds = numberOrNull(fieldsOf(session)['expires_at']);
  return seconds === null ? null : seconds * 1000;
}
