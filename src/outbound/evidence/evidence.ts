// Finds the lines of the transcript that support the values of a result. Only what the callee said or keyed is evidence, or what
// the callee's next words confirm: an agent that invents a number says it, too. A "yes" is not compared with its question, nor
// true with false: a boolean only needs some answer of the callee.
import type { Evidence, Finding } from '../../call/call-result.ts';
import type { TranscriptLine } from '../../call/transcript.ts';
import type { Json } from '../../call/json.ts';
import { type Need, needsOf, type Passage } from './needs.ts';
import { isHalfYes, isPutOff, isYes } from './confirming.ts';
import { type Doubt, Doubts } from './doubt.ts';
import { inOneLine, type Steps, type Token, tokensOf } from './spoken-tokens.ts';
import { cutText } from '../../call/text.ts';

/** A value that is neither an object nor an array. */
export interface Leaf {
  /** JSON Pointer. */
  readonly pointer: string;
  readonly value: string | number | boolean;
}

export interface CallEvidence {
  /**
   * `named`: the lines that the agent cites. `isChoice`: the value is one of the schema's own words, so any answer of the
   * callee supports it.
   */
  findingFor(leaf: Leaf, named: readonly number[], isChoice: boolean): Finding;
}

/** No evidence is sought beyond these. */
const MOST_LEAVES = 200;
export const MOST_LINES = 1500;
/** Of all lines together: hours of talk have fewer. */
const MOST_TOKENS = 60_000;
/** Of the search for one value, and for all of a call; a value that is not found by then is unsupported. */
const STEPS_A_VALUE = 250_000;
const STEPS_A_CALL = 2_000_000;
const MOST_EVIDENCE = 6;
const LONGEST_TEXT = 300;
/** A number may be dictated over this many lines of the callee, with this many lines of others in between. */
const MOST_CHAINED = 5;
const MOST_BETWEEN = 2;
/** In lines with more words, nobody dictates. */
const MOST_CHAINED_TOKENS = 200;
/** Places that together may hold a sentence. */
const MOST_PASSAGES = 3;

/** Words that may be read together, and the lines that they are evidence by. */
interface Place extends Passage {
  readonly lines: readonly number[];
}

/** Where a value was found, null if nowhere; and whether the callee stood by it. */
interface Read {
  readonly lines: readonly number[] | null;
  readonly doubt: Doubt | null;
}

function standingOf({ lines, doubt }: Read): Pick<Finding, 'isSupported' | 'doubt'> {
  // What they only denied, nobody said.
  if (lines === null || doubt === 'denied') return { isSupported: false };
  return doubt === null ? { isSupported: true } : { isSupported: false, doubt };
}

