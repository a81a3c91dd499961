// Turns Twilio's messages of one media stream into `LineEvent`s. A call sends fifty a second: audio is passed on as the
// text it came in, never decoded or awaited. Bad input costs at most this one stream (R4).
import type { RawData, WebSocket } from 'ws';
import { codeOf } from '../call/error-code.ts';
import type { RefusedInput } from '../call/call.ts';
import { type Fields, fieldsOf, textOf } from '../call/json.ts';
import type { Clock, Line, LineEvent } from '../call/ports.ts';
import { TwilioLine, type Wire } from './line.ts';
import { MAX_PAYLOAD_CHARS, MediaReader } from './media-message.ts';
import type { LineListener } from './phone-listener.ts';
import { TOKEN_PARAMETER } from './twiml.ts';

const START_WITHIN_MS = 5_000;
const PING_EVERY_MS = 20_000;
const MAX_MISSED_PONGS = 2;
const POLICY_VIOLATION = 1008;

export interface StreamStart {
  /** Twilio's name of the call; the token tells our ID. */
  readonly sid: string;
  readonly streamId: string;
  /** '' if the stream brought none. */
  readonly token: string;
}

export interface MediaStreamOptions {
  /** What carries the socket. */
  readonly wire: Wire;
  readonly clock: Clock;
  /** Returns the listener of the stream; null closes it, because its token is no good (O3). */
  readonly onStart: (start: StreamStart, line: Line) => LineListener | null;
  /** Bad input before the stream has a listener; later it is a `LineEvent`. */
  readonly onRefused: (kind: RefusedInput, detail: string) => void;
  /** `onStart` threw; the stream was cut. */
  readonly onBug: (error: unknown) => void;
}

/** Must be called in the tick in which the socket opened: Twilio's first messages follow at once. */
export function acceptMediaStream(socket: WebSocket, options: MediaStreamOptions): void {
  new MediaStream(socket, options).listen();
}

type State =
  | { readonly type: 'awaiting-start' }
  | {
      readonly type: 'live';
      readonly streamId: string;
      readonly media: MediaReader;
      readonly listener: LineListener;
    }
  | { readonly type: 'over' };

type Live = Extract<State, { type: 'live' }>;

class MediaStream {
  readonly #socket: WebSocket;
  readonly #options: MediaStreamOptions;
  /** Each kind counts once per stream, so that a flood of nonsense is no flood of events. */
  readonly #refused = new Set<RefusedInput>();
  #state: State = { type: 'awaiting-start' };
  #missedPongs = 0;
  #stopWaiting = (): void => {};
  #stopPinging = (): void => {};

  constructor(socket: WebSocket, options: MediaStreamOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  listen(): void {
    // 'error' first: without it a single malformed frame is an uncaught exception.
    this.#socket.on('error', (error) => this.#fault(error));
    this.#socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    this.#socket.on('pong', () => (this.#missedPongs = 0));
    this.#socket.on('close', () => this.#end('broken'));
    this.#stopWaiting = this.#options.clock.after(START_WITHIN_MS, () =>
      this.#fail('stream-no-start', 'no start in time'),
    );
    this.#pingLater();
  }

