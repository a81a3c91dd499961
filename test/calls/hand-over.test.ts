// A call outlives its process: another one resumes it, and the agent still knows everything.
import { once } from 'node:events';
import { describe, expect, it, type TestContext, vi } from 'vitest';
import type { CallEvent, CallId } from '../../src/call/call.ts';
import { inboundIdOf } from '../../src/call/call-id.ts';
import { isHeardWithOneCut } from '../../sandbox/caller/heard.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { chooseStore } from '../../src/store/choose-store.ts';
import { aPostgresDatabase } from '../store/a-postgres.ts';
import { twoProcesses } from '../support/two-processes.ts';
import { twoRelays } from '../support/two-relays.ts';

const STORY =
  'Our shop was opened by Mrs. Alder in 1961. She grew every flower herself, in a garden behind the church. ' +
  'Her daughter took over in 1988 and began to sell roses from Ecuador. Today there are four of us. ' +
  'We still tie every bouquet by hand, and we still close at noon on Christmas Eve.';

/** Another relay says the word again in which the first was cut off. */
const LONGEST_WORD = 'daughter '.length;

/** Resolves once the first process has stored such an event. */
async function isRecorded(
  { onTestFinished }: TestContext,
  { env }: Sandbox,
  callId: CallId,
  type: CallEvent['type'],
): Promise<void> {
  const store = chooseStore(env['DATABASE_URL'] ?? '');
  onTestFinished(() => store.close());
  await vi.waitFor(async () => {
    const stored = await store.eventsAfter(callId, 0, 1000);
    expect(stored.map(({ event }) => event.type)).toContain(type);
  }, 30_000);
}

function leadToSecond(sandbox: Sandbox): void {
  sandbox.twilio.routeTo(sandbox.relayUrl);
}

describe.concurrent('a call outlives its process', () => {
  it('[R3] after kill -9 another process resumes the call, and the agent remembers', async (test) => {
    const { sandbox, first } = await twoProcesses(test);
    const caller = await sandbox.call();
    await caller.hears('How can I help you?');
    await caller.says('My name is Ann.');
    await caller.hears('Nice to meet you, Ann. What can I do for you?');
    await isRecorded(test, sandbox, inboundIdOf(caller.sid), 'turn-finished');
    leadToSecond(sandbox);
    first.kill('SIGKILL');
    await caller.hears('Sorry, where were we?');
    await caller.says('What is my name?');
    await caller.hears('Your name is Ann.');
    expect(await sandbox.happened('call-taken-up')).toMatchObject({ wasLost: true });
    caller.hangsUp();
  });

  it('[R3] a stream that reaches another relay than the webhook did takes its call along', async (test) => {
    const { sandbox, firstUrl } = await twoRelays(test);
    sandbox.twilio.routeTo(firstUrl, sandbox.relayUrl);
    const caller = await sandbox.call();
    await caller.hears('Hello, this is Bloom and Stem. How can I help you?');
    await caller.says('My name is Ann.');
    await caller.hears('Nice to meet you, Ann.');
    expect(caller.heard).not.toContain('where were we');
    caller.hangsUp();
    expect(await sandbox.happened('call-ended')).toMatchObject({ reason: 'caller-hung-up' });
  });

  it('[R2] after DRAIN_S a draining relay hands its calls over in mid-sentence', async (test) => {
    const database = await aPostgresDatabase();
    test.onTestFinished(() => database.stop());
    const { sandbox, first } = await twoRelays(test, {
      env: { DRAIN_S: '1', DATABASE_URL: database.url },
    });
    const caller = await sandbox.call();
    await caller.hears('How can I help you?');
    await caller.says('Tell me about your shop.');
    await caller.hears('She grew every flower');
    leadToSecond(sandbox);
    const drained = first.drain();
    await caller.hears('on Christmas Eve.');
    await drained;
    expect(await sandbox.happened('call-taken-up')).toMatchObject({ wasLost: false });
    expect(isHeardWithOneCut(caller.heard, STORY, LONGEST_WORD), caller.heard).toBe(true);
    caller.hangsUp();
  });

  it('[R2] SIGTERM hands over at once a call in which nobody speaks, without a sound, and the process exits with 0', async (test) => {
    const database = await aPostgresDatabase();
    test.onTestFinished(() => database.stop());
    const { sandbox, first } = await twoProcesses(test, { env: { DATABASE_URL: database.url } });
    const caller = await sandbox.call();
    await caller.hears('How can I help you?');
    await caller.says('My name is Ann.');
    await caller.hears('What can I do for you?');
    leadToSecond(sandbox);
    first.kill('SIGTERM');
    await sandbox.happened('line-connected');
    await caller.says('What is my name?');
    await caller.hears('Your name is Ann.');
    expect(caller.heard).not.toContain('where were we');
    expect(first.exitCode ?? (await once(first, 'exit'))[0]).toBe(0);
    caller.hangsUp();
  });
});
