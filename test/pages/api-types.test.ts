// The pages state what they read of the API; the API's own types must give it. tsc compares them, so nothing is left to run.
import { expect, it } from 'vitest';
import type { Call, CallPage, Insights } from '../../src/pages/browser/api-types.ts';
import type { publicCall, publicInsights, publicPage } from '../../src/operator/call-views.ts';

const asCall = (call: ReturnType<typeof publicCall>): Call => call;
const asPage = (page: ReturnType<typeof publicPage>): CallPage => page;
const asInsights = (insights: ReturnType<typeof publicInsights>): Insights => insights;

it('the API gives what the pages read', () => {
  expect([asCall.length, asPage.length, asInsights.length]).toEqual([1, 1, 1]);
});
