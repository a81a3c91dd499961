import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, vi } from 'vitest';
import { PacedClock } from '../../sandbox/paced-clock.ts';
import { ForgedTwilio } from '../support/forged-twilio.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';
import { twoRelays } from '../support/two-relays.ts';

const GREETING = 'How can I help you?';

describe.concurrent('a call comes in', () => {
  it('[O2] [O5] the caller is greeted and talks with the agent', async (test) => {
    const sandbox = await quickSandbox(test);
    const caller = await sandbox.call();
    await caller.hears(GREETING);
    await caller.says('When are you open?');
    await caller.hears(
      'We are open from 9 to 6, Monday to Saturday. On Sundays we are closed, but you can order online.',
    );
    await caller.says('My name is Ann.');
    await caller.hears('Nice to meet you, Ann.');
    await caller.says('What is my name?');
    await caller.hears('Your name is Ann.');
    caller.hangsUp();
    expect(await caller.ended).toEqual({ how: 'caller-hung-up' });
  });

  it('[L4] keys pressed on the phone reach the agent', async (test) => {
    const sandbox = await quickSandbox(test);
    const caller = await sandbox.call();
    await caller.hears(GREETING);
    await caller.presses('42#');
    await caller.hears('Thank you, I have noted 4 2 #.');
    caller.hangsUp();
  });

  it('[T7] Markdown, emoji and citation marks are not heard', async (test) => {
    const sandbox = await quickSandbox(test);
    const caller = await sandbox.call();
    await caller.hears(GREETING);
    await caller.says('How much is it?');
    await caller.hears(
      'It depends on the season: Tulips are $12 a bunch. Roses are $45.50 a dozen. Which would you like?',
    );
    caller.hangsUp();
  });

  it('[O4] what is said before speech is ready is heard all the same', async (test) => {
    const sandbox = await quickSandbox(test);
    const { faults } = sandbox.openAi.realtime;
    faults.dialDelayMs = 1500;
    const caller = await sandbox.call();
    await caller.says('My name is Bob.');
    faults.dialDelayMs = 0;
    await caller.hears('Nice to meet you, Bob.');
    caller.hangsUp();
  });

  it('[T1] two calls share nothing', async (test) => {
    const sandbox = await quickSandbox(test);
    const [ann, bob] = await Promise.all([sandbox.call(), sandbox.call()]);
    await Promise.all([ann.hears(GREETING), bob.hears(GREETING)]);
    await Promise.all([ann.says('My name is Ann.'), bob.says('My name is Bob.')]);
    await Promise.all([ann.hears('to meet you, Ann.'), bob.hears('to meet you, Bob.')]);
    await Promise.all([ann.says('What is my name?'), bob.says('What is my name?')]);
    await Promise.all([ann.hears('Your name is Ann.'), bob.hears('Your name is Bob.')]);
    expect(ann.heard).not.toContain('Bob');
    expect(bob.heard).not.toContain('Ann');
    ann.hangsUp();
    bob.hangsUp();
  });

  it('[O7] a webhook that is sent again after its call starts none', async (test) => {
    const sandbox = await quickSandbox(test);
    const caller = await sandbox.call();
    await caller.hears(GREETING);
    caller.hangsUp();
    await caller.ended;
    const headers = { authorization: 'Bearer operator-token' };
    const record = async () => (await fetch(`${sandbox.relayUrl}/calls/${caller.sid}`, { headers })).json();
    await vi.waitFor(async () => expect(await record()).toMatchObject({ stage: 'ended' }), 20_000);
    const replayed = new ForgedTwilio(sandbox);
    await expect(replayed.announces(caller.sid)).rejects.toThrow('hangup');
    expect(sandbox.relay.calls.count).toBe(0);
  });

  it('[O8] the greeting is heard while Realtime cannot be reached', async (test) => {
    const sandbox = await quickSandbox(test);
    const { faults } = sandbox.openAi.realtime;
    faults.refuseDials = Infinity;
    const caller = await sandbox.call();
    await caller.hears(GREETING);
    faults.refuseDials = 0;
    await caller.says('My name is Bob.');
    await caller.hears('Nice to meet you, Bob.');
    caller.hangsUp();
  });

  it('[O9] nothing is opened for a webhook without a signature', async (test) => {
    const sandbox = await quickSandbox(test);
    const { realtime } = sandbox.openAi;
    const before = realtime.sessionsEver;
    const body = new URLSearchParams({ CallSid: `CA${'1'.repeat(32)}`, From: '+15550001', To: '+15550002' });
    const answers = Array.from({ length: 5 }, () =>
      fetch(`${sandbox.relayUrl}/voice`, { method: 'POST', body }),
    );
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
    expect([realtime.sessionsEver, sandbox.relay.calls.count]).toEqual([before, 0]);
  });

  it('[O10] the greeting does not wait for the records, though another process answered the webhook', async (test) => {
    const clock = new PacedClock();
    const { sandbox, firstUrl } = await twoRelays(test, { clock });
    sandbox.twilio.routeTo(firstUrl, sandbox.relayUrl);
    const somebody = new DatabaseSync((sandbox.env['DATABASE_URL'] ?? '').replace('sqlite:', ''), {
      timeout: 5_000,
    });
    test.onTestFinished(() => somebody.close());
    somebody.exec('BEGIN EXCLUSIVE');
    const from = clock.now();
    const caller = await sandbox.call({ from: '+15550123' });
    await caller.hears(GREETING);
    expect((caller.heardLog[0]?.at ?? Infinity) - from).toBeLessThan(1_500);
    expect(sandbox.relay.calls.count).toBe(1);
    somebody.exec('ROLLBACK');
    await caller.says('My name is Ann.');
    await caller.hears('Nice to meet you, Ann.');
    caller.hangsUp();
  });

  it('[R5] more calls than MAX_CALLS hear the busy tone, and those in progress notice nothing', async (test) => {
    const small = await quickSandbox(test, { env: { MAX_CALLS: '1' } });
    const first = await small.call();
    await first.hears(GREETING);
    const second = await small.call();
    expect(await second.ended).toEqual({ how: 'busy' });
    expect((await fetch(`${small.relayUrl}/ready`)).status).toBe(503);
    await first.says('My name is Ann.');
    await first.hears('Nice to meet you, Ann.');
    first.hangsUp();
  });
});

describe.concurrent('change the ID, and another business answers', () => {
  it.for([
    ['agent_flowers', 'this is Bloom and Stem'],
    ['agent_dentist', 'Good day, Harbour Dental. What can I do for you?'],
    ['model:gpt-6-luna', 'this is Bloom and Stem'],
  ])('%s opens the conversation itself', async ([id = '', words = ''], test) => {
    const sandbox = await quickSandbox(test, { env: { AGENT_WORKFLOW_ID: id, GREETING: '' } });
    const caller = await sandbox.call();
    await caller.hears(words);
    await caller.says('When do you open?');
    await caller.hears(/open (from 9|on weekdays)/);
    caller.hangsUp();
  });
});
