// What one wire has to say about itself, where each request holds the whole conversation: what is sent, and what comes back.
// All else (transport, history, tools, failures) is the same for each and stands in stateless-conversation.ts.
import type { Json } from '../call/json.ts';
import type { PhoneTool } from '../call/phone-tools.ts';
import type { Opening } from '../call/ports.ts';
import type { TokenUsage } from '../call/usage.ts';
import type { AgentFailed } from './failures.ts';
import type { Message } from './stateless-conversation.ts';

export interface Asked {
  /** Another for each request. */
  readonly id: string;
  readonly thread: string;
  readonly opening: Opening;
  /** The whole conversation, in order; the last is to be answered. */
  readonly messages: readonly Message[];
  readonly tools: readonly PhoneTool[];
  /** What the caller said last, without notes; '' if nothing, or it was sent already. */
  readonly words: string;
  /** What the dialect remembered last; null for nothing. */
  readonly remembered: Json;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON text. */
  readonly args: string;
  /** The call asks for an approval by this ID, which is denied; null for a call of the phone's. */
  readonly denies: string | null;
}

export type StatelessEvent =
  /** Texts of one part follow each other without a gap; `message` is the server's ID of the message, '' for none. */
  | { readonly type: 'text'; readonly message: string; readonly part: string; readonly delta: string }
  /** The agent withdraws what it wrote so far. */
  | { readonly type: 'withdrawn' }
  /** Kept for the next turn. */
  | { readonly type: 'remember'; readonly value: Json }
  /** What the server counted, for each model that it used. */
  | { readonly type: 'usage'; readonly model: string | null; readonly usage: TokenUsage | null }
  /** The dialect's own end, with the calls that wait for an answer. */
  | { readonly type: 'done'; readonly calls: readonly ToolCall[] }
  | AgentFailed;

export interface StatelessDialect {
  readonly kind: string;
  /** A field of the body that some servers refuse, and then do without. */
  readonly optionalField: string;
  readonly bodyOf: (asked: Asked) => Readonly<Record<string, unknown>>;
  /** Ends after `done` or `failed`; without either, the reply broke off. Throws as the body does. */
  readonly read: (
    asked: Asked,
    answer: Response,
    body: AsyncIterable<Uint8Array>,
  ) => AsyncIterable<StatelessEvent>;
}
