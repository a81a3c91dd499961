// Whole outbound calls: from POST /calls to the person who answers, and the record afterwards.
import { describe, expect, it, type TestContext, vi } from 'vitest';
import type { Mind } from '../../sandbox/openai/mind.ts';
import type { SandboxOptions } from '../../sandbox/sandbox.ts';
import { ANN, callingOut, REMINDER } from '../support/calling-out.ts';

const OPENING = 'This is Harbour Dental. You have an appointment tomorrow at two. Will you come?';

/** Reminds, and says goodbye. What it was told is kept in order. */
function reminding(test: TestContext, { env = {}, ...others }: SandboxOptions = {}) {
  const told: string[] = [];
  const mind: Mind = ({ history, text: last }) => {
    const answered = history.findLastIndex(({ role }) => role === 'assistant');
    const text = [...history.slice(answered + 1).map((one) => one.text), last].join('\n');
    told.push(text);
    if (/\bok"? only/.test(text)) return { text: 'ok' };
    if (/call screener/.test(text)) return { text: 'This is Harbour Dental, about an appointment.' };
    if (/hello|said nothing yet/i.test(text)) return { text: OPENING };
    if (/yes/i.test(text)) return { text: 'Wonderful. Goodbye! [[end]]' };
    return { text: 'Pardon?' };
  };
  return callingOut(test, {
    ...others,
    env: { AGENT_WORKFLOW_ID: 'agent_out', ...env },
    openAi: { agents: { agent_out: mind } },
  }).then((all) => ({ ...all, told }));
}

describe.concurrent('an outbound call', () => {
  it('[C3] is placed, answered with hello, and carried to its end', async (test) => {
    const { sandbox, place, settled, told } = await reminding(test);
    const ann = sandbox.twilio.callee(ANN);
    const id = await place({ ...REMINDER, metadata: { patient: '7' } });
    const caller = await ann.answered;
    await caller.hears('Will you come?');
    await caller.says('Yes, I will.');
    await caller.hears('Wonderful. Goodbye!');
    await caller.ended;
    expect(told[0]).toContain('Remind Ann of her appointment tomorrow at two.');
    expect(await settled(id)).toMatchObject({
      id,
      direction: 'outbound',
      stage: 'ended',
      endReason: 'agent-ended',
      to: ANN,
      from: '+15550002222',
      metadata: { patient: '7' },
      transcript: [
        { who: 'caller', said: 'Hello?' },
        { who: 'agent', said: OPENING, heard: OPENING },
        { who: 'caller', said: 'Yes, I will.' },
        { who: 'agent', said: 'Wonderful. Goodbye!' },
      ],
    });
  });

  it('[C3] is not begun by the agent while they have said nothing, but after a while', async (test) => {
    const { sandbox, place } = await reminding(test, { config: { firstWordWaitMs: 300 } });
    const ann = sandbox.twilio.callee(ANN, 'answers-silent');
    await place();
    const caller = await ann.answered;
    await caller.hears('Will you come?');
    caller.hangsUp();
  });

  it('[O9] finds its one speech session there when somebody answers', async (test) => {
    const { sandbox, place } = await reminding(test);
    const { realtime } = sandbox.openAi;
    await sandbox.relay.warmed;
    await vi.waitFor(() => expect(realtime.openSessions).toBe(0), 20_000);
    const before = realtime.sessionsEver;
    const ann = sandbox.twilio.callee(ANN, 'answers', { ringMs: 1_500 });
    await place();
    await vi.waitFor(() => expect(realtime.openSessions).toBe(1), 20_000);
    const caller = await ann.answered;
    await caller.hears('Will you come?');
    expect(realtime.sessionsEver).toBe(before + 1);
    caller.hangsUp();
  });

  it('[O9] leaves no speech session behind if nobody answers', async (test) => {
    const { sandbox, place, settled } = await reminding(test);
    const { realtime } = sandbox.openAi;
    await sandbox.relay.warmed;
    await vi.waitFor(() => expect(realtime.openSessions).toBe(0), 20_000);
    const before = realtime.sessionsEver;
    sandbox.twilio.callee(ANN, 'no-answer', { ringMs: 1_500 });
    const id = await place();
    expect(await settled(id)).toMatchObject({ endReason: 'no-answer' });
    expect(realtime.sessionsEver).toBe(before + 1);
    await vi.waitFor(() => expect(realtime.openSessions).toBe(0), 20_000);
  });

  it('[C4] that meets an answering machine leaves the message after the beep, and nothing else', async (test) => {
    const { sandbox, place, settled } = await reminding(test);
    const ann = sandbox.twilio.callee(ANN, 'machine');
    const message = 'This is Harbour Dental. Please call us back.';
    const id = await place({ ...REMINDER, voicemail: 'leave', voicemailMessage: message });
    expect(await ann.recorded).toContain(message);
    expect(await settled(id)).toMatchObject({ endReason: 'voicemail-left', answeredBy: 'machine' });
  });

  it('[C4] that meets an answering machine hangs up, where nothing is to be left', async (test) => {
    const { sandbox, place, settled } = await reminding(test);
    const ann = sandbox.twilio.callee(ANN, 'machine', {
      says: 'Hi, this is Ann. I cannot come to the phone right now, so please leave a message after the tone.',
    });
    const id = await place();
    const caller = await ann.answered;
    await caller.ended;
    expect(await settled(id)).toMatchObject({ endReason: 'machine', answeredBy: 'machine' });
  });

  it('[C4] that meets a call screener tells it who is calling, and is put through', async (test) => {
    const { sandbox, place } = await reminding(test);
    const ann = sandbox.twilio.callee(ANN, 'screener', { detectedAs: 'machine_start' });
    await place();
    const caller = await ann.answered;
    await caller.hears('This is Harbour Dental, about an appointment.');
    await caller.hears('Will you come?', { withinMs: 10_000 });
    expect(sandbox.events.some(({ type }) => type === 'screener-heard')).toBe(true);
    caller.hangsUp();
  });

  it.for([
    ['busy', 'callee-busy'],
    ['no-answer', 'no-answer'],
    ['fails', 'unreachable'],
  ] as const)('[C5] to a line that is %s ends as %s', async ([behaviour, endReason], test) => {
    const { sandbox, place, settled } = await reminding(test);
    sandbox.twilio.callee(ANN, behaviour);
    const id = await place();
    expect(await settled(id)).toMatchObject({ stage: 'ended', endReason });
  });
});
