// The GA Realtime socket of the sandbox: a strict and, if asked, awkward far end for ears and mouth, on whatever HTTP
// server it is attached to. Only `/v1/realtime` is its own; upgrades to other paths are left for others.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type {
  RealtimeClientEvent,
  RealtimeErrorEvent,
  RealtimeServerEvent,
  RealtimeSessionCreateRequest,
} from 'openai/resources/realtime/realtime';
import { WebSocketServer } from 'ws';
import type { Clock } from '../../src/call/ports.ts';
import { systemClock } from '../../src/call/system-clock.ts';
import { noFaults, type RealtimeFaults } from './realtime-far-end.ts';
import { RealtimeSandboxSession, type SessionSurroundings } from './realtime-session.ts';
import { MODELS } from './realtime-update.ts';

export interface RealtimeSandboxOptions {
  /** The one key that is let in. */
  readonly apiKey: string;
  readonly clock?: Clock;
  readonly faults?: Partial<RealtimeFaults>;
  /** Default 60 minutes, as the vendor's. */
  readonly sessionMs?: number;
  /** Every event of a client that passed the checks, as it comes. */
  readonly onClientEvent?: (event: RealtimeClientEvent, sessionId: string) => void;
  /** Every event to a client, just before it is sent. */
  readonly onServerEvent?: (event: RealtimeServerEvent, sessionId: string) => void;
}

export interface RealtimeSandbox {
  /** Change these at any time. */
  readonly faults: RealtimeFaults;
  readonly openSessions: number;
  readonly sessionsEver: number;
  /** How the open sessions are set up, the oldest first. */
  readonly settings: readonly RealtimeSessionCreateRequest[];
  /** Breaks every open socket without a close frame. */
  dropSockets(): void;
  /** Every session open now falls silent while its socket stays open; later ones are sound. */
  stallSockets(): void;
  /** So it is, and pings are answered all the same: by the vendor's edge, with nothing behind it. */
  muteSockets(): void;
  /** Anything at all over the socket of one session, as the vendor never would. */
  sendRaw(sessionId: string, frame: string | Buffer): void;
  /** Drops all and leaves the HTTP server, which is not ours. */
  close(): void;
}

const PATH = '/v1/realtime';
const REFUSED = 4000;
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

export function attachRealtime(server: Server, options: RealtimeSandboxOptions): RealtimeSandbox {
  const { clock = systemClock, sessionMs = 3_600_000 } = options;
  const { onClientEvent = () => {}, onServerEvent = () => {} } = options;
  const faults: RealtimeFaults = { ...noFaults(), ...options.faults };
  const sessions = new Set<RealtimeSandboxSession>();
  let sessionsEver = 0;
  let idsGiven = 0;
  const newId = (prefix: string) => `${prefix}_${(++idsGiven).toString(36)}`;
  const around: SessionSurroundings = { clock, faults, newId, sessionMs, onClientEvent, onServerEvent };
  const sockets = new WebSocketServer({
    noServer: true,
    autoPong: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  });

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const url = new URL(request.url ?? '/', 'http://sandbox');
    if (url.pathname !== PATH) return;
    socket.on('error', () => {});
    if (request.headers.authorization !== `Bearer ${options.apiKey}`)
      return answer(socket, '401 Unauthorized');
    if (faults.refuseDials > 0) {
      faults.refuseDials -= 1;
      return faults.retryAfterS === null
        ? answer(socket, '503 Service Unavailable')
        : answer(socket, `429 Too Many Requests\r\nRetry-After: ${faults.retryAfterS}`);
    }
    const accept = () =>
      sockets.handleUpgrade(request, socket, head, (accepted) => {
        const model = url.searchParams.get('model');
        const code = dialRefusal(request, model);
        if (code !== null || model === null) {
          accepted.on('error', () => {});
          accepted.send(JSON.stringify(refusalEvent(code ?? 'missing_model', newId('event'))));
          return accepted.close(REFUSED, code ?? 'missing_model');
        }
        const session = new RealtimeSandboxSession(accepted, model, around);
        sessionsEver += 1;
        sessions.add(session);
        accepted.on('close', () => sessions.delete(session));
      });
    if (faults.dialDelayMs > 0) clock.after(faults.dialDelayMs, accept);
    else accept();
  };
  server.on('upgrade', upgrade);

  return {
    faults,
    get openSessions() {
      return sessions.size;
    },
    get sessionsEver() {
      return sessionsEver;
    },
    get settings() {
      return [...sessions].map((session) => session.settings);
    },
    dropSockets: () => sessions.forEach((session) => session.drop()),
    stallSockets: () => sessions.forEach((session) => session.stall()),
    muteSockets: () => sessions.forEach((session) => session.mute()),
    sendRaw: (sessionId, frame) => [...sessions].find(({ id }) => id === sessionId)?.sendRaw(frame),
    close: () => {
      server.off('upgrade', upgrade);
      sessions.forEach((session) => session.drop());
    },
  };
}

/** These dials are accepted, told why not, and closed: so it was seen with the real one. */
function dialRefusal(request: IncomingMessage, model: string | null): string | null {
  if (request.headers['openai-beta'] !== undefined) return 'beta_api_shape_disabled';
  if (model === null) return 'missing_model';
  return MODELS.includes(model) ? null : 'invalid_model';
}

function refusalEvent(code: string, eventId: string): RealtimeErrorEvent {
  return {
    type: 'error',
    event_id: eventId,
    error: { type: 'invalid_request_error', code, message: code, param: null, event_id: null },
  };
}

function answer(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
