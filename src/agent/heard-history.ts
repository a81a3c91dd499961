// The history of one call, for an agent whose memory the relay keeps, as items of its API. Of the agent's words it contains
// only those that the caller heard, and how many that were is known only when the caller speaks again.
import { z } from 'zod';
import type { Json } from '../call/json.ts';
import { asJson, hasRoom, newest } from './agent-memory.ts';

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
  itemsAsJson: (items: readonly Item[]) => Json[] = (items) => items.flatMap((item) => asJson(item) ?? []),
): Json {
  return newest(
    exchanges.map((exchange) => {
      const asked = itemsAsJson(exchange.asked);
      const whole = { asked, answered: itemsAsJson(exchange.answered) };
      return hasRoom(whole) ? whole : { asked, answered: [] };
    }),
  );
}

/** null for anything that `exchangesAsJson` did not write. */
export function exchangesOf<Item>(item: z.ZodType<Item>, value: unknown): Exchange<Item>[] | null {
  const items = z.array(item);
  const exchanges = z.array(z.object({ asked: items, answered: items })).min(1);
  return exchanges.safeParse(value).data ?? null;
}
