// The JSON Schema (draft 2020-12) of a result: checks the schema, and values against it. It comes from outside and runs in the
// process that carries live audio, so its size and its time are bounded, and nothing is fetched for it.
import vm from 'node:vm';
// oxlint-disable-next-line import/extensions -- it has no exports map
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { isRecord, type Json } from '../../call/json.ts';

export type ResultSchema = { readonly [name: string]: Json };

/** Where a value departs from its schema. */
export interface Departure {
  /** JSON Pointer into the value; may hold names that the agent invented. */
  readonly pointer: string;
  /** As `#/properties/guests/type`; holds only words of the schema. */
  readonly rule: string;
  /** In English, about the value's form. */
  readonly message: string;
}

const MOST_BYTES = 16 * 1024;
const MOST_NODES = 2000;
const DEEPEST = 24;
const COMPILED_WITHIN_MS = 500;
const CHECKED_WITHIN_MS = 100;
/** More are not reported. */
const MOST_DEPARTURES = 10;

/**
 * A pattern such as `(a+)+$`, or definitions that name each other twice, can run for years and block all audio. Node can bound
 * only the time of a script in a context; everything that it calls is stopped with it.
 */
const context = vm.createContext({});
const script = new vm.Script('work()');

function within<Result>(ms: number, work: () => Result): Result {
  const results: Result[] = [];
  Object.assign(context, { work: () => results.push(work()) });
  try {
    script.runInContext(context, { timeout: ms });
  } finally {
    // The closure would keep words of the call.
    Object.assign(context, { work: null });
  }
  const [result] = results;
  if (result === undefined) throw new Error('nothing came of it');
  return result;
}

/** Compiled at boot: that takes a tenth of a second, in which no audio would flow. */
const metaschema = new Ajv2020({ strict: true, allErrors: false, logger: false });
void metaschema.validateSchema({ type: 'object' });

/** The problem, as the end of a sentence that begins with the field's name; null if there is none. */
export function problemWithSchema(schema: unknown): string | null {
  if (!isRecord(schema) || schema['type'] !== 'object') return 'must be a JSON Schema with "type": "object".';
  const found = problemInside(schema);
  if (found !== null) return found;
  if (metaschema.validateSchema(withoutNames(schema)) !== true) {
    const where = metaschema.errors?.[0]?.instancePath ?? '';
    const at = /^[\w/$.-]{1,100}$/.test(where) ? ` at ${where}` : '';
    return `is no JSON Schema (draft 2020-12)${at}.`;
  }
  try {
    compiled(schema);
    return null;
  } catch (error) {
    return problemWithCompiling(error instanceof Error ? error.message : '');
  }
}

/** A check against `schema`, which must have no problem. The check returns no departures if the value fits. */
export function checkOf(schema: ResultSchema): (value: Json) => readonly Departure[] {
  const validate = compiled(schema);
  return (value) => {
    try {
      if (within(CHECKED_WITHIN_MS, () => validate(value))) return [];
    } catch {
      // The check took too long, or the value is nested too deeply.
      return [{ pointer: '', rule: '#', message: 'cannot be checked' }];
    }
    return (validate.errors ?? []).slice(0, MOST_DEPARTURES).map(departureOf);
  };
}

/** Uses a new Ajv each time, because an instance keeps what it compiled. */
function compiled(schema: object) {
  // Users' schemas may leave types out.
  const ajv = new Ajv2020({
    strict: true,
    allErrors: true,
    strictTypes: false,
    strictTuples: false,
    meta: false,
    validateSchema: false,
    logger: false,
  });
  addFormats.default(ajv);
  return within(COMPILED_WITHIN_MS, () => ajv.compile(withoutNames(schema)));
}

/** Tools name older drafts over schemas that are valid in all of them. What differs is refused on its own. */
function withoutNames(schema: object): object {
  const { $schema: _, $id: __, ...rest } = { $schema: null, $id: null, ...schema };
  return rest;
}

function problemWithCompiling(message: string): string {
  const [, keyword = ''] = /^strict mode: unknown keyword: "([\w$-]{1,40})"$/.exec(message) ?? [];
  if (keyword !== '') return `has a keyword that JSON Schema (draft 2020-12) does not know: ${keyword}.`;
  if (message.startsWith('unknown format')) return 'has a format that JSON Schema does not know.';
  if (message.startsWith("can't resolve reference")) return 'has a $ref that leads nowhere.';
  if (message.startsWith('Invalid regular expression')) return 'has a pattern that is no regular expression.';
  return 'cannot be checked against: ajv does not compile it in its strict mode.';
}

function problemInside(schema: object): string | null {
  let nodes = 0;
  const walk = (value: unknown, depth: number): string | null => {
    if (++nodes > MOST_NODES) return 'has too many parts.';
    if (typeof value !== 'object' || value === null) return null;
    if (depth > DEEPEST) return 'is nested too deeply.';
    for (const [name, inner] of Object.entries(value)) {
      const problem = problemWithPart(name, inner, depth) ?? walk(inner, depth + 1);
      if (problem !== null) return problem;
    }
    return null;
  };
  const problem = walk(schema, 0);
  if (problem !== null) return problem;
  return Buffer.byteLength(JSON.stringify(schema)) > MOST_BYTES ? 'is longer than 16 KB.' : null;
}

/** A property may have the same name as a keyword; its value is then no string. */
function problemWithPart(name: string, value: unknown, depth: number): string | null {
  if (typeof value !== 'string') return null;
  if (name === '$schema')
    return /^https?:\/\/json-schema\.org\/draft/.test(value) ? null : 'must be in draft 2020-12.';
  if (name === '$ref' && !value.startsWith('#')) return 'must not refer to other documents by $ref.';
  if (name === '$dynamicRef' || (name === '$id' && depth > 0)) return `must do without ${name}.`;
  return null;
}

function departureOf({ instancePath, schemaPath, message, params }: ErrorObject): Departure {
  const allowed = Array.isArray(params['allowedValues'])
    ? `: ${JSON.stringify(params['allowedValues'])}`
    : '';
  return { pointer: instancePath, rule: schemaPath, message: `${message ?? 'does not fit'}${allowed}` };
}
