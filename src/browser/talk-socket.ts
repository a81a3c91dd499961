// One socket of a session: its messages become `LineEvent`s, and its line plays to the page or by the clock. Everything is
// bounded before it is worked on, and bad input costs at most this one call (W6). A socket that vanishes is not the end: the
// page comes back with the same session (W3).
import type { RawData, WebSocket } from 'ws';
import { codeOf } from '../call/error-code.ts';
import type { CallId, EndReason, RefusedInput } from '../call/call.ts';
import { BYTES_PER_MS, FRAME_BYTES } from '../call/mulaw.ts';
import type { Clock, Line, LineEvent } from '../call/ports.ts';
import { Allowance } from './allowance.ts';
import { BrowserLine } from './browser-line.ts';
import { ClockLine } from './clock-line.ts';
import {
  CLOSE,
  type FromPage,
  parsedMessage,
  type TalkRefusal,
  type TalkStart,
  type ToPage,
} from './talk-wire.ts';

const START_WITHIN_MS = 5_000;
const PING_EVERY_MS = 20_000;
const MAX_MISSED_PONGS = 2;
/** A second; a page sends 20 ms. */
const MOST_AUDIO_BYTES = 50 * FRAME_BYTES;
/** What a stalled page sends at once, and then a little faster than people speak. */
const AUDIO = { atOnce: 10_000 * BYTES_PER_MS, perSecond: 1_250 * BYTES_PER_MS };
/** Texts, keys and what else is no audio and no mark of ours. */
const MESSAGES = { atOnce: 40, perSecond: 10 };
/** A minute and a half of unsent audio: nobody reads at the other end. */
const MAX_UNSENT_BYTES = 1024 * 1024;

export type LineListener = (event: LineEvent) => void;

export interface TalkSocketOptions {
  readonly clock: Clock;
  readonly streamId: string;
  readonly callId: CallId;
  /** Returns the listener of the line. `answer` may be called at once, and is called once. */
  readonly onStart: (start: TalkStart, line: Line, answer: (answer: TalkAnswer) => void) => LineListener;
  /** Why the call ended; null while it goes on, here or elsewhere. */
  readonly endOf: () => EndReason | null;
  /** Whether another socket of the session has the line by now. */
  readonly isReplaced: () => boolean;
  /** Bad input before the socket has a listener; later it is a `LineEvent`. */
  readonly onRefused: (kind: RefusedInput, detail: string) => void;
  readonly onBug: (error: unknown) => void;
}

/** What became of a start: a call has the line, or why none does. */
export type TalkAnswer =
  /** Comes before anything is played. */
  | { readonly is: 'joined' }
  | { readonly is: 'refused'; readonly code: TalkRefusal }
  | { readonly is: 'ended'; readonly reason: EndReason }
  /** Another process has the call, or this one in a moment. */
  | { readonly is: 'elsewhere' };

type State =
  | { readonly type: 'awaiting-start' }
  | { readonly type: 'live'; readonly line: BrowserLine | ClockLine; readonly listener: LineListener }
  | { readonly type: 'over' };

export class TalkSocket {
  readonly #socket: WebSocket;
  readonly #options: TalkSocketOptions;
  readonly #audio: Allowance;
  readonly #messages: Allowance;
  /** Each kind counts once per socket, so that a flood of nonsense is no flood of events. */
  readonly #refused = new Set<RefusedInput>();
  #state: State = { type: 'awaiting-start' };
  #receivedBytes = 0;
  #missedPongs = 0;
  #stopWaiting = (): void => {};
  #stopPinging = (): void => {};

