// The turns of one conversation, one at a time: a turn begins once the one before has let go of the agent, and receives the
// signal to stop when nobody reads its reply any more. A reply that is given up ends at once; its turn may go on behind it.
import type { AgentEvent } from '../call/ports.ts';
import { type AgentFailed, failedWith } from './failures.ts';
import type { ReplyPipe } from './reply-pipe.ts';

/** How often an agent may call tools in one turn before it has to say something. */
export const MOST_ROUNDS = 5;
export const UNKNOWN_TOOL = '{"error":"unknown tool"}';

/** Asks the agent and writes what it says; resolves to what went wrong, null for nothing. May reject as the SDK does. */
export type Ask = (stop: AbortSignal) => Promise<AgentFailed | null>;

export class Turns {
  readonly #closing = new AbortController();
  #last: Promise<void>;

  /** The first turn waits for `before`, which must not reject and ends soon once the conversation closes. */
  constructor(before: (closing: AbortSignal) => Promise<void> = async () => {}) {
    this.#last = before(this.#closing.signal);
  }

  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** The reply that `ask` writes into `pipe`. `onFailed` hears of a failure first, unless nobody reads it any more. */
  async *reply(
    pipe: ReplyPipe,
    signal: AbortSignal,
    ask: Ask,
    onFailed: (failure: AgentFailed) => void = () => {},
  ): AsyncGenerator<AgentEvent, void> {
    const reader = new AbortController();
    const read = AbortSignal.any([signal, this.#closing.signal]);
    const stop = AbortSignal.any([read, reader.signal]);
    this.#last = this.#last.then(async () => {
      const failure = await ask(stop).catch(failedWith);
      if (failure !== null && !stop.aborted) {
        onFailed(failure);
        pipe.fail(failure);
      }
      pipe.end();
    });
    try {
      yield* pipe.read(read);
    } finally {
      reader.abort();
    }
  }

  /** Stops the turn that runs; resolves once it has let go. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#last;
  }
}
