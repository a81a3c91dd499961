// Two hundred calls through one relay, which end in every way a call can end, leave nothing behind: no session at a
// vendor, no timer, no socket, no entry in a map.
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/call/ports.ts';
import { inboundIdOf } from '../../src/call/call-id.ts';
import type { Caller } from '../../sandbox/caller/caller.ts';
import { PacedClock } from '../../sandbox/paced-clock.ts';
import { SANDBOX_ENV, type Sandbox } from '../../sandbox/sandbox.ts';
import { ForgedTwilio } from '../support/forged-twilio.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';

const CALLS = 200;
const CALLS_AT_A_TIME = 50;
const REPLY = 'Of course, day and night.';

/** A paced clock that knows how many of its alarms are pending. */
class CountingClock implements Clock {
  readonly #clock = new PacedClock();
  #pending = 0;

  get pending(): number {
    return this.#pending;
  }

  now(): number {
    return this.#clock.now();
  }

  after(ms: number, run: () => void): () => void {
    let isPending = true;
    const settle = (): void => {
      if (isPending) this.#pending--;
      isPending = false;
    };
    this.#pending++;
    const takeBack = this.#clock.after(ms, () => {
      settle();
      run();
    });
    return () => {
      settle();
      takeBack();
    };
  }
}

type WholeCall = (sandbox: Sandbox, nth: number) => Promise<void>;

const afterATurn: WholeCall = async (sandbox) => {
  const caller = await greeted(sandbox);
  await caller.says('Do you?');
  await caller.hears(REPLY);
  return hungUp(caller);
};

const beforeItsStream: WholeCall = async (sandbox, nth) => {
  const twilio = new ForgedTwilio(sandbox);
  const callId = `CA${String(nth).padStart(32, '0')}`;
  await twilio.announces(callId);
  await twilio.ends(callId);
};

const beforeAWord: WholeCall = async (sandbox) => hungUp(await sandbox.call());

const inTheGreeting: WholeCall = async (sandbox) => {
  const caller = await sandbox.call();
  await caller.hears('Hel');
  return hungUp(caller);
};

const whileTheAgentThinks: WholeCall = async (sandbox) => {
  const caller = await greeted(sandbox);
  await caller.says('Do you?');
  return hungUp(caller);
};

const beforeTheVoiceBegins: WholeCall = async (sandbox) => {
  const caller = await greeted(sandbox);
  const asked = new Promise<void>((resolve) => {
    const unsubscribe = sandbox.relay.subscribe(({ callId, type }) => {
      if (callId !== inboundIdOf(caller.sid) || type !== 'segment-asked') return;
      unsubscribe();
      resolve();
    });
  });
  await caller.says('Do you?');
  await asked;
  return hungUp(caller);
};

const inTheReply: WholeCall = async (sandbox) => {
  const caller = await greeted(sandbox);
  await caller.says('Do you?');
  await caller.hears('Of');
  return hungUp(caller);
};

const withTheLineDown: WholeCall = async (sandbox) => {
  const caller = await greeted(sandbox);
  caller.dropsLine();
  return hungUp(caller);
};

const onASecondLine: WholeCall = async (sandbox) => {
  const caller = await greeted(sandbox);
  await caller.says('Do you?');
  await caller.hears('Of');
  caller.dropsLine();
  await caller.hears('night.');
  return hungUp(caller);
};

const byTheRelay: WholeCall = async (sandbox) => {
  const caller = await greeted(sandbox);
  sandbox.relay.calls.get(inboundIdOf(caller.sid))?.sayAndEnd('goodbye', 'silence');
  expect(await caller.ended).toEqual({ how: 'relay-hung-up' });
};

const byBadInput: WholeCall = async (sandbox) => {
  const caller = await greeted(sandbox);
  caller.sendsRaw('no JSON');
  expect(await caller.ended).toEqual({ how: 'relay-hung-up' });
};

const ENDINGS = [
  afterATurn,
  beforeItsStream,
  beforeAWord,
  inTheGreeting,
  whileTheAgentThinks,
  beforeTheVoiceBegins,
  inTheReply,
  withTheLineDown,
  onASecondLine,
  byTheRelay,
  byBadInput,
];

async function greeted(sandbox: Sandbox): Promise<Caller> {
  const caller = await sandbox.call();
  await caller.hears('Hello. ');
  return caller;
}

async function hungUp(caller: Caller): Promise<void> {
  caller.hangsUp();
  await caller.ended;
}

/** Of the whole process: the relay's, the sandbox's, and those that `fetch` keeps for a few seconds. */
function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}

describe(`after ${CALLS} calls`, () => {
  it('[E4] no session, timer, socket or map entry is left', async (test) => {
    const clock = new CountingClock();
    const agentSessions: string[] = [];
    const sandbox = await quickSandbox(test, {
      clock,
      env: { AGENT_WORKFLOW_ID: 'agent_brief', GREETING: 'Hello.' },
      openAi: {
        agents: { agent_brief: () => ({ text: REPLY }) },
        realtimeFaults: { firstAudioMs: 200 },
        onAgentEvent: (event) => {
          if (event.type === 'agent.session.created') agentSessions.push(event.session.id);
        },
      },
    });
    const socketsBefore = sockets();
    // The relay's own: leases, old records, the event loop.
    const timersBefore = clock.pending;

    for (let first = 0; first < CALLS; first += CALLS_AT_A_TIME) {
      const batch = Array.from({ length: CALLS_AT_A_TIME }, (_, place) => first + place);
      await Promise.all(batch.map((nth) => (ENDINGS[nth % ENDINGS.length] ?? afterATurn)(sandbox, nth)));
    }

    const { calls } = sandbox.relay;
    await expect.poll(() => [calls.count, calls.remembered], { timeout: 30_000 }).toEqual([0, 0]);
    await expect.poll(() => sandbox.openAi.realtime.openSessions, { timeout: 30_000 }).toBe(0);
    await expect.poll(() => clock.pending, { timeout: 30_000 }).toBeLessThanOrEqual(timersBefore);
    await expect.poll(() => sockets(), { timeout: 30_000 }).toBeLessThanOrEqual(socketsBefore);

    const of = (type: string) => sandbox.events.filter((event) => event.type === type).length;
    expect([of('call-started'), of('call-ended'), of('bug-found')]).toEqual([CALLS, CALLS, 0]);
    expect(sandbox.openAi.realtime.sessionsEver).toBeGreaterThan(CALLS / 2);
    expect(agentSessions.length).toBeGreaterThan(CALLS / 2);
    expect(await Promise.all(agentSessions.map((id) => statusOf(sandbox, id)))).toEqual(
      agentSessions.map(() => 404),
    );
  });
});

it('[E2] [R5] a call that returns to a full relay hears an apology and leaves no entry', async (test) => {
  const sandbox = await quickSandbox(test, { env: { MAX_CALLS: '1', GREETING: 'Hello.' } });
  const caller = await greeted(sandbox);
  // Answered by a process that is no more.
  expect(await new ForgedTwilio(sandbox).asksNext('CA1')).toEqual(['say', 'hangup']);
  expect(sandbox.relay.calls.remembered).toBe(0);
  caller.hangsUp();
});

async function statusOf({ openAi }: Sandbox, sessionId: string): Promise<number> {
  const response = await fetch(`${openAi.baseUrl}/agents/sessions/${sessionId}`, {
    headers: { authorization: `Bearer ${SANDBOX_ENV.OPENAI_API_KEY}`, 'openai-beta': 'agents=v1' },
  });
  await response.body?.cancel();
  return response.status;
}
