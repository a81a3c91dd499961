// What was said in one call, for an agent whose memory is kept here, as items of whatever kind its API wants. It holds of
// the agent's words only what the caller heard, and how much that was is known only when the caller speaks again.

/** The oldest exchanges are forgotten: a call of an hour has a few hundred. */
const KEPT_EXCHANGES = 200;

interface Exchange<Item> {
  readonly asked: readonly Item[];
  readonly answered: readonly Item[];
}

/** What is left of an answer of which only `heard` was heard; '' for nothing. */
export type CutOff<Item> = (answered: readonly Item[], heard: string) => Item[];

export class HeardHistory<Item> {
  readonly #cutOff: CutOff<Item>;
  readonly #opening: readonly Item[];
  #exchanges: Exchange<Item>[];

  /** `opening` is never forgotten, and `greeting` counts as the first answer. */
  constructor(parts: {
    readonly opening: readonly Item[];
    readonly greeting: readonly Item[];
    readonly cutOff: CutOff<Item>;
  }) {
    this.#opening = parts.opening;
    this.#exchanges = [{ asked: [], answered: parts.greeting }];
    this.#cutOff = parts.cutOff;
  }

  get items(): Item[] {
    return [...this.#opening, ...this.#exchanges.flatMap(({ asked, answered }) => [...asked, ...answered])];
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
