// What `demo` and `sandbox` are started with: their arguments, and of the environment and `.env` everything that is no far
// end. The far ends are the sandbox's own, so the account's keys and addresses must never reach the relay here.
import { parseArgs } from 'node:util';
import dotenv from 'dotenv';
import { ConfigError } from '../src/config/environment.ts';
import { readSetup } from '../src/relay/read-setup.ts';
import { asMeasured } from './latencies.ts';
import { flowerShop, type Mind } from './openai/mind.ts';
import type { OpenAiOptions } from './openai/openai.ts';
import { PUBLISHED, publishedAs } from './published.ts';
import { SANDBOX_ENV, type Sandbox, type SandboxOptions, startSandbox } from './sandbox.ts';
import type { Voice } from './voice/voice.ts';
import { sandboxLog } from './narration.ts';

export interface Choices {
  /** The agent's ID or, of one that the sandbox plays, its form in README's table. */
  readonly agent: string;
  readonly isAsMeasured: boolean;
  readonly hasTelephones: boolean;
  /** The demo leaves the relay running afterwards, and prints a link to its pages. */
  readonly leavesPages: boolean;
  /** The demo kills the process that has the call. */
  readonly kills: boolean;
  /** Without the far ends, and without empty values; `GREETING` may be empty, because then the agent opens. */
  readonly env: Readonly<Record<string, string>>;
}

/** What a relay of the sandbox must never get from the environment or `.env`. */
export const FAR_ENDS: ReadonlySet<string> = new Set([
  ...Object.keys(SANDBOX_ENV).filter((name) => name !== 'GREETING' && name !== 'PORT'),
  'TWILIO_SHARED_KEY_SECRET',
  'TWILIO_API_URL',
  'OPENAI_BASE_URL',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
]);
const NOWHERE = 'http://127.0.0.1:1/v1';

const OPTIONS = {
  agent: { type: 'string' },
  'as-measured': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;
/** Of one of the two commands alone. */
const OF_SANDBOX = { telephones: { type: 'boolean', default: false } } as const;
const OF_DEMO = {
  pages: { type: 'boolean', default: false },
  kill: { type: 'boolean', default: false },
} as const;

const HELP = `  --agent <ID>     the agent that answers (default: AGENT_WORKFLOW_ID, or the flower shop):
${PUBLISHED.map(({ form, kind }) => `                     ${form.padEnd(26)} ${kind}`).join('\n')}
                     ./agent.ts                 a file of your own
                     https://…, or chat: or responses: with AGENT_BASE_URL: your own server, really called
  --as-measured    the far ends take as long as the vendors were measured
  --help           this

Honours the environment and .env, but for keys, Twilio, OpenAI's address, the database and OPERATOR_TOKEN.
Any other agent is played by the sandbox, and knows only the flower shop.`;

const MORE_HELP = {
  sandbox: '  --telephones     five phones to call, and a relay that may call them\n',
  demo: `  --pages          leaves the relay running, and prints a link to the page of the call
  --kill           two relay processes: the one that has the call is killed in mid-sentence\n`,
} as const;

/** Prints help and exits with 0, or says what is wrong and exits with 2. */
export function choicesOf(command: 'demo' | 'sandbox'): Choices {
  const usage = `npm run ${command} -- [options]\n\n${MORE_HELP[command]}${HELP}`;
  const values = argumentsOf(command, usage);
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  dotenv.config({ quiet: true });
  const given = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (entry[1] !== '' || entry[0] === 'GREETING'),
  );
  return {
    agent: values.agent ?? (process.env['AGENT_WORKFLOW_ID'] || SANDBOX_ENV.AGENT_WORKFLOW_ID),
    isAsMeasured: values['as-measured'],
    hasTelephones: values.telephones,
    leavesPages: values.pages,
    kills: values.kill,
    env: Object.fromEntries(given.filter(([name]) => !FAR_ENDS.has(name))),
  };
}

function argumentsOf(command: 'demo' | 'sandbox', usage: string) {
  try {
    const others = { telephones: false, pages: false, kill: false };
    return command === 'demo'
      ? { ...others, ...parseArgs({ options: { ...OPTIONS, ...OF_DEMO } }).values }
      : { ...others, ...parseArgs({ options: { ...OPTIONS, ...OF_SANDBOX } }).values };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

/** Of a sandbox with that agent and, for each profile, its own. `env` goes before what was chosen. */
export function sandboxOptionsOf(
  { agent, isAsMeasured, env: chosen }: Choices,
  env: Readonly<Record<string, string>> = {},
  voice: Voice | null = null,
): SandboxOptions {
  const published = publishedAs(agent, chosen);
  const whole = { ...chosen, ...env };
  const far = published.env(new URL(NOWHERE).origin);
  const { profiles } = readSetup({ ...SANDBOX_ENV, OPENAI_BASE_URL: NOWHERE, ...far, ...whole });
  return {
    published,
    env: whole,
    ...(voice !== null && { voice }),
    openAi: {
      ...mindsFor(profiles.all.map(({ agentId }) => agentId)),
      ...(isAsMeasured && { latencies: asMeasured() }),
    },
    log: sandboxLog(),
  };
}

/** Starts it; throws ConfigError if an agent cannot be found. */
export async function startChosen(...chosen: Parameters<typeof sandboxOptionsOf>): Promise<Sandbox> {
  const sandbox = await startSandbox(sandboxOptionsOf(...chosen));
  const found = await sandbox.relay.lookUpAgents();
  const problems = found.flatMap((one) => (one.is === 'wrong' ? [one.problem] : []));
  if (problems.length === 0) return sandbox;
  await sandbox.close();
  throw new ConfigError(problems);
}

/** The flower shop, by every ID that OpenAI's APIs would have to know. */
function mindsFor(ids: readonly string[]): Pick<OpenAiOptions, 'agents' | 'models' | 'assistants'> {
  const shops = (prefix: string): Record<string, Mind> =>
    Object.fromEntries(
      ids
        .filter((id) => id.startsWith(prefix))
        .map((id) => [id.replace(/^(model|chat|responses):/, ''), flowerShop]),
    );
  const { agent_caller: _caller, agent_dentist: _dentist, ...agents } = shops('agent_');
  return {
    agents,
    models: { ...shops('model:'), ...shops('chat:'), ...shops('responses:') },
    assistants: shops('asst_'),
  };
}

/** Prints why a command could not go on, and sets the exit code. */
export function reportFailure(error: unknown): void {
  const problems = error instanceof ConfigError ? error.problems : [String(error)];
  for (const problem of problems) console.error(`  ✗ ${problem}`);
  process.exitCode = 1;
}