  /** A string, without `isBinary`, comes from ws 7: npm's override to ws 8 does not hold where the relay is a dependency. */
  #receive(data: RawData | string, isBinary?: boolean): void {
    const state = this.#state;
    if (state.type === 'over') return;
    if (typeof data !== 'string' && (isBinary !== false || !Buffer.isBuffer(data)))
      return this.#fail('stream-binary', 'a binary frame');
    const audio = state.type === 'live' && typeof data !== 'string' ? state.media.read(data) : null;
    if (state.type === 'live' && audio !== null) return state.listener(audio);
    let message: Fields;
    try {
      message = fieldsOf(JSON.parse(data.toString()));
    } catch {
      return this.#fail('stream-malformed', 'not JSON');
    }
    const { event } = message;
    switch (event) {
      case 'media':
      case 'mark':
      case 'dtmf':
      case 'stop':
        if (state.type !== 'live') return this.#fail('stream-before-start', `${event} before start`);
        if (message['streamSid'] === state.streamId) return this.#hear(message, state);
        return this.#refuse('stream-foreign', `${event} of another stream`);
      case 'start':
        if (state.type === 'live') return this.#fail('stream-second-start', 'a second start');
        return this.#start(fieldsOf(message['start']));
      case 'connected':
        return;
      default:
        return this.#refuse('stream-unknown-event', nameOf(event));
    }
  }

  #start({ callSid, streamSid, mediaFormat, customParameters }: Fields): void {
    if (typeof callSid !== 'string' || typeof streamSid !== 'string') {
      return this.#fail('stream-malformed', 'start without callSid or streamSid');
    }
    // Twilio offers other formats since 2026; the relay counts on one byte per 1/8 ms of µ-law.
    const { encoding, sampleRate, channels } = fieldsOf(mediaFormat);
    if (encoding !== 'audio/x-mulaw' || sampleRate !== 8000 || channels !== 1) {
      return this.#fail('stream-codec', 'not audio/x-mulaw, 8000 Hz, mono');
    }
    const token = textOf(fieldsOf(customParameters)[TOKEN_PARAMETER]);
    const line = new TwilioLine(this.#socket, this.#options.wire, streamSid, {
      slow: () => this.#abandon(),
      close: () => this.#close(),
    });
    let listener: LineListener | null;
    try {
      listener = this.#options.onStart({ sid: callSid, streamId: streamSid, token }, line);
    } catch (error) {
      this.#options.onBug(error);
      this.#socket.terminate();
      return;
    }
    if (listener === null) return this.#fail('stream-token', 'no token of this call');
    this.#stopWaiting();
    // `onStart` may have closed the line already.
    const media = new MediaReader(streamSid);
    if (!this.#isOver()) this.#state = { type: 'live', streamId: streamSid, media, listener };
  }

  #hear(message: Fields, live: Live): void {
    switch (message['event']) {
      case 'media': {
        const { payload, timestamp } = fieldsOf(message['media']);
        const timestampMs = instantOf(timestamp);
        if (!isAudio(payload) || timestampMs === null) {
          return this.#refuse('stream-malformed', 'media without usable payload or timestamp');
        }
        return live.listener({ type: 'audio', audio: payload, timestampMs });
      }
      case 'mark': {
        const { name } = fieldsOf(message['mark']);
        if (typeof name !== 'string') return this.#refuse('stream-malformed', 'mark without a name');
        return live.listener({ type: 'mark-reached', name });
      }
      case 'dtmf': {
        const { digit } = fieldsOf(message['dtmf']);
        if (typeof digit !== 'string' || !/^[0-9A-D*#]$/.test(digit)) {
          return this.#refuse('stream-malformed', 'dtmf without a digit');
        }
        return live.listener({ type: 'digit', digit });
      }
      case 'stop':
        this.#end('hung-up');
        return this.#socket.close(1000);
    }
  }

  #refuse(kind: RefusedInput, detail: string): void {
    if (this.#refused.has(kind)) return;
    this.#refused.add(kind);
    if (this.#state.type === 'live') this.#state.listener({ type: 'refused', kind, detail });
    else this.#options.onRefused(kind, detail);
  }

  /** Ends the stream: after this nothing on it can be trusted. */
  #fail(kind: RefusedInput, detail: string): void {
    this.#refuse(kind, detail);
    this.#end('bad-input');
    this.#socket.close(POLICY_VIOLATION, kind);
  }

  #fault(error: Error): void {
    if (this.#isOver()) return;
    const code = codeOf(error);
    // ws has already closed the socket with a code of its own; 'close' follows for errors of the network.
    if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH')
      this.#fail('stream-too-large', 'a frame over the limit');
    else if (code?.startsWith('WS_ERR_')) this.#fail('stream-malformed', code);
  }

  #abandon(): void {
    this.#refuse('stream-slow', 'our audio is not being taken');
    this.#socket.terminate();
  }

  /** Our side ends the stream: the listener gets no further event. */
  #close(): void {
    this.#leave();
    this.#socket.close(1000);
  }

  #end(how: Extract<LineEvent, { type: 'closed' }>['how']): void {
    const state = this.#state;
    this.#leave();
    if (state.type === 'live') state.listener({ type: 'closed', how });
  }

  #leave(): void {
    this.#state = { type: 'over' };
    this.#stopWaiting();
    this.#stopPinging();
  }

  #isOver(): boolean {
    return this.#state.type === 'over';
  }

  /** Keeps proxies from closing an idle line, and notices a peer that vanished. */
  #pingLater(): void {
    this.#stopPinging = this.#options.clock.after(PING_EVERY_MS, () => {
      if (this.#missedPongs >= MAX_MISSED_PONGS) return this.#socket.terminate();
      this.#missedPongs++;
      this.#socket.ping();
      this.#pingLater();
    });
  }
}

function isAudio(payload: unknown): payload is string {
  return (
    typeof payload === 'string' &&
    payload.length > 0 &&
    payload.length <= MAX_PAYLOAD_CHARS &&
    payload.length % 4 === 0 &&
    /^[A-Za-z0-9+/]+={0,2}$/.test(payload)
  );
}

/** Whole milliseconds from the start of the stream; Twilio sends them as text. */
function instantOf(timestamp: unknown): number | null {
  const ms = typeof timestamp === 'string' && timestamp !== '' ? Number(timestamp) : timestamp;
  return typeof ms === 'number' && Number.isSafeInteger(ms) && ms >= 0 ? ms : null;
}

/** For the log, so only what looks like a name. */
function nameOf(event: unknown): string {
  return typeof event === 'string' && /^[a-z_-]{1,40}$/i.test(event) ? event : 'no event name';
}
