// Whether the callee stood by a value that they said: their latest mention counts, and what they said after it. A value may be
// hedged ("probably", "let me check"), or taken back ("no, Thursday instead", "sorry, we're full after all"). Reads words, not
// meaning: docs/outbound.md says how often it is right.
import type { TranscriptLine } from '../../call/transcript.ts';
import {
  ASKS_IF_FIRM,
  CANCELS,
  CHECKS,
  CORRECTS,
  DENIES,
  FIRM,
  holdsPhrase,
  NO,
  PART,
  phraseAt,
  UNAVAILABLE,
} from './doubt-phrases.ts';
import { isYes } from './confirming.ts';
import { isPronoun } from './needs.ts';
import { isOfADate } from './spoken-dates.ts';
import { isClose, numberAt } from './spoken-numbers.ts';
import { type Steps, textAt, type Token, tokensOf } from './spoken-tokens.ts';
import { sentencesOf, type Stretch, stretchesOf } from './stretches.ts';

export type Doubt = 'hedged' | 'retracted' | 'denied';

/** Whether the words hold the value. */
type Holds = (tokens: readonly Token[], line: number) => boolean;

/** Lines of the callee after a mention in which "cancel that" still means it. */
const CANCELLED_WITHIN = 2;
/** ...and in which a hedged value may become firm. */
const FIRM_WITHIN = 4;
const MOST_WORDS_OF_A_NAME = 4;
/** In such a stretch, somebody says no name. */
const CHAT = new Set(
  (
    'thank thanks danke gracias that thats das eso fine ok okay yes ja si what was que could can kann puede bye please bitte ' +
    'good gut bien all alles todo is es ist here hier aqui done right genau welcome nothing nichts nada we wir you sie i ich'
  ).split(' '),
);

export class Doubts {
  readonly #lines: readonly TranscriptLine[];
  readonly #steps: Steps;
  readonly #stretches: readonly Stretch[];
  /** By the callee's line that follows. */
  readonly #lastSentences = new Map<number, readonly Token[]>();
  /** The lines of the callee that were read, in order. */
  readonly #ofCallee: readonly number[];

  constructor(lines: readonly TranscriptLine[], steps: Steps) {
    this.#lines = lines;
    this.#steps = steps;
    this.#stretches = stretchesOf(lines);
    this.#ofCallee = [...new Set(this.#stretches.map(({ line }) => line))];
  }

  /** Of a value that was said; `found`: the lines that support it. null: the callee stood by it. */
  about(value: string | number, holds: Holds, found: readonly number[]): Doubt | null {
    const mentions = this.#stretches.flatMap((stretch, index) =>
      holds(stretch.tokens, stretch.line) ? [{ index, isDenied: isDenied(stretch, holds) }] : [],
    );
    const last = mentions.at(-1);
    const confirmed = this.#lastOfLine(found.at(-1) ?? -1);
    // What was said over several stretches, or by the agent and confirmed, is mentioned where it ends.
    const index = Math.max(
      last?.index ?? -1,
      mentions.length === 0 || this.#isConfirmation(found) ? confirmed : -1,
    );
    if (index < 0) return null;
    if (last?.index === index && last.isDenied)
      return mentions.some(({ isDenied }) => !isDenied) ? 'retracted' : 'denied';
    if (this.#isTakenBack(index, value, holds)) return 'retracted';
    return this.#isHedged(index) && !this.#becomesFirm(index, holds) ? 'hedged' : null;
  }

