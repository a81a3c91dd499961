// Reads and changes what Twilio has on file: the account, and a phone number's webhooks. For people, never in a call.
// Twilio's filter also finds longer numbers that contain the one asked for, so results are compared once more.
import type { Twilio } from 'twilio';
import { codeOf } from '../call/error-code.ts';
import { fieldsOf } from '../call/json.ts';
import { once } from '../call/once.ts';
import type { Webhooks } from '../call/number-webhooks.ts';
import type { TwilioApiOptions } from './twilio-api.ts';

const TIMEOUT_MS = 10_000;
/** How many numbers may contain the one asked for; usually it is one. */
const MOST_LIKE_IT = 50;

export interface NumberOnFile {
  readonly sid: string;
  readonly phoneNumber: string;
  readonly webhooks: Webhooks;
  /** A SIP trunk, which takes precedence over all webhooks; '' where there is none. */
  readonly trunkSid: string;
}

export interface AccountOnFile {
  readonly isTrial: boolean;
  /** `active`, `suspended` or `closed`. */
  readonly status: string;
}

/** Why a request failed: Twilio's HTTP status and error number, or the code of the network error. Never Twilio's text. */
export interface TwilioFailure {
  readonly status: number | null;
  readonly code: number | string | null;
}

export type Told<T> =
  | { readonly is: 'told'; readonly value: T }
  | { readonly is: 'failed'; readonly failure: TwilioFailure };

/** Nothing here throws or rejects. */
export interface TwilioNumbers {
  account(): Promise<Told<AccountOnFile>>;
  /** By E.164; null where the account has no such number. */
  find(phoneNumber: string): Promise<Told<NumberOnFile | null>>;
  /** The first of the account's numbers, at most `most`. */
  list(most: number): Promise<Told<readonly NumberOnFile[]>>;
  /** Changes only these; returns what Twilio then has on file. */
  update(sid: string, changes: Partial<Webhooks>): Promise<Told<NumberOnFile>>;
}

/** Loads Twilio's package when somebody asks: a relay that takes calls does without. */
export function twilioNumbers(options: TwilioApiOptions): TwilioNumbers {
  const loaded = once(() => clientOf(options));

  return {
    account: () =>
      told(async () => {
        const { api } = await loaded();
        const { type, status } = await api.v2010.accounts(options.accountSid).fetch();
        return { isTrial: type === 'Trial', status };
      }),
    find: (phoneNumber) =>
      told(async () => {
        const { incomingPhoneNumbers } = await loaded();
        const alike = await incomingPhoneNumbers.list({ phoneNumber, limit: MOST_LIKE_IT });
        const found = alike.find((one) => one.phoneNumber === phoneNumber);
        return found === undefined ? null : onFile(found);
      }),
    list: (most) =>
      told(async () => (await (await loaded()).incomingPhoneNumbers.list({ limit: most })).map(onFile)),
    update: (sid, changes) =>
      told(async () => onFile(await (await loaded()).incomingPhoneNumbers(sid).update(changes))),
  };
}

async function clientOf({ accountSid, authToken, apiUrl }: TwilioApiOptions): Promise<Twilio> {
  const { default: twilio } = await import('twilio');
  const client = twilio(accountSid, authToken, { timeout: TIMEOUT_MS });
  if (apiUrl !== '') client.api.baseUrl = apiUrl;
  return client;
}

async function told<T>(ask: () => Promise<T>): Promise<Told<T>> {
  try {
    return { is: 'told', value: await ask() };
  } catch (error) {
    return { is: 'failed', failure: failureOf(error) };
  }
}

/** An answer's error has the status of HTTP and, from Twilio itself, its number. */
function failureOf(error: unknown): TwilioFailure {
  const { status, code } = fieldsOf(error);
  if (typeof status === 'number') return { status, code: typeof code === 'number' ? code : null };
  return { status: null, code: codeOf(error) };
}

type Instance = Awaited<ReturnType<Twilio['incomingPhoneNumbers']['list']>>[number];

function onFile(number: Instance): NumberOnFile {
  return {
    sid: number.sid,
    phoneNumber: number.phoneNumber,
    webhooks: {
      voiceUrl: text(number.voiceUrl),
      voiceMethod: text(number.voiceMethod),
      voiceFallbackUrl: text(number.voiceFallbackUrl),
      voiceFallbackMethod: text(number.voiceFallbackMethod),
      statusCallback: text(number.statusCallback),
      statusCallbackMethod: text(number.statusCallbackMethod),
      voiceApplicationSid: text(number.voiceApplicationSid),
    },
    trunkSid: text(number.trunkSid),
  };
}

/** The package's types say string; for an unset field Twilio sends null as well as ''. */
function text(value: string | null | undefined): string {
  return value ?? '';
}
