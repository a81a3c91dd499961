// Proves to a receiver that a callback is ours and fresh: an HMAC over the time and the body, byte for byte. A body that was
// parsed and serialised again does not match.
import { createHmac, timingSafeEqual } from 'node:crypto';

export const SIGNATURE_HEADER = 'patchcord-signature';
export const ID_HEADER = 'patchcord-id';

/** The header's value. `atS` is in seconds since the epoch, by the wall clock, because the receiver compares it with its own. */
export function signatureOf(secret: string, atS: number, body: string): string {
  return `t=${atS},v1=${digestOf(secret, `${atS}`, body)}`;
}

/** What a receiver does; docs/outbound.md shows the same. `nowS` is its own time, in seconds. */
export function verifyCallback(
  secret: string,
  header: string,
  body: string,
  nowS: number,
  toleranceS = 300,
): boolean {
  const [, at = '', given = ''] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  if (given === '' || Math.abs(nowS - Number(at)) > toleranceS) return false;
  return timingSafeEqual(Buffer.from(given), Buffer.from(digestOf(secret, at, body)));
}

function digestOf(secret: string, at: string, body: string): string {
  return createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
}