  /** Must be made in the tick in which the socket opened. */
  constructor(socket: WebSocket, options: TalkSocketOptions) {
    const { clock } = options;
    this.#socket = socket;
    this.#options = options;
    this.#audio = new Allowance(clock, AUDIO.atOnce, AUDIO.perSecond);
    this.#messages = new Allowance(clock, MESSAGES.atOnce, MESSAGES.perSecond);
    // 'error' first: without it a single malformed frame is an uncaught exception.
    socket.on('error', (error) => this.#fault(error));
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('pong', () => (this.#missedPongs = 0));
    socket.on('close', () => this.#end('broken'));
    this.#stopWaiting = clock.after(START_WITHIN_MS, () => this.#fail('stream-no-start', 'no start in time'));
    this.#pingLater();
  }

  get isLive(): boolean {
    return this.#state.type === 'live';
  }

  get unsentBytes(): number {
    return this.#socket.bufferedAmount;
  }

  #receive(data: RawData | string, isBinary?: boolean): void {
    if (this.#isOver) return;
    if (typeof data !== 'string' && (isBinary !== false || !Buffer.isBuffer(data)))
      return this.#hearAudio(data);
    const message = parsedMessage(data.toString());
    if (message.type === 'mark') return this.#hearMark(message.name);
    if (!this.#messages.take(1)) return this.#fail('stream-too-fast', 'too many messages');
    this.#take(message);
  }

  #hearAudio(data: RawData): void {
    const state = this.#state;
    if (state.type !== 'live') return this.#fail('stream-before-start', 'audio before start');
    if (!Buffer.isBuffer(data) || data.length === 0 || data.length % FRAME_BYTES !== 0)
      return this.#refuse('stream-malformed', 'audio that is no whole frames');
    if (data.length > MOST_AUDIO_BYTES) return this.#fail('stream-too-large', 'more than a second of audio');
    if (!this.#audio.take(data.length)) return this.#fail('stream-too-fast', 'faster than anybody speaks');
    const timestampMs = this.#receivedBytes / BYTES_PER_MS;
    this.#receivedBytes += data.length;
    state.listener({ type: 'audio', audio: data.toString('base64'), timestampMs });
  }

  #hearMark(name: string): void {
    const state = this.#state;
    if (state.type === 'live' && state.line instanceof BrowserLine && state.line.takeBack(name))
      return state.listener({ type: 'mark-reached', name });
    if (!this.#messages.take(1)) return this.#fail('stream-too-fast', 'too many messages');
    this.#refuse('stream-foreign', 'a mark that was not set');
  }

  #take(message: Exclude<FromPage, { type: 'mark' }>): void {
    const state = this.#state;
    switch (message.type) {
      case 'start':
        if (state.type === 'live') return this.#fail('stream-second-start', 'a second start');
        return this.#start(message);
      case 'wrong':
        if (message.detail === 'not JSON') return this.#fail(message.kind, message.detail);
        return this.#refuse(message.kind, message.detail);
      default:
        if (state.type !== 'live') return this.#fail('stream-before-start', `${message.type} before start`);
        if (message.type === 'text') return state.listener({ type: 'typed', text: message.text });
        if (message.type === 'digit') return state.listener({ type: 'digit', digit: message.digit });
        return this.#hangUp();
    }
  }

  #start(start: TalkStart): void {
    const { onStart, onBug } = this.#options;
    this.#stopWaiting();
    const line = this.#lineFor(start);
    try {
      const listener = onStart(start, line, (answer) => this.#hearAnswer(answer));
      // `onStart` may have closed the line already.
      if (!this.#isOver) this.#state = { type: 'live', line, listener };
    } catch (error) {
      onBug(error);
      this.#leaveWith(CLOSE.BUG);
    }
  }

  #hearAnswer(answer: TalkAnswer): void {
    if (this.#isOver) return;
    switch (answer.is) {
      case 'joined':
        return this.#send({ type: 'started', callId: this.#options.callId });
      case 'refused':
        this.#send({ type: 'refused', code: answer.code });
        return this.#leaveWith(answer.code === 'busy' ? CLOSE.BUSY : CLOSE.BAD_INPUT);
      case 'ended':
        this.#send({ type: 'ended', reason: answer.reason });
        return this.#leaveWith(CLOSE.OVER);
      case 'elsewhere':
        return this.#leaveWith(CLOSE.COME_BACK);
    }
  }

  #lineFor({ hasSound }: TalkStart): BrowserLine | ClockLine {
    const { clock, streamId } = this.#options;
    const onClose = (): void => this.#close();
    if (hasSound) return new BrowserLine({ streamId, send: (message) => this.#send(message), onClose });
    const onMark = (name: string): void => {
      if (this.#state.type === 'live') this.#state.listener({ type: 'mark-reached', name });
    };
    return new ClockLine({ streamId, clock, onMark, onClose });
  }

  #hangUp(): void {
    this.#end('hung-up');
    this.#send({ type: 'ended', reason: this.#options.endOf() ?? 'caller-hung-up' });
    this.#socket.close(CLOSE.OVER);
  }

  /** The call leaves this line: it is over, or another line or process has it. */
  #close(): void {
    const { endOf, isReplaced } = this.#options;
    const reason = endOf();
    if (reason !== null && reason !== 'handed-over') this.#hearAnswer({ is: 'ended', reason });
    else if (!this.#isOver) this.#leaveWith(isReplaced() ? CLOSE.REPLACED : CLOSE.COME_BACK);
  }

  #leaveWith(code: number): void {
    this.#leave();
    this.#socket.close(code);
  }

  #send(message: ToPage | Buffer): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > MAX_UNSENT_BYTES) {
      this.#refuse('stream-slow', 'our audio is not being taken');
      this.#socket.terminate();
    } else this.#socket.send(Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }

  #refuse(kind: RefusedInput, detail: string): void {
    if (this.#refused.has(kind)) return;
    this.#refused.add(kind);
    if (this.#state.type === 'live') this.#state.listener({ type: 'refused', kind, detail });
    else this.#options.onRefused(kind, detail);
  }

  /** Ends the line: after this nothing on it can be trusted. */
  #fail(kind: RefusedInput, detail: string): void {
    this.#refuse(kind, detail);
    this.#end('bad-input');
    this.#socket.close(CLOSE.BAD_INPUT, kind);
  }

  #fault(error: Error): void {
    if (this.#isOver) return;
    const code = codeOf(error);
    // ws has already closed the socket with a code of its own; 'close' follows for errors of the network.
    if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH')
      this.#fail('stream-too-large', 'a frame over the limit');
    else if (code?.startsWith('WS_ERR_')) this.#fail('stream-malformed', code);
  }

  #end(how: Extract<LineEvent, { type: 'closed' }>['how']): void {
    const state = this.#state;
    this.#leave();
    if (state.type === 'live') state.listener({ type: 'closed', how });
  }

  get #isOver(): boolean {
    return this.#state.type === 'over';
  }

  #leave(): void {
    if (this.#state.type === 'live' && this.#state.line instanceof ClockLine) this.#state.line.stop();
    this.#state = { type: 'over' };
    this.#stopWaiting();
    this.#stopPinging();
  }

  /** Keeps proxies from closing an idle line, and notices a page that vanished. */
  #pingLater(): void {
    this.#stopPinging = this.#options.clock.after(PING_EVERY_MS, () => {
      if (this.#missedPongs >= MAX_MISSED_PONGS) return this.#socket.terminate();
      this.#missedPongs++;
      this.#socket.ping();
      this.#pingLater();
    });
  }
}
