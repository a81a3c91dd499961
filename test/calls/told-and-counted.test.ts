// What the record of a whole call tells besides its words: what the agent was told, and what was counted.
import { expect, it, vi } from 'vitest';
import { TOKEN } from '../support/calling-out.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';

it('[K1] [K2] tells every message to the agent as it was sent, and what voice, ears and agent counted', async (test) => {
  const sandbox = await quickSandbox(test);
  const caller = await sandbox.call();
  await caller.hears('How can I help you?');
  await caller.says('My name is Ann.');
  await caller.hears('What can I do for you?');
  await caller.presses('4711');
  await sandbox.happened('digits-pressed');
  await caller.says('When are you open?');
  await caller.hears('We are open');
  caller.hangsUp();
  await sandbox.happened('call-ended');

  const told = sandbox.events.filter((event) => event.type === 'agent-told');
  const [opening, first, second] = told;
  expect(opening).toMatchObject({ turnId: 0, text: '', heardOfLast: null });
  expect(opening?.notes).toEqual([expect.stringMatching(/^\[.*phone.*\]$/s)]);
  expect(first).toMatchObject({ turnId: 1, text: 'My name is Ann.', notes: [], heardOfLast: null });
  expect(second?.notes).toContainEqual(expect.stringContaining('4711'));

  const counted = sandbox.events.filter((event) => event.type === 'usage-counted');
  expect(new Set(counted.map(({ owner }) => owner))).toEqual(new Set(['voice', 'ears', 'agent']));
  for (const { owner, usage } of counted) {
    expect(usage.unit).toBe(owner === 'ears' ? 'seconds' : 'tokens');
    if (usage.unit === 'tokens') {
      expect(usage.textIn).toBeGreaterThan(0);
      // The caller's sound is not billed again with each sentence that is spoken.
      expect(usage.audioIn).toBe(0);
    } else expect(usage.seconds).toBeGreaterThan(0);
  }
});

it('[K5] a call has its summary soon after its end: every stage of every wait, and what it took', async (test) => {
  const sandbox = await quickSandbox(test, { env: { OPERATOR_TOKEN: TOKEN, STORE_TRANSCRIPTS: '0' } });
  const caller = await sandbox.call();
  await caller.hears('How can I help you?');
  await caller.says('My name is Ann.');
  await caller.hears('What can I do for you?');
  await sandbox.happened('turn-finished');
  caller.hangsUp();
  await vi.waitFor(async () => {
    const answer = await fetch(`${sandbox.relayUrl}/calls?state=ended`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(await answer.json()).toMatchObject({
      calls: [
        {
          attention: [],
          summary: {
            turns: { done: 1, failed: 0 },
            wait: { count: 1, p50Ms: expect.any(Number) },
            parts: { closing: { count: 1 }, line: { count: 1 } },
            tokens: { voice: { textIn: expect.any(Number) }, ears: { seconds: expect.any(Number) } },
          },
        },
      ],
    });
  }, 5_000);
});
