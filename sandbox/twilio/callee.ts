// A telephone that Twilio can ring, for a call out or a transfer: it answers or does not, and the person or machine there
// behaves as such do. A person speaks first; a machine speaks its greeting and a beep, and keeps what it hears from there.
import type { Clock } from '../../src/call/ports.ts';
import type { Caller } from '../caller/caller.ts';
import { beep } from './beep.ts';
import { pauseUnless } from '../pause.ts';

export type Behaviour =
  /** A person, who says hello. */
  | 'answers'
  /** A person who waits for somebody else to speak. */
  | 'answers-silent'
  | 'machine'
  /** Asks who is calling, and when it has heard an answer a person says hello. */
  | 'screener'
  | 'busy'
  /** As `rings-on`, without the waiting: Twilio's shortest patience is five seconds. */
  | 'no-answer'
  /** A number that is not in service. */
  | 'fails'
  /** Until the calling side gives up. */
  | 'rings-on';

/** In Twilio's words. */
export type Detection =
  | 'human'
  | 'machine_start'
  | 'machine_end_beep'
  | 'machine_end_silence'
  | 'machine_end_other'
  | 'fax'
  | 'unknown';

export interface CalleeOptions {
  /** So long it rings before it does what it does. */
  readonly ringMs?: number;
  /** The first words of the person, or the machine's greeting; '' for none. */
  readonly says?: string;
  /** The screener's question. */
  readonly asks?: string;
  /** What Twilio takes it for; by its kind unless told otherwise. */
  readonly detectedAs?: Detection;
  /** So long after the answer, or after the beep where that is waited for. */
  readonly detectedAfterMs?: number;
  /** Runs each time an outbound call is answered. */
  readonly onAnswered?: (caller: Caller) => void;
}

const RING_MS = 50;
const HELLO = 'Hello?';
const GREETING = 'Hi, this is Ann. Please leave a message after the tone.';
const QUESTION = 'Please say your name and why you are calling.';
/** The screener takes so much quiet for the end of an answer. */
const ANSWER_ENDS_AFTER_MS = 500;
/** Late enough for the relay to be speaking already, and sooner than Twilio. */
const DETECTED_AFTER_MS = 1_000;

export class Callee {
  readonly number: string;
  /** May be changed at any time. */
  whenCalled: Behaviour;
  /** How often it rang. */
  calls = 0;
  /** What Twilio said to the person who answered a transfer. */
  readonly whispers: string[] = [];
  /** It rings, for the first time. */
  readonly rang: Promise<void>;
  /** Joined to this call by a transfer, the first time. */
  readonly joined: Promise<string>;
  /** The person or machine that answered the first outbound call. */
  readonly answered: Promise<Caller>;
  /** What the machine recorded, once the line is closed; '' where that was before its beep. */
  readonly recorded: Promise<string>;
  /** The machine's beep has sounded, the first time. */
  readonly beeped: Promise<void>;
  readonly #options: CalleeOptions;
  readonly #clock: Clock;
  readonly #rang = Promise.withResolvers<void>();
  readonly #joined = Promise.withResolvers<string>();
  readonly #answered = Promise.withResolvers<Caller>();
  readonly #recorded = Promise.withResolvers<string>();
  readonly #beeped = Promise.withResolvers<void>();
  readonly #hungUp = Promise.withResolvers<void>();

  constructor(number: string, whenCalled: Behaviour, clock: Clock, options: CalleeOptions = {}) {
    this.number = number;
    this.whenCalled = whenCalled;
    this.#clock = clock;
    this.#options = options;
    this.rang = this.#rang.promise;
    this.joined = this.#joined.promise;
    this.answered = this.#answered.promise;
    this.recorded = this.#recorded.promise;
    this.beeped = this.#beeped.promise;
  }

  /** Rings for at most `patienceMs`, or until the calling side is gone. */
  async ring(
    patienceMs: number,
    gone: Promise<unknown>,
  ): Promise<'answered' | 'busy' | 'no-answer' | 'failed'> {
    this.calls++;
    this.#rang.resolve();
    const ringsOn = this.whenCalled === 'rings-on';
    const ringMs = ringsOn ? patienceMs : (this.#options.ringMs ?? RING_MS);
    await pauseUnless(this.#clock, ringMs, Promise.race([gone, this.#hungUp.promise]));
    switch (this.whenCalled) {
      case 'busy':
      case 'no-answer':
        return this.whenCalled;
      case 'fails':
        return 'failed';
      case 'rings-on':
        return 'no-answer';
      default:
        return 'answered';
    }
  }

  /** By a transfer; resolves when the person who answered hangs up. */
  join(sid: string): Promise<void> {
    this.#joined.resolve(sid);
    return this.#hungUp.promise;
  }

  /**
   * Has picked up a call out: speaks as such do, for as long as the call lasts. Resolves when the first of it is out, a
   * machine's beep included; never, where the call ends before.
   */
  pickUp(caller: Caller): Promise<void> {
    this.#answered.resolve(caller);
    this.#options.onAnswered?.(caller);
    const { promise, resolve } = Promise.withResolvers<void>();
    // What is left to say when the call is over stays unsaid.
    this.#speak(caller, resolve).catch(() => {});
    return promise;
  }

  /** What Twilio takes it for, where it is to tell a machine at once (`Enable`) or when it records. */
  detectedAs(mode: 'Enable' | 'DetectMessageEnd'): Detection {
    if (this.#options.detectedAs !== undefined) return this.#options.detectedAs;
    switch (this.whenCalled) {
      case 'machine':
        return mode === 'Enable' ? 'machine_start' : 'machine_end_beep';
      // It speaks for longer than a person who answers a telephone, and there is no beep after it.
      case 'screener':
        return mode === 'Enable' ? 'machine_start' : 'machine_end_silence';
      case 'answers-silent':
        return 'unknown';
      default:
        return 'human';
    }
  }

  get detectedAfterMs(): number {
    return this.#options.detectedAfterMs ?? DETECTED_AFTER_MS;
  }

  /** Leaves a transfer, or stops the ringing. The caller that `answered` resolves to hangs up an outbound call. */
  hangsUp(): void {
    this.#hungUp.resolve();
  }

  async #speak(caller: Caller, onGreeted: () => void): Promise<void> {
    const { says, asks = QUESTION } = this.#options;
    switch (this.whenCalled) {
      case 'machine':
        return this.#record(caller, says ?? GREETING, onGreeted);
      case 'screener':
        await say(caller, asks);
        onGreeted();
        await caller.ear.waitForAnswer(ANSWER_ENDS_AFTER_MS);
        return say(caller, says ?? HELLO);
      case 'answers':
        await say(caller, says ?? HELLO);
        return onGreeted();
      default:
        return onGreeted();
    }
  }

  async #record(caller: Caller, greeting: string, onGreeted: () => void): Promise<void> {
    let from: number | null = null;
    void caller.ended.then(() => this.#recorded.resolve(from === null ? '' : caller.heard.slice(from)));
    await say(caller, greeting);
    await caller.sounds(beep());
    from = caller.heard.length;
    this.#beeped.resolve();
    onGreeted();
  }
}

async function say(caller: Caller, text: string): Promise<void> {
  if (text !== '') await caller.says(text);
}
