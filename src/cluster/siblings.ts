// The other relay processes of this machine, as one of them sees them: asks the one that has a call, hands streams to it, and
// answers likewise. Whatever becomes of a question, the asker decides by itself after a while: the records know the rest.
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { CallId, LiveTalk } from '../call/call.ts';
import type { HeardWebhook } from '../call/heard-webhook.ts';
import type { Clock } from '../call/ports.ts';
import { repeat, within } from '../call/waiting.ts';
import type {
  Answer,
  Elsewhere,
  FromProcess,
  Holding,
  MachineState,
  PlainMetric,
  ProcessState,
  Question,
  Questions,
  ToProcess,
  Upgrade,
} from './messages.ts';
import { stopReading } from './unread.ts';

/** Longer than a claim of a call takes, and within the 15 s that Twilio waits. */
const ANSWER_WITHIN_MS = 6_000;
/** The primary kills a process that says nothing for much longer. */
const STATE_EVERY_MS = 1_000;

/** What a process does for its siblings. */
export interface SiblingDuties {
  /** null: the asker decides. Never rejects. */
  readonly answer: (question: Question) => Promise<Answer>;
  /** A stream of a call that this process has. `request` is its handshake. */
  readonly takeStream: (request: IncomingMessage, socket: Socket) => void;
  readonly state: () => ProcessState;
  /** The name by which the records know this process. */
  readonly owner: string;
  /** Where this process alone is reached, on this machine. */
  readonly port: number;
  /** The process of this name died. */
  readonly bury: (owner: string) => void;
  /** The whole machine leaves. Resolves once no process of another machine hands a call to this one. */
  readonly takeNoCalls: () => Promise<void>;
  readonly leave: () => void;
}

export interface Siblings {
  /** Whether there may be others at all. */
  readonly areThere: boolean;
  /** This process among them, as no earlier or later one of this primary; 0 if there are no others. */
  readonly number: number;
  /** What they have. */
  readonly elsewhere: Elsewhere;
  /** Says what this process has of a call. */
  hold(callId: CallId, how: Holding): void;
  /**
   * Asks the process that has the call; with `mayPlace`, the least busy one if none has, which may be this one. null: this
   * process decides. Never rejects.
   */
  ask<Name extends keyof Questions>(
    callId: CallId,
    name: Name,
    asked: Questions[Name]['asked'],
    mayPlace?: boolean,
  ): Promise<Questions[Name]['answer'] | null>;
  /** Hands a stream that has not been answered to the process that has its call, which may be this one. */
  passOn(callId: CallId, request: IncomingMessage): void;
  /** How all processes are; null if nobody says. */
  machine(): Promise<MachineState | null>;
  /** The metrics of each process, and of those that are gone; null if nobody says. */
  metrics(): Promise<readonly (readonly PlainMetric[])[] | null>;
  /** The talks of all processes; null if nobody says. */
  talks(): Promise<readonly LiveTalk[] | null>;
  /** The last webhooks of all processes, one process after another; null if nobody says. */
  webhooks(): Promise<readonly HeardWebhook[] | null>;
  /** Where the process of this number is reached, on this machine; null if it is gone. */
  portOf(process: number): Promise<number | null>;
  /** From here on this process answers its siblings and gets its share of the calls. */
  join(duties: SiblingDuties): void;
  /** Says why this process cannot start. */
  cannotStart(problems: readonly string[]): void;
  /** The primary then decides whether this process leaves, or the whole machine. */
  wantToLeave(): void;
  /** The last word before an orderly end: what was counted here stays counted. */
  leave(metrics: readonly PlainMetric[]): Promise<void>;
}

/** For the only relay process of a machine. */
export const ALONE: Siblings = {
  areThere: false,
  number: 0,
  elsewhere: { live: 0, waiting: 0, talks: 0 },
  hold: () => {},
  ask: async () => null,
  passOn: () => {},
  machine: async () => null,
  metrics: async () => null,
  talks: async () => null,
  webhooks: async () => null,
  portOf: async () => null,
  join: () => {},
  cannotStart: () => {},
  wantToLeave: () => {},
  leave: async () => {},
};

/** Only in a process that node:cluster started. */
export function siblingsOver(channel: NodeJS.Process, number: number, clock: Clock): Siblings {
  return new ChannelSiblings(channel, number, clock);
}

class ChannelSiblings implements Siblings {
  readonly areThere = true;
  readonly number: number;
  readonly #channel: NodeJS.Process;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, (message: ToProcess | null) => void>();
  #asked = 0;
  #elsewhere: Elsewhere = ALONE.elsewhere;
  #duties: SiblingDuties | null = null;
  #lastState = '';

  constructor(channel: NodeJS.Process, number: number, clock: Clock) {
    this.number = number;
    this.#channel = channel;
    this.#clock = clock;
    channel.on('message', (message: ToProcess, socket: unknown) => {
      this.#take(message, socket instanceof Socket ? socket : null);
    });
  }

  get elsewhere(): Elsewhere {
    return this.#elsewhere;
  }

  hold(callId: CallId, how: Holding): void {
    this.#send({ type: 'holds', callId, how });
    this.#tellState();
  }

