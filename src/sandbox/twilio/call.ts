// One call as Twilio carries it: asks the relay's webhook, does what the TwiML says, and when a stream ends asks its
// `action` what next. Closing the stream is therefore no hang-up; only a verb, the caller or the REST API ends a call.
import type { Clock } from '../../call/ports.ts';
import { Caller, type CallEnd } from '../caller/caller.ts';
import { type LineOptions, type StreamEnd, TwilioStream } from './stream.ts';
import type { DialStatus, Phone } from './phone.ts';
import { readTwiml, type Verb } from './twiml.ts';
import { TwilioViolation } from './violation.ts';
import type { Form, TwilioWebhooks, UpgradeSignature } from './webhooks.ts';

/** A relay that keeps asking for streams it does not keep would be billed for ever. */
const MAX_STREAMS = 20;

export interface CallOptions extends LineOptions {
  readonly from?: string;
  readonly to?: string;
  /** What the number's webhook has behind its path, such as `?campaign=spring`. */
  readonly query?: string;
  readonly upgradeSignature?: UpgradeSignature;
}

export interface TwilioCallOptions extends CallOptions {
  readonly clock: Clock;
  readonly webhooks: TwilioWebhooks;
  readonly accountSid: string;
  readonly callSid: string;
  readonly newSid: (prefix: 'CA' | 'MZ') => string;
  /** The telephone with that number; undefined where there is none. */
  readonly phone: (number: string) => Phone | undefined;
  /** Records it; whether the call goes on after it is decided there. */
  readonly onViolation: (violation: TwilioViolation) => 'go-on' | 'fail';
  readonly onStreamError: (code: number, detail: string) => void;
}

type Connect = Extract<Verb, { verb: 'connect' }>;
type Dial = Extract<Verb, { verb: 'dial' }>;

/** One document, until it is done or another takes its place. */
interface Round {
  readonly redirected: PromiseWithResolvers<Verb[]>;
  isCut: boolean;
}

export class TwilioCall {
  readonly caller: Caller;
  /** The caller is joined to a stream, or the call is over. */
  readonly connected: Promise<void>;
  readonly #connected = Promise.withResolvers<void>();
  readonly #options: TwilioCallOptions;
  #status: 'ringing' | 'in-progress' | 'completed' | 'busy' | 'failed' = 'ringing';
  #stream: TwilioStream | null = null;
  #streams = 0;
  #callbacks: Promise<void> = Promise.resolve();
  #round = newRound();

  constructor(options: TwilioCallOptions) {
    this.#options = options;
    this.connected = this.#connected.promise;
    this.caller = new Caller(options.callSid, options.clock, {
      hangUp: () => this.end({ how: 'caller-hung-up' }),
      dropLine: () => this.#stream?.drop(),
      sendRaw: (frame) => this.#stream?.sendRaw(frame),
    });
  }

  get isInProgress(): boolean {
    return this.#status === 'in-progress';
  }

