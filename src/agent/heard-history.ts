// What was said in one call, for an agent whose memory is kept here, as items of whatever kind its API wants. It holds of
// the agent's words only what the caller heard, and how much that was is known only when the caller speaks again.
import { fieldsOf, type Json, listOf } from '../call/json.ts';
import { hasRoom, newest } from './agent-memory.ts';

/** The oldest exchanges are forgotten: a call of an hour has a few hundred. */
const KEPT_EXCHANGES = 200;

export interface Exchange<Item> {
  readonly asked: readonly Item[];
  readonly answered: readonly Item[];
}

/** What is left of an answer of which only `heard` was heard; '' for nothing. */
export type CutOff<Item> = (answered: readonly Item[], heard: string) => Item[];

export class HeardHistory<Item> {
  readonly #cutOff: CutOff<Item>;
  readonly #opening: readonly Item[];
  readonly #untouched: readonly Exchange<Item>[];
  #exchanges: readonly Exchange<Item>[];

  /** `opening` is never forgotten, and `greeting` counts as the first answer; `before` is what another process kept. */
  constructor(parts: {
    readonly opening: readonly Item[];
    readonly greeting: readonly Item[];
    readonly cutOff: CutOff<Item>;
    readonly before?: readonly Exchange<Item>[] | null;
  }) {
    this.#opening = parts.opening;
    this.#untouched = [{ asked: [], answered: parts.greeting }];
    this.#exchanges = parts.before ?? this.#untouched;
    this.#cutOff = parts.cutOff;
  }

  get items(): Item[] {
    return [...this.#opening, ...this.#exchanges.flatMap(({ asked, answered }) => [...asked, ...answered])];
  }

  /** Nothing was said yet but the greeting. */
  get isUntouched(): boolean {
    return this.#exchanges === this.#untouched;
  }

  get exchanges(): readonly Exchange<Item>[] {
    return this.#exchanges;
  }

  /** The agent is told something more. `heardOfLast` is null where its last answer was heard as it stands here. */
  ask(asked: readonly Item[], heardOfLast: string | null): void {
    if (heardOfLast !== null) this.#replaceLast((answered) => this.#cutOff(answered, heardOfLast));
    this.#exchanges = [...this.#exchanges.slice(1 - KEPT_EXCHANGES), { asked, answered: [] }];
  }

  answer(answered: readonly Item[]): void {
    this.#replaceLast(() => answered);
  }

  /** The answer was broken off, and no more than `told` of it was handed on. */
  answerInPart(answered: readonly Item[], told: string): void {
    this.#replaceLast(() => this.#cutOff(answered, told));
  }

  /** What was asked last was refused, as it would be again. What is told of the last answer is of none, from then on. */
  takeBack(): void {
    this.#exchanges = [...this.#exchanges.slice(0, -1), { asked: [], answered: [] }];
  }

  #replaceLast(change: (answered: readonly Item[]) => readonly Item[]): void {
    this.#exchanges = this.#exchanges.map((exchange, index) =>
      index === this.#exchanges.length - 1
        ? { asked: exchange.asked, answered: change(exchange.answered) }
        : exchange,
    );
  }
}

/** For another process. Of an answer that is too long, none of it: half of a tool's work can not stand there. */
export function exchangesAsJson<Item>(
  exchanges: readonly Exchange<Item>[],
  asJson: (items: readonly Item[]) => Json[],
): Json {
  return newest(
    exchanges.map((exchange) => {
      const asked = asJson(exchange.asked);
      const whole = { asked, answered: asJson(exchange.answered) };
      return hasRoom(whole) ? whole : { asked, answered: [] };
    }),
  );
}

/** null where it is not what `exchangesAsJson` wrote. */
export function exchangesOf<Item>(
  value: unknown,
  itemOf: (value: unknown) => Item | null,
): Exchange<Item>[] | null {
  const itemsOf = (items: unknown): Item[] | null => {
    if (!Array.isArray(items)) return null;
    const found = items.map(itemOf);
    return found.every((item) => item !== null) ? found : null;
  };
  const exchanges = listOf(value).map((one) => {
    const fields = fieldsOf(one);
    const [asked, answered] = [itemsOf(fields['asked']), itemsOf(fields['answered'])];
    return asked === null || answered === null ? null : { asked, answered };
  });
  return exchanges.length > 0 && exchanges.every((one) => one !== null) ? exchanges : null;
}
