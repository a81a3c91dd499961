// All that a round needs: relay processes behind a balancer, or behind one port of one machine, the far ends, and the networks between them. The relay is
// started as anybody would start it; only what would make callers wait longer than a round is made shorter.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenAiSandbox, startOpenAi } from '../openai/openai.ts';
import { SANDBOX_ENV } from '../sandbox.ts';
import { startTwilio, type TwilioSandbox } from '../twilio/twilio.ts';
import { Balancer, type Leading } from './balancer.ts';
import { AGENT_ID, ChaosAgent } from './chaos-agent.ts';
import { type Database, postgresFor, sqliteIn } from './database.ts';
import { Network } from './network.ts';
import type { Random } from './random.ts';
import { Machine } from '../processes/machine.ts';
import { RelayProcess, type RelayProcessParts, type Takeable } from '../processes/relay-process.ts';
import { GREETING } from './script.ts';

export type StoreKind = 'sqlite' | 'postgres';

export interface StageOptions {
  readonly store: StoreKind;
  /** An empty one; where none is given, a Postgres of one's own is started. */
  readonly postgresUrl?: string;
  readonly random: Random;
  /** One machine with so many processes; if left out, two machines with one each. */
  readonly processes?: number;
  /** `ready` if left out. */
  readonly leading?: Leading;
  /** On top of what the stage sets. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Stage {
  readonly store: StoreKind;
  readonly random: Random;
  readonly agent: ChaosAgent;
  readonly openAi: OpenAiSandbox;
  readonly twilio: TwilioSandbox;
  readonly balancer: Balancer;
  readonly processes: readonly Takeable[];
  /** Before Twilio, OpenAI and the database. */
  readonly networks: readonly Network[];
  readonly database: Database;
  /** When processes were killed. */
  readonly killedAt: number[];
  /** When Realtime's sockets were cut. */
  readonly speechCutAt: number[];
  /** What should never happen, in words; the reader removes what it has read. */
  readonly problems: string[];
  /** All processes take calls. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

const QUICK = {
  VAD_SILENCE_MS: '200',
  FILLER_AFTER_MS: '1500',
  AGENT_TIMEOUT_MS: '6000',
} as const;

export async function startStage(options: StageOptions): Promise<Stage> {
  const { store, postgresUrl, random, leading = 'ready' } = options;
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-chaos-'));
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeFolder);
  const problems: string[] = [];
  const agent = new ChaosAgent();
  const openAi = await startOpenAi({
    apiKey: SANDBOX_ENV.OPENAI_API_KEY,
    agents: { [AGENT_ID]: agent.mind },
    realtimeFaults: { transcriptionMs: 80, firstAudioMs: 80, speed: 10 },
  });
  const twilio = await startTwilio({
    accountSid: SANDBOX_ENV.TWILIO_ACCOUNT_SID,
    authToken: SANDBOX_ENV.TWILIO_AUTH_TOKEN,
    webhookUrl: SANDBOX_ENV.WEBHOOK_URL,
  });
  const database = store === 'sqlite' ? sqliteIn(folder) : await postgresFor(postgresUrl, random);
  const toOpenAi = await Network.to(openAi.baseUrl, random);
  const env = {
    ...SANDBOX_ENV,
    ...QUICK,
    MAX_LOOP_DELAY_MS: '1000',
    PATH: process.env['PATH'] ?? '',
    AGENT_WORKFLOW_ID: AGENT_ID,
    GREETING,
    DATABASE_URL: database.url,
    OPENAI_BASE_URL: toOpenAi.url,
    TWILIO_API_URL: twilio.apiUrl,
    ...options.env,
  };
  const parts = { env, cwd: folder, onProblem: (problem: string) => problems.push(problem) };
  const { processes, closeProcesses } = startProcesses(parts, options.processes);
  const balancer = new Balancer(processes, random, leading);
  const toRelay = await Network.to(await balancer.listen(), random);
  twilio.routeTo(toRelay.url.replace(/\/$/, ''));
  const networks = [
    toRelay.network,
    toOpenAi.network,
    ...(database.network === null ? [] : [database.network]),
  ];
  const stage: Stage = {
    store,
    random,
    agent,
    openAi,
    twilio,
    balancer,
    processes,
    networks,
    database,
    killedAt: [],
    speechCutAt: [],
    problems,
    async ready() {
      await Promise.all(processes.map((one) => one.ready()));
    },
    async close() {
      await twilio.close();
      await closeProcesses();
      await toRelay.network.close();
      await balancer.close();
      await toOpenAi.network.close();
      await openAi.close();
      await database.close();
      process.off('exit', removeFolder);
      removeFolder();
    },
  };
  try {
    await stage.ready();
  } catch (error) {
    await stage.close();
    throw error;
  }
  return stage;
}

/** `count`: so many on one machine; undefined: two machines with one each. */
function startProcesses(
  parts: RelayProcessParts,
  count: number | undefined,
): { readonly processes: readonly Takeable[]; readonly closeProcesses: () => Promise<unknown> } {
  if (count === undefined) {
    const processes = [new RelayProcess(parts), new RelayProcess(parts)];
    return { processes, closeProcesses: () => Promise.all(processes.map((one) => one.close())) };
  }
  const machine = new Machine(parts, count);
  return { processes: machine.processes, closeProcesses: () => machine.close() };
}
