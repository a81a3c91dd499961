// The streams of one call, one after another: connects each as the TwiML says, and tells the relay and Twilio's debugger
// how it ended.
import type { Clock } from '../../src/call/ports.ts';
import type { Caller } from '../caller/caller.ts';
import type { StatusReports } from './status-reports.ts';
import { type LineOptions, type StreamEnd, TwilioStream } from './stream.ts';
import type { Verb } from './twiml.ts';
import { TwilioViolation } from './violation.ts';
import type { Form, TwilioWebhooks, UpgradeSignature } from './webhooks.ts';

/** A relay that keeps asking for streams it does not keep would be billed for ever. */
const MAX_STREAMS = 20;

/** What Twilio's debugger would show of a stream. */
export interface StreamError {
  readonly sid: string;
  readonly code: number;
  readonly detail: string;
}

export interface LineTreatment extends LineOptions {
  readonly upgradeSignature?: UpgradeSignature;
}

export interface CallStreamsOptions {
  readonly clock: Clock;
  readonly webhooks: TwilioWebhooks;
  readonly accountSid: string;
  readonly line: LineTreatment;
  readonly caller: Caller;
  readonly reports: StatusReports;
  readonly newSid: (prefix: 'MZ') => string;
  readonly form: () => Form;
  readonly onOpen: () => void;
  readonly onViolation: (violation: TwilioViolation) => void;
  readonly onStreamError: (error: StreamError) => void;
}

export class CallStreams {
  readonly #options: CallStreamsOptions;
  #stream: TwilioStream | null = null;
  #count = 0;

  constructor(options: CallStreamsOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#stream !== null;
  }

  /** Resolves when the stream has ended, however it did. */
  async connect({
    streamUrl,
    parameters,
    statusCallback,
  }: Extract<Verb, { verb: 'connect' }>): Promise<void> {
    const { webhooks, line, caller, newSid } = this.#options;
    if (this.#count > MAX_STREAMS) throw new TwilioViolation('E2', `more than ${MAX_STREAMS} streams`);
    const streamSid = newSid('MZ');
    const { address, headers } = webhooks.upgrade(streamUrl, line.upgradeSignature ?? 'plain');
    this.#stream = new TwilioStream(address, headers, { ...this.#options, streamSid, parameters });
    const end = await this.#stream.ended;
    this.#stream = null;
    // One that was refused costs nothing.
    if (end.how !== 'refused') this.#count++;
    const error = errorOf(end);
    if (error !== null) this.#options.onStreamError({ sid: caller.sid, ...error });
    if (statusCallback !== null) this.#report(statusCallback, streamSid, error, end);
  }

  stop(): void {
    this.#stream?.stop();
  }

  drop(): void {
    this.#stream?.drop();
  }

  sendRaw(frame: string | Buffer): void {
    this.#stream?.sendRaw(frame);
  }

  #report(url: string, StreamSid: string, error: { code: number } | null, end: StreamEnd): void {
    const { form, reports } = this.#options;
    const about = { ...form(), StreamSid, Timestamp: new Date().toISOString() };
    const report = (StreamEvent: string): Form => ({ ...about, StreamEvent });
    const told =
      end.how === 'refused'
        ? [{ ...report('stream-error'), StreamError: String(error?.code) }]
        : [report('stream-stopped'), report('stream-started')];
    reports.tell(url, [...told, ...told]);
  }
}

/** Twilio logs even an orderly close by the relay as an error. */
function errorOf(end: StreamEnd): { code: number; detail: string } | null {
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
