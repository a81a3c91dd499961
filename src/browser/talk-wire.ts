// What page and relay say to each other over a session's socket. Audio is binary both ways: µ-law, 8000 Hz, whole frames of
// 20 ms. All else is JSON with a `type`, parsed here into a small union.
import type { CallId, EndReason, RefusedInput } from '../call/call.ts';
import { type Fields, fieldsOf, parsedJson } from '../call/json.ts';

/** Longer than anybody types in one go; what is longer is refused, not cut. */
export const MOST_TEXT_CHARS = 2_000;
const LONGEST_NAME = 100;

export interface TalkStart {
  readonly type: 'start';
  /** Left out for the usual one. A session that comes back keeps its own. */
  readonly profile?: string;
  /** The caller types, and may think for as long as they like. */
  readonly isTyped: boolean;
  /** The page plays the agent's audio and returns its marks; without, the relay plays it by the clock. */
  readonly hasSound: boolean;
}

export type FromPage =
  | TalkStart
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'digit'; readonly digit: string }
  | { readonly type: 'mark'; readonly name: string }
  | { readonly type: 'hang-up' }
  | { readonly type: 'wrong'; readonly kind: RefusedInput; readonly detail: string };

export type ToPage =
  | { readonly type: 'started'; readonly callId: CallId }
  | { readonly type: 'mark'; readonly name: string }
  | { readonly type: 'clear' }
  /** The call is over; the relay closes the socket, and the session leads nowhere any more. */
  | { readonly type: 'ended'; readonly reason: EndReason }
  | { readonly type: 'refused'; readonly code: TalkRefusal };

export type TalkRefusal = 'busy' | 'unknown_profile';

/** Why the relay closes a socket: RFC 6455's codes, and one of ours. A page comes back after 1001 to 1006 and `COME_BACK`. */
export const CLOSE = {
  OVER: 1000,
  BAD_INPUT: 1008,
  BUG: 1011,
  /** Another process, or this one in a moment, continues the call. */
  COME_BACK: 1012,
  BUSY: 1013,
  /** Another socket of the same session took the line. */
  REPLACED: 4000,
} as const;

export function parsedMessage(message: string): FromPage {
  const parsed = parsedJson(message);
  if (parsed === undefined) return wrong('stream-malformed', 'not JSON');
  const fields = fieldsOf(parsed);
  switch (fields['type']) {
    case 'start':
      return startOf(fields);
    case 'text': {
      const text = typedText(fields['text']);
      return text === null ? wrong('stream-malformed', 'text without usable text') : { type: 'text', text };
    }
    case 'digit': {
      const { digit } = fields;
      if (typeof digit !== 'string' || !/^[0-9A-D*#]$/.test(digit))
        return wrong('stream-malformed', 'digit without a digit');
      return { type: 'digit', digit };
    }
    case 'mark': {
      const { name } = fields;
      if (!isName(name)) return wrong('stream-malformed', 'mark without a name');
      return { type: 'mark', name };
    }
    case 'hang-up':
      return { type: 'hang-up' };
    default:
      return wrong('stream-unknown-event', nameOf(fields['type']));
  }
}

function startOf({ profile, mode, sound }: Fields): FromPage {
  if (mode !== 'voice' && mode !== 'text') return wrong('stream-malformed', 'start without a mode');
  if (profile !== undefined && !isName(profile))
    return wrong('stream-malformed', 'start with a strange profile');
  const isTyped = mode === 'text';
  const start = { type: 'start', isTyped, hasSound: !isTyped || sound === true } as const;
  return profile === undefined ? start : { ...start, profile };
}

/** null where there is nothing in it, or too much. Control characters are no words, and the store takes no U+0000. */
function typedText(text: unknown): string | null {
  if (typeof text !== 'string' || text.length > MOST_TEXT_CHARS) return null;
  const words = text
    .toWellFormed()
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
  return words === '' ? null : words;
}

function wrong(kind: RefusedInput, detail: string): FromPage {
  return { type: 'wrong', kind, detail };
}

function isName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && name.length <= LONGEST_NAME;
}

/** For the log, so only what looks like a name. */
function nameOf(type: unknown): string {
  return typeof type === 'string' && /^[a-z_-]{1,40}$/i.test(type) ? type : 'no type';
}
