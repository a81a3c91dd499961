// Connections without a request, and requests whose body has not come, as long as they have proved nothing: each costs a
// socket, and 400 of them fill what a platform lets through. None is dropped for a younger one before it had a second,
// because Twilio's own requests, complete within milliseconds, may come in hundreds, and behind a proxy that names no
// visitors they share one address with every stranger.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { RequestHandler } from 'express';
import type { Clock } from '../call/ports.ts';
import { addressOf } from './address.ts';

const WAIT_MS = 5_000;
/** For those of an address beyond the first `AT_EASE`. */
const CROWDED_WAIT_MS = 1_000;
const AT_EASE = 20;
/** Of all addresses together; beyond, the oldest is dropped at once. */
const MOST = 2_000;

interface Cuttable {
  destroy(): unknown;
}

interface Waiting {
  readonly socket: Cuttable;
  readonly isOver: () => boolean;
  readonly leave: () => void;
}

export class Unproven {
  readonly #clock: Clock;
  readonly #onDropped: () => void;
  /** Oldest first. */
  readonly #waiting = new Set<Waiting>();
  readonly #byAddress = new Map<string, number>();
  readonly #ofRequest = new WeakMap<IncomingMessage, () => void>();
  readonly #ofSocket = new WeakMap<Socket, () => void>();

  constructor(clock: Clock, onDropped: () => void) {
    this.#clock = clock;
    this.#onDropped = onDropped;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Counts the connections of `server` until their first request or upgrade. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      this.#ofSocket.set(
        socket,
        this.enter(socket.remoteAddress ?? '', socket, () => false),
      );
      socket.once('close', () => this.#ofSocket.get(socket)?.());
    });
    server.on('upgrade', ({ socket }: IncomingMessage) => this.#ofSocket.get(socket)?.());
  }

  /** Goes before all routes: a request with a body waits until the body has come, or `proven` is called. */
  readonly bodies: RequestHandler = (req, _res, next) => {
    this.#ofSocket.get(req.socket)?.();
    if (hasBody(req)) {
      // The body may come without anybody reading it.
      const leave = this.enter(addressOf(req), req.socket, () => req.complete);
      this.#ofRequest.set(req, leave);
      this.#ofSocket.set(req.socket, leave);
      req.once('end', leave);
    }
    next();
  };

  /** A middleware for behind the operator's token: such a body may take its time. */
  readonly proven = (req: IncomingMessage, _res: ServerResponse, next: () => void): void => {
    this.#ofRequest.get(req)?.();
    next();
  };

  /** `isOver`: asked once the time is up. Returns a function to call when it is over before; idempotent. */
  enter(address: string, socket: Cuttable, isOver: () => boolean): () => void {
    const before = this.#byAddress.get(address) ?? 0;
    this.#byAddress.set(address, before + 1);
    const leave = (): void => {
      if (!this.#waiting.delete(entered)) return;
      cancel();
      const left = (this.#byAddress.get(address) ?? 1) - 1;
      if (left > 0) this.#byAddress.set(address, left);
      else this.#byAddress.delete(address);
    };
    const entered: Waiting = { socket, isOver, leave };
    const cancel = this.#clock.after(before < AT_EASE ? WAIT_MS : CROWDED_WAIT_MS, () => this.#drop(entered));
    this.#waiting.add(entered);
    if (this.#waiting.size > MOST) this.#drop(this.#waiting.values().next().value);
    return leave;
  }

  #drop(waiting: Waiting | undefined): void {
    if (waiting === undefined) return;
    waiting.leave();
    if (waiting.isOver()) return;
    this.#onDropped();
    waiting.socket.destroy();
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
