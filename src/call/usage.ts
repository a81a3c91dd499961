// What vendors count of a call and bill for. What a vendor does not tell is missing, never 0; a reply that was cut off is
// often not told.
import { fieldsOf } from './json.ts';

/** `voice` reads aloud, `ears` transcribe, `agent` is the published agent. */
export type UsageOwner = 'voice' | 'ears' | 'agent';

/** Whom a call's money goes to; `carrier` is Twilio. */
export const COST_OWNERS = ['ears', 'voice', 'agent', 'carrier'] as const;
export type CostOwner = (typeof COST_OWNERS)[number];

/** The counts of tokens that went in include those that came from a cache. */
export interface TokenUsage {
  readonly unit: 'tokens';
  readonly textIn: number;
  readonly cachedTextIn: number;
  readonly audioIn: number;
  readonly cachedAudioIn: number;
  readonly textOut: number;
  readonly audioOut: number;
}

/** Of the caller's sound. */
export interface SecondsUsage {
  readonly unit: 'seconds';
  readonly seconds: number;
}

export type Usage = TokenUsage | SecondsUsage;

/** Beyond it a count is a fault. */
const MOST = 1_000_000_000;

/** 0 for anything but a count. */
export function countOf(value: unknown): number {
  return typeof value === 'number' && value >= 0 && value <= MOST ? value : 0;
}

/** Of a model that reads and writes text only; null if the vendor counted nothing. */
export function textUsage(textIn: unknown, cachedTextIn: unknown, textOut: unknown): TokenUsage | null {
  const counted = { textIn: countOf(textIn), textOut: countOf(textOut) };
  if (counted.textIn === 0 && counted.textOut === 0) return null;
  const cached = Math.min(countOf(cachedTextIn), counted.textIn);
  return { unit: 'tokens', ...counted, cachedTextIn: cached, audioIn: 0, cachedAudioIn: 0, audioOut: 0 };
}

/** As the Responses API and the Agents API write it. */
export function textUsageIn(usage: unknown): TokenUsage | null {
  const { input_tokens, input_tokens_details, output_tokens } = fieldsOf(usage);
  return textUsage(input_tokens, fieldsOf(input_tokens_details)['cached_tokens'], output_tokens);
}