  /** Resolves when the call is over and all has been asked and told; never rejects. */
  async run(): Promise<void> {
    const { webhooks, query = '' } = this.#options;
    try {
      let verbs: Verb[] | null = await webhooks.ask(`${webhooks.webhookUrl}/voice${query}`, this.#form());
      while (verbs !== null) {
        this.#round = newRound();
        verbs = await Promise.race([this.#round.redirected.promise, this.#obey(verbs, this.#round)]);
      }
    } catch (error) {
      if (!this.#isOver()) this.#fail(error);
    }
    await this.#callbacks;
  }

  /** Through REST: what is being done ends at once, a stream with all that was not played yet. */
  redirect(document: string): void {
    this.#round.isCut = true;
    try {
      this.#round.redirected.resolve(readTwiml(document));
    } catch (error) {
      this.#fail(error);
    }
    this.#stream?.stop();
  }

  end(end: CallEnd): void {
    if (this.#isOver()) return;
    this.#status = end.how === 'busy' || end.how === 'failed' ? end.how : 'completed';
    this.#stream?.stop();
    this.caller.leave(end);
    this.#connected.resolve();
    this.#tell(`${this.#options.webhooks.webhookUrl}/voice/status`, [{ CallStatus: this.#status }]);
  }

  /** Goes through a document; returns the next one, or null when the call is over. */
  async #obey(verbs: Verb[], round: Round): Promise<Verb[] | null> {
    for (const verb of verbs) {
      if (this.#isOver() || round.isCut) return null;
      switch (verb.verb) {
        case 'reject':
          if (this.#status !== 'ringing') throw new TwilioViolation('E2', '<Reject> of an answered call');
          this.end({ how: 'busy' });
          return null;
        case 'hangup':
          this.end({ how: 'relay-hung-up' });
          return null;
        case 'say':
          this.#status = 'in-progress';
          this.caller.twimlSaid.push(verb.text);
          break;
        case 'play-digits':
          this.#status = 'in-progress';
          this.caller.keysHeard.push(verb.digits);
          break;
        case 'pause':
          this.#status = 'in-progress';
          await new Promise<void>((resolve) => this.#options.clock.after(verb.seconds * 1000, resolve));
          break;
        case 'redirect':
          return this.#options.webhooks.ask(verb.url, this.#form());
        case 'dial': {
          this.#status = 'in-progress';
          const status = await this.#dial(verb);
          if (verb.action === null || this.#isOver() || round.isCut) break;
          const about = { DialCallStatus: status, DialCallSid: this.#options.newSid('CA') };
          return this.#options.webhooks.ask(verb.action, { ...this.#form(), ...about });
        }
        case 'connect': {
          this.#status = 'in-progress';
          await this.#connect(verb);
          if (verb.action === null || round.isCut) break;
          // Asked also when the caller has hung up; then nothing is done with the answer.
          const next = await this.#options.webhooks.ask(verb.action, this.#form());
          return this.#isOver() ? null : next;
        }
      }
    }
    if (!round.isCut) this.end({ how: 'relay-hung-up' });
    return null;
  }

  /** `canceled`: the caller hung up first. */
  async #dial({ number, whisperUrl }: Dial): Promise<DialStatus> {
    const { webhooks, newSid, phone } = this.#options;
    const callee = phone(number);
    if (callee === undefined) return 'failed';
    const leg = { CallSid: newSid('CA'), ParentCallSid: this.caller.callId, Direction: 'outbound-dial' };
    const whisper = async (): Promise<string[]> => {
      if (whisperUrl === null) return [];
      const verbs = await webhooks.ask(whisperUrl, { ...this.#form(), ...leg, To: number, Called: number });
      return verbs.map((verb) => {
        if (verb.verb === 'say') return verb.text;
        throw new TwilioViolation(12200, `<${verb.verb}> to whoever answers`);
      });
    };
    const gone = this.caller.ended.then(() => 'canceled' as const);
    return Promise.race([callee.ring(this.caller.callId, whisper), gone]);
  }

  async #connect({ streamUrl, parameters, statusCallback }: Connect): Promise<void> {
    const { webhooks, upgradeSignature = 'plain', newSid } = this.#options;
    if (++this.#streams > MAX_STREAMS) throw new TwilioViolation('E2', `more than ${MAX_STREAMS} streams`);
    const streamSid = newSid('MZ');
    const { address, headers } = webhooks.upgrade(streamUrl, upgradeSignature);
    const stream = new TwilioStream(address, headers, {
      ...this.#options,
      line: this.#options,
      caller: this.caller,
      streamSid,
      parameters,
      onOpen: () => this.#connected.resolve(),
      onViolation: (violation) => this.#fail(violation),
    });
    this.#stream = stream;
    const end = await stream.ended;
    this.#stream = null;
    const error = streamError(end);
    if (error) this.#options.onStreamError(error.code, error.detail);
    if (statusCallback === null) return;
    const about = { StreamSid: streamSid, Timestamp: new Date().toISOString() };
    if (end.how === 'refused') {
      const StreamError = String(error?.code);
      return this.#tell(statusCallback, [{ ...about, StreamEvent: 'stream-error', StreamError }]);
    }
    // Late and in the wrong order, because nothing promises otherwise.
    this.#tell(statusCallback, [
      { ...about, StreamEvent: 'stream-stopped' },
      { ...about, StreamEvent: 'stream-started' },
    ]);
  }

  #fail(error: unknown): void {
    const because = error instanceof Error ? error : new Error(String(error));
    const verdict = because instanceof TwilioViolation ? this.#options.onViolation(because) : 'fail';
    // Without a document to go on with, a call is over however kind we are.
    if (verdict === 'fail' || this.#stream === null) this.end({ how: 'failed', because });
  }

  #isOver(): boolean {
    return this.#status !== 'ringing' && this.#status !== 'in-progress';
  }

  /** Status callbacks, each twice: Twilio repeats what it is not sure to have delivered. The answer is not looked at. */
  #tell(url: string, reports: Form[]): void {
    const forms = [...reports, ...reports].map((report) => ({ ...this.#form(), ...report }));
    this.#callbacks = this.#callbacks.then(async () => {
      for (const form of forms) await this.#options.webhooks.ask(url, form).catch(() => {});
    });
  }

  #form(): Form {
    const { accountSid, callSid, from = '+15550001111', to = '+15550002222' } = this.#options;
    return {
      AccountSid: accountSid,
      ApiVersion: '2010-04-01',
      CallSid: callSid,
      CallStatus: this.#status,
      Caller: from,
      Called: to,
      Direction: 'inbound',
      From: from,
      To: to,
      // Empty and with spaces, as they come; both are part of what is signed.
      CallerCity: '',
      CallerState: 'NEW YORK',
    };
  }
}

function newRound(): Round {
  return { redirected: Promise.withResolvers(), isCut: false };
}

/** What Twilio's debugger would show: it logs even an orderly close by the relay as an error. */
function streamError(end: StreamEnd): { code: number; detail: string } | null {
  switch (end.how) {
    case 'over':
      return null;
    case 'closed':
      return { code: 31921, detail: 'the relay closed the stream' };
    case 'broken':
      return { code: 31903, detail: 'the connection broke' };
    case 'refused':
      return { code: end.detail.includes('ECONNREFUSED') ? 31902 : 31920, detail: end.detail };
  }
}
