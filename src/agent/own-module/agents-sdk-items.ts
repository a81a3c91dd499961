// The items of an Agents SDK conversation: the relay's own, and how all are written for another process. Items that need
// each other stay or go together: a call with its result, reasoning with what followed.
import type * as sdk from '@openai/agents';
import { z } from 'zod';
import type { Json } from '../../call/json.ts';
import { asJson } from '../agent-memory.ts';

export function saidByAgent(text: string): sdk.AgentInputItem[] {
  if (text === '') return [];
  return [{ role: 'assistant', status: 'completed', content: [{ type: 'output_text', text }] }];
}

/**
 * The function calls with their results. Their IDs are left out, because the API wants an item with an ID to come with the
 * reasoning before it, and that cannot stay without the words that followed.
 */
export function finishedCalls(items: readonly sdk.AgentInputItem[]): sdk.AgentInputItem[] {
  return items.flatMap((item): sdk.AgentInputItem[] => {
    if (item.type !== 'function_call' && item.type !== 'function_call_result') return [];
    const { id: _id, providerData: _data, ...rest } = item;
    return [rest];
  });
}

/** If an item cannot be written as JSON (an image's bytes), only the agent's words are kept. */
export function itemsAsJson(items: readonly sdk.AgentInputItem[]): Json[] {
  const written = items.map((item) => asJson(item));
  if (written.every((item) => item !== undefined)) return written;
  return items.flatMap((item) => {
    if (!('role' in item) || item.role !== 'assistant') return [];
    const text = item.content.map((part) => (part.type === 'output_text' ? part.text : '')).join('');
    return saidByAgent(text).flatMap((said) => asJson(said) ?? []);
  });
}

/** The items that this copy of the SDK knows. */
export function itemSchema({ protocol }: typeof sdk): z.ZodType<sdk.AgentInputItem> {
  return z.custom<sdk.AgentInputItem>((value) => protocol.ModelItem.safeParse(value).success);
}
