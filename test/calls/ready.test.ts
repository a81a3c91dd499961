import { expect, it, vi } from 'vitest';
import type { Clock } from '../../src/call/ports.ts';
import { systemClock } from '../../src/call/system-clock.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';

/** Whatever the relay waits for comes ten times sooner. */
const hurried: Clock = { now: () => systemClock.now(), after: (ms, run) => systemClock.after(ms / 10, run) };

it('a relay that a call found without a voice says so, and takes calls again once the voice is back', async (test) => {
  const sandbox = await quickSandbox(test, { clock: hurried, env: { SILENCE_PROMPT_S: '0' } });
  const ready = async () => (await fetch(`${sandbox.relayUrl}/ready`)).status;
  await vi.waitFor(async () => expect(await ready()).toBe(200));
  const { faults } = sandbox.openAi.realtime;
  faults.refuseDials = 1_000_000;
  await sandbox.call();
  await sandbox.happened('speech-lost');
  expect(await ready()).toBe(503);
  faults.refuseDials = 0;
  await expect.poll(ready, { timeout: 10_000 }).toBe(200);
});
