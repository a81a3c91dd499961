// The pages state what they read of the API; the API's own types must give it. tsc compares them.
import { expectTypeOf, it } from 'vitest';
import type { Call, CallPage } from '../../src/pages/browser/api-types.ts';
import type { publicCall, publicPage } from '../../src/operator/call-views.ts';

it('the API gives what the pages read', () => {
  expectTypeOf<ReturnType<typeof publicCall>>().toExtend<Call>();
  expectTypeOf<ReturnType<typeof publicPage>>().toExtend<CallPage>();
});
