// The HTTP server: express, its WebSockets, listen and close. express-ws completes every handshake before any route runs,
// so only `verifyClient` among the socket options can refuse one.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import express, { type RequestHandler } from 'express';
import expressWs from 'express-ws';
import type { WebSocket } from 'ws';
import { guardedAnswers, lastResort, nothingHere } from './headers.ts';

export interface HttpServerOptions {
  /** Asked in this order. */
  readonly routes: readonly RequestHandler[];
  readonly sockets: {
    readonly path: string;
    readonly options: NonNullable<expressWs.Options['wsOptions']>;
    /** Called in the tick in which the socket opens. */
    readonly accept: (socket: WebSocket, request: IncomingMessage) => void;
  };
  /** A handler threw; the client was answered 500. */
  readonly onBug: (error: unknown) => void;
}

export class HttpServer {
  readonly #server: Server;
  readonly #sockets: expressWs.Instance;

  constructor({ routes, sockets, onBug }: HttpServerOptions) {
    const app = express();
    app.disable('x-powered-by');
    app.use(guardedAnswers);
    this.#server = createServer(app);
    this.#sockets = expressWs(app, this.#server, { wsOptions: sockets.options });
    // ws re-emits the HTTP server's errors; without a listener they would crash the process.
    this.#sockets.getWss().on('error', () => {});
    this.#sockets.app.ws(sockets.path, sockets.accept);
    app.use(...routes, nothingHere, lastResort(onBug));
  }

  /** Resolves with the port that is listened on, for 0 a free one; rejects with Node's error, such as EADDRINUSE. */
  async listen(wanted: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen(wanted, resolve);
    await promise;
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : wanted;
  }

  /** Cuts every socket; resolves when the requests under way are answered. */
  async close(): Promise<void> {
    for (const socket of this.#sockets.getWss().clients) socket.terminate();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeIdleConnections();
    await promise;
  }
}
