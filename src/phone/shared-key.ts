// Signatures of accounts whose webhooks Twilio signs with a SharedKey instead of the auth token (O1). The signed text is the
// same; a header of Twilio's says that it is so, and with which hash. The header itself proves nothing.
import { createHmac } from 'node:crypto';

export const SETTINGS_HEADER = 'x-twilio-webhooks-signature-settings';

const HASHES: ReadonlyMap<string, 'sha1' | 'sha256'> = new Map([
  ['HMAC_SHA1', 'sha1'],
  ['HMAC_SHA256', 'sha256'],
]);

/**
 * The signatures that this URL with this form can have, one for each key.
 *
 * @param settings the header, such as `key=webhooks_sharedkey_1,algorithm=HMAC_SHA256`. Without an algorithm it is SHA-1; one
 * that is not known makes no signature.
 * @param keys the account's SharedKey secrets: two while one replaces the other.
 */
export function sharedKeySignatures(
  settings: string,
  keys: readonly string[],
  url: string,
  form: Readonly<Record<string, unknown>>,
): string[] {
  const [, algorithm = 'HMAC_SHA1'] = /(?:^|,)\s*algorithm=([^,\s]*)/.exec(settings) ?? [];
  const hash = HASHES.get(algorithm);
  if (hash === undefined) return [];
  const text = Object.keys(form)
    .toSorted()
    .flatMap((name) => valuesOf(form[name]).map((value) => name + value))
    .join('');
  return keys.map((key) =>
    createHmac(hash, key)
      .update(url + text)
      .digest('base64'),
  );
}

/** A field that comes more than once is signed with each of its values once, in order. */
function valuesOf(value: unknown): string[] {
  return Array.isArray(value) ? [...new Set(value.map(String))].toSorted() : [String(value)];
}
