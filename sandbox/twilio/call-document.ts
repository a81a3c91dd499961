// A call as the REST API shows it: the fields that the `twilio` package reads, as they go over the wire.
import type { CallInstance } from 'twilio/lib/rest/api/v2010/account/call.js';
import type { TwilioCall } from './call.ts';

type Resource = ConstructorParameters<typeof CallInstance>[1];

/** Dates are text on the wire, and almost anything may be null. */
export type CallDocument = {
  readonly [Field in keyof Resource]: (Resource[Field] extends Date ? string : Resource[Field]) | null;
} & {
  /** twilio 6.3 has it in its type, 6.2 does not. */
  readonly stir_verstat: string | null;
};

/** As Twilio writes it. The sandbox prices a call at once, Twilio an hour later. */
function priceOf(call: TwilioCall): string {
  const usdAMinute = call.form()['Direction'] === 'inbound' ? 0.0085 : 0.014;
  return (-Math.ceil(call.durationS / 60) * usdAMinute).toFixed(5);
}

export function documentOf(call: TwilioCall): CallDocument {
  const { AccountSid, From, To, Direction, StirVerstat } = call.form();
  const uri = `/2010-04-01/Accounts/${AccountSid}/Calls/${call.sid}.json`;
  return {
    sid: call.sid,
    account_sid: AccountSid ?? null,
    answered_by: call.answeredBy,
    api_version: '2010-04-01',
    caller_name: null,
    date_created: null,
    date_updated: null,
    direction: Direction ?? null,
    duration: call.isOver ? String(call.durationS) : null,
    end_time: null,
    forwarded_from: null,
    from: From ?? null,
    from_formatted: From ?? null,
    group_sid: null,
    parent_call_sid: null,
    phone_number_sid: null,
    price: call.isOver ? priceOf(call) : null,
    price_unit: 'USD',
    queue_time: String(call.queueMs),
    start_time: null,
    status: call.status,
    stir_verstat: StirVerstat ?? null,
    subresource_uris: {},
    to: To ?? null,
    to_formatted: To ?? null,
    trunk_sid: null,
    uri,
  };
}
