// One thread of a ChatKit server: what it keeps, and what its agent makes of that. Nothing locks it, so two requests on
// it run side by side, as they do in life.
import type { Remembered } from '../openai/mind.ts';
import type { Item, ThreadHead } from './protocol.ts';

export class Thread {
  readonly head: ThreadHead;
  readonly #items: Item[] = [];

  constructor(id: string) {
    this.head = {
      id,
      created_at: now(),
      status: { type: 'active' },
      metadata: {},
      items: { data: [], has_more: false },
    };
  }

  get last(): Item | null {
    return this.#items.at(-1) ?? null;
  }

  find(id: string): Item | null {
    return this.#items.findLast((item) => item.id === id) ?? null;
  }

  add(item: Item): void {
    this.#items.push(item);
  }

  replace(item: Item): void {
    const index = this.#items.findLastIndex(({ id }) => id === item.id);
    if (index === -1) this.#items.push(item);
    else this.#items[index] = item;
  }

  remove(id: string): void {
    const index = this.#items.findLastIndex((item) => item.id === id);
    if (index !== -1) this.#items.splice(index, 1);
  }

  /** As it is listed: what is for the model only is left out. */
  page(limit: number, order: 'asc' | 'desc'): { data: readonly Item[]; has_more: boolean } {
    const shown = this.#items.filter(({ type }) => type !== 'sdk_hidden_context');
    const ordered = order === 'asc' ? shown : shown.toReversed();
    return { data: ordered.slice(0, limit), has_more: ordered.length > limit };
  }

  /** What the model is given. Each part of a message stands by itself; a call that was never answered is left out. */
  remembered(): Remembered[] {
    return this.#items.flatMap((item): Remembered[] => {
      switch (item.type) {
        case 'user_message':
          return item.content.map(({ text }) => ({ role: 'user', text }));
        case 'assistant_message':
          return item.content.map(({ text }) => ({ role: 'assistant', text }));
        case 'structured_input':
          return item.inputs.flatMap(({ answer }) =>
            answer === undefined ? [] : [{ role: 'user', text: answer.values.join(', ') }],
          );
        case 'sdk_hidden_context':
          return [{ role: 'developer', text: item.content }];
        case 'client_tool_call':
        case 'workflow':
          return [];
      }
    });
  }
}

/** Without a time zone, as Python tells it. */
export function now(): string {
  return new Date().toISOString().replace('Z', '000');
}
