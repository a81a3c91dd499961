// Reads and changes what Twilio has on file: the account, and a phone number's webhooks. For people, never in a call.
// Twilio's filter also finds longer numbers that contain the one asked for, so results are compared once more.
import twilio from 'twilio';
import { codeOf } from '../call/error-code.ts';
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

export function twilioNumbers({ accountSid, authToken, apiUrl }: TwilioApiOptions): TwilioNumbers {
  const client = twilio(accountSid, authToken, { timeout: TIMEOUT_MS });
  if (apiUrl !== '') client.api.baseUrl = apiUrl;
  const { incomingPhoneNumbers } = client;

  return {
    account: () =>
      told(async () => {
        const { type, status } = await client.api.v2010.accounts(accountSid).fetch();
        return { isTrial: type === 'Trial', status };
      }),
    find: (phoneNumber) =>
      told(async () => {
        const alike = await incomingPhoneNumbers.list({ phoneNumber, limit: MOST_LIKE_IT });
        const found = alike.find((one) => one.phoneNumber === phoneNumber);
        return found === undefined ? null : onFile(found);
      }),
    list: (most) => told(async () => (await incomingPhoneNumbers.list({ limit: most })).map(onFile)),
    update: (sid, changes) => told(async () => onFile(await incomingPhoneNumbers(sid).update(changes))),
  };
}

async function told<T>(ask: () => Promise<T>): Promise<Told<T>> {
  try {
    return { is: 'told', value: await ask() };
  } catch (error) {
    return { is: 'failed', failure: failureOf(error) };
  }
}

function failureOf(error: unknown): TwilioFailure {
  if (error instanceof twilio.RestException) return { status: error.status, code: error.code ?? null };
  return { status: null, code: codeOf(error) };
}

type Instance = Awaited<ReturnType<ReturnType<typeof twilio>['incomingPhoneNumbers']['list']>>[number];

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
