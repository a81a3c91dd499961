import { expect, test } from 'vitest';
import { z } from 'zod';
import * as schemas from '../../src/engine/engine-schemas.ts';

test.each(Object.entries(schemas))(
  'a JSON Schema can be made of it, and it lets nothing else in: %s',
  (_, schema) => {
    const told = z.toJSONSchema(schema, { io: 'input' });
    expect(told).toMatchObject({ type: 'object', additionalProperties: false });
  },
);
