// Whole calls in which everything is said that must stay between the caller and the agent, and in which everything
// breaks that could tell of it. Whatever the relay wrote to its log, at its most talkative, and answered over HTTP is
// then searched for each secret, each distinctive word and each number.
import { createServer } from 'node:http';
import { text as read } from 'node:stream/consumers';
import { pino } from 'pino';
import { describe, expect, it, type TestContext } from 'vitest';
import type { Heard, MindReply } from '../../sandbox/openai/mind.ts';
import { PacedClock } from '../../sandbox/paced-clock.ts';
import { SANDBOX_ENV, type Sandbox, type SandboxOptions } from '../../sandbox/sandbox.ts';
import { MAY_CALL_OUT } from '../support/calling-out.ts';
import { ForgedTwilio } from '../support/forged-twilio.ts';
import { listen } from '../support/listen.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';

const HUMAN = '+15550107777';
const CALLER = '+15550108888';
const CALLEE = '+15551238877';
const OPERATOR_TOKEN = 'operator-token-of-the-test';
const AGENT_API_KEY = 'ak-agent-key-of-the-test';
const KEY_IN_URL = 'key-in-url-of-the-test';
const KEY_IN_HEADER = 'key-in-header-of-the-test';
const CALLBACK_SECRET = 'callback-secret-of-the-test';
const { OPENAI_API_KEY, TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_PHONE_NUMBER } = SANDBOX_ENV;

/** None of these may be found anywhere, in whatever case. */
const CONFIDENTIAL = [
  OPENAI_API_KEY,
  TWILIO_AUTH_TOKEN,
  OPERATOR_TOKEN,
  AGENT_API_KEY,
  CALLBACK_SECRET,
  KEY_IN_URL,
  KEY_IN_HEADER,
  'sk-wrong',
  Buffer.from(`${TWILIO_ACCOUNT_SID}:${TWILIO_AUTH_TOKEN}`).toString('base64'),
  ...[HUMAN, CALLER, CALLEE, TWILIO_PHONE_NUMBER].map((number) => number.slice(1)),
  // Said by the caller, and pressed; said by the agent, and told to the human; given with the number; the greeting.
  'zebra',
  '4711#08*15',
  'hildegard',
  'quinoa',
  'xylophone',
  'Bloom and Stem',
];

/** An agent that gives these answers in order, whatever it receives. */
function mindThatSays(...replies: readonly (string | MindReply)[]): (heard: Heard) => MindReply {
  const waiting = [...replies];
  return ({ history }) => {
    if (history.length === 0) return { text: 'ok' };
    const reply = waiting.shift() ?? 'Yes, Hildegard.';
    return typeof reply === 'string' ? { text: reply } : reply;
  };
}

async function stage(test: TestContext, options: SandboxOptions, ...replies: (string | MindReply)[]) {
  let told = '';
  const mind = mindThatSays(...replies);
  const agents = { agents: { agent_brief: mind }, models: { brief: mind } };
  const log = pino({ level: 'trace' }, { write: (line: string) => void (told += line) });
  const sandbox = await quickSandbox(test, {
    ...options,
    log,
    env: {
      AGENT_WORKFLOW_ID: 'agent_brief',
      TRANSFER_NUMBER: HUMAN,
      OPERATOR_TOKEN,
      METRICS_PUBLIC: '0',
      AGENT_API_KEY,
      FILLER_AFTER_MS: '60000',
      ...options.env,
    },
    openAi: { ...options.openAi, ...agents },
  });
  const answered = async (path: string, init: RequestInit = {}): Promise<number> => {
    const answer = await fetch(sandbox.relayUrl + path, init);
    told += JSON.stringify([...answer.headers]) + (await answer.text());
    return answer.status;
  };
  return {
    sandbox,
    answered,
    call: () => sandbox.call({ from: CALLER, query: '?note=xylophone' }),
    /** Asks for all that can be asked for, waits for the end, and searches. `trace` shows that there was something to find. */
    nothingIsTold: async (trace: string | RegExp): Promise<void> => {
      await sandbox.happened('call-ended');
      await test.expect.poll(() => told).toMatch(trace);
      const authorization = `Bearer ${OPERATOR_TOKEN}`;
      await answered('/health');
      await answered('/ready');
      expect(await answered('/metrics', { headers: { authorization } })).toBe(200);
      expect(told).toMatch(/"msg":"call-ended"/);
      for (const secret of CONFIDENTIAL) {
        const at = told.toLowerCase().indexOf(secret.toLowerCase());
        expect(at === -1 ? '' : `${secret} in …${told.slice(Math.max(0, at - 300), at + 100)}…`).toBe('');
      }
    },
  };
}

