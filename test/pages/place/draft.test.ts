import { describe, expect, it } from 'vitest';
import { asKind, type Draft, emptyDraft, requestOf } from '../../../src/pages/browser/place/draft.ts';
import {
  EMPTY_FIELD,
  fieldsOf,
  problemIn,
  type ResultField,
  schemaOf,
} from '../../../src/pages/browser/place/result-fields.ts';

const FIELDS: readonly ResultField[] = [
  { name: 'isConfirmed', kind: 'yes-no', choices: '', isNeeded: true, about: 'Whether they come.' },
  { name: 'guests', kind: 'number', choices: '', isNeeded: false, about: '' },
  { name: 'meal', kind: 'choice', choices: 'fish, meat, neither', isNeeded: true, about: '' },
  { name: 'wish', kind: 'text', choices: '', isNeeded: false, about: 'In their words.' },
];

describe('the result as rows and as a JSON Schema', () => {
  it('writes rows as a schema', () => {
    expect(schemaOf(FIELDS)).toEqual({
      type: 'object',
      properties: {
        isConfirmed: { type: 'boolean', description: 'Whether they come.' },
        guests: { type: 'number' },
        meal: { type: 'string', enum: ['fish', 'meat', 'neither'] },
        wish: { type: 'string', description: 'In their words.' },
      },
      required: ['isConfirmed', 'meal'],
    });
  });

  it('reads the same rows from the schema that it wrote, whatever the order of its names', () => {
    expect(fieldsOf(schemaOf(FIELDS))).toEqual(FIELDS);
    const { properties = null, required = null } = schemaOf(FIELDS);
    expect(
      Array.isArray(required) && fieldsOf({ required: required.toReversed(), properties, type: 'object' }),
    ).toEqual(FIELDS);
  });

  it.each([
    ['a bound', { type: 'object', properties: { score: { type: 'number', minimum: 1 } } }],
    ['an object in it', { type: 'object', properties: { who: { type: 'object', properties: {} } } }],
    ['a choice with a comma', { type: 'object', properties: { a: { type: 'string', enum: ['b, c'] } } }],
    ['a rule of its own', { type: 'object', properties: {}, additionalProperties: false }],
    ['a list', []],
    ['no object', { type: 'string' }],
  ])('reads no rows from a schema that says more than rows can: %s', (_what, schema) => {
    expect(fieldsOf(schema)).toBeNull();
  });

  it('says what keeps rows from being a schema', () => {
    expect(problemIn([EMPTY_FIELD])).toBe('Each value needs a name.');
    const [field = EMPTY_FIELD] = FIELDS;
    expect(problemIn([field, field])).toBe('Two values are named isConfirmed.');
    expect(problemIn([{ ...field, kind: 'choice', choices: ' , ' }])).toContain('what isConfirmed may be');
    expect(problemIn(FIELDS)).toBeNull();
  });
});

describe('the request of a draft', () => {
  const written = (changed: Partial<Draft>) => requestOf({ ...emptyDraft(), ...changed });

  it('holds what was filled in, with the number as the API writes it', () => {
    const facts = [
      { name: 'at', value: 'tomorrow at two' },
      { name: 'with', value: ' ' },
    ];
    expect(
      written({ to: '+1 (555) 123-0003', facts, metadata: [{ name: 'order', value: '77' }] }).body,
    ).toMatchObject({
      to: '+15551230003',
      task: { type: 'appointment_reminder', context: { at: 'tomorrow at two' } },
      result: { required: ['isConfirmed'] },
      ringTimeoutS: 30,
      metadata: { order: '77' },
    });
    expect(written({}).body).not.toHaveProperty('voicemail');
  });

  it('leaves what is no number to the server', () => {
    expect(written({ maxMinutes: '', ringTimeoutS: 'long' }).body).toMatchObject({
      maxMinutes: '',
      ringTimeoutS: 'long',
    });
  });

  it.each<[string, Partial<Draft>]>([
    ['task.context', { facts: [{ name: '', value: 'two' }] }],
    ['metadata', { metadata: ['1', '2'].map((value) => ({ name: 'a', value })) }],
    ['result', { result: { is: 'schema', text: '{"type":' } }],
    ['result', { result: { is: 'schema', text: '[]' } }],
    ['result', { result: { is: 'fields', fields: [EMPTY_FIELD] } }],
  ])('names the field that cannot be written as a request: %s', (field, changed) => {
    expect(written(changed).problems).toMatchObject([{ field }]);
  });

  it('brings the words of another kind, but never over those of a person', () => {
    const survey = asKind(emptyDraft(), 'survey');
    expect(survey).toMatchObject({ kind: 'survey', facts: [{ name: 'name' }] });
    expect(asKind({ ...survey, prompt: 'Ask about the soup.' }, 'custom')).toMatchObject({
      kind: 'custom',
      prompt: 'Ask about the soup.',
    });
  });
});
