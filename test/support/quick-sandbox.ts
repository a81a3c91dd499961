// A sandbox for one test, closed with it. Its waits are short and its clock is paced, so a whole call takes a second and
// does not fail on a busy machine. A call that breaks Twilio's rules fails its test.
import { expect, type TestContext } from 'vitest';
import { PacedClock } from '../../sandbox/paced-clock.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/sandbox.ts';

export async function quickSandbox(
  { onTestFinished }: TestContext,
  { env = {}, openAi = {}, ...others }: SandboxOptions = {},
): Promise<Sandbox> {
  const sandbox = await startSandbox({
    clock: new PacedClock(),
    ...others,
    env: { VAD_SILENCE_MS: '200', ...env },
    openAi: {
      ...openAi,
      realtimeFaults: { transcriptionMs: 30, firstAudioMs: 30, speed: 40, ...openAi.realtimeFaults },
    },
  });
  onTestFinished(async () => {
    await sandbox.close();
    expect(sandbox.twilio.violations).toEqual([]);
  });
  return sandbox;
}
