// A stranger who keeps a process waiting: many sockets, each with a request to Twilio's webhook whose body never comes to its
// end. As soon as one is cut off, the next is there.
import { connect, type Socket } from 'node:net';

const SOCKETS = 200;
/** Loopback has many addresses: the stranger's is not Twilio's. */
const FROM = '127.0.0.9';
const HALF_A_REQUEST = [
  'POST /voice HTTP/1.1',
  'Host: relay.sandbox',
  'X-Twilio-Signature: c3RyYW5nZXI=',
  'Content-Type: application/x-www-form-urlencoded',
  'Content-Length: 1000',
  '',
  'CallSid=',
].join('\r\n');

export class Flood {
  readonly #to: URL;
  readonly #sockets = new Set<Socket>();
  #isOver = false;

  constructor(url: string) {
    this.#to = new URL(url);
    for (let sockets = 0; sockets < SOCKETS; sockets++) this.#open();
  }

  end(): void {
    this.#isOver = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  #open(): void {
    const { hostname, port } = this.#to;
    const socket = connect({ host: hostname, port: Number(port), localAddress: FROM });
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('connect', () => socket.write(HALF_A_REQUEST));
    socket.on('close', () => {
      this.#sockets.delete(socket);
      // Not in a busy loop where the process refuses at once.
      if (!this.#isOver) setTimeout(() => this.#isOver || this.#open(), 50);
    });
  }
}
