// What a builder remembers of its chats, by their IDs: each turn once it has ended, and nothing of one that broke off.
import type { Mind, MindReply, Remembered } from '../openai/mind.ts';
import { askedIn, heardIn } from '../wire/acting.ts';

export class Chats {
  readonly #said = new Map<string, readonly Remembered[]>();

  has(id: string): boolean {
    return this.#said.has(id);
  }

  begin(id: string): void {
    this.#said.set(id, []);
  }

  forget(): void {
    this.#said.clear();
  }

  think(mind: Mind, id: string, text: string): MindReply {
    return mind({ ...askedIn([...(this.#said.get(id) ?? []), ...heardIn(text)]), sessionId: id });
  }

  keep(id: string, text: string, answer: string): void {
    const said: Remembered[] = [...(this.#said.get(id) ?? []), ...heardIn(text)];
    this.#said.set(id, answer === '' ? said : [...said, { role: 'assistant', text: answer }]);
  }
}
