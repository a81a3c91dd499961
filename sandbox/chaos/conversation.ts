// One caller, from the greeting to the last point: says each, hears the reply out, and says it again where a person would,
// who heard an apology or was asked where they were. A caller who hears nothing for too long counts as lost.
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../src/call/system-clock.ts';
import type { Caller } from '../caller/caller.ts';
import type { HeardPiece } from '../caller/ear.ts';
import { understood } from '../caller/heard.ts';
import { APOLOGY, GREETING, LAST_WORD, PARDON, type Saying, textOf, WHERE_WERE_WE } from './script.ts';

/** What the caller experienced in a call. Instants are those of the call's clock. */
export interface Told {
  readonly call: number;
  readonly beganAt: number;
  endedAt: number;
  /** How it ended other than by its script, as the end of a sentence; null where it did not. */
  lost: string | null;
  /** For each point, in order, the attempt that was answered; null for none. */
  readonly answered: (number | null)[];
  /** Every saying that was said to its end. */
  readonly said: Saying[];
  /** While an answer was due. */
  readonly due: { readonly from: number; readonly to: number }[];
  readonly heard: readonly HeardPiece[];
}

/** Somebody who hears it ring for longer hangs up. */
const CONNECTED_WITHIN_MS = 30_000;
/** A relay may take a while, but somebody who hears nothing for so long hangs up. */
const PATIENCE_MS = 14_000;
/** Asked where they were, or greeted anew, they wait whether the answer comes by itself, for as long as nothing is heard. */
const AFTER_ASKED_MS = 2_500;
const MOST_ATTEMPTS = 8;
const BETWEEN_TURNS_MS = 150;
/** The end of a saying may reach the next process over its first words, and cut them: a person understands them all the same. */
const ASKED = [GREETING, WHERE_WERE_WE].map(understood).join('|');
const SORRY = [APOLOGY, PARDON].map(understood).join('|');
const ANSWER = `K(\\d+)P(\\d+)T(\\d+)${LAST_WORD}`;
// The same for every call: compiling one takes a tenth of a second, in which the far ends would stand still.
const HEARD = {
  asked: new RegExp(ASKED),
  answer: new RegExp(ANSWER),
  final: new RegExp(`${ANSWER}|${SORRY}`),
  any: new RegExp(`${ANSWER}|${SORRY}|${ASKED}`),
} as const;
const SHOWN_CHARS = 100;

/** `dialled`: the caller, once they are connected. */
export async function converse(dialled: Promise<Caller>, call: number, points: number): Promise<Told> {
  const beganAt = systemClock.now();
  const caller = await Promise.race([dialled, pause(CONNECTED_WITHIN_MS, null, { ref: false })]);
  const told: Told = {
    call,
    beganAt,
    endedAt: systemClock.now(),
    lost: caller === null ? 'it was never connected' : null,
    answered: Array.from({ length: points }, () => null),
    said: [],
    due: [],
    heard: caller?.heardLog ?? [],
  };
  if (caller === null) return told;
  const isOver = new AbortController();
  const ended = caller.ended.then((end) => {
    throw new Error(
      end.how === 'failed' ? `the call failed: ${end.because.message}` : `the call ended: ${end.how}`,
    );
  });
  try {
    await Promise.race([talk(caller, told, points, isOver.signal), ended]);
  } catch (error) {
    told.lost = error instanceof Error ? error.message : String(error);
  }
  isOver.abort();
  told.endedAt = systemClock.now();
  caller.hangsUp();
  return told;
}

async function talk(caller: Caller, told: Told, points: number, signal: AbortSignal): Promise<void> {
  await awaits(caller, told, HEARD.asked, PATIENCE_MS);
  for (let point = 1; point <= points; point++) {
    for (let attempt = 1; told.answered[point - 1] === null; attempt++) {
      if (attempt > MOST_ATTEMPTS) throw new Error(`point ${point} was said ${MOST_ATTEMPTS} times in vain`);
      await pause(BETWEEN_TURNS_MS, null, { signal });
      const saying = { call: told.call, point, attempt };
      await caller.says(textOf(saying));
      told.said.push(saying);
      told.answered[point - 1] = await answerTo(caller, told, saying);
    }
  }
  await pause(BETWEEN_TURNS_MS, null, { signal });
}

/** The attempt that was answered; null where the caller has to say it again. */
async function answerTo(caller: Caller, told: Told, { call, point }: Saying): Promise<number | null> {
  for (let isAsked = false; ;) {
    const heard = isAsked
      ? await whileItSounds(caller, told, HEARD.final)
      : await awaits(caller, told, HEARD.any, PATIENCE_MS);
    const [, ofCall, ofPoint, attempt] = HEARD.answer.exec(heard) ?? [];
    // The end of an earlier answer may come once more.
    if (Number(ofCall) === call && Number(ofPoint) === point) return Number(attempt);
    if (HEARD.asked.test(heard)) isAsked = true;
    else if (attempt === undefined) return null;
  }
}

/** What is wanted, or '' once nothing has been heard for a while. */
async function whileItSounds(caller: Caller, told: Told, wanted: RegExp): Promise<string> {
  const from = systemClock.now();
  for (let quietSince = from; systemClock.now() - from < PATIENCE_MS;) {
    const leftMs = quietSince + AFTER_ASKED_MS - systemClock.now();
    if (leftMs <= 0) return '';
    const heard = await awaits(caller, told, wanted, leftMs).catch(() => null);
    if (heard !== null) return heard;
    quietSince = caller.heardLog.at(-1)?.at ?? from;
  }
  return '';
}

async function awaits(caller: Caller, told: Told, wanted: RegExp, withinMs: number): Promise<string> {
  const from = systemClock.now();
  try {
    return await caller.hears(wanted, { withinMs });
  } catch {
    // Ear's own message holds all that was ever heard.
    throw new Error(`it fell silent; heard at the end: "${caller.heard.slice(-SHOWN_CHARS)}"`);
  } finally {
    told.due.push({ from, to: systemClock.now() });
  }
}
