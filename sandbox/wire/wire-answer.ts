// One streamed answer of the sandbox's AG-UI, AI SDK and webhook servers: the headers at once, frames as they come, and an
// end, each as wrong as it was asked to be.
import type { Request, Response } from 'express';
import type { SandboxAgents } from '../openai/http-faults.ts';
import { pause } from '../pause.ts';
import { faultNamed, type WireFault } from './wire-faults.ts';

const KEEP_ALIVE_MS = 200;

export class WireAnswer {
  readonly fault: WireFault | null;
  /** Aborts when the reader has gone. */
  readonly gone: AbortSignal;
  readonly #res: Response;
  readonly #state: SandboxAgents;

  constructor(req: Request, res: Response, state: SandboxAgents) {
    const reader = new AbortController();
    this.fault = faultNamed(req.get('x-sandbox-fault')) ?? state.wire.fault;
    this.gone = this.fault === 'late-text' ? new AbortController().signal : reader.signal;
    this.#res = res;
    this.#state = state;
    res.on('close', () => {
      if (!res.writableEnded) state.wire.aborts++;
      reader.abort();
    });
  }

  /** Sends the headers. Rejects once the reader has gone, if nothing shall follow. */
  async begin(contentType: string, keepAlive: string, headers: Record<string, string> = {}): Promise<void> {
    this.#res.status(200).set({ ...headers, 'content-type': contentType, 'cache-control': 'no-cache' });
    this.#res.flushHeaders();
    while (this.fault === 'silence' || this.fault === 'keep-alives') {
      await pause(this.#state.clock, KEEP_ALIVE_MS, this.gone);
      if (this.fault === 'keep-alives') this.#res.write(keepAlive);
    }
  }

  write(text: string): void {
    if (this.#res.destroyed) return;
    if (this.fault !== 'split-bytes') return void this.#res.write(text);
    for (const byte of Buffer.from(text)) this.#res.write(Buffer.of(byte));
  }

  data(frame: object): void {
    this.write(`data: ${JSON.stringify(frame)}\n\n`);
  }

  /** `last` is what makes the answer whole. */
  end(last: string): void {
    if (this.fault !== 'no-end') this.write(last);
    this.#res.end();
  }

  close(): void {
    this.#res.end();
  }

  /** As when a network breaks. */
  drop(): void {
    this.#res.destroy();
  }
}
