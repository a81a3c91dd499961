// What was written behind `npm run call --`. Everything that is wrong is said before anybody is called.
import { parseArgs } from 'node:util';
import { TASK_TYPES, type TaskType } from '../../call/assignment.ts';
import { readCalleeNumber } from '../../outbound/fences/callee-number.ts';

export const USAGE = `npm run call -- +15551234567 "Remind Ann of her appointment tomorrow at two"

  --type <type>          appointment_reminder, survey, notification or custom (the usual)
  --context <file.json>  what the agent needs to know besides
  --result <file.json>   a JSON Schema of what the call is to bring back
  --voicemail <text>     left on an answering machine; without it the line is closed
  --profile <name>       as which of the relay's profiles
  --relay <url>          where the relay is; otherwise WEBHOOK_URL. OPERATOR_TOKEN is the key to it
  --sandbox              on this machine, with no account and nobody called
  --callee <lines …>     what the one who answers says, in the sandbox: --callee "Hello?" "Yes, I will."

Ctrl-C hangs up; again, it leaves. Exit code 0: a person was reached, and the result is there where one was wanted.`;

export interface Arguments {
  /** E.164. */
  readonly to: string;
  readonly prompt: string;
  readonly type: TaskType;
  readonly contextFile: string | null;
  readonly resultFile: string | null;
  readonly voicemail: string | null;
  readonly profile: string | null;
  readonly relay: string | null;
  readonly isSandboxed: boolean;
  readonly calleeSays: readonly string[];
}

/** Its message is for whoever typed the command. */
export class WrongUse extends Error {}

const OPTIONS = {
  type: { type: 'string', default: 'custom' },
  context: { type: 'string' },
  result: { type: 'string' },
  voicemail: { type: 'string' },
  profile: { type: 'string' },
  relay: { type: 'string' },
  sandbox: { type: 'boolean', default: false },
  callee: { type: 'string', multiple: true },
} as const;

/** @throws {WrongUse} */
export function readArguments(args: readonly string[]): Arguments {
  const { values, lines, calleeSays } = parsed(args);
  const [written, prompt, ...more] = lines;
  if (written === undefined || prompt === undefined)
    throw new WrongUse('Say whom to call, and in quotes what for.');
  if (more.length > 0) throw new WrongUse(`The task must be in quotes: "${[prompt, ...more].join(' ')}".`);
  if (prompt.trim() === '') throw new WrongUse('Say in quotes what the call is for.');
  const read = readCalleeNumber(written);
  if (read.is === 'refused') throw new WrongUse(read.refusal.message);
  const type = TASK_TYPES.find((one) => one === values.type);
  if (type === undefined) throw new WrongUse(`--type is one of ${TASK_TYPES.join(', ')}.`);
  if (!values.sandbox && calleeSays.length > 0)
    throw new WrongUse('--callee goes with --sandbox: a real person says what they like.');
  if (values.sandbox && values.relay !== undefined)
    throw new WrongUse('--sandbox starts a relay of its own: leave out --relay.');
  return {
    to: read.number.e164,
    prompt,
    type,
    contextFile: values.context ?? null,
    resultFile: values.result ?? null,
    voicemail: values.voicemail ?? null,
    profile: values.profile ?? null,
    relay: values.relay ?? null,
    isSandboxed: values.sandbox,
    calleeSays,
  };
}

/** What stands behind `--callee` is theirs, up to the next option. */
function parsed(args: readonly string[]) {
  try {
    const { values, tokens } = parseArgs({
      args: [...args],
      options: OPTIONS,
      allowPositionals: true,
      tokens: true,
    });
    const lines: string[] = [];
    const calleeSays: string[] = [];
    let isTheirs = false;
    for (const token of tokens) {
      if (token.kind === 'option') {
        isTheirs = token.name === 'callee';
        if (isTheirs && token.value !== undefined) calleeSays.push(token.value);
      } else if (token.kind === 'positional') (isTheirs ? calleeSays : lines).push(token.value);
    }
    return { values, lines, calleeSays };
  } catch (error) {
    throw new WrongUse(error instanceof Error ? error.message : String(error));
  }
}
