// Short texts that only somebody with the operator's token can have made: stateless, so every process accepts them, and a new
// token ends them all. They reveal nothing of the token.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** A text sealed for one purpose is worth nothing for another: a talk's also names who began it. */
export type Purpose = 'session' | 'code' | `talk of ${string}`;

export interface Seal {
  readonly until: number;
  /** Unique: by it a seal can be used up. */
  readonly nonce: string;
}

/** Valid until the instant `until`. Letters, digits, `-`, `_` and `.` only. */
export function sealed(token: string, purpose: Purpose, until: number): string {
  const body = `${Math.floor(until).toString(36)}.${randomBytes(12).toString('base64url')}`;
  return `${body}.${signature(token, purpose, body)}`;
}

/** null: not made with this token, for another purpose, or no longer valid at `now`. */
export function opened(token: string, purpose: Purpose, text: string, now: number): Seal | null {
  const [, body = '', until = '', nonce = '', given = ''] =
    /^(([\da-z]{1,11})\.([\w-]{16}))\.([\w-]{43})$/.exec(text) ?? [];
  if (body === '' || !isSame(given, signature(token, purpose, body))) return null;
  const seal = { until: Number.parseInt(until, 36), nonce };
  return seal.until > now ? seal : null;
}

function signature(token: string, purpose: Purpose, body: string): string {
  return createHmac('sha256', token).update(`patchcord ${purpose} ${body}`).digest('base64url');
}

function isSame(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
