// A page by hand: signs in with the token, makes a session, opens its socket and keeps what it hears. It returns marks as a
// page does that plays everything at once, unless told otherwise.
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { soundOf, ToneListener } from '../../sandbox/tones.ts';

export interface PageOptions {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface MadeSession {
  readonly id: string;
  readonly socket: string;
  readonly callId: string;
  readonly until: string;
}

export async function makeSession(relayUrl: string, token = 'operator-token'): Promise<MadeSession> {
  const answer = await fetch(`${relayUrl}/sessions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  if (answer.status !== 201) throw new Error(`POST /sessions answered ${answer.status}`);
  return (await answer.json()) as MadeSession;
}

/** The status of a handshake that got no socket; 101 for one that did, which is closed at once. */
export async function handshake(
  url: string,
  headers: Readonly<Record<string, string>> = { authorization: 'Bearer operator-token' },
): Promise<number> {
  const socket = new WebSocket(url, { headers });
  const { promise, resolve } = Promise.withResolvers<number>();
  socket.on('error', () => {});
  socket.on('open', () => resolve(101));
  socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
  const status = await promise;
  socket.terminate();
  return status;
}

interface Message {
  readonly type: string;
  readonly [field: string]: unknown;
}

export class Page {
  readonly socket: WebSocket;
  readonly messages: Message[] = [];
  /** Resolves with the code with which the relay closed, 1006 for a cut connection. */
  readonly closed: Promise<number>;
  readonly #ears = new ToneListener();
  #waits: { isIt: (message: Message) => boolean; found: (message: Message) => void }[] = [];
  /** Marks wait here while it does not return them. */
  readonly held: string[] = [];
  returnsMarks = true;
  audioBytes = 0;

  constructor(
    url: string,
    headers: Readonly<Record<string, string>> = { authorization: 'Bearer operator-token' },
  ) {
    this.socket = new WebSocket(url, { headers });
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => this.socket.on('close', (code) => resolve(code)));
    this.socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) {
        this.audioBytes += data.length;
        this.#ears.hear(data);
      } else this.#take(JSON.parse(data.toString()) as Message);
    });
  }

  static async open(relayUrl: string, session: { readonly socket: string }): Promise<Page> {
    const page = new Page(relayUrl.replace(/^http/, 'ws') + session.socket);
    onTestFinished(() => page.socket.terminate());
    await once(page.socket, 'open');
    return page;
  }

  get heard(): string {
    this.#ears.pause();
    return this.#ears.text;
  }

  until(type: string): Promise<Message> {
    const already = this.messages.find((message) => message.type === type);
    if (already) return Promise.resolve(already);
    return new Promise((found) => this.#waits.push({ isIt: (message) => message.type === type, found }));
  }

  send(...messages: readonly (object | string | Buffer)[]): void {
    for (const message of messages)
      this.socket.send(
        typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message),
      );
  }

  /** Says it in the sandbox's tones, all at once, and pauses. */
  say(text: string): void {
    const sound = soundOf(text);
    const whole = Buffer.alloc(Math.ceil((sound.length + 8_000) / 160) * 160, 0xff);
    sound.copy(whole);
    for (let at = 0; at < whole.length; at += 1_600) this.send(whole.subarray(at, at + 1_600));
  }

  #take(message: Message): void {
    this.messages.push(message);
    if (message.type === 'mark') {
      if (this.returnsMarks) this.send({ type: 'mark', name: message['name'] });
      else this.held.push(String(message['name']));
    }
    if (message.type === 'clear') for (const name of this.held.splice(0)) this.send({ type: 'mark', name });
    this.#waits = this.#waits.filter(({ isIt, found }) => {
      if (!isIt(message)) return true;
      found(message);
      return false;
    });
  }
}
