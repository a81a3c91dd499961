// The sandbox in a hurry: everything that a person would wait for is short, so that a whole call is a matter of a
// second or two. One for each test, torn down with it; a call that broke Twilio's rules fails its test.
import { expect, type TestContext } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/sandbox.ts';

export async function quickSandbox(
  { onTestFinished }: TestContext,
  { env = {}, openAi = {}, ...others }: SandboxOptions = {},
): Promise<Sandbox> {
  const sandbox = await startSandbox({
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
