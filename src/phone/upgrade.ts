// Who gets a socket. express-ws completes every handshake before any route or middleware runs, so the only place where
// an upgrade can still be answered with plain HTTP is ws's own `verifyClient`.
import type { ServerOptions, VerifyClientCallbackAsync } from 'ws';
import type { RefusedInput } from '../call/call.ts';
import { upgradeSignature } from './signature.ts';
import { PATHS } from './urls.ts';

/** Twilio's messages are some 400 bytes; ws would let 100 MiB through. */
const MAX_MESSAGE_BYTES = 64 * 1024;
/** Twilio answers a close at once; ws would keep the socket of a peer that does not for 30 s. */
const CLOSE_WITHIN_MS = 5_000;

export interface StreamUpgradeOptions {
  readonly authToken: string;
  readonly webhookUrl: string;
  /** Whether as many streams are open as can be of use. */
  readonly isFull: () => boolean;
  readonly onRefused: (kind: RefusedInput, detail: string) => void;
}

export type StreamWsOptions = Required<Pick<ServerOptions, 'maxPayload' | 'perMessageDeflate'>> & {
  /** The types of ws do not have it yet. */
  readonly closeTimeout: number;
  readonly verifyClient: VerifyClientCallbackAsync;
};

/** The `wsOptions` for express-ws: nobody but Twilio, nothing but the stream, nothing huge. */
export function streamWsOptions(options: StreamUpgradeOptions): StreamWsOptions {
  const { isFull, onRefused } = options;
  const isSigned = upgradeSignature(options.authToken, options.webhookUrl);
  return {
    maxPayload: MAX_MESSAGE_BYTES,
    closeTimeout: CLOSE_WITHIN_MS,
    perMessageDeflate: false,
    verifyClient: ({ req }, answer) => {
      const refuse = (status: number, kind: RefusedInput, detail: string): void => {
        onRefused(kind, detail);
        answer(false, status);
      };
      if (req.url !== PATHS.stream && req.url !== `${PATHS.stream}/`) {
        return refuse(404, 'upgrade-path', 'no such stream');
      }
      if (!isSigned(req)) return refuse(403, 'upgrade-unsigned', 'missing or wrong signature');
      if (isFull()) return refuse(503, 'upgrade-full', 'no further stream is taken');
      answer(true);
    },
  };
}
