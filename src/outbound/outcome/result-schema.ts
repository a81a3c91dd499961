// Compiles the JSON Schema (draft 2020-12) of a result, and checks values against it. Only the checker's thread may do so: a
// pattern such as `(a+)+$`, or a value against it, can take years. Nothing is fetched for a schema.
import { createRequire } from 'node:module';
// oxlint-disable-next-line import/extensions -- it has no exports map
import type { Ajv2020, ErrorObject, Options, ValidateFunction } from 'ajv/dist/2020.js';
import type addFormats from 'ajv-formats';
import type { Json } from '../../call/json.ts';
import { once } from '../../call/once.ts';
import type { ResultSchema } from './schema-bounds.ts';

/** Where a value departs from its schema. */
export interface Departure {
  /** JSON Pointer into the value; may hold names that the agent invented. */
  readonly pointer: string;
  /** As `#/properties/guests/type`; holds only words of the schema. */
  readonly rule: string;
  /** In English, about the value's form. */
  readonly message: string;
}

/** No departures if the value fits. */
export type Check = (value: Json) => readonly Departure[];

/** `problem`: the end of a sentence that begins with the field's name. */
export type Compiled = { readonly check: Check } | { readonly problem: string };

/** More are not reported. */
const MOST_DEPARTURES = 10;

const load = createRequire(import.meta.url);
/** Only a start whose profiles bring results home compiles schemas outside of the thread. */
const newAjv = (options: Options): Ajv2020 => {
  const { Ajv2020: Ajv }: { Ajv2020: typeof Ajv2020 } = load('ajv/dist/2020.js');
  return new Ajv(options);
};
const metaschema = once((): Ajv2020 => newAjv({ strict: true, allErrors: false, logger: false }));

/** `schema` must be within its bounds (schema-bounds.ts). */
export function compiled(schema: ResultSchema): Compiled {
  const own = withoutNames(schema);
  if (metaschema().validateSchema(own) !== true) {
    const where = metaschema().errors?.[0]?.instancePath ?? '';
    const at = /^[\w/$.-]{1,100}$/.test(where) ? ` at ${where}` : '';
    return { problem: `is no JSON Schema (draft 2020-12)${at}.` };
  }
  // A new one each time, because an instance keeps what it compiled. Users' schemas may leave types out.
  const ajv = newAjv({
    strict: true,
    allErrors: true,
    strictTypes: false,
    strictTuples: false,
    inlineRefs: false,
    meta: false,
    validateSchema: false,
    logger: false,
  });
  const formats: typeof addFormats = load('ajv-formats');
  formats.default(ajv);
  try {
    const validate = ajv.compile(own);
    return { check: (value) => departuresOf(value, validate) };
  } catch (error) {
    return { problem: problemWithCompiling(error instanceof Error ? error.message : '') };
  }
}

function departuresOf(value: Json, validate: ValidateFunction): readonly Departure[] {
  try {
    if (validate(value)) return [];
  } catch {
    // The value is nested too deeply.
    return [{ pointer: '', rule: '#', message: 'cannot be checked' }];
  }
  return (validate.errors ?? []).slice(0, MOST_DEPARTURES).map(departureOf);
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

function departureOf({ instancePath, schemaPath, message, params }: ErrorObject): Departure {
  const allowed = Array.isArray(params['allowedValues'])
    ? `: ${JSON.stringify(params['allowedValues'])}`
    : '';
  return { pointer: instancePath, rule: schemaPath, message: `${message ?? 'does not fit'}${allowed}` };
}
