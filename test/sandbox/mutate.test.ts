import { expect, it } from 'vitest';
import { Chance, mutated } from '../../sandbox/fuzz/mutate.ts';

it('the same seed makes the same of the same messages, however many went before', () => {
  const manyFrom = (seed: number): string[] => {
    const chance = new Chance(seed);
    const options = { unreadableOneIn: 1e9, longestText: 10 };
    return Array.from({ length: 20_000 }, () => String(mutated(chance, { a: { b: 1 } }, [], options)));
  };
  expect(manyFrom(1)).toEqual(manyFrom(1));
});
