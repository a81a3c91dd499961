// `npm run evidence`: how often evidence reads a dialogue as a person does, beside those that the rules were written with and
// beside those that were held out.
import { pathToFileURL } from 'node:url';
import { evidenceIn } from '../../../src/outbound/evidence/evidence.ts';
import { talk } from '../outcome/some-talk.ts';
import type { Dialogue } from './dialogues/dialogue.ts';
import { ENGLISH } from './dialogues/english.ts';
import { GERMAN } from './dialogues/german.ts';
import { SPANISH } from './dialogues/spanish.ts';

export const LANGUAGES = { English: ENGLISH, German: GERMAN, Spanish: SPANISH };

/** What evidence says of the dialogue's value. */
export function readingOf({ lines, value, cites = [], isChoice }: Dialogue): Dialogue['is'] {
  const leaf = { pointer: '/value', value };
  const { isSupported, doubt } = evidenceIn(talk(...lines)).findingFor(leaf, cites, isChoice === true);
  return isSupported ? 'supported' : (doubt ?? 'unsupported');
}

export interface Figures {
  readonly dialogues: number;
  readonly right: number;
  /** Hedged or taken back, and read as supported. */
  readonly missed: number;
  /** Said for certain, and not read as supported. */
  readonly falseAlarms: number;
}

export function figuresOf(dialogues: readonly Dialogue[]): Figures {
  const read = dialogues.map((one) => ({ is: one.is, reading: readingOf(one) }));
  return {
    dialogues: read.length,
    right: read.filter(({ is, reading }) => is === reading).length,
    missed: read.filter(({ is, reading }) => is !== 'supported' && reading === 'supported').length,
    falseAlarms: read.filter(({ is, reading }) => is === 'supported' && reading !== 'supported').length,
  };
}

export const SEEN = Object.values(LANGUAGES).flatMap(({ seen }) => seen);
export const HELD_OUT = Object.values(LANGUAGES).flatMap(({ heldOut }) => heldOut);

/** As docs/outbound.md prints it. */
export function table(): readonly string[] {
  const row = (name: string, dialogues: readonly Dialogue[]): string => {
    const { dialogues: count, right, missed, falseAlarms } = figuresOf(dialogues);
    return `${name.padEnd(22)}${`${right} of ${count}`.padEnd(12)}${String(missed).padEnd(10)}${falseAlarms}`;
  };
  return [
    `${'dialogues'.padEnd(22)}${'right'.padEnd(12)}${'missed'.padEnd(10)}false alarms`,
    row('rules written with', SEEN),
    row('held out', HELD_OUT),
    ...Object.entries(LANGUAGES).map(([name, { heldOut }]) => row(`  ${name}`, heldOut)),
  ];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.stdout.write(`${table().join('\n')}\n`);
