// Where a number's webhooks should point, from where they point now; pure. A query behind our own address stays, because
// it holds parameters for the agent, and so does a fragment, which says how Twilio is to try.
import { type Direction, WEBHOOK_FIELDS, type Webhooks } from '../call/number-webhooks.ts';
import { PATHS, RETRIES } from './urls.ts';

/**
 * The fallback, which Twilio uses after the voice URL failed, is the same address: another machine may answer the second
 * attempt, and the caller hears no announcement of Twilio's.
 */
export function wantedWebhooks(now: Webhooks, webhookUrl: string): Webhooks {
  const voice = webhookUrl + PATHS.voice;
  const status = webhookUrl + PATHS.status;
  const voiceTail = tailAfter(voice, now.voiceUrl) ?? RETRIES;
  return {
    voiceUrl: voice + voiceTail,
    voiceMethod: 'POST',
    voiceFallbackUrl: voice + (tailAfter(voice, now.voiceFallbackUrl) ?? voiceTail),
    voiceFallbackMethod: 'POST',
    statusCallback: status + (tailAfter(status, now.statusCallback) ?? RETRIES),
    statusCallbackMethod: 'POST',
    voiceApplicationSid: '',
  };
}

export function changesBetween(now: Webhooks, wanted: Webhooks): Partial<Webhooks> {
  const differing = WEBHOOK_FIELDS.filter(
    // Twilio refuses to reset a method to '' (21403), and needs none.
    (field) => now[field] !== wanted[field] && !(field.endsWith('Method') && wanted[field] === ''),
  );
  return Object.fromEntries(differing.map((field) => [field, wanted[field]]));
}

export function isSame(one: Webhooks, other: Webhooks): boolean {
  return Object.keys(changesBetween(one, other)).length === 0;
}

/** Where calls to a number go that is in no SIP trunk. */
export function directionOf(now: Webhooks, webhookUrl: string): Exclude<Direction, 'in-trunk'> {
  const changes = changesBetween(now, wantedWebhooks(now, webhookUrl));
  if (Object.keys(changes).length === 0) return 'here';
  const isAsked = tailAfter(webhookUrl + PATHS.voice, now.voiceUrl) !== null;
  const comesHere = isAsked && changes.voiceMethod === undefined && now.voiceApplicationSid === '';
  return comesHere ? 'partly' : 'elsewhere';
}

/** For people: a password in an address is hidden. */
export function shownWebhooks(webhooks: Webhooks): Webhooks {
  const { voiceUrl, voiceFallbackUrl, statusCallback } = webhooks;
  return {
    ...webhooks,
    voiceUrl: withoutPassword(voiceUrl),
    voiceFallbackUrl: withoutPassword(voiceFallbackUrl),
    statusCallback: withoutPassword(statusCallback),
  };
}

function withoutPassword(url: string): string {
  return url.replace(/(?<=^[a-z]+:\/\/[^/?#@]*:)[^/?#]*(?=@)/i, '***');
}

/**
 * Query and fragment of `url` if it leads to `address`, however that is spelt, with ours where it has no fragment; null if
 * it leads elsewhere.
 */
function tailAfter(address: string, url: string): string | null {
  const [, base = '', tail = ''] = /^([^?#]*)(.*)$/s.exec(url) ?? [];
  if (URL.parse(base.replace(/\/$/, ''))?.href !== URL.parse(address)?.href) return null;
  return tail.includes('#') ? tail : tail + RETRIES;
}
