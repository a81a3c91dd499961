// Whether a value of a result is one of the few that its schema allows: it then need not have been said in those words ("never
// again" is `unhappy`) to be supported.
import { isRecord, type Json } from '../../call/json.ts';
import type { Leaf } from '../evidence/evidence.ts';
import type { ResultSchema } from './schema-bounds.ts';

const MOST_STEPS = 2000;
const JOINING = ['anyOf', 'oneOf', 'allOf'] as const;

/** Not with digits, which must have been said: on a scale of 1 to 5, 4 is another answer than 5. */
export function isClosedChoice(schema: ResultSchema, { pointer, value }: Leaf): boolean {
  if (typeof value === 'boolean') return true;
  if (typeof value !== 'string' || /\d/.test(value)) return false;
  return schemasAt(schema, pointer).some(
    (one) => one['const'] === value || (Array.isArray(one['enum']) && one['enum'].includes(value)),
  );
}

/** Every part of the schema that applies to the value at that place. */
function schemasAt(schema: ResultSchema, pointer: string): ResultSchema[] {
  let steps = 0;
  const widened = (parts: readonly Json[]): ResultSchema[] => {
    const all: ResultSchema[] = [];
    const waiting = [...parts];
    for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
      if (++steps > MOST_STEPS || !isRecord(part) || all.includes(part)) continue;
      all.push(part);
      const { $ref } = part;
      if (typeof $ref === 'string') waiting.push(referredTo(schema, $ref));
      for (const joining of JOINING) {
        const among = part[joining];
        if (isArray(among)) waiting.push(...among);
      }
    }
    return all;
  };
  const names = pointer.split('/').slice(1).map(unescaped);
  return names.reduce(
    (parts, name) => widened(parts.flatMap((part) => inside(part, name))),
    widened([schema]),
  );
}

function inside(schema: ResultSchema, name: string): Json[] {
  const { properties, additionalProperties, prefixItems, items } = schema;
  const own = isRecord(properties) ? properties[name] : undefined;
  const place = /^\d+$/.test(name) && isArray(prefixItems) ? prefixItems[Number(name)] : undefined;
  return [own ?? additionalProperties, place ?? items].filter((one) => one !== undefined);
}

function referredTo(schema: ResultSchema, ref: string): Json {
  let at: Json = schema;
  for (const name of ref.replace(/^#/, '').split('/').slice(1).map(unescaped)) {
    const next: Json | undefined = isRecord(at) ? at[name] : isArray(at) ? at[Number(name)] : undefined;
    if (next === undefined) return null;
    at = next;
  }
  return at;
}

function unescaped(name: string): string {
  return name.replaceAll('~1', '/').replaceAll('~0', '~');
}

function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
