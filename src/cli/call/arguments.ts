// The arguments of `npm run call --`. Every mistake is reported before anybody is called.
import { parseArgs } from 'node:util';
import { TASK_TYPES, type TaskType } from '../../call/assignment.ts';
import { readCalleeNumber } from '../../outbound/fences/callee-number.ts';

export const USAGE = `npm run call -- +15551234567 "Remind Ann of her appointment tomorrow at two"

  --type <type>          appointment_reminder, survey, notification or custom (default)
  --context <file.json>  what else the agent needs to know
  --result <file.json>   a JSON Schema of the wanted result
  --voicemail <text>     message for an answering machine; without it the call ends
  --profile <name>       which of the relay's profiles to use
  --relay <url>          where the relay is (default: WEBHOOK_URL); elsewhere it needs OPERATOR_TOKEN
  --sandbox              runs everything on this machine: no account, no real call
  --callee <lines …>     what the callee says in the sandbox: --callee "Hello?" "Yes, I will."

Ctrl-C hangs up; a second Ctrl-C leaves. Exit code 0: a person was reached, and there is a result if one was wanted.`;

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

/** The message is for the person who typed the command. */
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
    throw new WrongUse('Give the number to call, and the task in quotes.');
  if (more.length > 0) throw new WrongUse(`The task must be in quotes: "${[prompt, ...more].join(' ')}".`);
  if (prompt.trim() === '') throw new WrongUse('Give the task in quotes: what the call is for.');
  const read = readCalleeNumber(written);
  if (read.is === 'refused') throw new WrongUse(read.refusal.message);
  const type = TASK_TYPES.find((one) => one === values.type);
  if (type === undefined) throw new WrongUse(`--type must be one of ${TASK_TYPES.join(', ')}.`);
  if (!values.sandbox && calleeSays.length > 0)
    throw new WrongUse('--callee needs --sandbox: a real person says what they like.');
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

/** Everything after `--callee`, up to the next option, is what the callee says. */
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
