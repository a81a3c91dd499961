// One turn at a time (T1). What the caller says while a turn runs waits, and goes to the agent as one message. A turn
// aborts through the signal of its own body: if p-queue aborts a task, it frees the slot while the body still runs.
import PQueue from 'p-queue';
import type { AgentMessage } from '../call/ports.ts';

/** A longer message is a fault or an attack: it loses its beginning. */
const LONGEST_MESSAGE = 8000;

export class TurnQueue {
  readonly #queue = new PQueue({ concurrency: 1 });
  readonly #run: (message: AgentMessage, signal: AbortSignal) => Promise<void>;
  #waiting: AgentMessage | null = null;
  #running: AbortController | null = null;
  #isClosed = false;

  /** `run` is one turn's body: it resolves once the turn is over, soon after its signal aborts, and never rejects. */
  constructor(run: (message: AgentMessage, signal: AbortSignal) => Promise<void>) {
    this.#run = run;
  }

  /** The message of the next turn. */
  get waiting(): AgentMessage | null {
    return this.#waiting;
  }

  add(message: AgentMessage): void {
    if (this.#isClosed) return;
    if (this.#waiting !== null) {
      this.#waiting = joined(this.#waiting, message);
      return;
    }
    this.#waiting = joined({ text: '', notes: [], heardOfLast: null }, message);
    void this.#queue.add(() => this.#next());
  }

  abort(): void {
    this.#running?.abort();
  }

  /** Ends the running turn, forgets what waits and takes nothing more; resolves when the last body has returned. */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#waiting = null;
    this.abort();
    return this.#queue.onIdle();
  }

  async #next(): Promise<void> {
    const message = this.#waiting;
    if (message === null) return;
    this.#waiting = null;
    const controller = new AbortController();
    this.#running = controller;
    await this.#run(message, controller.signal);
    if (this.#running === controller) this.#running = null;
  }
}

function joined(first: AgentMessage, second: AgentMessage): AgentMessage {
  return {
    text: `${first.text} ${second.text}`.trim().slice(-LONGEST_MESSAGE),
    notes: [...first.notes, ...second.notes],
    heardOfLast: second.heardOfLast ?? first.heardOfLast,
  };
}
