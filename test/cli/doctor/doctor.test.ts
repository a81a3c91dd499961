// Every check against the sandbox: what it says when all is well, and of each thing that can be wrong.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { describe, expect, it, type TestContext } from 'vitest';
import { WebSocketServer } from 'ws';
import { RETRIES } from '../../../src/phone/urls.ts';
import { systemClock } from '../../../src/call/system-clock.ts';
import { checksOf } from '../../../src/cli/doctor/doctor.ts';
import type { Finding } from '../../../src/call/check.ts';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import { Agents } from '../../../src/relay/agents.ts';
import { readSetup } from '../../../src/relay/read-setup.ts';
import { listen } from '../../support/listen.ts';
import { quickSandbox } from '../../support/quick-sandbox.ts';

type Name =
  | 'OpenAI key'
  | 'Agent'
  | 'Models'
  | 'Realtime'
  | 'Public address'
  | 'API token'
  | 'Twilio account'
  | 'Number';

/** Runs one check, with an environment that differs from the running relay's by `env`. */
async function examine(
  sandbox: Sandbox,
  name: Name | 'Configuration',
  env: Record<string, string> = {},
  leadsTo: string = sandbox.relayUrl,
): Promise<Finding> {
  const setup = readSetup({ ...sandbox.env, ...env });
  const checks = checksOf(setup, {
    agents: new Agents(setup, systemClock, () => {}).all,
    clock: systemClock,
    warning: setup.config.warnings[0] ?? null,
    reach: (url) => leadTo(url, leadsTo),
  });
  const check = checks.find((one) => one.name === name);
  if (check === undefined) throw new Error(`no check is called ${name}`);
  return check.run();
}

/** As the tunnel would: a public URL, and where it leads. */
function leadTo(url: string, base: string): string {
  const { protocol, host, pathname } = new URL(url);
  expect(host).toBe('relay.sandbox');
  return (protocol === 'wss:' ? base.replace(/^http/, 'ws') : base) + pathname;
}

/** A name that resolves nowhere, and is too long for anybody to be asked. */
const NOWHERE = `https://${'x'.repeat(64)}.sandbox`;

