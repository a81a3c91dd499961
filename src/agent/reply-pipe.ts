// Connects the callback that writes a reply with the loop that reads it. Reading ends at once when its signal aborts,
// whatever the writer still waits for; nobody reads what is written after that.
import type { CallCommand } from '../call/call.ts';
import type { AgentEvent } from '../call/ports.ts';
import type { TokenUsage } from '../call/usage.ts';
import type { AgentFailed } from './failures.ts';

export class ReplyPipe {
  readonly #waiting: AgentEvent[] = [];
  #isOver = false;
  #wakeReader: () => void = () => {};

  get isOver(): boolean {
    return this.#isOver;
  }

  write(delta: string): void {
    if (delta !== '') this.#push({ type: 'text', delta });
  }

  command(command: CallCommand): void {
    this.#push({ type: 'command', command });
  }

  withdraw(): void {
    this.#push({ type: 'withdrawn' });
  }

  /** null where the vendor counted nothing. */
  count(usage: TokenUsage | null, model: string | null = null): void {
    if (usage !== null) this.#push({ type: 'usage', model, usage });
  }

  fail(event: AgentFailed): void {
    this.#push(event);
    this.end();
  }

  end(): void {
    this.#isOver = true;
    this.#wakeReader();
  }

  async *read(signal: AbortSignal): AsyncGenerator<AgentEvent, void> {
    const wake = (): void => this.#wakeReader();
    signal.addEventListener('abort', wake);
    try {
      while (!signal.aborted) {
        const event = this.#waiting.shift();
        if (event !== undefined) yield event;
        else if (this.#isOver) return;
        else await new Promise<void>((resolve) => (this.#wakeReader = resolve));
      }
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }

  #push(event: AgentEvent): void {
    if (this.#isOver) return;
    this.#waiting.push(event);
    this.#wakeReader();
  }
}
