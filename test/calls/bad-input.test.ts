// One relay, one good call that talks all the time, and beside it everything that should not come. Each kind is refused
// in its way, counted and named in the log; the good caller hears their conversation and nothing else.
import type { RealtimeServerEvent } from 'openai/resources/realtime/realtime';
import { pino } from 'pino';
import twilio from 'twilio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EndReason, RefusedInput } from '../../src/call/call.ts';
import { inboundIdOf } from '../../src/call/call-id.ts';
import { StreamTokens } from '../../src/phone/stream-token.ts';
import { SANDBOX_ENV, type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import type { UpgradeSignature } from '../../sandbox/twilio/webhooks.ts';
import { ForgedTwilio, formOf, mediaOf, startOf, STREAM_SID } from '../support/forged-twilio.ts';
import { STEADY_ENV, steadyCaller, type SteadyCaller, steadyMind } from '../support/steady-caller.ts';

const { TWILIO_AUTH_TOKEN, OPENAI_API_KEY, WEBHOOK_URL } = SANDBOX_ENV;
const POLICY_VIOLATION = 1008;
const TOO_LARGE = 1009;
const MAX_CALLS = 4;

let sandbox: Sandbox;
let twilioByHand: ForgedTwilio;
let logged = '';
let steady: SteadyCaller;
/** Told of what Realtime sends, before it is sent. */
let onSpeechEvent = (_event: RealtimeServerEvent, _sessionId: string): void => {};
const tokens: string[] = [];
let calls = 0;

beforeAll(async () => {
  sandbox = await startSandbox({
    log: pino({ level: 'trace' }, { write: (line: string) => void (logged += line) }),
    env: { ...STEADY_ENV, MAX_CALLS: String(MAX_CALLS) },
    openAi: {
      agents: { agent_steady: steadyMind },
      realtimeFaults: { transcriptionMs: 30, firstAudioMs: 30, speed: 40 },
      onRealtimeServerEvent: (event, sessionId) => onSpeechEvent(event, sessionId),
    },
  });
  twilioByHand = new ForgedTwilio(sandbox);
  steady = await steadyCaller(sandbox);
});

afterAll(async () => {
  await sandbox.close();
  expect(sandbox.twilio.violations).toEqual([]);
});

/** How often this kind was refused so far, as the operator sees it. */
async function refusals(kind: RefusedInput): Promise<number> {
  const text = await (await fetch(`${sandbox.relayUrl}/metrics`)).text();
  return Number(
    new RegExp(`^patchcord_input_refused_total\\{kind="${kind}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0,
  );
}

function namedInLog(kind: RefusedInput): number {
  return logged.split('\n').filter((line) => line.includes(`"kind":"${kind}"`)).length;
}

/** Whether `act` is counted and logged as this, so many times. */
async function isRefusedAs(kind: RefusedInput, act: () => Promise<void>, times = 1): Promise<void> {
  const [counted, named] = [await refusals(kind), namedInLog(kind)];
  await act();
  // What happens within a call is counted after the work at hand.
  await expect.poll(() => refusals(kind)).toBe(counted + times);
  expect(namedInLog(kind)).toBe(named + times);
}

function newCallId(): string {
  return `CA${String(++calls).padStart(32, '0')}`;
}

/** A call that is announced and waits for its stream. */
async function announced(): Promise<{ callId: string; token: string }> {
  const callId = newCallId();
  const token = await twilioByHand.announces(callId);
  tokens.push(token);
  return { callId, token };
}

/** Waits until the relay has ended this call, and tells why. */
async function endOf(sid: string): Promise<EndReason> {
  const callId = inboundIdOf(sid);
  const ended = () => sandbox.events.find((event) => event.type === 'call-ended' && event.callId === callId);
  await expect.poll(ended).toBeDefined();
  const event = ended();
  return event?.type === 'call-ended' ? event.reason : 'bug';
}

interface Post {
  readonly path?: string;
  readonly form?: Readonly<Record<string, string>>;
  /** What the signature is over, where that is not what is sent. */
  readonly signedForm?: Readonly<Record<string, string>>;
  readonly signature?: string | null;
  readonly contentType?: string;
}

async function post({ path = '/voice', form, signedForm, signature, contentType }: Post): Promise<Response> {
  const sent = form ?? formOf(newCallId());
  const right = twilio.getExpectedTwilioSignature(TWILIO_AUTH_TOKEN, WEBHOOK_URL + path, {
    ...(signedForm ?? sent),
  });
  const headers = new Headers({ 'content-type': contentType ?? 'application/x-www-form-urlencoded' });
  if (signature !== null) headers.set('x-twilio-signature', signature ?? right);
  return fetch(sandbox.relayUrl + path, {
    method: 'POST',
    headers,
    body: new URLSearchParams(sent).toString(),
  });
}

describe('a webhook', () => {
  it.for<[string, number, RefusedInput, Post]>([
    ['without a signature', 403, 'webhook-unsigned', { signature: null }],
    ['with a wrong signature', 403, 'webhook-unsigned', { signature: 'c2lnbmF0dXJl' }],
    ['signed over another form', 403, 'webhook-unsigned', { signedForm: formOf('CA1') }],
    [
      'signed for another address',
      403,
      'webhook-unsigned',
      { path: '/voice/next?', signature: 'c2lnbmF0dXJl' },
    ],
    ['that is no form', 415, 'webhook-malformed', { contentType: 'application/json' }],
    [
      'that is huge',
      400,
      'webhook-malformed',
      { form: formOf('CA1', { SpeechResult: 'x'.repeat(1_000_000) }) },
    ],
    [
      'in a charset that is none',
      400,
      'webhook-malformed',
      { contentType: 'application/x-www-form-urlencoded; charset=x' },
    ],
  ])('[O1] [R4] %s', async ([, status, kind, request]) => {
    await isRefusedAs(kind, async () => {
      expect((await post(request)).status).toBe(status);
    });
  });

  it.for<[string, Post, string]>([
    ['of no call', { form: formOf('') }, 'Reject'],
    ['of a call with an impossible name', { form: formOf('CA/../../1') }, 'Reject'],
    ['of another account', { form: formOf('CA1', { AccountSid: 'AC1' }) }, 'Reject'],
    ['of a call twice over', { path: '/voice/next', form: formOf('') }, 'Hangup'],
  ])('[R4] that is signed, but %s, begins nothing', async ([, request, verb]) => {
    const live = sandbox.relay.calls.count;
    await isRefusedAs('webhook-malformed', async () => {
      const response = await post(request);
      expect(response.status).toBe(200);
      expect(await response.text()).toContain(`<${verb}`);
    });
    expect(sandbox.relay.calls.count).toBe(live);
  });
});

describe('an upgrade', () => {
  it.for<[string, number, RefusedInput, UpgradeSignature, string]>([
    ['without a signature', 403, 'upgrade-unsigned', 'missing', '/media-stream'],
    ['signed for another host', 403, 'upgrade-unsigned', 'wrong', '/media-stream'],
    ['signed as a webhook', 403, 'upgrade-unsigned', 'https', '/media-stream'],
    ['to another path', 404, 'upgrade-path', 'plain', '/media'],
    ['to a webhook', 404, 'upgrade-path', 'plain', '/voice'],
    ['with a query', 404, 'upgrade-path', 'plain', '/media-stream?call=1'],
    ['to the path behind express-ws', 404, 'upgrade-path', 'plain', '/media-stream/.websocket'],
  ])('[O1] [R4] %s', async ([, status, kind, signedAs, path]) => {
    await isRefusedAs(kind, async () => {
      expect(await twilioByHand.upgrades(signedAs, WEBHOOK_URL.replace('https', 'wss') + path)).toBe(status);
    });
  });

  it('[O1] [R4] a thousand of them, unsigned', async () => {
    await isRefusedAs(
      'upgrade-unsigned',
      async () => {
        for (let batch = 0; batch < 20; batch++) {
          const answers = await Promise.all(
            Array.from({ length: 50 }, () => twilioByHand.upgrades('missing')),
          );
          expect(new Set(answers)).toEqual(new Set([403]));
        }
      },
      1000,
    );
  });
});

describe('a stream', () => {
  it('[O3] that brings no token, or one that is not good for its call now', async () => {
    const [first, second] = [await announced(), await announced()];
    const used = await announced();
    const joined = await twilioByHand.opens();
    joined.sends(startOf(used.callId, used.token));
    const named = { callId: inboundIdOf(first.callId), sid: first.callId };
    const expired = new StreamTokens(TWILIO_AUTH_TOKEN).issue(named, Date.now() - 61_000);
    const mine = new StreamTokens('another key').issue(named, Date.now());
    const attempts: [callId: string, token: string | null][] = [
      [first.callId, null],
      [first.callId, ''],
      [first.callId, 'a.b.c'],
      [first.callId, `${first.token}.`],
      [first.callId, second.token],
      [first.callId, expired],
      [first.callId, mine],
      [used.callId, used.token],
      [newCallId(), first.token],
    ];
    for (const [callId, token] of attempts) {
      await isRefusedAs('stream-token', async () => {
        const stream = await twilioByHand.opens();
        stream.sends(startOf(callId, token));
        expect(await stream.closed).toBe(POLICY_VIOLATION);
      });
    }
    expect(joined.isOpen).toBe(true);
    for (const { callId } of [first, second, used]) await twilioByHand.ends(callId);
    expect(await joined.closed).toBe(1000);
  });

  it.for<[string, RefusedInput, number, readonly (object | string | Buffer)[]]>([
    ['with media before start', 'stream-before-start', POLICY_VIOLATION, [mediaOf({})]],
    [
      'with a mark before start',
      'stream-before-start',
      POLICY_VIOLATION,
      [{ event: 'mark', mark: { name: 'g0:1' } }],
    ],
    ['with stop before start', 'stream-before-start', POLICY_VIOLATION, [{ event: 'stop' }]],
    ['in 16 kHz', 'stream-codec', POLICY_VIOLATION, [startOf('CA1', 'x', { sampleRate: 16_000 })]],
    ['in stereo', 'stream-codec', POLICY_VIOLATION, [startOf('CA1', 'x', { channels: 2 })]],
    ['in A-law', 'stream-codec', POLICY_VIOLATION, [startOf('CA1', 'x', { encoding: 'audio/x-alaw' })]],
    [
      'in linear PCM, told as text',
      'stream-codec',
      POLICY_VIOLATION,
      [startOf('CA1', 'x', { sampleRate: '8000' })],
    ],
    ['that starts as nobody', 'stream-malformed', POLICY_VIOLATION, [{ event: 'start', start: null }]],
    ['that is binary', 'stream-binary', POLICY_VIOLATION, [Buffer.from('{"event":"connected"}')]],
    ['that speaks no JSON', 'stream-malformed', POLICY_VIOLATION, ['{"event":"conn']],
    ['of 1 MB', 'stream-too-large', TOO_LARGE, [mediaOf({ payload: 'A'.repeat(1024 * 1024) })]],
  ])('[R4] %s is closed before it belongs to a call', async ([, kind, code, messages]) => {
    const live = sandbox.relay.calls.count;
    await isRefusedAs(kind, async () => {
      const stream = await twilioByHand.opens();
      stream.sends(...messages);
      expect(await stream.closed).toBe(code);
    });
    expect(sandbox.relay.calls.count).toBe(live);
  });

  it.for<[string, RefusedInput, number, object | string | Buffer]>([
    ['starts twice', 'stream-second-start', POLICY_VIOLATION, startOf('CA1', 'x')],
    ['sends a binary frame', 'stream-binary', POLICY_VIOLATION, Buffer.alloc(160, 0xff)],
    ['breaks its JSON', 'stream-malformed', POLICY_VIOLATION, JSON.stringify(mediaOf({})).slice(0, -9)],
    ['sends 1 MB', 'stream-too-large', TOO_LARGE, mediaOf({ payload: 'A'.repeat(1024 * 1024) })],
  ])('[R4] of a call that %s ends that call', async ([, kind, code, message]) => {
    const callId = newCallId();
    await isRefusedAs(kind, async () => {
      const stream = await twilioByHand.joins(callId);
      stream.sends(mediaOf({}), message);
      expect(await stream.closed).toBe(code);
    });
    expect(await endOf(callId)).toBe('bad-input');
    expect(await twilioByHand.asksNext(callId)).toEqual(['say', 'hangup']);
    await twilioByHand.ends(callId);
  });

  it.for<[string, RefusedInput, readonly (object | string)[]]>([
    [
      'impossible timestamps',
      'stream-malformed',
      ['-20', '-1', 'NaN', '1e400', '20.5', '', -20, null, {}, '9007199254740993'].map((timestamp) =>
        mediaOf({ timestamp }),
      ),
    ],
    [
      'payloads that are no audio',
      'stream-malformed',
      ['', 'abc', 'ä'.repeat(8), '=AAA', 5, null, [], 'A'.repeat(20_000)].map((payload) =>
        mediaOf({ payload }),
      ),
    ],
    [
      'keys that are on no telephone',
      'stream-malformed',
      ['E', '12', '', 1].map((digit) => ({ event: 'dtmf', streamSid: STREAM_SID, dtmf: { digit } })),
    ],
    [
      'marks without a name',
      'stream-malformed',
      [{ event: 'mark', streamSid: STREAM_SID, mark: { name: 7 } }],
    ],
    [
      'events that we do not know',
      'stream-unknown-event',
      [{ event: '+15550009999' }, { event: 'speech' }, {}, 'null', '[]', '7'],
    ],
    ["another stream's media", 'stream-foreign', [mediaOf({}, 'MZother'), { event: 'stop' }]],
  ])('[R4] of a call that brings %s goes on without them', async ([, kind, messages]) => {
    for (const message of messages) {
      const callId = newCallId();
      await isRefusedAs(kind, async () => {
        const stream = await twilioByHand.joins(callId);
        // Counted once a stream, so that a flood of nonsense is no flood of log lines.
        stream.sends(message, message);
        stream.hangsUp();
        expect(await stream.closed).toBe(1000);
      });
      expect(await endOf(callId)).toBe('caller-hung-up');
      await twilioByHand.ends(callId);
    }
  });
});

describe('a Realtime session', () => {
  it('[R4] that brings what is no audio is heard without it', async () => {
    let mine: string | null = null;
    let hasSpoken = false;
    onSpeechEvent = (event, sessionId) => {
      if (event.type === 'session.created') mine = sessionId;
      if (event.type !== 'response.output_audio.delta' || sessionId !== mine || hasSpoken) return;
      hasSpoken = true;
      for (const delta of ['', 'AAA', '!'.repeat(640), 'ä'.repeat(640)]) {
        sandbox.openAi.realtime.sendRaw(sessionId, JSON.stringify({ ...event, delta }));
      }
    };
    const caller = await sandbox.call();
    await caller.hears(`${SANDBOX_ENV.GREETING} `);
    await isRefusedAs(
      'speech-malformed',
      async () => {
        await caller.says('My name is Ann.');
        await caller.hears('Nice to meet you, Ann. ');
      },
      3,
    );
    caller.hangsUp();
    await caller.ended;
  });
});

describe('when all of that is over', () => {
  it('[R4] the good caller has heard their conversation, whole and nothing else', async () => {
    await steady.finishes();
    expect(sandbox.events.filter(({ type }) => type === 'bug-found')).toEqual([]);
    await expect.poll(() => sandbox.relay.calls.count).toBe(0);
  });

  it('[R4] no line of the log holds what people say, a number, a token or a secret', () => {
    expect(logged).toContain('call-ended');
    expect(tokens.length).toBeGreaterThan(0);
    for (const told of ['+1555', 'Secret', 'You said', TWILIO_AUTH_TOKEN, OPENAI_API_KEY, ...tokens]) {
      expect(logged).not.toContain(told);
    }
  });
});
