// What a result's schema may be at most, before anything compiles it. Cheap enough for the thread that carries audio: the walk
// stops at the first part too many.
import { isRecord, type Json } from '../../call/json.ts';

/** A JSON Schema, draft 2020-12. */
export type ResultSchema = { readonly [name: string]: Json };

const MOST_BYTES = 16 * 1024;
const MOST_NODES = 2000;
const MOST_PROPERTIES = 500;
const MOST_REFERENCES = 200;
const DEEPEST = 24;

/** The problem, as the end of a sentence that begins with the field's name; null if there is none. */
export function problemWithBounds(schema: unknown): string | null {
  if (!isRecord(schema) || schema['type'] !== 'object') return 'must be a JSON Schema with "type": "object".';
  return problemInside(schema);
}

function problemInside(schema: object): string | null {
  let nodes = 0;
  let properties = 0;
  let references = 0;
  const walk = (value: unknown, depth: number): string | null => {
    if (++nodes > MOST_NODES) return 'has too many parts.';
    if (typeof value !== 'object' || value === null) return null;
    if (depth > DEEPEST) return 'is nested too deeply.';
    for (const [name, inner] of Object.entries(value)) {
      if (name === 'properties' && isRecord(inner)) properties += Object.keys(inner).length;
      if (name === '$ref') references++;
      if (properties > MOST_PROPERTIES) return `has more than ${MOST_PROPERTIES} properties.`;
      if (references > MOST_REFERENCES) return `has more than ${MOST_REFERENCES} $refs.`;
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
