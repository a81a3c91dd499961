// A machine with several relay processes behind one port, and a sandbox whose own relay is another machine on the same
// database. Twilio reaches only the first.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import type { TestContext } from 'vitest';
import { systemClock } from '../../src/call/system-clock.ts';
import type { Sandbox, SandboxOptions } from '../../sandbox/sandbox.ts';
import { INHERITED_ENV } from './command.ts';
import { quickSandbox } from './quick-sandbox.ts';

const LOOK_EVERY_MS = 50;

export type LogLine = Readonly<Record<string, unknown>>;

export interface SeveralProcesses {
  readonly sandbox: Sandbox;
  readonly primary: ChildProcess;
  readonly url: string;
  /** Resolves with the first `count` log lines for which `is` holds, once there are so many. */
  readonly logs: (is: (line: LogLine) => boolean, count?: number) => Promise<readonly LogLine[]>;
  /** Of the process that has this place now. */
  readonly pidOf: (number: number) => number;
  /** Values over all processes by the names of metrics, with their labels. */
  readonly metrics: () => Promise<ReadonlyMap<string, number>>;
  /** Resolves once all take calls. */
  readonly allReady: () => Promise<void>;
  readonly ready: () => Promise<{ readonly status: number; readonly body: unknown }>;
  /** A client whose one connection this process has. */
  readonly clientOf: (number: number) => Promise<Client>;
}

export interface Client {
  ask(
    method: string,
    path: string,
    sent?: { readonly json?: object; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders; readonly json: unknown }>;
}

export async function severalProcesses(
  test: TestContext,
  count: number,
  { env = {}, ...options }: SandboxOptions = {},
): Promise<SeveralProcesses> {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-'));
  test.onTestFinished(() => rmSync(folder, { recursive: true }));
  const sandbox = await quickSandbox(test, {
    // The processes have the machine's time, so the sandbox needs it too.
    clock: systemClock,
    ...options,
    env: { DATABASE_URL: `sqlite:${join(folder, 'calls.db')}`, METRICS_PUBLIC: '1', ...env },
  });
  const primary = spawn(process.execPath, ['src/main.ts'], {
    env: { ...INHERITED_ENV, ...sandbox.env, LOG_LEVEL: 'info', PROCESSES: String(count) },
    // A process that is just starting when the test ends complains that its primary is gone.
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  test.onTestFinished(() => void primary.kill('SIGKILL'));
  const lines: LogLine[] = [];
  const output = createInterface({ input: primary.stdout });
  output.on('line', (line) => lines.push(JSON.parse(line)));
  const logs: SeveralProcesses['logs'] = async (is, wanted = 1) => {
    for (;;) {
      const found = lines.filter(is);
      if (found.length >= wanted) return found.slice(0, wanted);
      await once(output, 'line');
    }
  };
  const [first] = await logs(({ msg }) => msg === 'listening', count);
  const url = `http://127.0.0.1:${String(first?.['port'])}`;
  const ready: SeveralProcesses['ready'] = async () => {
    const answer = await fetch(`${url}/ready`);
    return { status: answer.status, body: await answer.json() };
  };
  const metrics: SeveralProcesses['metrics'] = async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return new Map(
      [...text.matchAll(/^(\w+(?:\{.*\})?) (\S+)$/gm)].map(([, name = '', value]) => [name, Number(value)]),
    );
  };
  const allReady = async (): Promise<void> => {
    while ((await metrics()).get('patchcord_processes{state="ready"}') !== count) await pause(LOOK_EVERY_MS);
  };
  const pidOf: SeveralProcesses['pidOf'] = (number) =>
    Number(lines.findLast((line) => line['process'] === number && line['msg'] === 'listening')?.['pid']);
  const clientOf: SeveralProcesses['clientOf'] = async (number) => {
    const others = Array.from({ length: count }, (_, index) => index + 1).filter((one) => one !== number);
    const client = clientFor(test, url);
    // Whichever process wakes first takes a connection: the others sleep.
    for (const other of others) process.kill(pidOf(other), 'SIGSTOP');
    await client.ask('GET', '/health');
    for (const other of others) process.kill(pidOf(other), 'SIGCONT');
    return client;
  };
  await allReady();
  sandbox.twilio.routeTo(url);
  return {
    sandbox,
    primary,
    url,
    logs,
    pidOf,
    metrics,
    allReady,
    ready,
    clientOf,
  };
}

/** All that it asks goes over one connection. */
function clientFor({ onTestFinished }: TestContext, url: string): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  return {
    async ask(method, path, { json, headers } = {}) {
      const asking = request(`${url}${path}`, {
        method,
        agent,
        headers: {
          authorization: 'Bearer operator-token',
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
      });
      asking.end(json === undefined ? undefined : JSON.stringify(json));
      const [answer]: IncomingMessage[] = await once(asking, 'response');
      if (answer === undefined) throw new Error('no answer');
      const body = await text(answer);
      const { statusCode: status = 0 } = answer;
      return { status, headers: answer.headers, json: body === '' ? null : JSON.parse(body) };
    },
  };
}
