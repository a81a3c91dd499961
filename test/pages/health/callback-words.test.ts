import { expect, it } from 'vitest';
import { sampleWords } from '../../../src/pages/browser/health/callback-words.ts';

it.each([
  [null, 'Taken, in 40 ms.'],
  ['404', 'It answered 404.'],
  ['PRIVATE_ADDRESS', 'The address is private: callbacks go to the public internet only.'],
  ['EPIPE', 'It failed: EPIPE.'],
])('a sample with the problem %s: %s', (problem, words) => {
  expect(sampleWords({ is: problem === null ? 'delivered' : 'failed', problem, tookMs: 40 })).toBe(words);
});
