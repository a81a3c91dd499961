// Twilio as the far end, offline: signs its requests, carries calls both ways, answers REST. Stricter than the real one:
// what that would drop with a warning ends the call here, unless told to go on.
import type { Voice } from '../voice/voice.ts';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Clock } from '../../src/call/ports.ts';
import { systemClock } from '../../src/call/system-clock.ts';
import type { Caller } from '../caller/caller.ts';
import { RETRIES } from '../../src/phone/urls.ts';
import { TwilioCall, type TwilioCallOptions } from './call.ts';
import { type CallDocument, documentOf } from './call-document.ts';
import type { CallOrder } from './call-order.ts';
import type { LineTreatment, StreamError } from './call-streams.ts';
import { type Behaviour, Callee, type CalleeOptions } from './callee.ts';
import { SandboxAccount } from './numbers.ts';
import { carryOut } from './outgoing.ts';
import { noRestFaults, type RestFaults, twilioRest } from './rest.ts';
import type { SharedKey } from './signing.ts';
import type { TwilioViolation } from './violation.ts';
import { TwilioWebhooks } from './webhooks.ts';

export interface TwilioOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** Signs every webhook and upgrade in place of the auth token, as a rule of the account says. */
  readonly sharedKey?: SharedKey;
  /** The public base that the relay is configured with, and over which everything is signed. */
  readonly webhookUrl: string;
  /** Where the relay really listens, `http://127.0.0.1:…`. May be told later, with `routeTo`. */
  readonly relayUrl?: string;
  /** The number that the account has; more may be added to it. */
  readonly phoneNumber?: string;
  /** Only record violations, as Twilio would. */
  readonly goesOnAfterViolation?: boolean;
  /** So many calls out are dialled in a second, and the rest wait their turn; 1 unless told otherwise. */
  readonly callsPerSecond?: number;
  /** In which the relay's side speaks; tones unless told otherwise. */
  readonly voice?: Voice;
  readonly clock?: Clock;
}

/** Somebody who calls the relay. */
export interface CallOptions extends LineTreatment {
  readonly from?: string;
  readonly to?: string;
  /** Twilio's `StirVerstat`, such as `TN-Validation-Passed-A`. */
  readonly stirVerstat?: string;
  /** What the number's webhook has behind its path, such as `?campaign=spring`. */
  readonly query?: string;
}

export interface TwilioSandbox {
  /** For `TWILIO_API_URL`. */
  readonly apiUrl: string;
  /** What Twilio has on file of the account and its numbers; change it at any time. */
  readonly account: SandboxAccount;
  readonly restFaults: RestFaults;
  /** Every call out that was taken, in order. */
  readonly orders: readonly CallOrder[];
  readonly violations: readonly TwilioViolation[];
  readonly streamErrors: readonly StreamError[];
  /** Lets the public address lead to another relay, as when a process has died; streams to yet another, as by chance. */
  routeTo(relayUrl: string, streamsUrl?: string): void;
  /** Somebody calls; resolves when they are joined to a stream or the call is over already. */
  call(options?: CallOptions): Promise<Caller>;
  /** There is a telephone with this number, which the relay can call, and to which calls can be transferred. */
  callee(number: string, whenCalled?: Behaviour, options?: CalleeOptions): Callee;
  /** Every caller hangs up, and all that is to be told to the relay has been told. */
  close(): Promise<void>;
}

export async function startTwilio(options: TwilioOptions): Promise<TwilioSandbox> {
  const { authToken, webhookUrl } = options;
  const network = new Network(options);
  const restFaults = noRestFaults();
  const rest = twilioRest({
    authToken,
    account: network.account,
    faults: restFaults,
    place: (order) => network.place(order),
    call: (callSid) => network.calls.get(callSid),
    past: (callSid) => network.past.get(callSid),
  });
  rest.listen(0, '127.0.0.1');
  await once(rest, 'listening');
  const address = rest.address();
  if (address === null || typeof address === 'string') throw new Error('the REST server has no port');

  async function hangUpAll(): Promise<void> {
    await network.hangUpAll();
    rest.closeAllConnections();
    rest.close();
    await once(rest, 'close');
  }
  let closed: Promise<void> | undefined;

  return {
    apiUrl: `http://127.0.0.1:${address.port}`,
    account: network.account,
    restFaults,
    orders: network.orders,
    violations: network.violations,
    streamErrors: network.streamErrors,
    routeTo: (relayUrl, streamsUrl) => network.webhooks.routeTo(relayUrl, streamsUrl),

    async call({ from = '+15550001111', to = '+15550002222', query = '', stirVerstat, ...line } = {}) {
      const reporting = { url: `${webhookUrl}/voice/status${RETRIES}`, events: ['completed'] } as const;
      const about = {
        ...({ direction: 'inbound', from, to, line, reporting, queueMs: 0 } as const),
        ...(stirVerstat === undefined ? {} : { stirVerstat }),
      };
      const call = network.take(about, (call) => call.run(`${webhookUrl}/voice${query}${RETRIES}`));
      await call.connected;
      return call.caller;
    },

    callee: (number, whenCalled = 'answers', its = {}) => network.callee(number, whenCalled, its),
    close: () => (closed ??= hangUpAll()),
  };
}

