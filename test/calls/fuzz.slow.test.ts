// Random and mutated messages at live calls, from either far end, while a steady caller talks beside them. What is made
// of a message comes from a seed (FUZZ_SEED sets another); when it meets the call does not, as in life.
import { describe, it, type TestContext } from 'vitest';
import type { RealtimeServerEvent } from 'openai/resources/realtime/realtime';
import type { RefusedInput } from '../../src/call/call.ts';
import { inboundIdOf } from '../../src/call/call-id.ts';
import type { OpenAiOptions } from '../../sandbox/openai/openai.ts';
import type { Caller } from '../../sandbox/caller/caller.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { Chance, mutated, textsIn } from '../../sandbox/fuzz/mutate.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';
import { STEADY_ENV, steadyCaller, steadyMind } from '../support/steady-caller.ts';

const SEED = Number(process.env.FUZZ_SEED ?? 20260);
/** From each of the far ends. */
const MESSAGES = 400;
const CALLS_AT_A_TIME = 10;
const MOST_TO_ONE_CALL = 40;

/** A sandbox whose Realtime can be made to misbehave, and what of ours was thrown and not caught meanwhile. */
async function stage(test: TestContext, openAi: Omit<OpenAiOptions, 'apiKey'> = {}) {
  const uncaught: unknown[] = [];
  const note = (error: unknown): void => void uncaught.push(error);
  process.on('uncaughtException', note).on('unhandledRejection', note);
  test.onTestFinished(() => {
    process.off('uncaughtException', note).off('unhandledRejection', note);
  });
  const sandbox = await quickSandbox(test, {
    env: STEADY_ENV,
    openAi: { ...openAi, agents: { agent_steady: steadyMind } },
  });
  return { sandbox, uncaught };
}

/** The call still does what a call is for, or it has ended with a reason. */
async function isAliveOrOver({ expect }: TestContext, sandbox: Sandbox, caller: Caller): Promise<void> {
  try {
    await caller.says('My name is Ann.');
    await caller.hears('Nice to meet you, Ann.', { withinMs: 16_000 });
    caller.hangsUp();
  } catch (error) {
    if (sandbox.relay.calls.get(inboundIdOf(caller.sid)) !== undefined) throw error;
    await expect.poll(() => endOf(sandbox, caller.sid)).toBeDefined();
  }
}

function endOf(sandbox: Sandbox, sid: string) {
  const callId = inboundIdOf(sid);
  return sandbox.events.find((event) => event.callId === callId && event.type === 'call-ended');
}

/** A message of each kind that Twilio sends, for the stream that this call has now. */
function twilioMessages(sandbox: Sandbox, sid: string): readonly [object, ...object[]] {
  const callId = inboundIdOf(sid);
  const joined = sandbox.events.findLast(
    (event) => event.type === 'line-connected' && event.callId === callId,
  );
  const streamSid = joined?.type === 'line-connected' ? joined.streamId : 'MZ0';
  const payload = Buffer.from(Array.from({ length: 160 }, (_, at) => (at * 37) % 256)).toString('base64');
  const media = {
    event: 'media',
    streamSid,
    media: { track: 'inbound', chunk: '7', timestamp: '400', payload },
  };
  const mark = { event: 'mark', streamSid, mark: { name: 'g0:1' } };
  const dtmf = { event: 'dtmf', streamSid, dtmf: { track: 'inbound_track', digit: '5' } };
  const others = Array.from({ length: 3 }, () => [media, media, media, mark, mark, dtmf]).flat();
  return [
    { event: 'connected', protocol: 'Call', version: '1.0.0' },
    ...others,
    // Nearly always the end of its call.
    {
      event: 'start',
      streamSid,
      start: {
        streamSid,
        callSid: sid,
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters: { token: 'a.b.c' },
      },
    },
  ];
}

function kindsRefused(sandbox: Sandbox): Set<RefusedInput> {
  return new Set(sandbox.events.flatMap((event) => (event.type === 'input-refused' ? [event.kind] : [])));
}

