// Points numbers of the Twilio account at this relay, and back. What was there is kept before the change is made, and what came
// of it is read from Twilio's answer, not assumed.
import { createHmac, randomUUID } from 'node:crypto';
import {
  type CarrierTrouble,
  type NumberChange,
  type NumberChangeStore,
  type NumberPointing,
  type NumbersOnFile,
  type NumberState,
  type PointResult,
  type Undo,
  WEBHOOK_FIELDS,
  type Webhooks,
} from '../call/number-webhooks.ts';
import { changesBetween, directionOf, isSame, shownWebhooks, wantedWebhooks } from './number-plan.ts';
import { troubleOf } from './twilio-failure.ts';
import type { NumberOnFile, Told, TwilioNumbers } from './twilio-numbers.ts';

const MOST_LISTED = 100;

export interface PointingOptions {
  readonly numbers: TwilioNumbers;
  readonly changes: NumberChangeStore;
  readonly webhookUrl: string;
  /** With which versions are made: they must not give away a password in an address. */
  readonly authToken: string;
  readonly now: () => number;
}

export class Pointing implements NumberPointing {
  readonly #options: PointingOptions;

  constructor(options: PointingOptions) {
    this.#options = options;
  }

  async list(): Promise<NumbersOnFile | CarrierTrouble> {
    const { numbers, changes } = this.#options;
    const kept = await changes.numberChanges();
    const told = await numbers.list(MOST_LISTED + 1);
    if (told.is === 'failed') return troubleOf(told.failure);
    const shown = told.value.slice(0, MOST_LISTED);
    return {
      is: 'told',
      numbers: shown.map((one) => this.#stateOf(one, kept.get(one.phoneNumber) ?? null)),
      isCut: told.value.length > MOST_LISTED,
    };
  }

  async look(phoneNumber: string): Promise<NumberState | CarrierTrouble | null> {
    const { numbers } = this.#options;
    const last = await this.#changeOf(phoneNumber);
    const found = await numbers.find(phoneNumber);
    if (found.is === 'failed') return troubleOf(found.failure);
    return found.value === null ? null : this.#stateOf(found.value, last);
  }

  async point(phoneNumber: string, seen: string | null): Promise<PointResult> {
    const { changes, webhookUrl, now } = this.#options;
    const last = await this.#changeOf(phoneNumber);
    const found = await this.#find(phoneNumber, seen);
    if (found.is !== 'found') return found;
    const { number } = found;
    const before = number.webhooks;
    const after = wantedWebhooks(before, webhookUrl);
    if (isSame(before, after)) return { is: 'done', number: this.#stateOf(number, last) };

    // After several changes in a row (a tunnel's address is new every day) undo restores the first "before", unless somebody
    // else changed the number since.
    const isOursStill = last !== null && isSame(last.after, before);
    const change = (left: Webhooks): NumberChange => ({
      id: randomUUID(),
      changedAt: now(),
      before: isOursStill ? last.before : before,
      after: left,
    });
    const made = change(after);
    if (!(await changes.keepNumberChange(phoneNumber, made, last?.id ?? null))) return { is: 'changed' };
    const updated = await this.#update(number, after);
    if (updated.is === 'failed') {
      if (last === null) await changes.forgetNumberChange(phoneNumber, made.id);
      else await changes.keepNumberChange(phoneNumber, last, made.id);
      return troubleOf(updated.failure);
    }
    const left = updated.value.webhooks;
    if (isSame(left, after)) return { is: 'done', number: this.#stateOf(updated.value, made) };
    const odd = change(left);
    await changes.keepNumberChange(phoneNumber, odd, made.id);
    return { is: 'not-taken', number: this.#stateOf(updated.value, odd) };
  }

  async undo(phoneNumber: string, seen: string | null, isForced: boolean): Promise<PointResult> {
    const { changes } = this.#options;
    const change = await this.#changeOf(phoneNumber);
    if (change === null) return { is: 'nothing-to-undo' };
    const found = await this.#find(phoneNumber, seen);
    if (found.is !== 'found') return found;
    const { number } = found;
    const undo = undoOf(number.webhooks, change);
    if (undo.is === 'changed' && !isForced) return { is: 'changed' };
    if (undo.is !== 'done') {
      const updated = await this.#update(number, change.before);
      if (updated.is === 'failed') return troubleOf(updated.failure);
      if (!isSame(updated.value.webhooks, change.before))
        return { is: 'not-taken', number: this.#stateOf(updated.value, change) };
    }
    await changes.forgetNumberChange(phoneNumber, change.id);
    return { is: 'done', number: this.#stateOf({ ...number, webhooks: change.before }, null) };
  }

  async #changeOf(phoneNumber: string): Promise<NumberChange | null> {
    return (await this.#options.changes.numberChanges()).get(phoneNumber) ?? null;
  }

  /** A number whose webhooks decide where its calls go, and which is as it was seen. */
  async #find(
    phoneNumber: string,
    seen: string | null,
  ): Promise<{ readonly is: 'found'; readonly number: NumberOnFile } | PointResult> {
    const found = await this.#options.numbers.find(phoneNumber);
    if (found.is === 'failed') return troubleOf(found.failure);
    const number = found.value;
    if (number === null) return { is: 'unknown' };
    // Nobody could undo taking it out of the trunk.
    if (number.trunkSid !== '') return { is: 'in-trunk', trunkSid: number.trunkSid };
    if (seen !== null && seen !== this.#versionOf(number)) return { is: 'changed' };
    return { is: 'found', number };
  }

  /** An answer that got lost is no failure if Twilio has made the change. */
  async #update({ sid, phoneNumber, webhooks }: NumberOnFile, to: Webhooks): Promise<Told<NumberOnFile>> {
    const { numbers } = this.#options;
    const updated = await numbers.update(sid, changesBetween(webhooks, to));
    if (updated.is === 'told' || updated.failure.status !== null) return updated;
    const found = await numbers.find(phoneNumber);
    if (found.is === 'failed' || found.value === null || !isSame(found.value.webhooks, to)) return updated;
    return { is: 'told', value: found.value };
  }

  #stateOf(number: NumberOnFile, change: NumberChange | null): NumberState {
    const { webhookUrl } = this.#options;
    const { phoneNumber, trunkSid, webhooks } = number;
    const undo = change === null ? null : undoOf(webhooks, change);
    return {
      number: phoneNumber,
      is: trunkSid === '' ? directionOf(webhooks, webhookUrl) : 'in-trunk',
      trunkSid,
      now: shownWebhooks(webhooks),
      wanted: shownWebhooks(wantedWebhooks(webhooks, webhookUrl)),
      version: this.#versionOf(number),
      undo: undo === null ? null : { ...undo, before: shownWebhooks(undo.before) },
    };
  }

  #versionOf({ webhooks, trunkSid }: NumberOnFile): string {
    const all = [trunkSid, ...WEBHOOK_FIELDS.map((field) => webhooks[field])];
    return createHmac('sha256', this.#options.authToken)
      .update(JSON.stringify(all))
      .digest('hex')
      .slice(0, 32);
  }
}

function undoOf(now: Webhooks, { changedAt, before, after }: NumberChange): Undo {
  const isBack = isSame(now, before);
  return { changedAt, before, is: isBack ? 'done' : isSame(after, now) ? 'possible' : 'changed' };
}
