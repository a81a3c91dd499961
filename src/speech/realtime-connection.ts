// One Realtime socket from dial to end: sets it up, keeps it alive and reports its end exactly once. An open socket is not a
// session yet: send nothing before `session.created` and no audio before `session.updated`, because until then the session
// expects another format and answers by itself.
import type { IncomingHttpHeaders } from 'node:http';
import type { RealtimeClientEvent } from 'openai/resources/realtime/realtime';
import { WebSocket, type RawData } from 'ws';
import { codeOf } from '../call/error-code.ts';
import type { RefusedInput } from '../call/call.ts';
import type { Base64Audio, Clock } from '../call/ports.ts';
import {
  sessionUpdate,
  withoutRefusedPart,
  type ReaderUpdate,
  type SessionOptions,
} from './realtime-session.ts';
import { endOf } from './rollover.ts';
import { parseServerEvent, type ServerError, type ServerEvent } from './realtime-wire.ts';

export interface ConnectionOptions extends SessionOptions {
  readonly apiKey: string;
  /** The API's base, as the SDK takes it: `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  readonly clock: Clock;
  /** From dial to `session.updated`. */
  readonly dialTimeoutMs: number;
  /** After two of these without a sign of life the socket counts as dead. */
  readonly pingMs: number;
}

export interface ConnectionEvents {
  ready(): void;
  /** Only after `ready`. */
  heard(event: ServerEvent): void;
  refused(kind: RefusedInput, detail: string): void;
  /** Once, last. */
  gone(loss: Loss): void;
}

export interface Loss {
  /** A code, fit for the log. */
  readonly reason: string;
  readonly isWorthRedialling: boolean;
  /** The wait that the vendor asks for; 0 if it asks for none. */
  readonly retryAfterMs: number;
}

const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/** A minute and a half of audio that the network does not accept: the far end counts as dead. */
const MAX_UNSENT_BYTES = 1024 * 1024;
const CLOSE_WITHIN_MS = 1_000;
const TEXT = { binary: false } as const;