/** The account, its calls and the telephones that they reach. */
class Network {
  readonly webhooks: TwilioWebhooks;
  readonly account: SandboxAccount;
  readonly orders: CallOrder[] = [];
  readonly violations: TwilioViolation[] = [];
  readonly streamErrors: StreamError[] = [];
  readonly calls = new Map<string, TwilioCall>();
  readonly past = new Map<string, CallDocument>();
  readonly #options: TwilioOptions;
  readonly #clock: Clock;
  readonly #running = new Set<Promise<void>>();
  readonly #callees = new Map<string, Callee>();
  /** When the next outbound call may be dialled. */
  #nextDialAt = 0;

  constructor(options: TwilioOptions) {
    const { accountSid, authToken, sharedKey, webhookUrl, relayUrl = '', phoneNumber } = options;
    const { clock = systemClock } = options;
    this.#options = options;
    this.#clock = clock;
    this.webhooks = new TwilioWebhooks(sharedKey ?? authToken, webhookUrl, relayUrl);
    this.account = new SandboxAccount(accountSid);
    if (phoneNumber !== undefined) this.account.add(phoneNumber);
  }

  /** `run` carries it to its end. */
  take(
    about: Omit<
      TwilioCallOptions,
      | 'clock'
      | 'webhooks'
      | 'accountSid'
      | 'callSid'
      | 'newSid'
      | 'callee'
      | 'owns'
      | 'onViolation'
      | 'onStreamError'
    >,
    run: (call: TwilioCall) => Promise<void>,
  ): TwilioCall {
    const call = new TwilioCall({
      ...about,
      clock: this.#clock,
      webhooks: this.webhooks,
      accountSid: this.#options.accountSid,
      callSid: newSid('CA'),
      newSid,
      callee: (number) => this.#callees.get(number),
      owns: (number) => this.account.owns(number),
      ...(this.#options.voice && { voice: this.#options.voice }),
      onViolation: (violation) => {
        this.violations.push(violation);
        return this.#options.goesOnAfterViolation ? 'go-on' : 'fail';
      },
      onStreamError: (error) => this.streamErrors.push(error),
    });
    this.calls.set(call.sid, call);
    // A call that is over for the caller is over for REST, too, though the relay may not know yet.
    void call.caller.ended.then(() => {
      this.calls.delete(call.sid);
      this.past.set(call.sid, documentOf(call));
    });
    const ran = run(call).finally(() => this.#running.delete(ran));
    this.#running.add(ran);
    return call;
  }

  place(order: CallOrder): CallDocument {
    this.orders.push(order);
    const now = this.#clock.now();
    const dialAt = Math.max(now, this.#nextDialAt);
    this.#nextDialAt = dialAt + 1000 / (this.#options.callsPerSecond ?? 1);
    const { from, to, reporting } = order;
    const queueMs = dialAt - now;
    const about = { direction: 'outbound-api', from, to, reporting, line: {}, queueMs } as const;
    const [clock, webhooks] = [this.#clock, this.webhooks];
    return documentOf(
      this.take(about, (call) => carryOut(order, call, { clock, webhooks, callee: this.#callees.get(to) })),
    );
  }

  callee(number: string, whenCalled: Behaviour, its: CalleeOptions): Callee {
    const telephone = new Callee(number, whenCalled, this.#clock, its);
    this.#callees.set(number, telephone);
    return telephone;
  }

  async hangUpAll(): Promise<void> {
    for (const call of this.calls.values()) call.end({ how: 'caller-hung-up' });
    await Promise.all(this.#running);
  }
}

function newSid(prefix: 'CA' | 'MZ'): string {
  return prefix + randomBytes(16).toString('hex');
}
