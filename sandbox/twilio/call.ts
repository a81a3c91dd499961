// One call as Twilio carries it, whichever side dialled: asks the relay's webhook, does what the TwiML says, and when a
// stream ends asks its `action` what next. Closing the stream is therefore no hang-up; only a verb, the caller or the
// REST API ends a call.
import type { CallStatus } from 'twilio/lib/rest/api/v2010/account/call.js';
import type { Clock } from '../../src/call/ports.ts';
import { Caller, type CallEnd } from '../caller/caller.ts';
import { CallStreams, type LineTreatment, type StreamError } from './call-streams.ts';
import type { Callee } from './callee.ts';
import { dial } from './dial.ts';
import { isFinal, sipCodeOf, statusAfter } from './call-status.ts';
import { pauseUnless } from '../pause.ts';
import { type ProgressEvent, type Reporting, StatusReports } from './status-reports.ts';
import { readTwiml, type Verb } from './twiml.ts';
import type { Voice } from '../voice/voice.ts';
import { TwilioViolation } from './violation.ts';
import type { Form, TwilioWebhooks } from './webhooks.ts';

export interface TwilioCallOptions {
  readonly clock: Clock;
  readonly webhooks: TwilioWebhooks;
  readonly accountSid: string;
  readonly callSid: string;
  readonly direction: 'inbound' | 'outbound-api';
  readonly from: string;
  readonly to: string;
  /** What Twilio found out about the caller's number, in its own words; left out where it could not. */
  readonly stirVerstat?: string;
  readonly line: LineTreatment;
  /** Where Twilio reports the call's progress; null for nowhere. */
  readonly reporting: Reporting | null;
  /** So long a call out waits for its turn. */
  readonly queueMs: number;
  readonly newSid: (prefix: 'CA' | 'MZ') => string;
  /** The telephone with that number; undefined where there is none. */
  readonly callee: (number: string) => Callee | undefined;
  /** Whether it is a number of the account. */
  readonly owns: (number: string) => boolean;
  /** In which the relay's side speaks; tones unless told otherwise. */
  readonly voice?: Voice;
  /** Records it; whether the call goes on after it is decided there. */
  readonly onViolation: (violation: TwilioViolation) => 'go-on' | 'fail';
  readonly onStreamError: (error: StreamError) => void;
}

/** One document, until it is done or another takes its place. */
interface Round {
  readonly redirected: PromiseWithResolvers<Verb[]>;
  isCut: boolean;
}

export class TwilioCall {
  readonly sid: string;
  readonly queueMs: number;
  readonly caller: Caller;
  /** The caller is joined to a stream, or the call is over. */
  readonly connected: Promise<void>;
  /** Whom Twilio takes the callee for, in its own words; null until it knows, or where it was not asked. */
  answeredBy: string | null = null;
  readonly #connected = Promise.withResolvers<void>();
  readonly #options: TwilioCallOptions;
  readonly #reports: StatusReports;
  readonly #streams: CallStreams;
  #status: CallStatus;
  #answeredAt: number | null = null;
  #round = newRound();