describe.concurrent(`a live call (FUZZ_SEED=${SEED})`, () => {
  it('[R4] survives what comes over the stream, or ends with a reason; nobody else notices', async (test) => {
    const { sandbox, uncaught } = await stage(test);
    const steady = await steadyCaller(sandbox);
    let left = MESSAGES;

    const oneCall = async (seed: number): Promise<void> => {
      const chance = new Chance(seed);
      let leftHere = MOST_TO_ONE_CALL;
      let sendOne = (): void => {};
      // Every frame of the caller is a beat for one message more.
      const caller = await sandbox.call({
        omitsSilence: false,
        onAudio: ({ direction }) => direction === 'sent' && sendOne(),
      });
      const calmed = new Promise<void>((resolve) => {
        sendOne = () => {
          if (left <= 0 || leftHere <= 0) return resolve();
          left--;
          leftHere--;
          const messages = twilioMessages(sandbox, caller.sid);
          const strangers = [...messages.flatMap(textsIn), steady.sid];
          const options = { unreadableOneIn: 50, longestText: leftHere === 0 ? 200_000 : 30_000 };
          caller.sendsRaw(mutated(chance, chance.pick(messages), strangers, options));
        };
      });
      void caller.says('Tell me about your shop.');
      await Promise.race([calmed, caller.ended]);
      await isAliveOrOver(test, sandbox, caller);
    };

    for (let seed = SEED; left > 0;) {
      await Promise.all(Array.from({ length: CALLS_AT_A_TIME }, () => oneCall(seed++)));
    }
    await steady.finishes();
    test.expect(sandbox.events.filter(({ type }) => type === 'bug-found')).toEqual([]);
    test.expect(uncaught).toEqual([]);
    test.expect(kindsRefused(sandbox).size).toBeGreaterThan(2);
  }, 30_000);

  it('[R4] survives what comes from Realtime, or ends with a reason; nobody else notices', async (test) => {
    /** By session: those that are to be spared are never here. */
    const targets = new Map<string, { readonly chance: Chance; left: number; seen: RealtimeServerEvent[] }>();
    let isCalm = true;
    let sent = 0;
    const { sandbox, uncaught } = await stage(test, {
      onRealtimeServerEvent: (event, sessionId) => {
        if (isCalm) return;
        if (event.type === 'session.created') {
          const chance = new Chance(SEED + targets.size);
          targets.set(sessionId, { chance, left: MOST_TO_ONE_CALL, seen: [] });
        }
        const target = targets.get(sessionId);
        if (target === undefined || target.left === 0 || sent === MESSAGES) return;
        const { chance } = target;
        // The latest of each kind, so that the rare ones come as often as audio does.
        target.seen = [event, ...target.seen.filter(({ type }) => type !== event.type)];
        if (chance.below(2) === 0) return;
        target.left--;
        sent++;
        const message = target.seen[chance.below(target.seen.length)] ?? event;
        const another = target.seen[chance.below(target.seen.length)] ?? event;
        const options = { unreadableOneIn: 10, longestText: 1_000_000 };
        const frame = mutated(chance, message, textsIn(another), options);
        sandbox.openAi.realtime.sendRaw(sessionId, frame);
      },
    });
    const steady = await steadyCaller(sandbox);
    isCalm = false;
    const callers = await Promise.all(Array.from({ length: CALLS_AT_A_TIME }, () => sandbox.call()));
    await Promise.all(
      callers.map(async (caller) => {
        void caller.says('Tell me about your shop.');
        // Heard or not: after so long it has met enough.
        await caller.hears('a garden behind the church', { withinMs: 3_000 }).catch(() => {});
      }),
    );
    isCalm = true;
    await Promise.all(callers.map((caller) => isAliveOrOver(test, sandbox, caller)));
    await steady.finishes();
    test.expect(sandbox.events.filter(({ type }) => type === 'bug-found')).toEqual([]);
    test.expect(uncaught).toEqual([]);
    test.expect(sent).toBeGreaterThan(MESSAGES / 2);
    test.expect(kindsRefused(sandbox)).toContain('speech-malformed');
  }, 30_000);
});
