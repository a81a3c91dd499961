// Writes a conversation's memory for another process, and reads it. Another version of the relay may have written it, so
// whatever has an unexpected shape counts as nothing.
import { z } from 'zod';
import { type Fields, fieldsOf, type Json, listOf } from '../call/json.ts';
import type { AgentMemory } from '../call/call-record.ts';
import type { AgentMessage } from '../call/ports.ts';

/** In characters of JSON, of what was said and of what is owed each; the oldest goes first. */
const MOST_CHARACTERS = 100_000;
const LONGEST_ID = 500;
const DEEPEST = 50;

const messageSchema = z.object({
  text: z.string(),
  notes: z.array(z.string()),
  heardOfLast: z.string().nullable(),
}) satisfies z.ZodType<AgentMessage>;

/** What a memory holds; null if there is none that this kind of agent could continue from. */
export function recalled(
  kind: string,
  memory: AgentMemory | undefined,
): { readonly reference: Fields; readonly history: Fields } | null {
  if (memory === undefined || memory.kind !== kind) return null;
  return { reference: fieldsOf(memory.reference), history: fieldsOf(memory.history) };
}

export function idOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_ID ? value : null;
}

export function itemsOf<Item>(schema: z.ZodType<Item>, value: unknown): Item[] {
  return listOf(value).flatMap((one) => {
    const { success, data } = schema.safeParse(one);
    return success ? [data] : [];
  });
}

export function messagesOf(value: unknown): AgentMessage[] {
  return itemsOf(messageSchema, value);
}

export function messagesAsJson(messages: readonly AgentMessage[]): Json {
  return newest(messages.map(({ text, notes, heardOfLast }) => ({ text, notes, heardOfLast })));
}

export function newest<Item extends Json>(items: readonly Item[]): Item[] {
  let left = MOST_CHARACTERS;
  let from = items.length;
  for (; from > 0; from--) {
    left -= lengthOf(items[from - 1] ?? null);
    if (left < 0) break;
  }
  return items.slice(from);
}

export function hasRoom(item: Json): boolean {
  return lengthOf(item) <= MOST_CHARACTERS;
}

/** The same as plain JSON, without undefined fields; undefined if JSON cannot hold all of it. */
export function asJson(value: unknown, around: readonly object[] = []): Json | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'object' || around.includes(value) || around.length > DEEPEST) return undefined;
  const within = [...around, value];
  if (Array.isArray(value)) {
    const items = value.map((one) => asJson(one, within));
    return items.every((item) => item !== undefined) ? items : undefined;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  const fields: Record<string, Json> = {};
  for (const [name, one] of Object.entries(value)) {
    if (one === undefined) continue;
    const field = asJson(one, within);
    if (field === undefined) return undefined;
    fields[name] = field;
  }
  return fields;
}

function lengthOf(value: Json): number {
  return JSON.stringify(value).length;
}
