// A piece of network between two parties, which can be slow, or gone. What goes through is never looked at and never out
// of order, however much the delays differ: it is TCP.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Random } from './random.ts';

/** Beyond this the sender has to wait, as in any network. */
const MOST_UNDER_WAY_BYTES = 1024 * 1024;

interface UnderWay {
  /** null: the end. */
  readonly bytes: Buffer | null;
  readonly dueAt: number;
}

export class Network {
  /** Each piece takes `ms` and up to `jitterMs` more, each way. May be changed at any time. */
  delay = { ms: 0, jitterMs: 0 };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #random: Random;
  #isCut = false;

  private constructor(to: URL, random: Random) {
    this.#random = random;
    // An end of one direction is passed on as what it is.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
      if (this.#isCut) return void near.destroy();
      const far = connect({ port: Number(to.port), host: to.hostname, allowHalfOpen: true, noDelay: true });
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          this.#sockets.delete(socket);
          // What ended in order may still be under way.
          if (!socket.readableEnded) other.destroy();
        });
      }
      this.#carry(near, far);
      this.#carry(far, near);
    });
  }

  /** Resolves with the way to `url` through it. */
  static async to(url: string, random: Random): Promise<{ readonly network: Network; readonly url: string }> {
    const through = new URL(url);
    const network = new Network(new URL(url), random);
    network.#server.listen(0, '127.0.0.1');
    await once(network.#server, 'listening');
    const address = network.#server.address();
    through.hostname = '127.0.0.1';
    through.port = typeof address === 'object' ? String(address?.port) : '';
    return { network, url: through.href };
  }

  /** Ends every connection, and refuses every new one. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #carry(from: Socket, to: Socket): void {
    const underWay: UnderWay[] = [];
    let bytesUnderWay = 0;
    const arrive = (): void => {
      for (let next = underWay[0]; next && next.dueAt <= performance.now(); next = underWay[0]) {
        underWay.shift();
        bytesUnderWay -= next.bytes?.length ?? 0;
        if (to.destroyed) return;
        if (next.bytes === null) to.end();
        else to.write(next.bytes);
      }
      const [next] = underWay;
      if (next !== undefined) setTimeout(arrive, Math.max(1, next.dueAt - performance.now()));
      if (bytesUnderWay + to.writableLength <= MOST_UNDER_WAY_BYTES) from.resume();
    };
    const depart = (bytes: Buffer | null): void => {
      const { ms, jitterMs } = this.delay;
      const takesMs = ms === 0 ? 0 : ms + this.#random.whole(0, jitterMs);
      const dueAt = Math.max(performance.now() + takesMs, underWay.at(-1)?.dueAt ?? 0);
      underWay.push({ bytes, dueAt });
      bytesUnderWay += bytes?.length ?? 0;
      if (bytesUnderWay + to.writableLength > MOST_UNDER_WAY_BYTES) from.pause();
      if (underWay.length === 1) arrive();
    };
    from.on('data', depart);
    from.on('end', () => depart(null));
    to.on('drain', () => from.resume());
  }
}