  constructor(options: TwilioCallOptions) {
    this.#options = options;
    this.sid = options.callSid;
    this.queueMs = options.queueMs;
    this.#status = options.direction === 'inbound' ? 'ringing' : 'queued';
    this.connected = this.#connected.promise;
    this.#reports = new StatusReports(options.webhooks, options.reporting);
    const handset = {
      hangUp: () => this.end({ how: 'caller-hung-up' }),
      dropLine: () => this.#streams.drop(),
      sendRaw: (frame: string | Buffer) => this.#streams.sendRaw(frame),
    };
    this.caller = new Caller(this.sid, options.clock, handset, options.voice?.newListener());
    this.#streams = new CallStreams({
      ...options,
      caller: this.caller,
      reports: this.#reports,
      form: () => this.form(),
      onOpen: () => this.#connected.resolve(),
      onViolation: (violation) => this.#fail(violation),
    });
  }

  get status(): CallStatus {
    return this.#status;
  }

  get isOver(): boolean {
    return isFinal(this.#status);
  }

  /** Seconds that it lasted so far, as Twilio bills them. */
  get durationS(): number {
    return this.#answeredAt === null ? 0 : Math.ceil((this.#options.clock.now() - this.#answeredAt) / 1000);
  }

  /** Resolves when the call is over and all has been asked and told; never rejects. */
  async run(url: string): Promise<void> {
    try {
      let verbs: Verb[] | null = await Promise.race([this.#round.redirected.promise, this.#ask(url)]);
      while (verbs !== null) {
        this.#round = newRound();
        verbs = await Promise.race([this.#round.redirected.promise, this.#obey(verbs, this.#round)]);
      }
    } catch (error) {
      if (!this.isOver) this.#fail(error);
    }
    await this.told;
  }

  /** Resolves once all that there was to tell until now has been told. */
  get told(): Promise<void> {
    return this.#reports.told;
  }

  /** A call out is being dialled: a word of the callbacks, where the call's own status is still `queued`. */
  initiate(): void {
    this.#report('initiated', { CallStatus: 'initiated' });
  }

  ring(): void {
    this.#status = 'ringing';
    this.#report('ringing');
  }

  answer(): void {
    if (this.#status === 'in-progress') return;
    this.#status = 'in-progress';
    this.#answeredAt = this.#options.clock.now();
    this.#report('answered');
  }

  /** Through REST: what is being done ends at once, a stream with all that was not played yet. */
  redirect(document: string): void {
    this.#round.isCut = true;
    try {
      this.#round.redirected.resolve(readTwiml(document));
    } catch (error) {
      this.#fail(error);
    }
    this.#streams.stop();
  }

  end(asked: CallEnd): void {
    if (this.isOver) return;
    const end = this.#options.direction === 'outbound-api' ? this.#beforeAnswer(asked) : asked;
    this.#status = statusAfter(end);
    this.#streams.stop();
    this.caller.leave(end);
    this.#connected.resolve();
    const CallDuration = String(this.durationS);
    this.#report('completed', { CallDuration, SipResponseCode: sipCodeOf(this.#status) });
  }

  /** A call out that nobody has answered can be given up, and not hung up. */
  #beforeAnswer(end: CallEnd): CallEnd {
    const isHungUp = end.how === 'caller-hung-up' || end.how === 'relay-hung-up';
    return isHungUp && this.#answeredAt === null ? { how: 'canceled' } : end;
  }

  /** Goes through a document; returns the next one, or null when the call is over. */
  async #obey(verbs: Verb[], round: Round): Promise<Verb[] | null> {
    for (const verb of verbs) {
      if (this.isOver || round.isCut) return null;
      if (verb.verb === 'reject') {
        if (this.#status !== 'ringing') throw new TwilioViolation('E2', '<Reject> of an answered call');
        this.end({ how: 'busy' });
        return null;
      }
      if (verb.verb === 'redirect') return this.#ask(verb.url);
      if (verb.verb === 'hangup') break;
      // A pause that comes first lets the call ring on.
      if (verb.verb !== 'pause') this.answer();
      switch (verb.verb) {
        case 'say':
          this.caller.twimlSaid.push(verb.text);
          break;
        case 'play-digits':
          this.caller.keysHeard.push(verb.digits);
          break;
        case 'pause':
          await pauseUnless(this.#options.clock, verb.seconds * 1000, this.caller.ended);
          break;
        case 'dial': {
          const status = await dial(verb, { ...this.#options, caller: this.caller, form: this.form() });
          if (verb.action === null || this.isOver || round.isCut) break;
          return this.#ask(verb.action, {
            DialCallStatus: status,
            DialCallSid: this.#options.newSid('CA'),
          });
        }
        case 'connect': {
          await this.#streams.connect(verb);
          if (verb.action === null || round.isCut) break;
          // Asked also when the caller has hung up; then nothing is done with the answer.
          const next = await this.#ask(verb.action);
          return this.isOver ? null : next;
        }
      }
    }
    if (!round.isCut) this.end({ how: 'relay-hung-up' });
    return null;
  }

  #ask(url: string, more: Form = {}): Promise<Verb[]> {
    return this.#options.webhooks.ask(url, { ...this.form(), ...more });
  }

  #fail(error: unknown): void {
    const because = error instanceof Error ? error : new Error(String(error));
    const verdict = because instanceof TwilioViolation ? this.#options.onViolation(because) : 'fail';
    // Without a document to go on with, a call is over however kind we are.
    if (verdict === 'fail' || !this.#streams.isOpen) this.end({ how: 'failed', because });
  }

  #report(event: ProgressEvent, more: Form = {}): void {
    this.#reports.progress(event, { ...this.form(), ...more });
  }

  get names(): Form {
    return { AccountSid: this.#options.accountSid, CallSid: this.sid };
  }

  /** What Twilio says of a call with all that it asks and tells. */
  form(): Form {
    const { direction, from, to, stirVerstat } = this.#options;
    return {
      ...this.names,
      ApiVersion: '2010-04-01',
      CallStatus: this.#status,
      Caller: from,
      Called: to,
      Direction: direction,
      From: from,
      To: to,
      ...(stirVerstat === undefined ? {} : { StirVerstat: stirVerstat }),
      // Empty and with spaces, as they come; both are part of what is signed.
      CallerCity: '',
      CallerState: 'NEW YORK',
    };
  }
}

function newRound(): Round {
  return { redirected: Promise.withResolvers(), isCut: false };
}
