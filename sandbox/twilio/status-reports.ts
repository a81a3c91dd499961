// What Twilio tells of a call and its streams besides what it asks: late, doubled and out of order, because nothing
// promises otherwise. The answers are not looked at, and a relay that gives none changes nothing.
import type { Form, TwilioWebhooks } from './webhooks.ts';

export const PROGRESS_EVENTS = ['initiated', 'ringing', 'answered', 'completed'] as const;
export type ProgressEvent = (typeof PROGRESS_EVENTS)[number];

export interface Reporting {
  readonly url: string;
  readonly events: readonly ProgressEvent[];
}

export class StatusReports {
  readonly #webhooks: TwilioWebhooks;
  readonly #reporting: Reporting | null;
  #sequence = 0;
  #before: Form | null = null;
  #told: Promise<void> = Promise.resolve();

  constructor(webhooks: TwilioWebhooks, reporting: Reporting | null) {
    this.#webhooks = webhooks;
    this.#reporting = reporting;
  }

  /** Resolves once all that there was to tell until now has been told. */
  get told(): Promise<void> {
    return this.#told;
  }

  /** The call has come so far. After each report the one before it comes once more, and the last one twice. */
  progress(event: ProgressEvent, about: Form): void {
    const report = {
      ...about,
      CallbackSource: 'call-progress-events',
      SequenceNumber: String(this.#sequence++),
      Timestamp: new Date().toUTCString(),
    };
    if (this.#reporting === null || !this.#reporting.events.includes(event)) return;
    const again = event === 'completed' ? [this.#before, report] : [this.#before];
    this.#before = report;
    this.tell(this.#reporting.url, [report, ...again.filter((one) => one !== null)]);
  }

  /** In this order, and after all that was to be told before. */
  tell(url: string, forms: readonly Form[]): void {
    this.#told = this.#told.then(async () => {
      for (const form of forms) await this.#webhooks.ask(url, form).catch(() => {});
    });
  }
}
