import { expect, it } from 'vitest';
import { systemClock } from '../../src/call/system-clock.ts';

it('an alarm that is due already rings at once, without a warning of Node', async () => {
  const warnings: string[] = [];
  const note = ({ name }: Error): void => void warnings.push(name);
  process.on('warning', note);
  // What is left of a time, in fractions of a millisecond, can be a little less than nothing.
  await new Promise<void>((resolve) => systemClock.after(-0.001, resolve));
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', note);
  expect(warnings).toEqual([]);
});
