// Both ends of one WebSocket over a real connection: the relay's, given to the test in the tick in which it opened, and
// the far end, whose messages are kept.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { listen } from './listen.ts';

export interface SocketPair {
  readonly ours: WebSocket;
  readonly far: WebSocket;
  readonly received: readonly { readonly data: Buffer; readonly isBinary: boolean }[];
  /** Resolves with the first `wanted` messages once they have come. */
  readonly until: (
    wanted: number,
  ) => Promise<readonly { readonly data: Buffer; readonly isBinary: boolean }[]>;
  /** Resolves with the code with which our end closed. */
  readonly closed: Promise<number>;
}

export async function socketPair(accept: (socket: WebSocket, wire: Socket) => void): Promise<SocketPair> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, maxPayload: 64 * 1024 });
  const accepted = Promise.withResolvers<WebSocket>();
  sockets.on('connection', (socket, request) => {
    accept(socket, request.socket);
    accepted.resolve(socket);
  });
  const far = new WebSocket(`ws://127.0.0.1:${await listen(server)}`);
  const received: { data: Buffer; isBinary: boolean }[] = [];
  far.on('error', () => {});
  far.on('message', (data: Buffer, isBinary) => received.push({ data, isBinary }));
  const closed = new Promise<number>((resolve) => far.on('close', resolve));
  onTestFinished(() => {
    far.terminate();
    sockets.close();
    server.close();
  });
  await once(far, 'open');
  return {
    ours: await accepted.promise,
    far,
    received,
    async until(wanted) {
      while (received.length < wanted) await once(far, 'message');
      return received.slice(0, wanted);
    },
    closed,
  };
}

/** Line events as they come, and a wait for so many of them. */
export class EventLog<T> {
  readonly events: T[] = [];
  #waits: { wanted: number; reached: () => void }[] = [];

  readonly note = (event: T): void => {
    this.events.push(event);
    for (const { wanted, reached } of this.#waits) if (this.events.length >= wanted) reached();
  };

  readonly until = (wanted: number): Promise<void> =>
    this.events.length >= wanted
      ? Promise.resolve()
      : new Promise((reached) => this.#waits.push({ wanted, reached }));
}
