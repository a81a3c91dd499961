// Points the phone number at this relay, and back. What was there before is kept before anything is changed, and what
// Twilio has on file afterwards is read from its answer, not assumed.
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
  /** Show, and change nothing. */
  readonly isDryRun: boolean;
  readonly print: (line: string) => void;
  /** ISO 8601. */
  readonly now: () => string;
}

export type ExitCode = 0 | 1;

/** @throws {UndoFileError} when what was there before cannot be kept; then nothing was changed. */
export async function pointHere(options: NumberOptions): Promise<ExitCode> {
  const { phoneNumber, undoFile, print } = options;
  const number = await ours(options);
  if (number === null) return 1;
  const before = number.webhooks;
  const after = wantedWebhooks(before, options.webhookUrl);
  if (isSame(before, after)) {
    print(`${phoneNumber} points here already. Nothing to change.`);
    return 0;
  }
  show(options, before, after);
  if (before.voiceApplicationSid !== '') {
    print('The application is taken off: Twilio would ask it, and none of these addresses.');
  }
  if (options.isDryRun) return dry(print);

  // Of several changes in a row, as with a tunnel whose address is new every day, the first "before" is the one to
  // come back to; unless somebody else changed something since.
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
    print('Twilio took it, but now has something else on file:');
    show(options, after, left);
    return 1;
  }
  print(`Done. "npm run number -- --undo" brings back what was there; ${undoFile.path} remembers it.`);
  return 0;
}

/** @throws {UndoFileError} when the file cannot be read. */
export async function undo(options: NumberOptions & { readonly isForced: boolean }): Promise<ExitCode> {
  const { phoneNumber, undoFile, print } = options;
  const change = undoFile.find(phoneNumber);
  if (change === null) {
    print(`Nothing to undo: ${undoFile.path} knows of no change of ${phoneNumber}.`);
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
    print(`${phoneNumber} was changed by somebody else since ${change.changedAt}. Left and found:`);
    show(options, change.after, now);
    print(
      'Nothing was changed. "npm run number -- --undo --force" brings back what was there before, all the same.',
    );
    return 1;
  }
  show(options, now, change.before);
  if (options.isDryRun) return dry(print);
  const updated = await options.numbers.update(number.sid, changesBetween(now, change.before));
  if (updated.is === 'failed') return failed(updated, print);
  if (!isSame(updated.value.webhooks, change.before)) {
    print('Twilio took it, but now has something else on file:');
    show(options, change.before, updated.value.webhooks);
    return 1;
  }
  undoFile.forget(phoneNumber);
  print(`Done: ${phoneNumber} is as it was before ${change.changedAt}.`);
  return 0;
}

/** The number on file, where its webhooks decide; otherwise says why not. */
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
      print(has.length === 0 ? 'It has no number at all.' : `It has, among others: ${has.join(', ')}`);
    }
    return null;
  }
  if (found.value.trunkSid !== '') {
    // Taking it out would be more than was asked for, and could not be undone from here.
    print(`${phoneNumber} belongs to the SIP trunk ${found.value.trunkSid}, which goes before all webhooks.`);
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
