// The history of one call, for an agent whose memory the relay keeps, as items of its API. Of the agent's words it contains
// only those that the caller heard, and how many that were is known only when the caller speaks again.
import { fieldsOf, type Json, listOf } from '../call/json.ts';
import { hasRoom, newest } from './agent-memory.ts';

/** The oldest exchanges go first. A call of an hour has a few hundred. */
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

  /** `opening` always stays, and `greeting` counts as the first answer; `before` comes from another process. */
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

  /** Nothing but the greeting was said yet. */
  get isUntouched(): boolean {
    return this.#exchanges === this.#untouched;
  }

  get exchanges(): readonly Exchange<Item>[] {
    return this.#exchanges;
  }

  /** Begins an exchange. `heardOfLast` is null if the caller heard the last answer as it stands here. */
  ask(asked: readonly Item[], heardOfLast: string | null): void {
    if (heardOfLast !== null) this.#replaceLast((answered) => this.#cutOff(answered, heardOfLast));
    this.#exchanges = [...this.#exchanges.slice(1 - KEPT_EXCHANGES), { asked, answered: [] }];
  }

  answer(answered: readonly Item[]): void {
    this.#replaceLast(() => answered);
  }

  /** The answer broke off after `told`. */
  answerInPart(answered: readonly Item[], told: string): void {
    this.#replaceLast(() => this.#cutOff(answered, told));
  }

  /** Drops what was asked last, because the API would refuse it again. The exchange stays, so `heardOfLast` fits it. */
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

/** For another process. An answer that is too long is left out whole, because a tool call needs its result. */
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

/** null for anything that `exchangesAsJson` did not write. */
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
