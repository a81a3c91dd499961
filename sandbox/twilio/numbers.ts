// The sandbox's Twilio account and its phone numbers, behind the two REST resources that the commands use. As awkward
// as the real ones: a search finds numbers that merely contain what was asked for, lists come in pages, an application
// and a trunk drive each other out, and an unknown field is refused where Twilio would silently drop it.
import { randomBytes } from 'node:crypto';
import { RETRIES } from '../../src/phone/urls.ts';

const BASE = '/2010-04-01';
const DEFAULT_PAGE = 50;

const URL_FIELDS = {
  VoiceUrl: 'voice_url',
  VoiceFallbackUrl: 'voice_fallback_url',
  StatusCallback: 'status_callback',
} as const;
const METHOD_FIELDS = {
  VoiceMethod: 'voice_method',
  VoiceFallbackMethod: 'voice_fallback_method',
  StatusCallbackMethod: 'status_callback_method',
} as const;

/** In Twilio's spelling, as it goes over the wire; null and '' both stand for nothing. */
export interface SandboxNumber {
  readonly sid: string;
  readonly phone_number: string;
  voice_url: string;
  voice_method: string;
  voice_fallback_url: string;
  voice_fallback_method: string;
  status_callback: string;
  status_callback_method: string;
  voice_application_sid: string | null;
  trunk_sid: string | null;
}

export interface RestAnswer {
  readonly status: number;
  readonly document: object;
}

export class SandboxAccount {
  readonly sid: string;
  type: 'Full' | 'Trial' = 'Full';
  status: 'active' | 'suspended' | 'closed' = 'active';
  /** A request for more gets this many, and the rest on the next page. */
  largestPage = 1000;
  readonly numbers: SandboxNumber[] = [];
  /** TwiML applications there are. */
  readonly applications: string[] = [];
  /** Takes an empty application without a word, and leaves it as it was: no document says that '' clears it. */
  keepsApplications = false;
  /** Every change that was made, as its form. */
  readonly changes: string[] = [];

  constructor(sid: string) {
    this.sid = sid;
  }

  /** A number as it is when it was just bought: it answers with Twilio's own welcome. */
  add(phoneNumber: string): SandboxNumber {
    const number: SandboxNumber = {
      sid: newSid('PN'),
      phone_number: phoneNumber,
      voice_url: 'https://demo.twilio.com/welcome/voice/',
      voice_method: 'POST',
      voice_fallback_url: '',
      voice_fallback_method: 'POST',
      status_callback: '',
      status_callback_method: 'POST',
      voice_application_sid: null,
      trunk_sid: null,
    };
    this.numbers.push(number);
    return number;
  }

  /** As `npm run number` leaves all its numbers. */
  pointAllAt(webhookUrl: string): void {
    for (const number of this.numbers) {
      number.voice_url = number.voice_fallback_url = `${webhookUrl}/voice${RETRIES}`;
      number.status_callback = `${webhookUrl}/voice/status${RETRIES}`;
    }
  }

  owns(phoneNumber: string): boolean {
    return this.numbers.some((one) => one.phone_number === phoneNumber);
  }

  addApplication(): string {
    const sid = newSid('AP');
    this.applications.push(sid);
    return sid;
  }

