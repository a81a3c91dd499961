// Where a number's webhooks should point, as pure functions of where they point now. The query that the user of a
// number wrote behind our own address stays: it becomes parameters that the agent is told.
import { WEBHOOK_FIELDS, type Webhooks } from '../../phone/twilio-numbers.ts';
import { PATHS } from '../../phone/urls.ts';

/**
 * What should be on file. The fallback, which Twilio asks when the voice URL failed, is the same address: a second
 * attempt a moment later, which another machine may take, and not an announcement in Twilio's voice.
 */
export function wantedWebhooks(now: Webhooks, webhookUrl: string): Webhooks {
  const voice = webhookUrl + PATHS.voice;
  const status = webhookUrl + PATHS.status;
  const voiceTail = tailAfter(voice, now.voiceUrl) ?? '';
  return {
    voiceUrl: voice + voiceTail,
    voiceMethod: 'POST',
    voiceFallbackUrl: voice + (tailAfter(voice, now.voiceFallbackUrl) ?? voiceTail),
    voiceFallbackMethod: 'POST',
    statusCallback: status + (tailAfter(status, now.statusCallback) ?? ''),
    statusCallbackMethod: 'POST',
    voiceApplicationSid: '',
  };
}

/** What must be changed to come from one to the other; nothing of it where they are the same. */
export function changesBetween(now: Webhooks, wanted: Webhooks): Partial<Webhooks> {
  const differing = WEBHOOK_FIELDS.filter(
    // A method that nobody ever set cannot be set back to nothing: Twilio refuses it (21403), and needs none.
    (field) => now[field] !== wanted[field] && !(field.endsWith('Method') && wanted[field] === ''),
  );
  return Object.fromEntries(differing.map((field) => [field, wanted[field]]));
}

export function isSame(one: Webhooks, other: Webhooks): boolean {
  return Object.keys(changesBetween(one, other)).length === 0;
}

/** Query and fragment of `url` where it leads to `address`, however that is spelt; null where it leads elsewhere. */
function tailAfter(address: string, url: string): string | null {
  const [, base = '', tail = ''] = /^([^?#]*)(.*)$/s.exec(url) ?? [];
  return URL.parse(base.replace(/\/$/, ''))?.href === URL.parse(address)?.href ? tail : null;
}
