// What became of the calls of a round, in the table's terms. Pure: from what the callers told and what the agent was told.
// Words of the agent's count as spoken only where they were heard whole; a reply that the caller asked for again is owed
// no more, but no word of it may come twice either.
import type { Told } from './conversation.ts';
import { heardWords, longestSilence, timesOf } from './hearing.ts';
import { GREETING, replyTo, type Saying, textOf, WHERE_WERE_WE, WORDS_OF_A_SAYING } from './script.ts';

/** The sentence that was being spoken: of what sounded later before a kill than this, a process may not have known. */
const UNKNOWN_MS = 500;
/** What a voice said before it was cut off is heard for so long, and then there may have been no other for a while. */
const HEARD_LATER_MS = 10_000;
/** A stream that broke is heard to be broken a moment later. */
const BREAKS_WITHIN_MS = 100;
const WORDS_OF_THE_GREETING = GREETING.split(' ').length;

export interface Verdict {
  readonly callsTouched: number;
  readonly callsLost: number;
  /** The caller's, which never reached the agent, and which reached it twice. */
  readonly wordsNotTold: number;
  readonly wordsToldTwice: number;
  /** The agent's. */
  readonly wordsNotHeard: number;
  readonly wordsHeardTwice: number;
  /**
   * Among neither of these: of the sentence over which a process was killed; and the word in which a voice was cut off,
   * where it had just been heard whole, for the next voice says that word again rather than leave it out.
   */
  readonly wordsAtCuts: number;
  /** How often a caller was asked where they were. */
  readonly askedWhere: number;
  readonly longestSilenceMs: number;
  /** What went wrong in which call, in words. */
  readonly problems: readonly string[];
}

export interface RoundTold {
  readonly calls: readonly Told[];
  /** While the fault lasted. */
  readonly fault: { readonly from: number; readonly to: number };
  /** When a process was killed. */
  readonly killedAt: readonly number[];
  /** When Realtime's sockets were cut. */
  readonly speechCutAt: readonly number[];
  /** How often the agent was told this. */
  readonly timesTold: (saying: Saying) => number;
}

export function verdictOn({ calls, fault, timesTold, ...cuts }: RoundTold): Verdict {
  const judged = calls.map((told) => judge(told, cuts, timesTold));
  const sum = (of: (one: Judged) => number): number => judged.reduce((all, one) => all + of(one), 0);
  return {
    callsTouched: calls.filter(({ beganAt, endedAt }) => beganAt <= fault.to && endedAt >= fault.from).length,
    callsLost: calls.filter(({ lost }) => lost !== null).length,
    wordsNotTold: sum(({ notTold }) => notTold),
    wordsToldTwice: sum(({ toldTwice }) => toldTwice),
    wordsNotHeard: sum(({ notHeard }) => notHeard),
    wordsHeardTwice: sum(({ heardTwice }) => heardTwice),
    wordsAtCuts: sum(({ atCuts }) => atCuts),
    askedWhere: calls.reduce((all, { heard }) => all + timesOf(WHERE_WERE_WE, heard).length, 0),
    longestSilenceMs: Math.max(0, ...judged.map(({ silenceMs }) => silenceMs)),
    problems: judged.flatMap(({ problems }) => problems),
  };
}

/** Whether all that must be 0 is 0. */
export function isGood(verdict: Verdict): boolean {
  const { callsLost, wordsNotTold, wordsToldTwice, wordsNotHeard, wordsHeardTwice, problems } = verdict;
  return callsLost + wordsNotTold + wordsToldTwice + wordsNotHeard + wordsHeardTwice + problems.length === 0;
}

interface Judged {
  notTold: number;
  toldTwice: number;
  notHeard: number;
  heardTwice: number;
  atCuts: number;
  silenceMs: number;
  readonly problems: string[];
}

type Cuts = Pick<RoundTold, 'killedAt' | 'speechCutAt'>;