export class RealtimeConnection {
  readonly #options: ConnectionOptions;
  readonly #events: ConnectionEvents;
  readonly #socket: WebSocket;
  #phase: 'dialling' | 'setting-up' | 'ready' | 'gone' = 'dialling';
  #update: ReaderUpdate;
  #updatesSent = 0;
  #hasSignOfLife = true;
  #lastEventAt: number;
  #endsAt: number | null = null;
  #stopTimer: () => void;

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    this.#options = options;
    this.#events = events;
    this.#update = sessionUpdate(options);
    const socket = new WebSocket(
      `${options.baseUrl.replace(/^http/, 'ws').replace(/\/+$/, '')}/realtime?model=${encodeURIComponent(options.model)}`,
      {
        headers: { Authorization: `Bearer ${options.apiKey}` },
        perMessageDeflate: false,
        maxPayload: MAX_MESSAGE_BYTES,
        handshakeTimeout: options.dialTimeoutMs,
      },
    );
    this.#socket = socket;
    this.#lastEventAt = options.clock.now();
    this.#stopTimer = options.clock.after(options.dialTimeoutMs, () => this.#end('dial-timeout', true));
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('pong', () => (this.#hasSignOfLife = true));
    socket.on('unexpected-response', (_request, { statusCode = 0, headers }) => {
      const retryAfterMs = waitAskedFor(headers);
      this.#end(`http-${statusCode}`, statusCode === 429 || statusCode >= 500, retryAfterMs);
    });
    socket.on('error', (error) => this.#end(codeOf(error) ?? 'socket-error', true));
    socket.on('close', (code) => this.#end(`closed-${code}`, true));
  }

  /** False from the far end's close frame on, some time before `gone`. */
  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Time until the vendor ends the session. */
  get leftMs(): number {
    const now = this.#options.clock.now();
    return (this.#endsAt ?? now) - now;
  }

  /** Time since the session's last event. */
  get quietMs(): number {
    return this.#options.clock.now() - this.#lastEventAt;
  }

  /**
   * Fifty times a second for every call. `stringify` rather than quotes: a frame must not be able to end the string. As bytes:
   * `ws` masks a string apart and writes it in two pieces.
   */
  append(audio: Base64Audio): void {
    if (this.#socket.bufferedAmount > MAX_UNSENT_BYTES) return this.#end('stalled', true);
    const event = `{"type":"input_audio_buffer.append","audio":${JSON.stringify(audio)}}`;
    this.#socket.send(Buffer.from(event), TEXT);
  }

  send(event: RealtimeClientEvent): void {
    if (this.isOpen) this.#socket.send(JSON.stringify(event));
  }

  /** No event follows. */
  close(): void {
    if (this.#phase === 'gone') return;
    this.#phase = 'gone';
    this.#stopTimer();
    const stopTimer = this.#options.clock.after(CLOSE_WITHIN_MS, () => this.#socket.terminate());
    this.#socket.once('close', stopTimer);
    this.#socket.close(1000);
  }

  /** For a session that is connected but useless. */
  abandon(reason: string): void {
    this.#end(reason, true);
  }

  #end(reason: string, isWorthRedialling: boolean, retryAfterMs = 0): void {
    if (this.#phase === 'gone') return;
    this.#phase = 'gone';
    this.#stopTimer();
    this.#socket.terminate();
    this.#events.gone({ reason, isWorthRedialling, retryAfterMs });
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#phase === 'gone') return;
    this.#hasSignOfLife = true;
    this.#lastEventAt = this.#options.clock.now();
    const event = isBinary || !Buffer.isBuffer(data) ? 'malformed' : parseServerEvent(data.toString());
    if (event === null) return;
    if (event === 'malformed') return this.#events.refused('speech-malformed', 'unreadable event');
    if (event.type === 'error' && event.code === 'session_expired') return this.#end(event.code, true);
    switch (this.#phase) {
      case 'dialling':
        if (event.type === 'error') this.#end(event.code, isPassing(event));
        else if (event.type === 'session-created') {
          this.#endsAt = endOf(this.#options.clock.now(), event.expiresAt);
          this.#sendUpdate();
        }
        return;
      case 'setting-up':
        if (event.type === 'error') this.#updateRefused(event);
        else if (event.type === 'session-updated') this.#becomeReady();
        return;
      case 'ready':
        return this.#events.heard(event);
    }
  }

  #sendUpdate(): void {
    this.#phase = 'setting-up';
    this.#updatesSent += 1;
    this.send({ ...this.#update, event_id: `session_${this.#updatesSent}` });
  }

  /** Ends by itself: there are only so many optional parts, and none can be taken out twice. */
  #updateRefused(error: ServerError): void {
    this.#events.refused('speech-error', error.code);
    if (error.eventId !== `session_${this.#updatesSent}`) return;
    const lesser = withoutRefusedPart(this.#update, error.param);
    if (lesser === null) return this.#end(error.code, isPassing(error));
    this.#update = lesser;
    this.#sendUpdate();
  }

  #becomeReady(): void {
    this.#phase = 'ready';
    this.#stopTimer();
    this.#keepAlive();
    this.#events.ready();
  }

  #keepAlive(): void {
    this.#hasSignOfLife = false;
    this.#socket.ping();
    this.#stopTimer = this.#options.clock.after(this.#options.pingMs, () => {
      if (this.#hasSignOfLife) this.#keepAlive();
      else this.#end('stalled', true);
    });
  }
}

/** What we asked for is not wrong in itself. */
function isPassing({ code, isInvalidRequest }: ServerError): boolean {
  return !isInvalidRequest || code.includes('rate_limit');
}

/** In seconds, as everybody has it, or in OpenAI's own header; 0 where there is neither. */
function waitAskedFor(headers: IncomingHttpHeaders): number {
  const ms = Number(headers['retry-after-ms'] ?? Number.NaN);
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  return Math.max(0, [ms, seconds * 1000].find(Number.isFinite) ?? 0);
}
