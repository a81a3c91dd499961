import { expect, test } from 'vitest';
import { z } from 'zod';
import * as schemas from '../../src/engine/engine-schemas.ts';

test.each(Object.entries(schemas))('has a JSON Schema that refuses unknown fields: %s', (_, schema) => {
  const told = z.toJSONSchema(schema, { io: 'input' });
  expect(told).toMatchObject({ type: 'object', additionalProperties: false });
});
