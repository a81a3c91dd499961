// The line to a page that plays what it receives: audio as binary frames, marks and clears as messages. The page returns a
// mark once the caller has heard what came before it.
import type { Base64Audio, Line } from '../call/ports.ts';
import type { ToPage } from './talk-wire.ts';

export interface BrowserLineOptions {
  readonly streamId: string;
  readonly send: (message: ToPage | Buffer) => void;
  readonly onClose: () => void;
}

export class BrowserLine implements Line {
  readonly streamId: string;
  readonly #options: BrowserLineOptions;
  /** Sent and not returned: the page can return no others, so that it cannot flood the relay with marks. */
  readonly #marks = new Set<string>();

  constructor(options: BrowserLineOptions) {
    this.streamId = options.streamId;
    this.#options = options;
  }

  play(audio: Base64Audio): void {
    this.#options.send(Buffer.from(audio, 'base64'));
  }

  mark(name: string): void {
    this.#marks.add(name);
    this.#options.send({ type: 'mark', name });
  }

  clear(): void {
    this.#options.send({ type: 'clear' });
  }

  close(): void {
    this.#options.onClose();
  }

  /** Whether the page may return this mark; it may do so once. */
  takeBack(name: string): boolean {
    return this.#marks.delete(name);
  }
}
