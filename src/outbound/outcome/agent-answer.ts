// Finds the JSON in an agent's answer, whatever surrounds it. A model adds fences, an apology before, a remark after, or a draft
// before the final version; the last one counts.
import { isRecord, type Json } from '../../call/json.ts';
import { cutText } from '../../call/text.ts';

export interface AgentAnswer {
  readonly value: Json;
  /** Line numbers by JSON Pointer, as the agent gave them; the transcript may have no such line. */
  readonly named: ReadonlyMap<string, readonly number[]>;
  /** null: none was given. */
  readonly summary: string | null;
}

const LONGEST_ANSWER = 50_000;
const LONGEST_SUMMARY = 2000;
const MOST_TRIES = 60;
const MOST_NODES = 2000;
const DEEPEST = 30;
const MOST_LINES = 20;

/** Possible readings, the likeliest first; empty if there is no JSON in it. */
export function answersIn(text: string): AgentAnswer[] {
  const found = objectsIn(text.slice(0, LONGEST_ANSWER)).toReversed();
  const wrapped = found.flatMap((object) => {
    const value = object['result'];
    return isRecord(value)
      ? [{ value, named: linesNamed(object['evidence']), summary: summaryIn(object['summary']) }]
      : [];
  });
  if (wrapped.length > 0) return wrapped;
  // The agent left out the frame around its result.
  return found.map((value) => ({ value, named: new Map<string, readonly number[]>(), summary: null }));
}

function summaryIn(written: Json | undefined): string | null {
  const text = typeof written === 'string' ? cutText(written.trim(), LONGEST_SUMMARY) : '';
  return text === '' ? null : text;
}

type JsonObject = { readonly [name: string]: Json };

/** The outermost objects, in order. */
function objectsIn(text: string): JsonObject[] {
  const objects: JsonObject[] = [];
  let at = text.indexOf('{');
  for (let tries = 0; at >= 0 && tries < MOST_TRIES; tries++) {
    const end = endOfObject(text, at);
    // The answer breaks off: a complete object inside would be a fragment.
    if (end === null) break;
    const object = objectOf(text.slice(at, end));
    if (object !== null) objects.push(object);
    at = text.indexOf('{', end);
  }
  return objects;
}

/** The index after the brace that closes the one at `start`; braces in strings do not count. */
function endOfObject(text: string, start: number): number | null {
  let depth = 0;
  let isInString = false;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (isInString && char === '\\') at++;
    else if (char === '"') isInString = !isInString;
    else if (isInString) continue;
    else if (char === '{') depth++;
    else if (char === '}' && --depth === 0) return at + 1;
  }
  return null;
}

function objectOf(text: string): JsonObject | null {
  try {
    const parsed: Json = JSON.parse(text);
    return isRecord(parsed) && isSmall(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

/** The time that every later step takes grows with the parts. */
function isSmall(value: Json): boolean {
  let nodes = 0;
  const walk = (one: Json, depth: number): boolean => {
    if (++nodes > MOST_NODES || depth > DEEPEST) return false;
    if (typeof one !== 'object' || one === null) return true;
    return Object.values(one).every((inner) => walk(inner, depth + 1));
  };
  return walk(value, 0);
}

/** Lenient: `#/a/0`, `a.0` and `a` count as pointers, and `"3"` as a number. */
function linesNamed(evidence: Json | undefined): Map<string, readonly number[]> {
  const named = new Map<string, readonly number[]>();
  if (evidence === undefined || !isRecord(evidence)) return named;
  for (const [name, lines] of Object.entries(evidence)) {
    const pointer = name.startsWith('/')
      ? name
      : `/${name
          .replace(/^#?\/?/, '')
          .replaceAll(/\.|\[/g, '/')
          .replaceAll(']', '')}`;
    const numbers = (Array.isArray(lines) ? lines : [lines])
      .slice(0, MOST_LINES)
      .map((line) => (typeof line === 'string' ? Number(/\d{1,6}/.exec(line)?.[0]) : line))
      .filter((line): line is number => typeof line === 'number' && Number.isInteger(line));
    named.set(pointer, [...new Set(numbers)]);
  }
  return named;
}