  /** Of a yes or no, or a word of the schema's own: it rests on the lines that the agent cites. */
  aboutChoice(value: string | number | boolean, cited: readonly number[]): Doubt | null {
    const line = cited.findLast((one) => this.#lines[one]?.who === 'caller');
    const index = line === undefined ? -1 : this.#lastOfLine(line);
    if (line === undefined || index < 0) return null;
    if (typeof value === 'boolean' && this.#turnsRound(line, value)) return 'retracted';
    if (value !== false && this.#isCalledOff(index, () => false)) return 'retracted';
    const own = this.#stretches.filter((stretch) => stretch.line === line);
    const plain = own.filter(({ tokens }) => isYes(tokens) || NO.has(textAt(tokens, 0)));
    // After a yes, what they think is about something else.
    const answers = plain.length > 0 ? plain : own;
    const isHedged =
      answers.some(({ isOpinion }) => isOpinion) ||
      own.some(({ isOnlyHedge, isProviso }) => isOnlyHedge || isProviso) ||
      (own.at(-1)?.isCheck ?? false);
    return isHedged && !this.#becomesFirm(index, () => false) ? 'hedged' : null;
  }

  #lastOfLine(line: number): number {
    return this.#stretches.findLastIndex((stretch) => stretch.line === line);
  }

  #isConfirmation(found: readonly number[]): boolean {
    return this.#lines[found[0] ?? -1]?.who === 'agent';
  }

  // ---- taken back ----

  #isTakenBack(index: number, value: string | number, holds: Holds): boolean {
    const mention = this.#stretches[index];
    if (mention === undefined) return false;
    if (holdsPhrase(mention.tokens, UNAVAILABLE) && holds(mention.tokens, mention.line)) return true;
    if (this.#isCalledOff(index, holds)) return true;
    const competes = competitorOf(value);
    const next = this.#ofCallee[this.#ofCallee.indexOf(mention.line) + 1];
    let strongIn = -1;
    let readLine = -1;
    let isReadBack = false;
    for (const later of this.#stretches.slice(index + 1)) {
      this.#steps.left -= later.tokens.length;
      if (this.#steps.left < 0) return false;
      const { line, tokens } = later;
      if (later.corrects === 'strongly') strongIn = line;
      const isSameLine = line === mention.line;
      if (line !== readLine) isReadBack = !isSameLine && this.#isReadBack(line, holds);
      readLine = line;
      // "Sorry, I had the wrong week. It is Tuesday." corrects with its second sentence.
      const isCorrection =
        strongIn === line ||
        (later.corrects !== null && (isSameLine || isReadBack)) ||
        (isReadBack && competes.isKindOfItsOwn);
      const isNear = isSameLine || line === next || isReadBack || competes.isKindOfItsOwn;
      if (isCorrection && isNear && competes.with(tokens, mention.tokens, isSameLine)) return true;
    }
    return false;
  }

  /** Whether the agent had just repeated the value, so that "no" is about it. */
  #isReadBack(line: number, holds: Holds): boolean {
    return holds(this.#lastSentenceBefore(line), line - 1);
  }

  /** What the agent asked after it is another matter. */
  #lastSentenceBefore(line: number): readonly Token[] {
    const known = this.#lastSentences.get(line);
    if (known !== undefined) return known;
    const before = this.#lines[line - 1];
    const heard = before?.who === 'agent' ? (before.heard ?? '') : '';
    const tokens = tokensOf(sentencesOf(heard).at(-1) ?? '');
    this.#lastSentences.set(line, tokens);
    return tokens;
  }

  #isCalledOff(index: number, holds: Holds): boolean {
    const from = this.#stretches[index]?.line ?? 0;
    const place = this.#ofCallee.indexOf(from);
    const near = new Set(this.#ofCallee.slice(place + 1, place + 1 + CANCELLED_WITHIN));
    return this.#stretches.slice(index).some((later, ahead) => {
      const { line, tokens } = later;
      const before = this.#stretches[index + ahead - 1];
      const isOfAQuestion = before?.line === line && before.isQuestion;
      const isNear = line === from || near.has(line);
      if (ahead > 0 && isNear && !isOfAQuestion && holdsPhrase(tokens, CANCELS)) return true;
      const isMeant = holds(tokens, line) || (later.corrects !== null && isNear);
      return (ahead > 0 || later.corrects !== null) && isMeant && holdsPhrase(tokens, UNAVAILABLE);
    });
  }

  /** "Yes. Well, actually, no." */
  #turnsRound(line: number, value: boolean): boolean {
    const tokens = tokensOf(this.#lines[line]?.said ?? '');
    const at = tokens.findLastIndex((_, index) => phraseAt(tokens, index, CORRECTS) > 0);
    if (at < 0) return false;
    const before = tokens.slice(0, at);
    const after = tokens.slice(at);
    const isNo = (some: readonly Token[]): boolean =>
      some.some(({ text }) => DENIES.has(text) || text === 'nein');
    return value ? isYes(before) && isNo(after) : isNo(before) && isYes(after.slice(1));
  }

  // ---- hedged ----

  #isHedged(index: number): boolean {
    const mention = this.#stretches[index];
    if (mention === undefined) return false;
    if (mention.isOpinion || mention.isProviso || isCheckedAfterwards(mention)) return true;
    const next = this.#stretches[index + 1];
    return next?.line === mention.line && (next.isOnlyHedge || next.isCheck);
  }

  #becomesFirm(index: number, holds: Holds): boolean {
    const from = this.#stretches[index]?.line ?? 0;
    const place = this.#ofCallee.indexOf(from);
    const near = this.#ofCallee.slice(place + 1, place + 1 + FIRM_WITHIN);
    return near.some((line) => {
      const own = this.#stretches.filter((stretch) => stretch.line === line);
      if (own.some(({ isOpinion, isProviso }) => isOpinion || isProviso)) return false;
      const tokens = own.flatMap((stretch) => stretch.tokens);
      const isDenied = tokens.some(({ text }) => DENIES.has(text));
      if (!isDenied && holdsPhrase(tokens, FIRM)) return true;
      const before = this.#lines[line - 1];
      const asked = before?.who === 'agent' ? tokensOf(before.heard ?? '') : [];
      return isYes(tokens) && (holdsPhrase(asked, ASKS_IF_FIRM) || holds(asked, line - 1));
    });
  }
}

