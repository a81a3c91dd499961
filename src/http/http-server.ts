// The HTTP server: express, its WebSockets, listen and close. express-ws completes every handshake before any route runs,
// so only `verifyClient` among the socket options can refuse one.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import express, { type Express, type RequestHandler } from 'express';
import expressWs from 'express-ws';
import type { WebSocket } from 'ws';
import type { Clock } from '../call/ports.ts';
import { guardedAnswers, lastResort, nothingHere } from './headers.ts';
import { Unproven } from './unproven.ts';

/** Node looks for overdue requests so often. */
const CHECKED_EVERY_MS = 1_000;
const HEADERS_WITHIN_MS = 5_000;
/** With the body: 10 MB of audio over a slow line. What has proved nothing has less (unproven.ts). */
const REQUEST_WITHIN_MS = 120_000;

export interface HttpServerOptions {
  readonly clock: Clock;
  /** Asked in this order: what is open to everybody or proves its requests itself. */
  readonly openRoutes: readonly RequestHandler[];
  /** Lets through what may use `lockedRoutes`. */
  readonly lock: RequestHandler;
  readonly lockedRoutes: readonly RequestHandler[];
  readonly sockets: {
    readonly options: NonNullable<expressWs.Options['wsOptions']>;
    /** By path, which may end in a parameter. Called in the tick in which the socket opens. */
    readonly accept: Readonly<Record<string, (socket: WebSocket, req: IncomingMessage) => void>>;
  };
  /** Cut a connection whose headers or body did not come. */
  readonly onSlow: () => void;
  /** A handler threw; the client was answered 500. */
  readonly onBug: (error: unknown) => void;
}

export class HttpServer {
  /** All routes. Inside another Express app it is mounted last, because it answers 401 or 404 to what it does not know. */
  readonly app: Express = express();
  readonly #server: Server;
  /** For `listenAlone`. */
  readonly #own: Server;
  readonly #sockets: expressWs.Instance;
  readonly #paths: readonly string[];
  #isClosing = false;
  #leave = (): void => {};

  constructor(options: HttpServerOptions) {
    const { app } = this;
    const { clock, openRoutes, lock, lockedRoutes, sockets, onSlow, onBug } = options;
    const unproven = new Unproven(clock, onSlow);
    this.#paths = Object.keys(sockets.accept);
    app.disable('x-powered-by');
    app.use((_req, res, next) => {
      // A client that never pauses on a connection would otherwise hold up `close` for ever.
      if (this.#isClosing) res.set('Connection', 'close');
      next();
    });
    app.use(guardedAnswers, unproven.bodies);
    const times = {
      connectionsCheckingInterval: CHECKED_EVERY_MS,
      headersTimeout: HEADERS_WITHIN_MS,
      requestTimeout: REQUEST_WITHIN_MS,
    };
    this.#server = createServer(times, app);
    this.#own = createServer(times, app);
    unproven.watch(this.#server);
    unproven.watch(this.#own);
    this.#sockets = expressWs(app, this.#server, { wsOptions: sockets.options });
    // ws re-emits the HTTP server's errors; without a listener they would crash the process.
    this.#sockets.getWss().on('error', () => {});
    for (const [path, accept] of Object.entries(sockets.accept)) this.#sockets.app.ws(path, accept);
    app.use(...openRoutes, lock, unproven.proven, ...lockedRoutes, nothingHere, lastResort(onBug));
  }

  /** Resolves with the port that is listened on, for 0 a free one; rejects with Node's error, such as EADDRINUSE. */
  async listen(wanted: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen(wanted, resolve);
    await promise;
    return portOf(this.#server) ?? wanted;
  }

  /**
   * Resolves with a port of this machine at which this process alone is reached, although others share its usual one: for
   * what they pass on to it, by passOn in pass-on.ts. No sockets.
   */
  async listenAlone(): Promise<number> {
    this.#own.listen({ port: 0, host: '127.0.0.1', exclusive: true });
    await once(this.#own, 'listening');
    return portOf(this.#own) ?? 0;
  }

  /**
   * Takes the upgrades to sockets of the relay from a server that somebody else made and listens with; `app` must be mounted
   * there. Resolves with that server's port.
   */
  join(server: Server): number {
    const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
      const { pathname } = URL.parse(request.url ?? '', 'http://host') ?? {};
      if (this.#paths.some((path) => isAt(path, pathname ?? '')))
        this.#server.emit('upgrade', request, socket, head);
    };
    server.on('upgrade', onUpgrade);
    this.#leave = () => server.off('upgrade', onUpgrade);
    return portOf(server) ?? 0;
  }

  /** An upgrade whose connection another process took: goes on as if it had come here. */
  upgrade(request: IncomingMessage, socket: Duplex): void {
    this.#server.emit('upgrade', request, socket, Buffer.alloc(0));
  }

  /** Cuts every socket; resolves when the requests under way are answered. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#leave();
    for (const socket of this.#sockets.getWss().clients) socket.terminate();
    await Promise.all([closed(this.#server), closed(this.#own)]);
  }
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // It may not have listened at all.
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

/** Whether a path leads to a route, as `/media-stream{/*below}` or `/ws/voice-agent/:id`. */
function isAt(route: string, path: string): boolean {
  const [fixed = '', ...open] = route.split(/[{:]/);
  return path === fixed || (open.length > 0 && path.startsWith(fixed.endsWith('/') ? fixed : `${fixed}/`));
}

function portOf(server: Server): number | null {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : null;
}
