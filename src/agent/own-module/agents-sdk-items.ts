// The items of which the Agents SDK makes a conversation: those of ours, and how all of them are kept for another process.
// What one half of a pair needs the other for stays only with it: a call with its result, reasoning with what followed.
import type * as sdk from '@openai/agents';
import type { Json } from '../../call/json.ts';
import { asJson } from '../agent-memory.ts';

export function saidByAgent(text: string): sdk.AgentInputItem[] {
  if (text === '') return [];
  return [{ role: 'assistant', status: 'completed', content: [{ type: 'output_text', text }] }];
}

/**
 * The calls of functions among these, with their results. Their IDs are left out: over the API an item that is named by
 * its ID must come with the reasoning before it, of which nothing can stand here without the words that followed.
 */
export function finishedCalls(items: readonly sdk.AgentInputItem[]): sdk.AgentInputItem[] {
  return items.flatMap((item): sdk.AgentInputItem[] => {
    if (item.type !== 'function_call' && item.type !== 'function_call_result') return [];
    const { id: _id, providerData: _data, ...rest } = item;
    return [rest];
  });
}

/** Where one of them cannot be written as JSON (bytes of an image), only the words of the agent are kept. */
export function itemsAsJson(items: readonly sdk.AgentInputItem[]): Json[] {
  const written = items.map((item) => asJson(item));
  if (written.every((item) => item !== undefined)) return written;
  return items.flatMap((item) => {
    if (!('role' in item) || item.role !== 'assistant') return [];
    const text = item.content.map((part) => (part.type === 'output_text' ? part.text : '')).join('');
    return saidByAgent(text).flatMap((said) => asJson(said) ?? []);
  });
}

/** null where this copy of the SDK does not know such an item. */
export function itemOf({ protocol }: typeof sdk, value: unknown): sdk.AgentInputItem | null {
  return protocol.ModelItem.safeParse(value).data ?? null;
}
