// The signature of a webhook or an upgrade: with the account's auth token, or with a SharedKey where the account has a rule for it.
// The signed text is the same; only a header says which key it was, and with which hash.
import { createHmac } from 'node:crypto';
import twilio from 'twilio';

export interface SharedKey {
  readonly name: `webhooks_sharedkey_${string}`;
  readonly secret: string;
  readonly algorithm: 'HMAC_SHA1' | 'HMAC_SHA256';
}

const HASHES = { HMAC_SHA1: 'sha1', HMAC_SHA256: 'sha256' } as const;

/** The headers that a request to `url` with this form brings. `url` has no fragment. */
export function signatureHeaders(
  key: string | SharedKey,
  url: string,
  form: Readonly<Record<string, string>>,
): Record<string, string> {
  if (typeof key === 'string')
    return { 'x-twilio-signature': twilio.getExpectedTwilioSignature(key, url, { ...form }) };
  const fields = Object.keys(form)
    .toSorted()
    .map((name) => `${name}${form[name]}`);
  const { name, secret, algorithm } = key;
  return {
    'x-twilio-signature': createHmac(HASHES[algorithm], secret)
      .update(url + fields.join(''))
      .digest('base64'),
    'x-twilio-webhooks-signature-settings': `key=${name},algorithm=${algorithm}`,
  };
}
