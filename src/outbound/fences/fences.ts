// Everything that a call out has to pass before it is placed, in a fixed order: what the number is, who may be called,
// who must not, when, how often, how much in a day. Counts are taken last and all or none, so a call that is refused has
// cost nothing. A fence that cannot be asked refuses: a call too few is repeated, a call too many was made.
import type { Refusal } from '../../call/assignment.ts';
import { refusalByAllowList } from './allow-list.ts';
import { CallCount } from './call-counts.ts';
import { readCalleeNumber } from './callee-number.ts';
import { zonesOf } from './callee-zones.ts';
import type { CountStore } from './count-store.ts';
import { DoNotCallList } from './do-not-call.ts';
import type { OutboundSettings } from './outbound-settings.ts';
import { refusalByQuietHours } from './quiet-hours.ts';

export const CALLS_AN_HOUR_TO_A_NUMBER = 5;
export const CALLS_A_DAY_TO_A_NUMBER = 20;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TRY_AGAIN_S = 30;
/** The key of what is counted for all numbers together. */
const ALL = 'all';

/** A call that was let through: what is needed to settle it. */
export interface FencedCall {
  /** E.164. */
  readonly to: string;
  /** For so long it may go on; counted in full until it is settled. */
  readonly maxMinutes: number;
  /** The instant at which it was checked. */
  readonly at: number;
}

interface Taking {
  readonly count: CallCount;
  readonly key: string;
  readonly points: number;
  readonly refusal: Omit<Refusal, 'retryAfterS'>;
}

export class Fences {
  readonly #settings: OutboundSettings;
  readonly #store: CountStore;
  readonly #doNotCall: DoNotCallList;
  readonly #hourOfNumber: CallCount;
  readonly #dayOfNumber: CallCount;
  readonly #day: CallCount;
  readonly #minutes: CallCount;

  constructor(settings: OutboundSettings, store: CountStore) {
    this.#settings = settings;
    this.#store = store;
    this.#doNotCall = new DoNotCallList(settings.doNotCallFile);
    const count = (name: string, points: number, windowMs: number) =>
      new CallCount(store, { name, points, windowMs });
    this.#hourOfNumber = count('number-hour', CALLS_AN_HOUR_TO_A_NUMBER, HOUR_MS);
    this.#dayOfNumber = count('number-day', CALLS_A_DAY_TO_A_NUMBER, DAY_MS);
    this.#day = count('calls-day', settings.callsPerDay, DAY_MS);
    this.#minutes = count('minutes-day', settings.minutesPerDay, DAY_MS);
  }

  /** null: it may be placed, and is counted. Then `settle` is owed, whatever becomes of it. */
  async check(call: FencedCall): Promise<Refusal | null> {
    const read = readCalleeNumber(call.to);
    if (read.is === 'refused') return read.refusal;
    const { number } = read;
    if (number.e164 !== call.to) return notAsDialled(number.e164);
    return (
      refusalByAllowList(number, this.#settings) ??
      (await this.#doNotCall.refusal(number.e164)) ??
      refusalByQuietHours(this.#settings.quietHours, zonesOf(number), call.at) ??
      (await this.#take(call))
    );
  }

  /**
   * The call is over, once: from now on it counts with what it took. `minutes`: how long it was, 0 for one that nobody
   * answered; a minute that was begun is used, as the carrier bills it.
   */
  async settle({ maxMinutes, at }: FencedCall, minutes: number): Promise<void> {
    const unused = minutesKept(maxMinutes) - Math.ceil(minutes);
    if (unused >= 0) await this.#minutes.giveBack(ALL, unused, at);
    else await this.#minutes.add(ALL, -unused, at);
  }

  /** The call was let through and never placed: it counts for nothing. Instead of `settle`. */
  async forget(call: FencedCall): Promise<void> {
    await Promise.all(
      this.#takings(call).map(({ count, key, points }) => count.giveBack(key, points, call.at)),
    );
  }

  /**
   * Counts calls that an earlier process placed, each with its minutes as far as they are known, else its most. Nothing to
   * do where the counts outlive the process.
   */
  async remember(calls: readonly FencedCall[]): Promise<void> {
    if (this.#store.isShared) return;
    const adding = calls.flatMap((call) =>
      this.#takings(call).map(({ count, key, points }) => count.add(key, points, call.at)),
    );
    await Promise.all(adding);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #take(call: FencedCall): Promise<Refusal | null> {
    const taken: Taking[] = [];
    for (const taking of this.#takings(call)) {
      const { count, key, points } = taking;
      const answer = await count.take(key, points, call.at);
      if (answer === 'taken') {
        taken.push(taking);
        continue;
      }
      await Promise.all(taken.map((former) => former.count.giveBack(former.key, former.points, call.at)));
      if (answer === 'unknown') return cannotCount();
      return { ...taking.refusal, retryAfterS: Math.ceil((count.endOfWindow(call.at) - call.at) / 1000) };
    }
    return null;
  }

  #takings({ to, maxMinutes }: FencedCall): readonly Taking[] {
    const { callsPerDay, minutesPerDay } = this.#settings;
    return [
      {
        count: this.#hourOfNumber,
        key: to,
        points: 1,
        refusal: limited(`This number was called ${CALLS_AN_HOUR_TO_A_NUMBER} times within the hour.`),
      },
      {
        count: this.#dayOfNumber,
        key: to,
        points: 1,
        refusal: limited(`This number was called ${CALLS_A_DAY_TO_A_NUMBER} times today (UTC).`),
      },
      {
        count: this.#day,
        key: ALL,
        points: 1,
        refusal: spent(`OUTBOUND_PER_DAY allows ${callsPerDay} calls a day (UTC), and they were made.`),
      },
      {
        count: this.#minutes,
        key: ALL,
        points: minutesKept(maxMinutes),
        refusal: spent(
          `OUTBOUND_MINUTES_PER_DAY allows ${minutesPerDay} minutes a day (UTC), and fewer are left than maxMinutes. ` +
            'Calls in progress count with their most.',
        ),
      },
    ];
  }
}

function minutesKept(maxMinutes: number): number {
  return Math.max(1, Math.ceil(maxMinutes));
}

function limited(message: string): Taking['refusal'] {
  return { code: 'rate_limited', message, field: 'to' };
}

function spent(message: string): Taking['refusal'] {
  return { code: 'budget_spent', message };
}

function cannotCount(): Refusal {
  return {
    code: 'busy',
    message: 'Calls cannot be counted just now, because the database does not answer; so none is placed.',
    retryAfterS: TRY_AGAIN_S,
  };
}

/** What is checked must be what is dialled, to the digit. */
function notAsDialled(e164: string): Refusal {
  return { code: 'invalid_phone', message: `The number must be written as ${e164}.`, field: 'to' };
}
