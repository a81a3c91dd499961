// Every check that an outbound call passes before it is placed, in a fixed order: what the number is, who may be called,
// who must not, when, how often, how much a day. Counts are taken last and all or none, so a refused call costs nothing.
// A fence that cannot be checked refuses: a missed call can be repeated, a call too many cannot be undone.
import type { Refusal } from '../../call/assignment.ts';
import type { CountStore } from '../../call/count-store.ts';
import { refusalByAllowList } from './allow-list.ts';
import type { Rehearsed, UsageToday } from '../../call/rehearsal.ts';
import { dayCounts, type FencedCall, limitsOf, minutesCorrection } from './call-limits.ts';
import { readCalleeNumber } from './callee-number.ts';
import { zonesOf } from './callee-zones.ts';
import { DoNotCallList } from './do-not-call.ts';
import { numberingPlan } from './numbering-plan.ts';
import type { OutboundSettings } from './outbound-settings.ts';
import { refusalByQuietHours } from './quiet-hours.ts';

const TRY_AGAIN_S = 30;

export class Fences {
  readonly #settings: OutboundSettings;
  readonly #store: CountStore;
  readonly #doNotCall: DoNotCallList;

  constructor(settings: OutboundSettings, store: CountStore) {
    this.#settings = settings;
    this.#store = store;
    this.#doNotCall = new DoNotCallList(settings.doNotCallFile);
    // At the start: loading it during a call would stall the audio of all others.
    if (settings.allow.length + settings.countries.length > 0) numberingPlan();
  }

  /** null: the call may be placed and is counted. The caller then owes one `settle` or `forget`. */
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

  /** Everything that would refuse the call now, and what is known of its number; counts nothing. */
  async rehearse(call: FencedCall): Promise<Rehearsed> {
    const read = readCalleeNumber(call.to);
    if (read.is === 'refused') return { refusals: [read.refusal], callee: null };
    const { number } = read;
    const zones = zonesOf(number);
    const callee = { country: number.country, timeZones: zones };
    if (number.e164 !== call.to) return { refusals: [notAsDialled(number.e164)], callee };
    const refusals = [
      refusalByAllowList(number, this.#settings),
      await this.#doNotCall.refusal(number.e164),
      refusalByQuietHours(this.#settings.quietHours, zones, call.at),
      ...(await this.#over(call)),
    ];
    return { refusals: refusals.filter((refusal) => refusal !== null), callee };
  }

  /** Rejects with a StoreError. */
  async today(at: number): Promise<UsageToday> {
    const { callsPerDay, minutesPerDay } = this.#settings;
    const { calls, minutes } = dayCounts(at);
    const counts = await this.#store.counts([calls.key, minutes.key]);
    return {
      calls: { used: counts.get(calls.key) ?? 0, limit: callsPerDay },
      minutes: { used: counts.get(minutes.key) ?? 0, limit: minutesPerDay },
      until: calls.keptUntil,
    };
  }

  async #over(call: FencedCall): Promise<Refusal[]> {
    const limits = limitsOf(call, this.#settings);
    try {
      const counts = await this.#store.counts(limits.map(({ count }) => count.key));
      return limits
        .filter(({ count }) => (counts.get(count.key) ?? 0) + count.points > count.most)
        .map(({ refusal }) => refusal);
    } catch {
      return [cannotCount()];
    }
  }

  /** Counts an ended call with the minutes it lasted, 0 where nobody answered. What cannot be stored stays counted in full. */
  async settle(call: FencedCall, minutes: number): Promise<void> {
    await this.#store.addCounts([minutesCorrection(call, minutes)]).catch(() => {});
  }

  /** Uncounts a call that was never placed. Instead of `settle`. */
  async forget(call: FencedCall): Promise<void> {
    const counts = limitsOf(call, this.#settings).map(({ count }) => ({ ...count, points: -count.points }));
    await this.#store.addCounts(counts).catch(() => {});
  }

  async #take(call: FencedCall): Promise<Refusal | null> {
    const limits = limitsOf(call, this.#settings);
    try {
      const counts = limits.map(({ count }) => count);
      const over = new Set(await this.#store.takeCounts(counts, call.at));
      return limits.find(({ count }) => over.has(count.key))?.refusal ?? null;
    } catch {
      return cannotCount();
    }
  }
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
