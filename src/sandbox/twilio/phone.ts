// Another telephone than the caller's: whoever a call is transferred to. It answers or does not, hears what Twilio says
// to it before it is joined, and is told to whom.
import type { CallId } from '../../call/call.ts';

/** How a `<Dial>` ended, as `DialCallStatus` has it. */
export type DialStatus = 'completed' | 'busy' | 'no-answer' | 'failed' | 'canceled';

export class Phone {
  readonly number: string;
  /** May be changed at any time. */
  whenCalled: 'answers' | 'busy' | 'no-answer' | 'rings-on';
  /** How often it rang. */
  calls = 0;
  /** What Twilio said to whoever answered. */
  readonly whispers: string[] = [];
  /** It rings, for the first time. */
  readonly rang: Promise<void>;
  readonly joined: Promise<CallId>;
  readonly #rang = Promise.withResolvers<void>();
  readonly #joined = Promise.withResolvers<CallId>();
  readonly #hungUp = Promise.withResolvers<void>();

  constructor(number: string, whenCalled: Phone['whenCalled']) {
    this.number = number;
    this.whenCalled = whenCalled;
    this.rang = this.#rang.promise;
    this.joined = this.#joined.promise;
  }

  /** Rings; `whisper` asks what is to be said to whoever answers. Resolves when this leg of the call is over. */
  async ring(callId: CallId, whisper: () => Promise<readonly string[]>): Promise<DialStatus> {
    this.calls++;
    this.#rang.resolve();
    if (this.whenCalled === 'rings-on') await this.#hungUp.promise;
    if (this.whenCalled !== 'answers') return this.whenCalled === 'rings-on' ? 'no-answer' : this.whenCalled;
    this.whispers.push(...(await whisper()));
    this.#joined.resolve(callId);
    await this.#hungUp.promise;
    return 'completed';
  }

  hangsUp(): void {
    this.#hungUp.resolve();
  }
}
