// Decides who gets a socket. express-ws completes every handshake before any route runs, so only ws's `verifyClient` can
// still answer an upgrade with plain HTTP.
import type { IncomingMessage } from 'node:http';
import type { ServerOptions, VerifyClientCallbackAsync } from 'ws';
import type { CallId, RefusedInput } from '../call/call.ts';
import { upgradeSignature } from './signature.ts';
import { streamCallOf } from './urls.ts';

/** Twilio's messages have about 400 bytes; ws alone would accept 100 MiB. */
const MAX_MESSAGE_BYTES = 64 * 1024;
/** Twilio answers a close at once; ws alone would keep a silent peer's socket for 30 s. */
const CLOSE_WITHIN_MS = 5_000;

export interface StreamUpgradeOptions {
  readonly authToken: string;
  readonly sharedKeys?: readonly string[];
  readonly webhookUrl: string;
  /** Whether more streams are open than the calls can use. */
  readonly isFull: () => boolean;
  /** Whether another process takes the calls of this one. */
  readonly isLeaving: () => boolean;
  /** Whether this process surely has the call. */
  readonly hasCall: (callId: CallId) => boolean;
  /** Hands an upgrade to the process of this machine that has its call; null if there is one process. */
  readonly passOn: ((callId: CallId, request: IncomingMessage) => void) | null;
  readonly onRefused: (kind: RefusedInput, detail: string) => void;
}

export type StreamWsOptions = Required<Pick<ServerOptions, 'maxPayload' | 'perMessageDeflate'>> & {
  /** Missing in the types of ws. */
  readonly closeTimeout: number;
  readonly verifyClient: VerifyClientCallbackAsync;
};

/** The `wsOptions` for express-ws: nobody but Twilio, nothing but the stream, nothing huge. */
export function streamWsOptions(options: StreamUpgradeOptions): StreamWsOptions {
  const { isFull, isLeaving, hasCall, passOn, onRefused } = options;
  const isSigned = upgradeSignature(options.authToken, options.webhookUrl, options.sharedKeys);
  return {
    maxPayload: MAX_MESSAGE_BYTES,
    closeTimeout: CLOSE_WITHIN_MS,
    perMessageDeflate: false,
    verifyClient: ({ req }, answer) => {
      const refuse = (status: number, kind: RefusedInput, detail: string): void => {
        onRefused(kind, detail);
        answer(false, status);
      };
      const callId = streamCallOf(req.url ?? '');
      if (callId === null) return refuse(404, 'upgrade-path', 'no such stream');
      if (!isSigned(req, callId)) return refuse(403, 'upgrade-unsigned', 'missing or wrong signature');
      // R10: with its socket unanswered, so that no frame passes through two processes.
      if (passOn !== null && callId !== '' && !wasPassedOn(req) && !hasCall(callId))
        return passOn(callId, req);
      // R6: Twilio asks what is next, and soon reaches the other process.
      if (isLeaving()) return answer(false, 503);
      if (isFull()) return refuse(503, 'upgrade-full', 'no further stream is taken');
      answer(true);
    },
  };
}

const passedOn = new WeakSet<IncomingMessage>();

/** Marks an upgrade that another process of this machine has handed to this one: it goes no further. */
export function markPassedOn(request: IncomingMessage): void {
  passedOn.add(request);
}

function wasPassedOn(request: IncomingMessage): boolean {
  return passedOn.has(request);
}
