// The body of an HTTP message, chunk by chunk as they come: in flowing mode, because Node's own iterator of a stream costs
// several ticks a chunk.
import type { IncomingMessage } from 'node:http';

type Chunk = Uint8Array<ArrayBuffer>;

/** Bytes that may wait for their reader. */
const MOST_WAITING = 65_536;

/** For one reader. Throws the error that destroyed the message; leaving it early closes the connection. */
export class MessageBody implements AsyncIterableIterator<Chunk> {
  readonly #message: IncomingMessage;
  readonly #chunks: Chunk[] = [];
  #waitingBytes = 0;
  #error: Error | null = null;
  #wake: () => void = () => {};

  constructor(message: IncomingMessage) {
    this.#message = message;
    message.on('error', (error) => (this.#error = error));
    message.on('close', () => this.#wake());
    message.on('end', () => this.#wake());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Chunk, undefined>> {
    if (this.#message.readableFlowing === null) this.#message.on('data', (chunk) => this.#take(chunk));
    for (;;) {
      const value = this.#chunks.shift();
      if (value !== undefined) {
        this.#waitingBytes -= value.length;
        if (this.#message.isPaused() && this.#waitingBytes < MOST_WAITING) this.#message.resume();
        return { done: false, value };
      }
      if (this.#error !== null) throw this.#error;
      if (this.#message.readableEnded || this.#message.closed) return { done: true, value: undefined };
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  return(): Promise<IteratorResult<Chunk, undefined>> {
    this.#message.destroy();
    return Promise.resolve({ done: true, value: undefined });
  }

  #take(chunk: Chunk): void {
    this.#chunks.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes >= MOST_WAITING) this.#message.pause();
    this.#wake();
  }
}
