// What a builder's webhook has to say about itself, and the readers of text that several share. The builder keeps the
// conversation, so a request holds only what is new.
import { type Fields, fieldsOf, isRecord, parsedJson, textOf as stringOf } from '../../call/json.ts';
import type { CallFacts } from '../../call/call.ts';
import type { LookedUp } from '../../call/ports.ts';
import type { TokenUsage } from '../../call/usage.ts';
import type { AgentOptions } from '../agent-kind.ts';
import { EventTooLong, linesOf } from '../event-stream.ts';
import { type AgentFailed, failed, failedWithCode } from '../failures.ts';

export interface Told {
  /** Notes, each on a line of its own, and then the caller's words. */
  readonly text: string;
  /** One name for the whole call. */
  readonly session: string;
  /** The builder's own ID of the conversation; null before it gave one. */
  readonly conversation: string | null;
  readonly call: CallFacts;
}

export type HookEvent =
  | { readonly type: 'text'; readonly delta: string }
  /** The builder withdraws what it wrote so far in this answer. */
  | { readonly type: 'withdrawn' }
  | { readonly type: 'conversation'; readonly id: string }
  /** By which the builder knows this answer while it writes it. */
  | { readonly type: 'task'; readonly id: string }
  | { readonly type: 'end-call' }
  | { readonly type: 'usage'; readonly usage: TokenUsage | null }
  /** The builder's own end. */
  | { readonly type: 'done' }
  | AgentFailed;

export interface Hook {
  readonly url: string;
  readonly bodyOf: (told: Told) => object;
  /** Ends after `done` or `failed`; without either, the answer broke off. Throws as the body does. */
  readonly read: (answer: Response, body: AsyncIterable<Uint8Array>) => AsyncIterable<HookEvent>;
  /** What stops an answer that nobody hears any more. A builder that is stopped keeps what it had written by then. */
  readonly stop?: (task: string, told: Told) => { readonly url: string; readonly body: object };
  /** Whether a refusal means that the conversation is gone. */
  readonly hasForgotten?: (refusal: AgentFailed) => boolean;
  readonly lookUp: (options: AgentOptions) => Promise<LookedUp>;
}

const LONGEST_WHOLE = 1_000_000;
const USUAL = ['output', 'text', 'answer', 'message', 'response', 'reply'];

export function isStream(answer: Response): boolean {
  return /^text\/event-stream\b/i.test(typeOf(answer));
}

export function typeOf({ headers }: Response): string {
  return headers.get('content-type') ?? '';
}

/**
 * The JSON documents of a body: one to a line, or one over several lines. A line of anything else comes as a text in
 * `words`. Throws as the body does, and a `SyntaxError` for a document that is cut off.
 */
export async function* documentsIn(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ readonly json: unknown } | { readonly words: string }, void> {
  let whole = '';
  for await (const line of linesOf(body)) {
    const json = whole === '' ? parsedJson(line) : undefined;
    if (json !== undefined) yield { json };
    else if (whole !== '' || /^\s*[{[]/.test(line)) whole += `${line}\n`;
    else if (line.trim() !== '') yield { words: line };
    if (whole.length > LONGEST_WHOLE) throw new EventTooLong();
  }
  if (whole !== '') yield { json: JSON.parse(whole) as unknown };
}

/** The words in a document: the first field that has any, or itself; null for none. */
export function wordsIn(json: unknown, paths: readonly string[] = USUAL): string | null {
  if (typeof json === 'string') return json;
  if (Array.isArray(json)) return json.length === 0 ? null : wordsIn(json[0], paths);
  for (const path of paths) {
    const value = valueAt(json, path);
    if (typeof value === 'string') return value;
    const { text, content } = fieldsOf(value);
    if (typeof (text ?? content) === 'string') return stringOf(text ?? content);
  }
  return null;
}

/** `path` is names with dots between; a name may be an index. */
export function valueAt(json: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) => (Array.isArray(value) ? value[Number(name)] : fieldsOf(value)[name]),
      json,
    );
}

/** The error that a document reports; null if it reports none. */
export function errorIn({ error }: Fields): AgentFailed | null {
  if (error === undefined || error === null || error === false) return null;
  const code = isRecord(error) ? stringOf(error['code']) : stringOf(error);
  return /^[\w.]{1,40}$/.test(code) ? failedWithCode(code) : failed('unavailable', 'an error of its own');
}

/** What a proxy answers in the builder's place. */
export function isPage(words: string): boolean {
  return /^\s*<(!doctype|html)/i.test(words);
}
