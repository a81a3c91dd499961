// Points the phone number at this relay, and back. The undo file is written before the change, and the result is read from
// Twilio's answer, not assumed.
import type { NumberOnFile, Told, TwilioNumbers, Webhooks } from '../../phone/twilio-numbers.ts';
import { tellFailure } from './failure.ts';
import { changesBetween, isSame, wantedWebhooks } from './plan.ts';
import { beforeAndAfter } from './table.ts';
import type { UndoFile } from './undo-file.ts';

const MOST_OTHERS = 5;

export interface NumberOptions {
  readonly numbers: TwilioNumbers;
  readonly phoneNumber: string;
  readonly webhookUrl: string;
  readonly undoFile: UndoFile;
  readonly isDryRun: boolean;
  readonly print: (line: string) => void;
  /** ISO 8601. */
  readonly now: () => string;
}

export type ExitCode = 0 | 1;

/** @throws {UndoFileError} if the undo file cannot be written; then nothing was changed. */
export async function pointHere(options: NumberOptions): Promise<ExitCode> {
  const { phoneNumber, undoFile, print } = options;
  const number = await ours(options);
  if (number === null) return 1;
  const before = number.webhooks;
  const after = wantedWebhooks(before, options.webhookUrl);
  if (isSame(before, after)) {
    print(`${phoneNumber} already points here. Nothing to change.`);
    return 0;
  }
  show(options, before, after);
  if (before.voiceApplicationSid !== '') {
    print('The application is taken off: Twilio would use it instead of these addresses.');
  }
  if (options.isDryRun) return dry(print);

  // After several changes in a row (a tunnel's address is new every day) undo restores the first "before", unless somebody
  // else changed the number since.
  const last = undoFile.find(phoneNumber);
  const isOursStill = last !== null && isSame(last.after, before);
  const keep = (left: Webhooks): void =>
    undoFile.keep(phoneNumber, {
      changedAt: options.now(),
      before: isOursStill ? last.before : before,
      after: left,
    });
  keep(after);
  const updated = await options.numbers.update(number.sid, changesBetween(before, after));
  if (updated.is === 'failed') {
    if (last === null) undoFile.forget(phoneNumber);
    else undoFile.keep(phoneNumber, last);
    return failed(updated, print);
  }
  const left = updated.value.webhooks;
  if (!isSame(left, after)) {
    keep(left);
    print('Twilio accepted the change, but now has something else on file:');
    show(options, after, left);
    return 1;
  }
  print(`Done. "npm run number -- --undo" restores what was there before, from ${undoFile.path}.`);
  return 0;
}

/** @throws {UndoFileError} if the undo file cannot be read. */
export async function undo(options: NumberOptions & { readonly isForced: boolean }): Promise<ExitCode> {
  const { phoneNumber, undoFile, print } = options;
  const change = undoFile.find(phoneNumber);
  if (change === null) {
    print(`Nothing to undo: ${undoFile.path} has no change of ${phoneNumber}.`);
    return 1;
  }
  const number = await ours(options);
  if (number === null) return 1;
  const now = number.webhooks;
  if (isSame(now, change.before)) {
    print(`${phoneNumber} is as it was before ${change.changedAt}. Nothing to change.`);
    if (!options.isDryRun) undoFile.forget(phoneNumber);
    return 0;
  }
  if (!isSame(change.after, now) && !options.isForced) {
    print(
      `Somebody else changed ${phoneNumber} after ${change.changedAt}. Our change, and what is there now:`,
    );
    show(options, change.after, now);
    print(
      'Nothing was changed. "npm run number -- --undo --force" restores what was there before nevertheless.',
    );
    return 1;
  }
  show(options, now, change.before);
  if (options.isDryRun) return dry(print);
  const updated = await options.numbers.update(number.sid, changesBetween(now, change.before));
  if (updated.is === 'failed') return failed(updated, print);
  if (!isSame(updated.value.webhooks, change.before)) {
    print('Twilio accepted the change, but now has something else on file:');
    show(options, change.before, updated.value.webhooks);
    return 1;
  }
  undoFile.forget(phoneNumber);
  print(`Done: ${phoneNumber} is as it was before ${change.changedAt}.`);
  return 0;
}

/** The number on file; null, after saying why, if its webhooks cannot decide where calls go. */
async function ours({ numbers, phoneNumber, print }: NumberOptions): Promise<NumberOnFile | null> {
  const found = await numbers.find(phoneNumber);
  if (found.is === 'failed') {
    failed(found, print);
    return null;
  }
  if (found.value === null) {
    const others = await numbers.some(MOST_OTHERS);
    const has = others.is === 'told' ? others.value : [];
    print(`The account has no number ${phoneNumber}. Check TWILIO_PHONE_NUMBER and TWILIO_ACCOUNT_SID.`);
    if (others.is === 'told') {
      print(has.length === 0 ? 'It has no numbers.' : `It has, among others: ${has.join(', ')}`);
    }
    return null;
  }
  if (found.value.trunkSid !== '') {
    // This command could not undo taking it out of the trunk.
    print(`${phoneNumber} belongs to the SIP trunk ${found.value.trunkSid}, which overrides all webhooks.`);
    print('Take it out of the trunk at https://console.twilio.com (Elastic SIP Trunking), then try again.');
    return null;
  }
  return found.value;
}

function show({ phoneNumber, print }: NumberOptions, before: Webhooks, after: Webhooks): void {
  print(phoneNumber);
  for (const line of beforeAndAfter(before, after)) print(line);
}

function dry(print: (line: string) => void): ExitCode {
  print('Nothing was changed (--dry-run).');
  return 0;
}

function failed(told: Extract<Told<unknown>, { is: 'failed' }>, print: (line: string) => void): ExitCode {
  const { saw, todo } = tellFailure(told.failure);
  print(`${saw}.`);
  print(todo);
  return 1;
}