/** "Seven, but let me check": not "let me check … yes, seven". */
function isCheckedAfterwards({ tokens, isCheck }: Stretch): boolean {
  if (!isCheck) return false;
  const at = tokens.findIndex((_, index) => phraseAt(tokens, index, CHECKS) > 0);
  return at > 0;
}

/** The value stands behind a "not", up to the next comma. */
function isDenied({ tokens, line }: Stretch, holds: Holds): boolean {
  const at = tokens.findIndex(({ text }, index) => DENIES.has(text) && isClose(tokens, index + 1));
  if (at < 0) return false;
  const length = tokens.slice(at + 2).findIndex((_, index) => !isClose(tokens, at + 2 + index));
  const end = length < 0 ? tokens.length : at + 2 + length;
  return (
    holds(tokens.slice(at + 1, end), line) &&
    !holds(tokens.slice(0, at), line) &&
    !holds(tokens.slice(end), line)
  );
}

interface Competitor {
  /** Weekdays and dates compete wherever they are said; a number may count something else. */
  readonly isKindOfItsOwn: boolean;
  /** Whether a correction names another value of the kind; it holds the value itself nowhere. */
  readonly with: (tokens: readonly Token[], mention: readonly Token[], isSameLine: boolean) => boolean;
}

function competitorOf(value: string | number): Competitor {
  const own = tokensOf(String(value));
  const isDate = /^\d{4}-\d\d-\d\d/.test(String(value)) || own.some((_, at) => isOfADate(own, at));
  if (isDate) {
    const hasTime = /\d:\d\d/.test(String(value));
    return {
      isKindOfItsOwn: true,
      with: (tokens) =>
        tokens.some((_, at) => isOfADate(tokens, at) || (hasTime && numberAt(tokens, at) !== null)),
    };
  }
  const digits = String(value).replaceAll(/\D/g, '').length;
  const isTime = /^\d{1,2}(?::\d\d|\s?[ap]m)/i.test(String(value));
  if (digits > 0) return { isKindOfItsOwn: false, with: numberCompetes(isTime ? 1 : digits) };
  return {
    isKindOfItsOwn: false,
    with: (tokens) =>
      tokens.length <= MOST_WORDS_OF_A_NAME && !tokens.some(({ text }) => CHAT.has(text) || DENIES.has(text)),
  };
}

function numberCompetes(digits: number): Competitor['with'] {
  return (tokens, mention, isSameLine) => {
    let said = 0;
    let isOfTheKind = false;
    for (let at = 0; at < tokens.length;) {
      const number = numberAt(tokens, at);
      const end = at + (number?.length ?? 1);
      if (number !== null && !isPronoun(tokens, at, end)) {
        said += Math.max(1, number.digits?.length ?? 1);
        // In another line, "two parking spaces" is no other number of people.
        const isBare = end === tokens.length || !isClose(tokens, end);
        isOfTheKind ||= isSameLine || isBare || mention.some(({ text }) => text === textAt(tokens, end));
      }
      at = end;
    }
    return isOfTheKind && (said >= digits / 2 || holdsPhrase(tokens, PART));
  };
}