/** An API that answers every request by quoting it, as vendors' errors do; with its address. */
async function quotingServer({ onTestFinished }: TestContext, status: number): Promise<string> {
  const server = createServer((req, res) => {
    void read(req).then((body) => {
      const message = `${JSON.stringify(req.headers)} ${req.url} ${decodeURIComponent(body)}`;
      const document = { code: 20500, message, status, error: { message, code: message, type: message } };
      res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document));
    });
  });
  const port = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${port}`;
}

async function sessionOf(sandbox: Sandbox, sessions: readonly string[]): Promise<string> {
  await sandbox.happened('speech-ready');
  const session = sessions.at(-1);
  if (session === undefined) throw new Error('no Realtime session has begun');
  return session;
}

describe.concurrent('nothing of these is logged or answered', () => {
  it('a conversation with words, keys and parameters, and two transfers', async (test) => {
    const { sandbox, call, nothingIsTold } = await stage(
      test,
      {},
      'Yes, Hildegard.',
      'Your order, Hildegard.',
      'Transferring, Hildegard. [[transfer: Hildegard wants quinoa.]]',
      'Nobody there, Hildegard.',
      'Again, Hildegard. [[transfer: Hildegard wants quinoa.]]',
    );
    const human = sandbox.twilio.callee(HUMAN, 'busy');
    const caller = await call();
    await caller.hears('How can I help you?');
    await caller.says('My word is zebra.');
    await caller.hears('Yes, Hildegard.');
    await caller.presses('4711#08*15');
    await caller.hears('Your order, Hildegard.');
    await caller.says('Tom about the zebra.');
    await caller.hears('Nobody there, Hildegard.');
    human.whenCalled = 'answers';
    await caller.says('Zebra, please.');
    await human.joined;
    human.hangsUp();
    await caller.ended;
    await nothingIsTold(/"msg":"transfer-failed"/);
  });

  it('an outbound call with its task, its words, its result, and failing callbacks', async (test) => {
    const receiver = await quotingServer(test, 500);
    const { sandbox, nothingIsTold } = await stage(
      test,
      { env: { ...MAY_CALL_OUT, OPERATOR_TOKEN, OUTBOUND_ALLOW: CALLEE, CALLBACK_SECRET } },
      'Yes, Hildegard.',
      'Quinoa, Hildegard.',
    );
    const ann = sandbox.twilio.callee(CALLEE);
    const ask = (path: string, body: object): Promise<Response> =>
      fetch(sandbox.relayUrl + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${OPERATOR_TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const placed = await ask('/calls', {
      to: CALLEE,
      task: { type: 'custom', prompt: 'Ask for quinoa.', context: { for: 'Hildegard' } },
      result: { type: 'object', properties: { quinoa: { type: 'boolean' } } },
      callbackUrl: `${receiver}/xylophone`,
      metadata: { zebra: 'xylophone' },
    });
    expect(placed.status, placed.ok ? '' : await placed.text()).toBe(202);
    const path = placed.headers.get('location') ?? '';
    const caller = await ann.answered;
    await caller.hears('Yes, Hildegard.');
    await ask(`${path}/say`, { text: 'Zebra and xylophone.' });
    await caller.hears('Zebra and xylophone.');
    await ask(`${path}/note`, { text: 'Quinoa is out.' });
    await caller.says('Zebra?');
    await caller.hears('Quinoa, Hildegard.');
    caller.hangsUp();
    await sandbox.happened('call-settled');
    await nothingIsTold(/"msg":"call-settled"/);
  });

  it('requests that are not to be answered', async (test) => {
    const { sandbox, call, answered, nothingIsTold } = await stage(test, {});
    const caller = await call();
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = `CallSid=CA1&From=${encodeURIComponent(CALLER)}&SpeechResult=zebra`;
    const signature = { 'x-twilio-signature': 'zebra' };
    expect(await answered('/nothing/zebra?sip=xylophone')).toBe(401);
    expect(await answered('/metrics')).toBe(401);
    expect(await answered('/metrics', { headers: { authorization: 'Bearer zebra' } })).toBe(401);
    expect(await answered('/voice', { method: 'POST', headers: form, body })).toBe(403);
    expect(
      await answered('/voice?q=xylophone', { method: 'POST', headers: { ...form, ...signature }, body }),
    ).toBe(403);
    expect(
      await answered('/voice', {
        method: 'POST',
        headers: { ...form, ...signature },
        body: 'zebra'.repeat(1e5),
      }),
    ).toBe(400);
    expect(await answered('/voice', { method: 'POST', headers: signature, body: '{"zebra":1}' })).toBe(415);
    expect(await new ForgedTwilio(sandbox).upgrades('wrong')).toBe(403);
    caller.hangsUp();
    await nothingIsTold(/upgrade-unsigned/);
  });

  it('bad input from both far ends, in the middle of a call', async (test) => {
    const sessions: string[] = [];
    const { sandbox, call, nothingIsTold } = await stage(test, {
      openAi: {
        onRealtimeServerEvent: (event, sessionId) => {
          if (event.type === 'session.updated') sessions.push(sessionId);
        },
      },
    });
    const caller = await call();
    await caller.hears('How can I help you?');
    const session = await sessionOf(sandbox, sessions);
    const text = 'It is "zebra".';
    const error = { type: text, code: text, message: text, param: text, event_id: text };
    sandbox.openAi.realtime.sendRaw(session, JSON.stringify({ type: 'error', event_id: text, error }));
    sandbox.openAi.realtime.sendRaw(session, '{"type":"zebra"');
    caller.sendsRaw(JSON.stringify({ event: 'zebra zebra', streamSid: 'zebra' }));
    await sandbox.happened('input-refused');
    caller.sendsRaw('{"event":"zebra');
    await nothingIsTold(/stream-malformed/);
  });

  it('an agent that refuses the key, and quotes it', async (test) => {
    const agent = await quotingServer(test, 401);
    const { call, nothingIsTold } = await stage(test, {
      env: { AGENT_WORKFLOW_ID: 'chat:brief', AGENT_BASE_URL: `${agent}/v1` },
      config: { maxFailedTurns: 1 },
    });
    const caller = await call();
    await caller.hears('How can I help you?');
    await caller.says('My word is zebra.');
    await caller.hears("I'm connecting you to somebody who can.");
    caller.hangsUp();
    await nothingIsTold(/"failure":"refused: 401 no plain code"/);
  });

  it.for(['responses', 'agui', 'aisdk', 'hook', 'hook:n8n', 'hook:dify', 'hook:flowise', 'hook:chatbase'])(
    'an agent by %s: that refuses and quotes the keys in its URL and headers',
    async (form, test) => {
      const url = `${await quotingServer(test, 401)}/agent?key=${KEY_IN_URL}`;
      const agent =
        form === 'responses'
          ? { AGENT_WORKFLOW_ID: 'responses:brief', AGENT_BASE_URL: url }
          : { AGENT_WORKFLOW_ID: `${form}:${url}` };
      const { call, nothingIsTold } = await stage(test, {
        env: { ...agent, AGENT_HEADERS: JSON.stringify({ 'x-key': KEY_IN_HEADER, 'x-from': '{from}' }) },
        config: { maxFailedTurns: 1 },
      });
      const caller = await call();
      await caller.hears('How can I help you?');
      await caller.says('My word is zebra.');
      await caller.hears("I'm connecting you to somebody who can.");
      caller.hangsUp();
      await nothingIsTold(/"failure":"refused: 401[ "]/);
    },
  );

  it('an agent that fails after it has spoken', async (test) => {
    const { sandbox, call, nothingIsTold } = await stage(
      test,
      {},
      { text: 'Well, Hildegard.', failWith: 'server_error' },
    );
    const caller = await call();
    await caller.hears('How can I help you?');
    await caller.says('My word is zebra.');
    expect(await sandbox.happened('turn-finished')).toMatchObject({ outcome: 'failed' });
    caller.hangsUp();
    await nothingIsTold(/"outcome":"failed"/);
  });

  it('a voice that says something else, and transcripts that fail', async (test) => {
    const { sandbox, call, nothingIsTold } = await stage(test, {});
    const caller = await call();
    await caller.hears('How can I help you?');
    Object.assign(sandbox.openAi.realtime.faults, { paraphrase: true, failTranscripts: 1 });
    await caller.says('My word is zebra.');
    await sandbox.happened('caller-stopped-speaking');
    await caller.says('Zebra, I said.');
    await sandbox.happened('spoken-otherwise');
    caller.hangsUp();
    await nothingIsTold(/spoken-otherwise/);
  });

  it('a Realtime that refuses the key', async (test) => {
    const { sandbox, call, nothingIsTold } = await stage(test, {
      env: { OPENAI_API_KEY: 'sk-wrong', TRANSFER_NUMBER: '' },
    });
    const caller = await call();
    await sandbox.happened('call-ended');
    caller.hangsUp();
    await nothingIsTold(/Could not reach Realtime/);
  });

  it.for(['refuses', 'is not there'])('a REST API of Twilio that %s', async (how, test) => {
    const api = how === 'refuses' ? await quotingServer(test, 500) : 'http://127.0.0.1:9';
    const { sandbox, call, nothingIsTold } = await stage(
      test,
      { env: { TWILIO_API_URL: api } },
      'Transferring, Hildegard. [[transfer: Hildegard wants quinoa.]]',
    );
    const human = sandbox.twilio.callee(HUMAN);
    const caller = await call();
    await caller.hears('How can I help you?');
    await caller.says('My word is zebra.');
    await human.joined;
    human.hangsUp();
    await caller.ended;
    await nothingIsTold(/Could not command Twilio/);
  });

  it.for(['in a call', 'where a call begins'])(
    'a bug %s whose error quotes what was said',
    async (where, test) => {
      const clock = new PacedClock();
      let isBroken = false;
      const now = (): number => {
        // Throws in the call's own code only; other readers of the clock get the time.
        if (!isBroken || !/src\/bridge\//.test(new Error().stack ?? '')) return clock.now();
        isBroken = false;
        throw new SyntaxError('Unexpected token z, "zebra 4711#08*15" is not valid JSON');
      };
      const { sandbox, call, nothingIsTold } = await stage(test, {
        clock: { now, after: (ms, run) => clock.after(ms, run) },
      });
      isBroken = where === 'where a call begins';
      const first = await call();
      if (where === 'in a call') {
        sandbox.relay.subscribe(({ type }) => {
          if (type === 'caller-began-speaking') isBroken = true;
        });
        // Cut off by the bug.
        await first.says('My word is zebra.').catch(() => {});
      }
      await first.ended;
      expect(first.twimlSaid).toHaveLength(1);
      const second = await call();
      second.hangsUp();
      await nothingIsTold(/SyntaxError/);
    },
  );
});
