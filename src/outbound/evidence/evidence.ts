// Finds the lines of the transcript that support the values of a result. Only what the callee said or keyed is evidence, or what
// the callee's next words confirm: an agent that invents a number says it, too. A "yes" is not compared with its question, nor
// true with false: a boolean only needs some answer of the callee.
import type { Evidence, Finding } from '../../call/call-result.ts';
import type { TranscriptLine } from '../../call/transcript.ts';
import type { Json } from '../../call/json.ts';
import { type Need, needsOf, type Passage } from './needs.ts';
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
      const claimed = asEvidence(named);
      if (typeof value === 'boolean' || isChoice)
        return { pointer, evidence: claimed, isSupported: named.some(isOfCallee) };
      const granted = Math.min(STEPS_A_VALUE, leftOfCall);
      steps.left = granted;
      const found = linesFor(value, named);
      leftOfCall -= granted - Math.max(0, steps.left);
      const evidence = found === null || found === named ? claimed : asEvidence(found);
      return { pointer, evidence, isSupported: found !== null };
    },
  };

  /** `named` if the value is in those; null: nobody said it. */
  function linesFor(value: string | number, named: readonly number[]): readonly number[] | null {
    const needs = needsOf(value);
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
    const answer = answerTo(lines, number);
    if (answer !== null && isYes(tokens[answer] ?? []))
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

/** The line of the callee's next words; null if the agent spoke before them. */
function answerTo(lines: readonly TranscriptLine[], number: number): number | null {
  for (let next = number + 1; next < lines.length; next++) {
    const line = lines[next];
    if (line?.who === 'caller') return line.by === 'voice' ? next : null;
    if (line?.who === 'agent') return null;
  }
  return null;
}

const YES = new Set(
  (
    'yes yeah yep yup yea aye ya correct right exactly absolutely definitely indeed precisely affirmative true sure ok okay ' +
    'perfect great mhm mmhm mmhmm uhhuh ja jawohl genau richtig stimmt korrekt jep'
  ).split(' '),
);
/** Words that turn a yes into a correction. */
const BUT = new Set(
  (
    'no not nope nah wrong incorrect actually but isnt wasnt doesnt dont didnt cant wont never sorry wait instead nein nicht ' +
    'falsch aber sondern doch kein keine'
  ).split(' '),
);
const YES_WITHIN = 3;

export function isYes(tokens: readonly Token[]): boolean {
  if (tokens.some(({ text }) => BUT.has(text))) return false;
  const first = tokens.slice(0, YES_WITHIN).map(({ text }) => text);
  const pairs = first.map((text, at) => text + (first[at + 1] ?? ''));
  return [...first, ...pairs].some((text) => YES.has(text));
}

/** Only words of the agent that were heard can be confirmed. */
function heardOf(line: TranscriptLine): string {
  return line.who === 'agent' ? (line.heard ?? '') : line.said;
}
