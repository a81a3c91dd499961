// Twilio as the far end, offline: signs its requests, carries calls, answers REST. Stricter than the real one: what
// that would drop with a warning ends the call here, unless told to go on.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { CallId } from '../../call/call.ts';
import type { Clock } from '../../call/ports.ts';
import { systemClock } from '../../clock.ts';
import type { Caller } from '../caller/caller.ts';
import { type CallOptions, TwilioCall } from './call.ts';
import { SandboxAccount } from './numbers.ts';
import { Phone } from './phone.ts';
import { twilioRest } from './rest.ts';
import type { TwilioViolation } from './violation.ts';
import { TwilioWebhooks } from './webhooks.ts';

export interface TwilioOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** The public base that the relay is configured with, and over which everything is signed. */
  readonly webhookUrl: string;
  /** Where the relay really listens, `http://127.0.0.1:…`. May be told later, with `routeTo`. */
  readonly relayUrl?: string;
  /** The number that the account has; more may be added to it. */
  readonly phoneNumber?: string;
  /** Only record violations, as Twilio would. */
  readonly goesOnAfterViolation?: boolean;
  readonly clock?: Clock;
}

/** What Twilio's debugger would show of a stream. */
export interface StreamError {
  readonly callId: CallId;
  readonly code: number;
  readonly detail: string;
}

export interface TwilioSandbox {
  /** For `TWILIO_API_URL`. */
  readonly apiUrl: string;
  /** What Twilio has on file of the account and its numbers; change it at any time. */
  readonly account: SandboxAccount;
  readonly violations: readonly TwilioViolation[];
  readonly streamErrors: readonly StreamError[];
  /** Lets the public address lead to another relay, as when a process has died; streams to yet another, as by chance. */
  routeTo(relayUrl: string, streamsUrl?: string): void;
  /** Somebody calls; resolves when they are joined to a stream or the call is over already. */
  call(options?: CallOptions): Promise<Caller>;
  /** There is a telephone with this number, to which calls can be transferred. */
  phone(number: string, whenCalled?: Phone['whenCalled']): Phone;
  /** Every caller hangs up, and all that is to be told to the relay has been told. */
  close(): Promise<void>;
}

export async function startTwilio(options: TwilioOptions): Promise<TwilioSandbox> {
  const { accountSid, authToken, webhookUrl, relayUrl = '', clock = systemClock } = options;
  const webhooks = new TwilioWebhooks(authToken, webhookUrl, relayUrl);
  const violations: TwilioViolation[] = [];
  const streamErrors: StreamError[] = [];
  const calls = new Map<CallId, TwilioCall>();
  const running = new Set<Promise<void>>();
  const phones = new Map<string, Phone>();

  const account = new SandboxAccount(accountSid);
  if (options.phoneNumber !== undefined) account.add(options.phoneNumber);
  const rest = twilioRest({
    accountSid,
    authToken,
    onFile: account,
    callInProgress: (callSid) => {
      const call = calls.get(callSid);
      return call?.isInProgress === true ? call : undefined;
    },
  });
  rest.listen(0, '127.0.0.1');
  await once(rest, 'listening');
  const address = rest.address();
  if (address === null || typeof address === 'string') throw new Error('the REST server has no port');

  async function hangUpAll(): Promise<void> {
    for (const call of calls.values()) call.end({ how: 'caller-hung-up' });
    await Promise.all(running);
    rest.closeAllConnections();
    rest.close();
    await once(rest, 'close');
  }
  let closed: Promise<void> | undefined;

  return {
    apiUrl: `http://127.0.0.1:${address.port}`,
    account,
    violations,
    streamErrors,
    routeTo: (relayUrl, streamsUrl) => webhooks.routeTo(relayUrl, streamsUrl),

    async call(callOptions = {}) {
      const callSid = newSid('CA');
      const call = new TwilioCall({
        ...callOptions,
        clock,
        webhooks,
        accountSid,
        callSid,
        newSid,
        phone: (number) => phones.get(number),
        onViolation: (violation) => {
          violations.push(violation);
          return options.goesOnAfterViolation ? 'go-on' : 'fail';
        },
        onStreamError: (code, detail) => streamErrors.push({ callId: callSid, code, detail }),
      });
      calls.set(callSid, call);
      const run = call.run().finally(() => {
        calls.delete(callSid);
        running.delete(run);
      });
      running.add(run);
      await call.connected;
      return call.caller;
    },

    phone(number, whenCalled = 'answers') {
      const phone = new Phone(number, whenCalled);
      phones.set(number, phone);
      return phone;
    },

    close: () => (closed ??= hangUpAll()),
  };
}

function newSid(prefix: 'CA' | 'MZ'): string {
  return prefix + randomBytes(16).toString('hex');
}