type Upgrade = (req: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Something that is not the relay. */
async function somethingElse(
  { onTestFinished }: TestContext,
  answer: RequestListener,
  upgrade?: Upgrade,
): Promise<string> {
  const server = createServer(answer);
  if (upgrade !== undefined) server.on('upgrade', upgrade);
  const port = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${port}`;
}

/** An address on which nobody listens. */
async function nobodyThere(): Promise<string> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

interface Spoils {
  /** Whether it answers this itself. */
  readonly answers?: (req: IncomingMessage, res: ServerResponse) => boolean;
  readonly upgrade?: Upgrade;
}

/** As a proxy before the relay, which passes on what it does not spoil, and no WebSocket. */
function proxyTo(context: TestContext, relayUrl: string, spoils: Spoils): Promise<string> {
  const passOn = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const headers = Object.entries(req.headers).filter(
      (header): header is [string, string] =>
        ['content-type', 'x-twilio-signature'].includes(header[0]) && typeof header[1] === 'string',
    );
    const { method = 'GET', url = '/' } = req;
    const body = await text(req);
    const request = { method, headers, ...(method === 'GET' ? {} : { body }) };
    const answer = await fetch(relayUrl + url, request);
    res.writeHead(answer.status).end(await answer.text());
  };
  return somethingElse(
    context,
    (req, res) => {
      if (spoils.answers?.(req, res) !== true) passOn(req, res).catch(() => res.destroy());
    },
    spoils.upgrade,
  );
}

const quick = (context: TestContext) => quickSandbox(context);

describe.concurrent('when all is well', () => {
  it.for<[Name, RegExp]>([
    ['OpenAI key', /^accepted$/],
    ['Agent', /^agent_flowers exists \(agents-api\)$/],
    ['Realtime', /^session after \d+ ms, voice after \d+ ms more, a transcript \d+ ms after speech$/],
    ['Public address', /^https:\/\/relay\.sandbox leads to this relay/],
    ['Twilio account', /^credentials accepted$/],
  ])('%s', async ([name, saw], context) => {
    const finding = await examine(await quick(context), name);
    expect(finding).toEqual({ is: 'fine', saw: expect.stringMatching(saw), todo: null });
  });

  it('what the next version ignores is reported though it works', async (context) => {
    const sandbox = await quick(context);
    expect(await examine(sandbox, 'Configuration')).toEqual({ is: 'fine', saw: 'complete', todo: null });
    const ending = await examine(sandbox, 'Configuration', { MAX_FAILED_TURNS: '2' });
    expect(ending).toMatchObject({ is: 'fine', todo: expect.stringContaining('MAX_FAILED_TURNS') });
  });

  it('a model in use that ends soon is named, though it works', async (context) => {
    const sandbox = await quick(context);
    expect(await examine(sandbox, 'Models')).toMatchObject({ is: 'fine', todo: null });
    const soon = new Date(Date.now() + 864_000_000).toISOString();
    sandbox.openAi.shutdownDates['gpt-transcribe'] = soon;
    const ending = await examine(sandbox, 'Models');
    expect(ending).toMatchObject({ is: 'fine', todo: expect.stringContaining(soon.slice(0, 10)) });
  });

  it('no call is begun, and no stream is left open', async (context) => {
    const sandbox = await quick(context);
    await examine(sandbox, 'Public address');
    await examine(sandbox, 'Realtime');
    expect(sandbox.relay.calls.count).toBe(0);
    expect(sandbox.events).toEqual([]);
  });
});

describe.concurrent('the key', () => {
  it('that OpenAI does not know is wrong for all that need it, and is not shown', async (context) => {
    const sandbox = await quick(context);
    const env = { OPENAI_API_KEY: 'sk-mistyped' };
    for (const name of ['OpenAI key', 'Agent', 'Realtime'] as const) {
      const finding = await examine(sandbox, name, env);
      expect(finding).toMatchObject({ is: 'wrong', todo: expect.stringMatching(/key/i) });
      expect(JSON.stringify(finding)).not.toContain('sk-mistyped');
    }
  });

  it.for([
    [403, 'unknown', 'may not list models (403)'],
    [500, 'unknown', 'answered 500'],
    [429, 'wrong', 'used up its credit (429)'],
  ] as const)('answered with %i is %s', async ([status, is, saw], context) => {
    const sandbox = await quick(context);
    sandbox.openAi.agentFaults.only = /GET \/v1\/models$/;
    sandbox.openAi.agentFaults.refuseNext = 2;
    sandbox.openAi.agentFaults.refuseWith = { status, code: 'some_code' };
    expect(await examine(sandbox, 'OpenAI key')).toMatchObject({
      is,
      saw: expect.stringContaining(saw),
    });
  });

  it('cannot be told where OpenAI is out of reach', async (context) => {
    const finding = await examine(await quick(context), 'OpenAI key', {
      OPENAI_BASE_URL: 'http://127.0.0.1:1/v1',
    });
    expect(finding).toMatchObject({ is: 'wrong', todo: expect.stringContaining('OPENAI_BASE_URL') });
  });
});

describe('the API token', () => {
  const portOf = ({ relayUrl }: Sandbox) => ({ PORT: new URL(relayUrl).port });

  it('is tried with the relay on this machine, be it configured or kept beside the database', async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'patchcord-doctor-'));
    context.onTestFinished(() => rmSync(folder, { recursive: true }));
    const env = { OPERATOR_TOKEN: '', DATABASE_URL: `sqlite:${join(folder, 'calls.db')}` };
    const sandbox = await quickSandbox(context, { env });
    await expect
      .poll(() => examine(sandbox, 'API token', portOf(sandbox)))
      .toMatchObject({ is: 'fine', saw: 'the kept token is accepted' });
    const other = await examine(sandbox, 'API token', { ...portOf(sandbox), OPERATOR_TOKEN: 'other' });
    expect(other).toMatchObject({
      is: 'wrong',
      saw: expect.stringContaining('does not accept OPERATOR_TOKEN'),
    });
    expect(await examine(sandbox, 'API token')).toMatchObject({ is: 'unknown' });
  });

  it('may not be made yet', async (context) => {
    const finding = await examine(await quick(context), 'API token', { OPERATOR_TOKEN: '' });
    expect(finding).toMatchObject({ is: 'unknown', saw: 'not made yet' });
  });
});

describe.concurrent('the agent', () => {
  it('that is not there is wrong, with what to do apart from what was seen', async (context) => {
    const finding = await examine(await quick(context), 'Agent', { AGENT_WORKFLOW_ID: 'agent_nobody' });
    expect(finding.is).toBe('wrong');
    expect(finding.saw).toMatch(/^The agent "agent_nobody" .*[^.]$/);
    expect(finding.todo).toMatch(/^Check .*\.$/);
  });

  it('whose API is in trouble cannot be told', async (context) => {
    const sandbox = await quick(context);
    sandbox.openAi.agentFaults.only = /GET \/v1\/agents/;
    sandbox.openAi.agentFaults.refuseNext = 5;
    expect(await examine(sandbox, 'Agent')).toMatchObject({
      is: 'unknown',
      saw: expect.stringContaining('500'),
    });
  });
});

describe.concurrent('Realtime', () => {
  it('that refuses the dial is wrong, with the reason', async (context) => {
    const sandbox = await quick(context);
    sandbox.openAi.realtime.faults.refuseDials = 100;
    const finding = await examine(sandbox, 'Realtime');
    expect(finding).toMatchObject({ is: 'wrong', saw: 'no session (http-503)' });
  });

  it('with a model that it does not know says which variable', async (context) => {
    const finding = await examine(await quick(context), 'Realtime', { REALTIME_MODEL: 'gpt-nonsense' });
    expect(finding).toMatchObject({ is: 'wrong', todo: expect.stringContaining('REALTIME_MODEL') });
  });

  it('that is out of reach is wrong, and it says where to look', async (context) => {
    const env = { OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' };
    const finding = await examine(await quick(context), 'Realtime', env);
    expect(finding).toMatchObject({ is: 'wrong', saw: 'no session (ECONNREFUSED)' });
    expect(finding.todo).toContain('OPENAI_BASE_URL');
  });

  it('that sets up a session and does not speak is wrong', async (context) => {
    const sandbox = await quick(context);
    sandbox.openAi.realtime.faults.rateLimitNext = 10;
    const finding = await examine(sandbox, 'Realtime');
    expect(finding).toMatchObject({ is: 'wrong', saw: expect.stringContaining('does not speak') });
  });
});

describe.concurrent('the public address', () => {
  it('where nothing answers is wrong: the relay is to be started', async (context) => {
    const finding = await examine(await quick(context), 'Public address', {}, await nobodyThere());
    expect(finding).toMatchObject({ is: 'wrong', saw: expect.stringContaining('ECONNREFUSED') });
    expect(finding.todo).toContain('npm start');
  });

  it('where nothing answers, while a relay runs here: the tunnel is to be started', async (context) => {
    const sandbox = await quick(context);
    const env = { PORT: new URL(sandbox.relayUrl).port };
    const finding = await examine(sandbox, 'Public address', env, await nobodyThere());
    expect(finding).toMatchObject({ is: 'wrong', todo: expect.stringContaining('tunnel to that port') });
  });

  it('that does not resolve is no matter where Twilio is played on this machine', async (context) => {
    const sandbox = await quick(context);
    expect(await examine(sandbox, 'Public address', {}, NOWHERE)).toMatchObject({ is: 'unknown' });
    const real = await examine(sandbox, 'Public address', { TWILIO_API_URL: '' }, NOWHERE);
    expect(real).toMatchObject({ is: 'wrong', saw: expect.stringContaining('does not resolve') });
  });

  it('where another program answers is wrong', async (context) => {
    const other = await somethingElse(context, (_req, res) => res.end('<html>Welcome</html>'));
    const finding = await examine(await quick(context), 'Public address', {}, other);
    expect(finding).toMatchObject({ is: 'wrong', saw: expect.stringContaining('something else answers') });
  });

  it('that is closed at the tunnel is wrong', async (context) => {
    const other = await somethingElse(context, (_req, res) => res.writeHead(502).end());
    const finding = await examine(await quick(context), 'Public address', {}, other);
    expect(finding).toMatchObject({ is: 'wrong', saw: expect.stringContaining('answers 502') });
  });

  it('that leads elsewhere first is wrong: Twilio signs what it asks', async (context) => {
    const sandbox = await quick(context);
    const other = await somethingElse(context, (req, res) => {
      res.writeHead(308, { location: sandbox.relayUrl + (req.url ?? '') }).end();
    });
    const finding = await examine(sandbox, 'Public address', {}, other);
    expect(finding).toMatchObject({ is: 'wrong', saw: expect.stringContaining('redirect (308)') });
  });

  it("where anybody's webhook is taken is wrong", async (context) => {
    const other = await somethingElse(context, (_req, res) => res.end('{"status":"alive"}'));
    const finding = await examine(await quick(context), 'Public address', {}, other);
    expect(finding).toMatchObject({ is: 'wrong', saw: expect.stringContaining('unsigned webhook') });
  });

  it('of a relay that runs with another token is wrong, and the token is not shown', async (context) => {
    const finding = await examine(await quick(context), 'Public address', {
      TWILIO_AUTH_TOKEN: 'another-token',
    });
    expect(finding).toMatchObject({
      is: 'wrong',
      saw: expect.stringContaining('rejects our signature'),
    });
    expect(JSON.stringify(finding)).not.toContain('another-token');
  });

  it('behind something that loses a webhook is wrong', async (context) => {
    const sandbox = await quick(context);
    const proxy = await proxyTo(context, sandbox.relayUrl, {
      answers: (req, res) => req.url === '/voice/status' && res.writeHead(404).end() === res,
    });
    const finding = await examine(sandbox, 'Public address', {}, proxy);
    expect(finding).toMatchObject({ is: 'wrong', saw: 'a signed webhook is answered with 404' });
  });

  it('behind something that passes no WebSockets on is wrong', async (context) => {
    const sandbox = await quick(context);
    const proxy = await proxyTo(context, sandbox.relayUrl, {});
    const finding = await examine(sandbox, 'Public address', {}, proxy);
    expect(finding).toMatchObject({ is: 'wrong', saw: expect.stringMatching(/^the stream's .* with 401$/) });
    expect(finding.todo).toContain('WebSocket upgrades');
  });

  it('behind something that refuses every WebSocket as the relay would is wrong', async (context) => {
    const sandbox = await quick(context);
    const proxy = await proxyTo(context, sandbox.relayUrl, {
      upgrade: (_req, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'),
    });
    const finding = await examine(sandbox, 'Public address', {}, proxy);
    expect(finding).toMatchObject({
      is: 'wrong',
      saw: expect.stringMatching(/^a signed stream's .* with 403$/),
    });
  });

  it('behind something that takes every WebSocket is wrong', async (context) => {
    const sandbox = await quick(context);
    const sockets = new WebSocketServer({ noServer: true });
    const proxy = await proxyTo(context, sandbox.relayUrl, {
      upgrade: (req, socket, head) => sockets.handleUpgrade(req, socket, head, () => {}),
    });
    const finding = await examine(sandbox, 'Public address', {}, proxy);
    expect(finding).toMatchObject({ is: 'wrong', saw: 'it opens a stream without a signature' });
  });

  it('of a relay that is full cannot be told to the end', async (context) => {
    const sandbox = await quick(context);
    const proxy = await proxyTo(context, sandbox.relayUrl, {
      upgrade: ({ headers }, socket) => {
        const isSigned = headers['x-twilio-signature'] !== undefined;
        socket.end(`HTTP/1.1 ${isSigned ? '503 Service Unavailable' : '403 Forbidden'}\r\n\r\n`);
      },
    });
    expect(await examine(sandbox, 'Public address', {}, proxy)).toMatchObject({
      is: 'unknown',
      saw: expect.stringContaining('full'),
    });
  });

  it('without TLS is wrong', async (context) => {
    const plain = await somethingElse(context, (_req, res) => res.end());
    const finding = await examine(await quick(context), 'Public address', {}, plain.replace('http', 'https'));
    expect(finding).toMatchObject({ is: 'wrong', saw: expect.stringContaining('no trusted TLS') });
  });

  it('that answers without end is read no further than is needed', async (context) => {
    const other = await somethingElse(context, (_req, res) => {
      const more = (): void => {
        while (res.write('x'.repeat(1024)));
      };
      res.on('drain', more);
      more();
    });
    const finding = await examine(await quick(context), 'Public address', {}, other);
    expect(finding).toMatchObject({ is: 'wrong', saw: expect.stringContaining('something else answers') });
  });

  it('is tried with what the relay understands, so that it logs no more than the two locks', async (context) => {
    const lines: { kind?: string }[] = [];
    const log = pino({}, { write: (line) => void lines.push(JSON.parse(line)) });
    const sandbox = await quickSandbox(context, { log });
    expect(await examine(sandbox, 'Public address')).toMatchObject({ is: 'fine' });
    const kinds = lines.flatMap(({ kind }) => kind ?? []);
    expect(kinds).toEqual(['webhook-unsigned', 'upgrade-unsigned']);
  });
});

describe.concurrent('the Twilio account', () => {
  it('with another token is wrong, and the token is not shown', async (context) => {
    const sandbox = await quick(context);
    for (const name of ['Twilio account', 'Number'] as const) {
      const finding = await examine(sandbox, name, { TWILIO_AUTH_TOKEN: 'another-token' });
      expect(finding).toMatchObject({ is: 'wrong', todo: expect.stringContaining('TWILIO_AUTH_TOKEN') });
      expect(JSON.stringify(finding)).not.toContain('another-token');
    }
  });

  it('on trial is fine, with a warning', async (context) => {
    const sandbox = await quick(context);
    sandbox.twilio.account.type = 'Trial';
    expect(await examine(sandbox, 'Twilio account')).toMatchObject({
      is: 'fine',
      todo: expect.stringContaining('<Stream>'),
    });
  });

  it('that is suspended is wrong', async (context) => {
    const sandbox = await quick(context);
    sandbox.twilio.account.status = 'suspended';
    expect(await examine(sandbox, 'Twilio account')).toMatchObject({ is: 'wrong' });
  });

  it('that nobody named, or that is out of reach, cannot be told', async (context) => {
    const sandbox = await quick(context);
    for (const name of ['Twilio account', 'Number'] as const) {
      expect(await examine(sandbox, name, { TWILIO_ACCOUNT_SID: '' })).toMatchObject({ is: 'unknown' });
      expect(await examine(sandbox, name, { TWILIO_API_URL: 'http://127.0.0.1:1' })).toMatchObject({
        is: 'unknown',
        saw: expect.stringContaining('ECONNREFUSED'),
      });
    }
  });
});

describe.concurrent('Twilio in trouble of its own', () => {
  it.for([429, 503])('(%i) proves nothing', async (status, context) => {
    const TWILIO_API_URL = await somethingElse(context, (_req, res) => res.writeHead(status).end('{}'));
    expect(await examine(await quick(context), 'Twilio account', { TWILIO_API_URL })).toMatchObject({
      is: 'unknown',
      saw: expect.stringContaining(`${status}`),
    });
  });
});

describe.concurrent('the number', () => {
  async function stage(context: TestContext) {
    const sandbox = await quick(context);
    const [number] = sandbox.twilio.account.numbers;
    if (number === undefined) throw new Error('the sandbox has no number');
    const here = {
      voice_url: `https://relay.sandbox/voice?shop=2${RETRIES}`,
      voice_fallback_url: `https://relay.sandbox/voice?shop=2${RETRIES}`,
      status_callback: `https://relay.sandbox/voice/status${RETRIES}`,
    };
    return { sandbox, number, here, look: (env = {}) => examine(sandbox, 'Number', env) };
  }

  it('that points here is fine', async (context) => {
    const { number, here, look } = await stage(context);
    Object.assign(number, here);
    expect(await look()).toEqual({ is: 'fine', saw: '+15550002222 points here', todo: null });
  });

  it('that points elsewhere is wrong, and it says where', async (context) => {
    const { number, look } = await stage(context);
    number.voice_url = 'https://demo.twilio.com/welcome/voice/';
    expect(await look()).toMatchObject({
      is: 'wrong',
      saw: expect.stringContaining('https://demo.twilio.com/welcome/voice/'),
      todo: expect.stringContaining('npm run number'),
    });
  });

  it('that asks by GET is wrong', async (context) => {
    const { number, here, look } = await stage(context);
    Object.assign(number, here, { voice_method: 'GET' });
    expect(await look()).toMatchObject({
      is: 'wrong',
      saw: expect.stringContaining('GET https://relay.sandbox'),
    });
  });

  it('whose calls come here and whose reports do not is fine, with a hint', async (context) => {
    const { number, here, look } = await stage(context);
    Object.assign(number, here, { status_callback: '' });
    expect(await look()).toMatchObject({ is: 'fine', todo: expect.stringContaining('npm run number') });
  });

  it('[R8] whose calls are not asked about again is fine, with a hint', async (context) => {
    const { number, here, look } = await stage(context);
    Object.assign(number, here, { voice_url: 'https://relay.sandbox/voice?shop=2' });
    expect(await look()).toMatchObject({ is: 'fine', todo: expect.stringContaining('npm run number') });
  });

  it.for(['voice_application_sid', 'trunk_sid'] as const)(
    'with a %s is wrong, whatever its URL',
    async (field, context) => {
      const { number, here, look } = await stage(context);
      Object.assign(number, here, { [field]: 'XX123' });
      expect(await look()).toMatchObject({ is: 'wrong', saw: expect.stringContaining('XX123') });
    },
  );

  it('that the account has not is wrong; that nobody named cannot be told', async (context) => {
    const { look } = await stage(context);
    expect(await look({ TWILIO_PHONE_NUMBER: '+15550009999' })).toMatchObject({ is: 'wrong' });
    expect(await look({ TWILIO_PHONE_NUMBER: '' })).toMatchObject({ is: 'unknown' });
  });
});