function judge(told: Told, cuts: Cuts, timesTold: (saying: Saying) => number): Judged {
  const judged: Judged = {
    notTold: 0,
    toldTwice: 0,
    notHeard: 0,
    heardTwice: 0,
    atCuts: 0,
    silenceMs: longestSilence(told.due, told.heard),
    problems: [],
  };
  const blame = (problem: string): void => void judged.problems.push(`call ${told.call}: ${problem}`);
  if (told.lost !== null) blame(`lost, ${told.lost}`);
  judgeTelling(told, timesTold, judged, blame);
  judgeHearing(told, cuts, judged, blame);
  return judged;
}

/** Of each point that was said, one attempt at least; of each attempt, no more than one telling. */
function judgeTelling(
  { said }: Told,
  timesTold: (saying: Saying) => number,
  judged: Judged,
  blame: (problem: string) => void,
): void {
  const reached = new Set<number>();
  for (const saying of said) {
    const times = timesTold(saying);
    if (times > 0) reached.add(saying.point);
    if (times < 2) continue;
    judged.toldTwice += (times - 1) * WORDS_OF_A_SAYING;
    blame(`the agent was told ${times} times: "${textOf(saying)}"`);
  }
  for (const point of new Set(said.map(({ point }) => point)).difference(reached)) {
    judged.notTold += WORDS_OF_A_SAYING;
    blame(`the agent was never told point ${point}`);
  }
}

/** Of a reply that answered a point, every word once; of any other, no word twice. */
function judgeHearing(
  { call, answered, heard }: Told,
  { killedAt, speechCutAt }: Cuts,
  judged: Judged,
  blame: (problem: string) => void,
): void {
  const all = heardWords(heard);
  // One and the same word, twice running, soon after a cut: once is counted.
  const words = all.filter(({ word, at }, n) => {
    const isSeam =
      all[n - 1]?.word === word && speechCutAt.some((cut) => at > cut && at < cut + HEARD_LATER_MS);
    if (isSeam) judged.atCuts++;
    return !isSeam;
  });
  const greetedAt = timesOf(GREETING, heard);
  const takenUpAt = [...timesOf(WHERE_WERE_WE, heard), ...greetedAt.slice(1)];
  // Of a call whose process was not the one that was killed, nothing is excused.
  const kills = killedAt.filter((at) => takenUpAt.some((takenUp) => takenUp > at));
  const isUnderKill = (at: number): boolean =>
    kills.some((kill) => at > kill - UNKNOWN_MS && at < kill + BREAKS_WITHIN_MS);

  const strange = words.filter(({ saying }) => saying.call !== call);
  if (strange.length > 0) blame(`heard ${strange.length} words of another call`);

  const times = new Map<string, number>();
  for (const { word } of words) times.set(word, (times.get(word) ?? 0) + 1);
  const replies = new Map(words.map(({ saying }) => [textOf(saying), saying]));
  for (const [index, attempt] of answered.entries()) {
    if (attempt !== null) {
      const saying = { call, point: index + 1, attempt };
      replies.set(textOf(saying), saying);
    }
  }
  for (const saying of replies.values()) {
    const isOwed = answered[saying.point - 1] === saying.attempt;
    for (const sentence of replyTo(saying)) {
      const isExcused = words.some(({ word, at }) => sentence.includes(word) && isUnderKill(at));
      const twice = sentence.reduce((sum, word) => sum + Math.max(0, (times.get(word) ?? 0) - 1), 0);
      const never = isOwed ? sentence.filter((word) => !times.has(word)) : [];
      if (isExcused) {
        judged.atCuts += twice + never.length;
        continue;
      }
      judged.heardTwice += twice;
      judged.notHeard += never.length;
      if (twice > 0) blame(`heard ${twice} words twice of ${sentence[0]} …`);
      if (never.length > 0) blame(`never heard ${never.join(' ')}`);
    }
  }

  if (greetedAt.length === 0 && takenUpAt.length === 0) {
    judged.notHeard += WORDS_OF_THE_GREETING;
    blame('was not greeted');
  } else if (greetedAt.length > 1) {
    const again = (greetedAt.length - 1) * WORDS_OF_THE_GREETING;
    if (isUnderKill(greetedAt[0] ?? 0)) judged.atCuts += again;
    else {
      judged.heardTwice += again;
      blame(`was greeted ${greetedAt.length} times`);
    }
  }
}
