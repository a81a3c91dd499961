// Stands before the relay's processes, as a platform's proxy does, and leads every request and every stream to one of them.
// It offers a request to another process only while none has taken it: one that breaks off in the middle breaks off here, too.
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from './random.ts';

/**
 * To which process a request or stream goes. `ready`: by turns, to one whose `/ready` says so, if any does. The others do
 * not ask: `alternating` takes each in its turn and `random` any, leaving processes too.
 */
export const LEADINGS = ['ready', 'alternating', 'random'] as const;
export type Leading = (typeof LEADINGS)[number];

export interface Backend {
  /** null while there is none. */
  readonly url: string | null;
  readonly isReady: boolean;
}

/** Another process is there again by then. */
const TRIES = 30;
const TRY_AGAIN_MS = 100;

export class Balancer {
  /** Every request is delivered once more, up to so much later, when others have overtaken it; null: once. */
  doublesWithinMs: number | null = null;
  readonly #backends: readonly Backend[];
  readonly #random: Random;
  readonly #leading: Leading;
  readonly #server: Server;
  readonly #streams = new Set<Duplex>();
  #turn = 0;

  constructor(backends: readonly Backend[], random: Random, leading: Leading) {
    this.#backends = backends;
    this.#random = random;
    this.#leading = leading;
    this.#server = createServer((req, res) => {
      this.#deliver(req, res).catch(() => res.writeHead(502).end());
    });
    this.#server.on('upgrade', (req, socket, head) => {
      this.#join(req, socket, head).catch(() => socket.destroy());
    });
  }

  /** Resolves with the address that it is reached under. */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  }

  async close(): Promise<void> {
    for (const stream of this.#streams) stream.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #deliver(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = await buffer(req);
    const answer = await this.#ask(req, body);
    const { doublesWithinMs } = this;
    if (doublesWithinMs !== null) void this.#askAgain(req, body, this.#random.whole(0, doublesWithinMs));
    const answered = await buffer(answer);
    res.writeHead(answer.statusCode ?? 502, { 'content-type': answer.headers['content-type'] ?? '' });
    res.end(answered);
  }

  /** Nobody looks at the answer. */
  async #askAgain(req: IncomingMessage, body: Buffer, inMs: number): Promise<void> {
    await pause(inMs);
    const answer = await this.#ask(req, body).catch(() => null);
    answer?.resume();
  }

  async #ask(req: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    const { socket, address } = await this.#reach();
    const { method = 'GET', url = '/', headers } = req;
    const asking = request(`${address}${url}`, { method, headers, createConnection: () => socket });
    asking.end(body);
    const [answer]: IncomingMessage[] = await once(asking, 'response');
    if (answer === undefined) throw new Error('no answer');
    return answer;
  }

  async #join(req: IncomingMessage, near: Duplex, head: Buffer): Promise<void> {
    near.on('error', () => {});
    const { socket: far } = await this.#reach();
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#streams.add(one);
      one.on('close', () => {
        this.#streams.delete(one);
        other.destroy();
      });
    }
    const lines = Object.entries(req.headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
    far.write(`${req.method} ${req.url} HTTP/1.1\r\n${lines.join('')}\r\n`);
    far.write(head);
    near.pipe(far).pipe(near);
  }

  /** A connection to a process that takes it. */
  async #reach(): Promise<{ readonly socket: Socket; readonly address: string }> {
    for (let tries = 0; tries < TRIES; tries++) {
      for (const address of this.#inOrder()) {
        const { port, hostname } = new URL(address);
        const socket = connect({ port: Number(port), host: hostname, noDelay: true });
        const isThere = await once(socket, 'connect').then(
          () => true,
          () => false,
        );
        socket.on('error', () => {});
        if (isThere) return { socket, address };
      }
      await pause(TRY_AGAIN_MS);
    }
    throw new Error('no process takes it');
  }

  /** In the order in which they are tried. */
  #inOrder(): string[] {
    this.#turn += this.#leading === 'random' ? this.#random.whole(0, this.#backends.length - 1) : 1;
    const turned = this.#backends.map((_, n) => this.#backends[(n + this.#turn) % this.#backends.length]);
    const there = turned.filter((one) => one !== undefined);
    const inOrder =
      this.#leading === 'ready'
        ? [...there.filter(({ isReady }) => isReady), ...there.filter(({ isReady }) => !isReady)]
        : there;
    return inOrder.flatMap(({ url }) => url ?? []);
  }
}