  async ask<Name extends keyof Questions>(
    callId: CallId,
    name: Name,
    asked: Questions[Name]['asked'],
    mayPlace = false,
  ): Promise<Questions[Name]['answer'] | null> {
    // TypeScript does not see that a name and what is asked under it make a question.
    const question = { name, asked } as Question;
    const reply = await this.#request((id) => ({ type: 'ask', id, callId, question, mayPlace }));
    return reply?.type === 'answer' ? (reply.answer as Questions[Name]['answer'] | null) : null;
  }

  passOn(callId: CallId, { url = '', rawHeaders, socket }: IncomingMessage): void {
    // Its server would otherwise count it among its own connections for ever.
    const husk = (): void => void socket.destroy();
    Reflect.set(socket, 'server', null);
    stopReading(socket);
    this.#send({ type: 'stream', callId, upgrade: { url, rawHeaders } }, socket, husk);
  }

  async machine(): Promise<MachineState | null> {
    const reply = await this.#request((id) => ({ type: 'machine', id }));
    return reply?.type === 'machine' ? reply.machine : null;
  }

  async metrics(): Promise<readonly (readonly PlainMetric[])[] | null> {
    const reply = await this.#request((id) => ({ type: 'all-metrics', id }));
    return reply?.type === 'all-metrics' ? reply.metrics : null;
  }

  async talks(): Promise<readonly LiveTalk[] | null> {
    const reply = await this.#request((id) => ({ type: 'all-talks', id }));
    return reply?.type === 'all-talks' ? reply.talks : null;
  }

  async webhooks(): Promise<readonly HeardWebhook[] | null> {
    const reply = await this.#request((id) => ({ type: 'all-webhooks', id }));
    return reply?.type === 'all-webhooks' ? reply.webhooks : null;
  }

  async portOf(process: number): Promise<number | null> {
    const reply = await this.#request((id) => ({ type: 'where', id, process }));
    return reply?.type === 'where' ? reply.port : null;
  }

  join(duties: SiblingDuties): void {
    this.#duties = duties;
    this.#tellState(true);
    repeat(this.#clock, STATE_EVERY_MS, async () => this.#tellState(true));
  }

  cannotStart(problems: readonly string[]): void {
    this.#send({ type: 'cannot-start', problems });
  }

  wantToLeave(): void {
    this.#send({ type: 'wants-to-leave' });
  }

  leave(metrics: readonly PlainMetric[]): Promise<void> {
    return new Promise((resolve) => this.#send({ type: 'leaves', metrics }, undefined, resolve));
  }

  async #request(messageOf: (id: number) => FromProcess): Promise<ToProcess | null> {
    const id = ++this.#asked;
    const replied = new Promise<ToProcess | null>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#send(messageOf(id));
    });
    const reply = await within(this.#clock, ANSWER_WITHIN_MS, replied, null);
    this.#waiting.delete(id);
    return reply;
  }

  #take(message: ToProcess, socket: Socket | null): void {
    const duties = this.#duties;
    switch (message.type) {
      case 'answer':
      case 'nobody':
      case 'machine':
      case 'all-metrics':
      case 'all-talks':
      case 'all-webhooks':
      case 'where':
        return this.#waiting.get(message.id)?.(message);
      case 'question':
        return void this.#answer(message.id, message.question);
      case 'stream':
        this.#send({ type: 'took-stream', id: message.id });
        if (socket !== null) duties?.takeStream(handshake(message.upgrade, socket), socket);
        return;
      case 'elsewhere':
        this.#elsewhere = message.elsewhere;
        return this.#tellState();
      case 'died':
        return duties?.bury(message.owner);
      case 'take-no-calls':
        void duties?.takeNoCalls().then(() => this.#send({ type: 'takes-no-calls' }));
        return;
      case 'leave':
        return duties?.leave();
    }
  }

  async #answer(id: number, question: Question): Promise<void> {
    const answer = (await this.#duties?.answer(question)) ?? null;
    this.#send({ type: 'answer', id, answer });
  }

  /** Without `evenIfTheSame` only what has changed. */
  #tellState(evenIfTheSame = false): void {
    if (this.#duties === null) return;
    const state = this.#duties.state();
    const text = JSON.stringify(state);
    if (text === this.#lastState && !evenIfTheSame) return;
    this.#lastState = text;
    const { owner, port } = this.#duties;
    this.#send({ type: 'state', state, owner, port });
  }

  /** Once the primary is gone, node:cluster ends this process: nothing is worth an error then. */
  #send(message: FromProcess, socket?: Socket, sent: () => void = () => {}): void {
    if (this.#channel.send === undefined || !this.#channel.connected) return sent();
    this.#channel.send(message, socket, {}, () => sent());
  }
}

/** What the HTTP server of the process that took the connection had read of it. */
function handshake({ url, rawHeaders }: Upgrade, socket: Socket): IncomingMessage {
  const request = new IncomingMessage(socket);
  request.method = 'GET';
  request.url = url;
  request.httpVersion = '1.1';
  request.httpVersionMajor = 1;
  request.httpVersionMinor = 1;
  for (let n = 0; n + 1 < rawHeaders.length; n += 2) {
    const name = (rawHeaders[n] ?? '').toLowerCase();
    const value = rawHeaders[n + 1] ?? '';
    // As Node joins a header that comes twice, such as X-Forwarded-For.
    request.headers[name] = name in request.headers ? `${String(request.headers[name])}, ${value}` : value;
  }
  return request;
}
