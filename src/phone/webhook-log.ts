// The last requests to the webhooks, for an operator who wonders whether Twilio reaches this relay. Signed and refused ones are
// kept apart, so that a stranger's requests never push out Twilio's.
import type { Request, RequestHandler, Response } from 'express';
import { inboundIdOf } from '../call/call-id.ts';
import type { CallId, RefusedInput } from '../call/call.ts';
import type { HeardWebhook } from '../call/heard-webhook.ts';
import type { Clock } from '../call/ports.ts';
import { field, namedCallOf, sidOf } from './webhook-form.ts';

const MOST_OF_A_KIND = 20;
const LAST_DIGITS = 4;

interface Noted {
  refused: { readonly kind: RefusedInput; readonly detail: string } | null;
  answer: string;
}

export class WebhookLog {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #noted = new WeakMap<Request, Noted>();
  readonly #kept: Record<HeardWebhook['is'], HeardWebhook[]> = { answered: [], refused: [] };

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** The latest first. */
  get all(): readonly HeardWebhook[] {
    return [...this.#kept.answered, ...this.#kept.refused].toSorted((one, other) => other.at - one.at);
  }

  /** Stands before all handlers of a route. */
  watch(route: string): RequestHandler {
    return (req, res, next) => {
      const at = this.#clock.now();
      this.#noted.set(req, { refused: null, answer: '' });
      res.on('close', () => {
        // Who left before the answer is not worth a line.
        if (res.headersSent) this.#keep(route, at, req, res);
      });
      next();
    };
  }

  noteRefusal(req: Request, kind: RefusedInput, detail: string): void {
    const noted = this.#noted.get(req);
    if (noted !== undefined) noted.refused = { kind, detail };
  }

  noteAnswer(req: Request, twiml: string): void {
    const noted = this.#noted.get(req);
    if (noted !== undefined) noted.answer = verbOf(twiml);
  }

  #keep(route: string, at: number, req: Request, res: Response): void {
    const { refused, answer } = this.#noted.get(req) ?? { refused: null, answer: '' };
    const is = res.statusCode === 200 ? 'answered' : 'refused';
    const tookMs = Math.max(0, this.#clock.now() - at);
    const about =
      is === 'refused'
        ? { callStatus: '', callId: null, from: '' }
        : { callStatus: statusIn(req), callId: callIn(req), from: lastDigits(field(req, 'From') ?? '') };
    const kept = this.#kept[is];
    kept.unshift({ at, route, tookMs, is, refused, answer, ...about });
    kept.length = Math.min(kept.length, MOST_OF_A_KIND);
  }
}

/** The first verb of TwiML; '' for none. */
export function verbOf(twiml: string): string {
  return /<Response>\s*<(\w+)/.exec(twiml)?.[1] ?? '';
}

function callIn(req: Request): CallId | null {
  const sid = sidOf(req);
  return namedCallOf(req) ?? (sid === null ? null : inboundIdOf(sid));
}

function statusIn(req: Request): string {
  return /^[a-z-]{1,20}$/.exec(field(req, 'CallStatus') ?? '')?.[0] ?? '';
}

function lastDigits(number: string): string {
  return /^\+\d{8,15}$/.test(number) ? number.slice(-LAST_DIGITS) : '';
}
