// Decides who gets a session's socket (W1), before there is one. A browser sends its cookies along with any page's handshake,
// and its Origin is all that tells the page: a handshake of another page is refused, signed in or not.
import type { IncomingMessage } from 'node:http';
import type { VerifyClientCallbackAsync } from 'ws';
import { browserIdOf } from '../call/call-id.ts';
import type { CallId, RefusedInput } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';
import type { IdentityCheck } from '../http/access.ts';
import { isFromOurPages } from '../http/origin.ts';
import { opened } from '../http/seal.ts';

const SOCKET_PATH = /^\/ws\/voice-agent\/([\w.-]{1,100})\/?$/;

export interface TalkUpgradeOptions {
  readonly clock: Clock;
  readonly identify: IdentityCheck;
  /** WEBHOOK_URL: under which browsers may know this server. */
  readonly publicUrl: string;
  readonly isFull: () => boolean;
  readonly isLeaving: () => boolean;
  readonly hasCall: (callId: CallId) => boolean;
  readonly passOn: ((callId: CallId, request: IncomingMessage) => void) | null;
  readonly onRefused: (kind: RefusedInput, detail: string) => void;
}

export class TalkUpgrade {
  readonly #options: TalkUpgradeOptions;
  readonly #admitted = new WeakMap<IncomingMessage, string>();
  readonly #passedOn = new WeakSet<IncomingMessage>();

  constructor(options: TalkUpgradeOptions) {
    this.#options = options;
  }

  /** Whether this handshake is for a session, whatever it is worth. */
  isFor({ url = '' }: IncomingMessage): boolean {
    return SOCKET_PATH.test(url);
  }

  /** The session of a handshake that `verify` let through; null for any other. */
  sessionOf(req: IncomingMessage): string | null {
    return this.#admitted.get(req) ?? null;
  }

  /** Another process of this machine has handed this upgrade to this one: it goes no further. */
  expect(req: IncomingMessage): void {
    this.#passedOn.add(req);
  }

  readonly verify: VerifyClientCallbackAsync = ({ req }, answer) => {
    void this.#statusFor(req).then((status) => {
      if (status !== null) answer(status === 101, status);
    });
  };

  /** null: another process answers. */
  async #statusFor(req: IncomingMessage): Promise<number | null> {
    const { clock, identify, publicUrl, isFull, isLeaving, hasCall, passOn } = this.#options;
    const [, sessionId = ''] = SOCKET_PATH.exec(req.url ?? '') ?? [];
    // A program sends no Origin.
    if (req.headers.origin !== undefined && !isFromOurPages(req, publicUrl))
      return this.#refuse(403, 'upgrade-origin', 'a page of another host');
    const identity = await identify(req);
    if (identity.is === 'unknown') return 503;
    if (identity.is === 'denied') return this.#refuse(401, 'upgrade-unsigned', 'nobody is signed in');
    if (opened(identity.token, `talk of ${identity.who}`, sessionId, clock.now()) === null)
      return this.#refuse(403, 'upgrade-unsigned', 'no session of theirs');
    const callId = browserIdOf(sessionId);
    // R10: with its socket unanswered, so that no frame passes through two processes.
    if (passOn !== null && !this.#passedOn.has(req) && !hasCall(callId)) {
      passOn(callId, req);
      return null;
    }
    // R6: the page tries again, and soon reaches the other process.
    if (isLeaving()) return 503;
    if (isFull()) return this.#refuse(503, 'upgrade-full', 'no further session is taken');
    this.#admitted.set(req, sessionId);
    return 101;
  }

  #refuse(status: number, kind: RefusedInput, detail: string): number {
    this.#options.onRefused(kind, detail);
    return status;
  }
}