/** Without null and '': nobody could have said them. */
export function leavesOf(value: Json): Leaf[] {
  const leaves: Leaf[] = [];
  const walk = (one: Json, pointer: string): void => {
    if (leaves.length >= MOST_LEAVES || one === null || one === '') return;
    if (typeof one !== 'object') leaves.push({ pointer, value: one });
    else
      for (const [name, inner] of Object.entries(one))
        walk(inner, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  };
  walk(value, '');
  return leaves;
}

export function evidenceIn(transcript: readonly TranscriptLine[]): CallEvidence {
  const lines = transcript.slice(0, MOST_LINES);
  const steps: Steps = { left: 0 };
  let leftOfCall = STEPS_A_CALL;
  const places = placesIn(lines, steps);
  let doubts: Doubts | null = null;
  /** Read once something was found that may be doubted. */
  const allDoubts = (): Doubts => (doubts ??= new Doubts(lines, steps));
  const asEvidence = (numbers: Iterable<number>): Evidence[] =>
    [...new Set(numbers)]
      .toSorted((one, other) => one - other)
      .slice(0, MOST_EVIDENCE)
      .flatMap((line) => {
        const found = lines[line];
        return found === undefined
          ? []
          : [{ line, who: found.who, text: cutText(heardOf(found), LONGEST_TEXT) }];
      });
  const isOfCallee = (line: number): boolean => lines[line]?.who === 'caller';

  return {
    findingFor({ pointer, value }, named, isChoice) {
      const granted = Math.min(STEPS_A_VALUE, leftOfCall);
      steps.left = granted;
      const read = typeof value === 'boolean' || isChoice ? choiceIn(value, named) : valueIn(value, named);
      leftOfCall -= granted - Math.max(0, steps.left);
      return { pointer, evidence: asEvidence(read.lines ?? named), ...standingOf(read) };
    },
  };

  function choiceIn(value: Leaf['value'], named: readonly number[]): Read {
    if (!named.some(isOfCallee)) return { lines: null, doubt: null };
    return { lines: named, doubt: allDoubts().aboutChoice(value, named) };
  }

  function valueIn(value: string | number, named: readonly number[]): Read {
    const needs = needsOf(value);
    const found = linesFor(needs, named);
    if (found === null) return { lines: null, doubt: null };
    const holds = (tokens: readonly Token[], line: number): boolean => {
      const place = { tokens, saidAt: lines[line]?.at ?? 0, steps, lines: [line] };
      return needs.some((need) => isMetBy(need, [place]));
    };
    return { lines: found, doubt: allDoubts().about(value, holds, found) };
  }

  /** `named` if the value is in those; null: nobody said it. */
  function linesFor(needs: readonly Need[], named: readonly number[]): readonly number[] | null {
    const ofNamed = places.filter(({ lines: own }) => own.every((line) => isNamed(line, own, named)));
    if (needs.some((need) => isMetBy(need, ofNamed))) return named;
    for (const need of needs) {
      const found = searched(need, places);
      if (found !== null) return found;
    }
    return null;
  }

  /** Of a line and its confirmation, citing the line is enough. */
  function isNamed(line: number, own: readonly number[], named: readonly number[]): boolean {
    return named.includes(line) || (own.length > 1 && own[0] !== line && !isOfCallee(own[0] ?? line));
  }
}

/** Whether the places together hold what is needed. */
function isMetBy({ parts, least, mandatory }: Need, places: readonly Place[]): boolean {
  const held = parts.map((isHeld) => places.some(isHeld));
  return held.filter(Boolean).length >= least && held.slice(0, mandatory).every(Boolean);
}

/** The lines that hold what is needed: of one place, or of the few that hold most of it. */
function searched(need: Need, places: readonly Place[]): readonly number[] | null {
  const single = places.find((place) => isMetBy(need, [place]));
  if (single !== undefined) return single.lines;
  if (need.isTogether) return null;
  const chosen: Place[] = [];
  let missing = need.parts;
  while (chosen.length < MOST_PASSAGES) {
    let best: { readonly place: Place; readonly rest: typeof missing } | null = null;
    for (const place of places) {
      const rest = missing.filter((isHeld) => !isHeld(place));
      if (rest.length < (best?.rest ?? missing).length) best = { place, rest };
    }
    if (best === null) return null;
    chosen.push(best.place);
    missing = best.rest;
    if (isMetBy(need, chosen)) return chosen.flatMap(({ lines }) => lines);
  }
  return null;
}

/** What the callee said in one line, then over several lines, then what the callee confirmed. */
function placesIn(lines: readonly TranscriptLine[], steps: Steps): Place[] {
  let left = MOST_TOKENS;
  const tokens = lines.map((line) => {
    const own = left > 0 ? tokensOf(heardOf(line)) : [];
    left -= own.length;
    return own;
  });
  const placeOf = (numbers: readonly number[]): Place => ({
    lines: numbers,
    saidAt: lines[numbers[0] ?? 0]?.at ?? 0,
    steps,
    tokens: inOneLine(numbers.map((line) => tokens[line] ?? [])),
  });
  const single: Place[] = [];
  const chained: Place[] = [];
  const confirmed: Place[] = [];
  lines.forEach((line, number) => {
    if (line.who === 'caller') {
      single.push(placeOf([number]));
      for (const chain of chainsFrom(lines, number)) {
        const place = placeOf(chain);
        if (place.tokens.length > MOST_CHAINED_TOKENS) break;
        chained.push(place);
      }
      return;
    }
    const answer = answerTo(lines, tokens, number);
    const said = answer === null ? [] : (tokens[answer] ?? []);
    if (answer !== null && (isYes(said) || isHalfYes(said)))
      confirmed.push({ ...placeOf([number]), lines: [number, answer] });
  });
  // Shortest first, so that lines around a dictated number are not cited.
  chained.sort((one, other) => one.lines.length - other.lines.length);
  return [...single, ...chained, ...confirmed];
}

function chainsFrom(lines: readonly TranscriptLine[], first: number): number[][] {
  const chains: number[][] = [];
  const chain = [first];
  let between = 0;
  for (let next = first + 1; next < lines.length && chain.length < MOST_CHAINED; next++) {
    if (lines[next]?.who === 'caller') {
      chain.push(next);
      chains.push([...chain]);
      between = 0;
    } else if (++between > MOST_BETWEEN) break;
  }
  return chains;
}

/** A few words with which an agent lets somebody look something up. */
const MOST_PATIENT_TOKENS = 6;

/** The line of the callee's next words, or of those after they looked it up; null if the agent spoke before them. */
function answerTo(
  lines: readonly TranscriptLine[],
  tokens: readonly (readonly Token[])[],
  number: number,
): number | null {
  let isLooking = false;
  for (let next = number + 1; next < lines.length; next++) {
    const line = lines[next];
    const own = tokens[next] ?? [];
    if (line?.who === 'caller') {
      if (line.by !== 'voice') return null;
      if (isLooking || !isPutOff(own)) return next;
      isLooking = true;
    } else if (line?.who === 'agent' && !(isLooking && own.length <= MOST_PATIENT_TOKENS)) return null;
  }
  return null;
}

/** Only words of the agent that were heard can be confirmed. */
function heardOf(line: TranscriptLine): string {
  return line.who === 'agent' ? (line.heard ?? '') : line.said;
}
