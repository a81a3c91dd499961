// What a call should bring back, as rows that a person fills in, and as the JSON Schema that the API takes. Rows are read from a
// schema only if they would write the same schema again, so that changing between the two never loses anything.
import type { Json } from '../../../call/json.ts';

export const FIELD_KINDS = ['yes-no', 'number', 'choice', 'text'] as const;
export type FieldKind = (typeof FIELD_KINDS)[number];

export interface ResultField {
  readonly name: string;
  readonly kind: FieldKind;
  /** Only of a choice: as it is typed, with commas between. */
  readonly choices: string;
  readonly isNeeded: boolean;
  /** What the agent should find out; '' if the name says it all. */
  readonly about: string;
}

export type JsonObject = { readonly [name: string]: Json };

export const EMPTY_FIELD: ResultField = { name: '', kind: 'yes-no', choices: '', isNeeded: true, about: '' };

/** What keeps the rows from being a schema, in words; null: nothing. */
export function problemIn(fields: readonly ResultField[]): string | null {
  const names = fields.map(({ name }) => name.trim());
  if (names.includes('')) return 'Each value needs a name.';
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) return `Two values are named ${twice}.`;
  const bare = fields.find(({ kind, choices }) => kind === 'choice' && choicesIn(choices).length === 0);
  return bare === undefined ? null : `Write what ${bare.name.trim()} may be, with commas between.`;
}

export function schemaOf(fields: readonly ResultField[]): JsonObject {
  const needed = fields.filter(({ isNeeded }) => isNeeded).map(({ name }) => name.trim());
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field.name.trim(), propertyOf(field)])),
    ...(needed.length === 0 ? {} : { required: needed }),
  };
}

/** null: the schema says more than rows can. */
export function fieldsOf(schema: Json): ResultField[] | null {
  if (!isObject(schema) || !isObject(schema['properties'])) return null;
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const fields = Object.entries(schema['properties']).map(([name, property]) =>
    fieldOf(name, property, required.includes(name)),
  );
  const read = fields.filter((field) => field !== null);
  if (read.length !== fields.length || problemIn(read) !== null) return null;
  return isSame(schemaOf(read), schema) ? read : null;
}

function propertyOf({ kind, choices, about }: ResultField): JsonObject {
  const description = about.trim() === '' ? {} : { description: about.trim() };
  switch (kind) {
    case 'yes-no':
      return { type: 'boolean', ...description };
    case 'number':
      return { type: 'number', ...description };
    case 'choice':
      return { type: 'string', enum: choicesIn(choices), ...description };
    case 'text':
      return { type: 'string', ...description };
  }
}

function fieldOf(name: string, property: Json, isNeeded: boolean): ResultField | null {
  if (!isObject(property)) return null;
  const { type, enum: choices, description } = property;
  const about = typeof description === 'string' ? description : '';
  const of = (kind: FieldKind): ResultField => ({ name, kind, choices: '', isNeeded, about });
  if (type === 'boolean') return of('yes-no');
  if (type === 'number') return of('number');
  if (type !== 'string') return null;
  return Array.isArray(choices) ? { ...of('choice'), choices: choices.join(', ') } : of('text');
}

function choicesIn(typed: string): string[] {
  const all = typed.split(',').map((choice) => choice.trim());
  return [...new Set(all.filter((choice) => choice !== ''))];
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The order of names means nothing; that of a list does, except in `required`. */
function isSame(one: Json, other: Json): boolean {
  return JSON.stringify(ordered(one)) === JSON.stringify(ordered(other));
}

function ordered(value: Json, name = ''): Json {
  if (Array.isArray(value)) {
    const items = value.map((item) => ordered(item));
    return name === 'required' ? items.map((item) => JSON.stringify(item)).toSorted() : items;
  }
  if (!isObject(value)) return value;
  const names = Object.keys(value).toSorted();
  return Object.fromEntries(names.map((key) => [key, ordered(value[key] ?? null, key)]));
}