  /** Answers an authenticated request, or says with null that it is about something else. */
  answer(method: string, target: string, body: string): RestAnswer | null {
    const url = new URL(target, 'http://sandbox');
    const account = `${BASE}/Accounts/${this.sid}`;
    if (url.pathname === `${account}.json` && method === 'GET')
      return { status: 200, document: this.#document() };
    if (url.pathname === `${account}/IncomingPhoneNumbers.json` && method === 'GET') return this.#list(url);
    const sid = /^\/IncomingPhoneNumbers\/([^/]+)\.json$/.exec(url.pathname.slice(account.length))?.[1];
    if (!url.pathname.startsWith(account) || sid === undefined) return null;
    const number = this.numbers.find((one) => one.sid === sid);
    if (number === undefined)
      return refusal(404, 20404, `The requested resource ${url.pathname} was not found`);
    if (method === 'GET') return { status: 200, document: this.#onTheWire(number) };
    return method === 'POST' ? this.#update(number, body) : refusal(405, 20004, 'Method not allowed');
  }

  #document(): object {
    const { sid, type, status } = this;
    return {
      sid,
      type,
      status,
      friendly_name: 'The sandbox',
      owner_account_sid: sid,
      date_created: 'Mon, 02 Nov 2026 09:00:00 +0000',
      date_updated: 'Mon, 02 Nov 2026 09:00:00 +0000',
      subresource_uris: {},
      uri: `${BASE}/Accounts/${sid}.json`,
    };
  }

  #list(url: URL): RestAnswer {
    const { searchParams } = url;
    const wanted = searchParams.get('PhoneNumber');
    const asked = Number(searchParams.get('PageSize') ?? DEFAULT_PAGE);
    const page = Number(searchParams.get('Page') ?? 0);
    if (!(asked >= 1 && page >= 0)) return refusal(400, 20001, 'PageSize and Page must be numbers');
    const size = Math.min(asked, this.largestPage);
    const found = this.numbers.filter(
      (one) => wanted === null || one.phone_number.includes(wanted.replaceAll('*', '')),
    );
    const shown = found.slice(page * size, (page + 1) * size);
    const uri = (of: number): string => {
      const query = new URLSearchParams(searchParams);
      query.set('PageSize', String(size));
      query.set('Page', String(of));
      return `${url.pathname}?${query.toString()}`;
    };
    const document = {
      first_page_uri: uri(0),
      next_page_uri: (page + 1) * size < found.length ? uri(page + 1) : null,
      previous_page_uri: page > 0 ? uri(page - 1) : null,
      uri: uri(page),
      page,
      page_size: size,
      start: page * size,
      end: page * size + Math.max(0, shown.length - 1),
      incoming_phone_numbers: shown.map((number) => this.#onTheWire(number)),
    };
    return { status: 200, document };
  }

  #update(number: SandboxNumber, body: string): RestAnswer {
    const form = [...new URLSearchParams(body)];
    // All is looked at before any is taken: a refused request changes nothing.
    for (const [field, value] of form) {
      const refused = this.#refusalOf(field, value);
      if (refused !== null) return refused;
    }
    for (const [field, value] of form) {
      if (isOneOf(URL_FIELDS, field)) number[URL_FIELDS[field]] = value;
      else if (isOneOf(METHOD_FIELDS, field)) number[METHOD_FIELDS[field]] = value;
      else if (field === 'VoiceApplicationSid' && !(value === '' && this.keepsApplications)) {
        number.voice_application_sid = value === '' ? null : value;
        if (value !== '') number.trunk_sid = null;
      }
    }
    this.changes.push(body);
    return { status: 200, document: this.#onTheWire(number) };
  }

  #refusalOf(field: string, value: string): RestAnswer | null {
    if (isOneOf(URL_FIELDS, field)) {
      const isUrl = value === '' || /^https?:$/.test(URL.parse(value)?.protocol ?? '');
      return isUrl ? null : refusal(400, 21402, `${field} is not a valid URL`);
    }
    if (isOneOf(METHOD_FIELDS, field)) {
      return value === 'GET' || value === 'POST' ? null : refusal(400, 21403, `${field} is not valid`);
    }
    if (field === 'VoiceApplicationSid') {
      const isThere = value === '' || this.applications.includes(value);
      return isThere ? null : refusal(400, 21420, `ApplicationSid ${value} is not accessible`);
    }
    return refusal(400, 20001, `${field} is not known to the sandbox`);
  }

  #onTheWire(number: SandboxNumber): object {
    return {
      ...number,
      account_sid: this.sid,
      address_requirements: 'none',
      address_sid: null,
      api_version: '2010-04-01',
      beta: false,
      bundle_sid: null,
      capabilities: { voice: true, sms: true, mms: true, fax: false },
      date_created: 'Mon, 02 Nov 2026 09:00:00 +0000',
      date_updated: 'Mon, 02 Nov 2026 09:00:00 +0000',
      emergency_address_sid: null,
      emergency_address_status: 'unregistered',
      emergency_status: 'Active',
      friendly_name: number.phone_number,
      identity_sid: null,
      origin: 'twilio',
      sms_application_sid: '',
      sms_fallback_method: 'POST',
      sms_fallback_url: '',
      sms_method: 'POST',
      sms_url: '',
      status: 'in-use',
      type: 'local',
      uri: `${BASE}/Accounts/${this.sid}/IncomingPhoneNumbers/${number.sid}.json`,
      voice_caller_id_lookup: false,
      voice_receive_mode: 'voice',
    };
  }
}

function isOneOf<Fields extends object>(fields: Fields, name: string): name is Extract<keyof Fields, string> {
  return Object.hasOwn(fields, name);
}

function refusal(status: number, code: number, message: string): RestAnswer {
  return {
    status,
    document: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status },
  };
}

function newSid(prefix: 'PN' | 'AP'): string {
  return prefix + randomBytes(16).toString('hex');
}
