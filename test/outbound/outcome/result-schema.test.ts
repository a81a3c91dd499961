import { describe, expect, it } from 'vitest';
import { type Check, compiled } from '../../../src/outbound/outcome/result-schema.ts';
import { problemWithBounds, type ResultSchema } from '../../../src/outbound/outcome/schema-bounds.ts';

function problemWithSchema(schema: unknown): string | null {
  const problem = problemWithBounds(schema);
  if (problem !== null) return problem;
  const own = compiled(schema as ResultSchema);
  return 'problem' in own ? own.problem : null;
}

function checkOf(schema: ResultSchema): Check {
  const own = compiled(schema);
  if ('problem' in own) throw new Error(own.problem);
  return own.check;
}

const object = (properties: object, more: object = {}): object => ({ type: 'object', properties, ...more });

describe('a schema that results can be checked against', () => {
  it.each([
    object({
      number: { type: ['string', 'null'], pattern: '^[0-9]+$' },
      at: { type: 'string', format: 'date' },
    }),
    object({ a: { $ref: '#/$defs/a' } }, { $defs: { a: { enum: ['x', 'y'] } } }),
    object({ a: { type: 'array', items: { type: 'integer' }, minItems: 1 } }, { required: ['a'] }),
    // As tools write it, over what is the same in all drafts.
    object(
      { a: { type: 'string' } },
      { $schema: 'http://json-schema.org/draft-07/schema#', $id: 'https://a.example/b' },
    ),
    object({ $ref: { type: 'string' }, $id: { type: 'string' } }),
    { type: 'object' },
  ])('%#', (schema) => expect(problemWithSchema(schema)).toBeNull());

  it.each([
    [null, /"type": "object"/],
    [[], /"type": "object"/],
    [{}, /"type": "object"/],
    [{ type: 'array' }, /"type": "object"/],
    [{ type: ['object', 'null'] }, /"type": "object"/],
    [object({ a: { type: 'strin' } }), /at \/properties\/a\/type\.$/],
    [object({ a: { typ: 'string' } }), /does not know: typ\.$/],
    [object({ a: { format: 'postcode' } }), /format/],
    [object({ a: { pattern: '(' } }), /pattern/],
    [object({ a: { items: [{}] } }), /at \/properties\/a\/items/],
    [object({ a: { $ref: '#/$defs/none' } }), /leads nowhere/],
    [object({ a: { $ref: 'https://a.example/schema' } }), /other documents/],
    [object({ a: { $ref: 'other.json' } }), /other documents/],
    [object({ a: { $dynamicRef: '#a' } }), /\$dynamicRef/],
    [object({ a: { $id: 'https://a.example/' } }), /\$id/],
    [object({}, { $schema: 'https://a.example/mine' }), /2020-12/],
    [object({ a: { description: 'x'.repeat(17_000) } }), /16 KB/],
    [object({ a: { enum: Array.from({ length: 2000 }, (_, at) => at) } }), /too many/],
    [object(Object.fromEntries(Array.from({ length: 501 }, (_, at) => [at, true]))), /500 properties/],
    [object({ a: { anyOf: Array.from({ length: 201 }, () => ({ $ref: '#' })) } }), /200 \$refs/],
  ] as const)('is not %#', (schema, why) => {
    expect(problemWithSchema(schema)).toMatch(why);
  });

  it('nothing nested deeply', () => {
    let deep: object = {};
    for (let at = 0; at < 20; at++) deep = { properties: { a: deep } };
    expect(problemWithSchema({ type: 'object', ...deep })).toMatch(/deeply/);
  });

  it('quotes nothing but names: no words of the schema reach an answer', () => {
    const said = problemWithSchema(object({ a: { type: 'sesame bread' } }));
    expect(said).not.toContain('sesame');
    expect(problemWithSchema({ type: 'object', 'sesame bread': 1 })).not.toContain('sesame');
  });
});

describe('the check', () => {
  it('tells each departure by its place and its rule', () => {
    const departuresOf = checkOf({
      type: 'object',
      properties: { at: { type: 'string', format: 'date' }, how: { enum: ['good', 'bad'] } },
      required: ['at', 'how'],
    });
    expect(departuresOf({ at: '2026-12-01', how: 'good' })).toEqual([]);
    expect(departuresOf({ at: '2026-02-30', how: 'so-so' })).toEqual([
      expect.objectContaining({ pointer: '/at', rule: '#/properties/at/format' }),
      { pointer: '/how', rule: '#/properties/how/enum', message: expect.stringContaining('["good","bad"]') },
    ]);
    expect(departuresOf({ at: '2026-12-01' })).toMatchObject([{ pointer: '', rule: '#/required' }]);
    expect(departuresOf([])).toMatchObject([{ rule: '#/type' }]);
  });

  it('keeps patterns apart, of which a schema has several', () => {
    const departuresOf = checkOf({
      type: 'object',
      properties: { a: { pattern: '^a$' }, b: { pattern: '^b$' } },
    });
    expect(departuresOf({ a: 'a', b: 'b' })).toEqual([]);
    expect(departuresOf({ a: 'b', b: 'b' })).toMatchObject([{ pointer: '/a' }]);
  });
});
