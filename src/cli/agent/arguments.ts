// The arguments of `npm run agent --`. Every mistake is reported before anything is changed.
import { parseArgs } from 'node:util';
import { codeOf } from '../../call/error-code.ts';

export const USAGE = `npm run agent -- create --instructions shop.txt    makes an agent of OpenAI's Agents API and prints its ID
npm run agent -- update ID --instructions shop.txt changes it; calls that begin later have the change
npm run agent -- show ID                           prints what is saved

  --instructions <file>  what the agent is to know and do
  --model <name>         the model that it runs on (create: gpt-6-luna)
  --name <text>          what the dashboard calls it (create: the file's name)

It needs OPENAI_API_KEY, in the environment or in .env.`;

/** The message is for the person who typed the command. */
export class WrongUse extends Error {}

/** What to write; what is absent stays as it is. */
export interface Changes {
  readonly instructionsFile?: string;
  readonly model?: string;
  readonly name?: string;
}

export type Task =
  | { readonly is: 'help' }
  | { readonly is: 'create'; readonly changes: Changes & { readonly instructionsFile: string } }
  | { readonly is: 'update'; readonly id: string; readonly changes: Changes }
  | { readonly is: 'show'; readonly id: string };

/** @throws {WrongUse} */
export function readArguments(args: readonly string[]): Task {
  const { values, positionals } = parsed(args);
  const [verb, id, ...more] = positionals;
  if (values.help || verb === undefined) return { is: 'help' };
  const { instructions, model, name } = values;
  const changes: Changes = {
    ...(instructions !== undefined && { instructionsFile: instructions }),
    ...(model !== undefined && { model }),
    ...(name !== undefined && { name }),
  };
  if (more.length > 0) throw new WrongUse('There are too many arguments.');
  switch (verb) {
    case 'create':
      if (id !== undefined) throw new WrongUse('OpenAI chooses the ID of a new agent.');
      if (instructions === undefined) throw new WrongUse('Name a file with --instructions.');
      return { is: 'create', changes: { ...changes, instructionsFile: instructions } };
    case 'update':
      if (id === undefined) throw new WrongUse('Say which agent: update ID.');
      if (Object.keys(changes).length === 0) throw new WrongUse('There is nothing to change.');
      return { is: 'update', id, changes };
    case 'show':
      if (id === undefined) throw new WrongUse('Say which agent: show ID.');
      return { is: 'show', id };
    default:
      throw new WrongUse(`There is no "${verb}": use create, update or show.`);
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        instructions: { type: 'string' },
        model: { type: 'string' },
        name: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    if (codeOf(error)?.startsWith('ERR_PARSE_ARGS') !== true || !(error instanceof Error)) throw error;
    throw new WrongUse(error.message);
  }
}
