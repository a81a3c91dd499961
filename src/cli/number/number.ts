// Points the phone number at this relay, and back, in words for a terminal.
import type {
  CarrierTrouble,
  NumberPointing,
  NumberState,
  PointResult,
  Webhooks,
} from '../../call/number-webhooks.ts';
import { beforeAndAfter } from './table.ts';

const MOST_OTHERS = 5;

export interface NumberOptions {
  readonly pointing: NumberPointing;
  readonly phoneNumber: string;
  /** Where what was there before is kept, for people. */
  readonly place: string;
  readonly isDryRun: boolean;
  readonly print: (line: string) => void;
}

export type ExitCode = 0 | 1;

/** Rejects as the store of changes does; then nothing was changed. */
export async function pointHere(options: NumberOptions): Promise<ExitCode> {
  const { pointing, phoneNumber, print } = options;
  const number = await ours(options);
  if (number === null) return 1;
  const { now, wanted } = number;
  if (number.is === 'here') {
    print(`${phoneNumber} already points here. Nothing to change.`);
    return 0;
  }
  show(options, now, wanted);
  if (now.voiceApplicationSid !== '') {
    print('The application is taken off: Twilio would use it instead of these addresses.');
  }
  if (options.isDryRun) return dry(print);
  const pointed = await pointing.point(phoneNumber, number.version);
  if (pointed.is !== 'done') return notDone(options, pointed, wanted);
  print(`Done. "npm run number -- --undo" restores what was there before, from ${options.place}.`);
  return 0;
}

/** Rejects as the store of changes does; then nothing was changed. */
export async function undo(options: NumberOptions & { readonly isForced: boolean }): Promise<ExitCode> {
  const { pointing, phoneNumber, isForced, print } = options;
  const number = await ours(options);
  if (number === null) return 1;
  const { now, undo: change } = number;
  if (change === null) {
    print(`Nothing to undo: ${options.place} has no change of ${phoneNumber}.`);
    return 1;
  }
  const changedAt = new Date(change.changedAt).toISOString();
  if (change.is === 'done') {
    print(`${phoneNumber} is as it was before ${changedAt}. Nothing to change.`);
    if (!options.isDryRun) await pointing.undo(phoneNumber, number.version, false);
    return 0;
  }
  if (change.is === 'changed' && !isForced) {
    print(`Somebody else changed ${phoneNumber} after ${changedAt}. What undo would do:`);
    show(options, now, change.before);
    print(
      'Nothing was changed. "npm run number -- --undo --force" restores what was there before nevertheless.',
    );
    return 1;
  }
  show(options, now, change.before);
  if (options.isDryRun) return dry(print);
  const undone = await pointing.undo(phoneNumber, number.version, isForced);
  if (undone.is !== 'done') return notDone(options, undone, change.before);
  print(`Done: ${phoneNumber} is as it was before ${changedAt}.`);
  return 0;
}

/** The number on file; null, after saying why, if its webhooks cannot decide where calls go. */
async function ours({ pointing, phoneNumber, print }: NumberOptions): Promise<NumberState | null> {
  const found = await pointing.look(phoneNumber);
  if (found === null) {
    print(`The account has no number ${phoneNumber}. Check TWILIO_PHONE_NUMBER and TWILIO_ACCOUNT_SID.`);
    const others = await pointing.list();
    if (others.is === 'told') {
      const has = others.numbers.slice(0, MOST_OTHERS).map(({ number }) => number);
      print(has.length === 0 ? 'It has no numbers.' : `It has, among others: ${has.join(', ')}`);
    }
    return null;
  }
  if (found.is === 'failed') {
    failed(found, print);
    return null;
  }
  if (found.is === 'in-trunk') {
    inTrunk(phoneNumber, found.trunkSid, print);
    return null;
  }
  return found;
}

function notDone(
  options: NumberOptions,
  result: Exclude<PointResult, { readonly is: 'done' }>,
  wanted: Webhooks,
): ExitCode {
  const { phoneNumber, print } = options;
  switch (result.is) {
    case 'failed':
      failed(result, print);
      break;
    case 'not-taken':
      print('Twilio accepted the change, but now has something else on file:');
      show(options, wanted, result.number.now);
      break;
    case 'changed':
      print(`Somebody changed ${phoneNumber} at this moment. Nothing was changed: look at it again.`);
      break;
    case 'in-trunk':
      inTrunk(phoneNumber, result.trunkSid, print);
      break;
    case 'unknown':
    case 'nothing-to-undo':
      print(`${phoneNumber} is gone by now. Nothing was changed.`);
      break;
  }
  return 1;
}

function show({ phoneNumber, print }: NumberOptions, before: Webhooks, after: Webhooks): void {
  print(phoneNumber);
  for (const line of beforeAndAfter(before, after)) print(line);
}

function dry(print: (line: string) => void): ExitCode {
  print('Nothing was changed (--dry-run).');
  return 0;
}

function failed({ saw, todo }: CarrierTrouble, print: (line: string) => void): void {
  print(`${saw}.`);
  print(todo);
}

function inTrunk(phoneNumber: string, trunkSid: string, print: (line: string) => void): void {
  print(`${phoneNumber} belongs to the SIP trunk ${trunkSid}, which overrides all webhooks.`);
  print('Take it out of the trunk at https://console.twilio.com (Elastic SIP Trunking), then try again.');
}
