// A TCP line to a database that can be cut, or can swallow what the database answers: then a write is done and nobody
// was told.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export class CuttableLine {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isCut = false;
  #onSwallowed: (() => void) | null = null;

  private constructor(host: string, port: number) {
    this.#server = createServer((near) => {
      if (this.#isCut) {
        near.destroy();
        return;
      }
      const far = connect(port, host);
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.once('close', () => {
          this.#sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      near.on('data', (bytes) => far.write(bytes));
      far.on('data', (bytes) => {
        if (this.#onSwallowed === null) near.write(bytes);
        else this.#onSwallowed();
      });
    });
  }

  static async to(url: string): Promise<{ line: CuttableLine; url: string }> {
    const target = new URL(url);
    const line = new CuttableLine(target.hostname, Number(target.port === '' ? '5432' : target.port));
    line.#server.listen(0, '127.0.0.1');
    await once(line.#server, 'listening');
    const address = line.#server.address();
    target.hostname = '127.0.0.1';
    target.port = String(typeof address === 'object' ? address?.port : '');
    return { line, url: target.href };
  }

  /** Ends every connection, and every new one. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
    this.#onSwallowed = null;
  }

  /** From now on nothing comes back; resolves once the database has answered something. */
  swallowAnswers(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onSwallowed = resolve;
    return promise;
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
