// Creates, changes and shows an agent of OpenAI's Agents API. It has the model and the instructions; tools that were saved
// with it by other means stay.
import { readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import type { OpenAI } from 'openai';
import type { Agent } from 'openai/resources/beta/agents/agents';
import { failedWith, statusOf } from '../../agent/failures.ts';
import { type Changes, type Task, WrongUse } from './arguments.ts';

/** Of the models with no announced end, the one that is fast enough for a voice and cheap. */
const USUAL_MODEL = 'gpt-6-luna';

export type ExitCode = 0 | 1;

/** @throws {WrongUse} if the file cannot be read, before anything is asked. */
export async function runTask(
  task: Exclude<Task, { is: 'help' }>,
  client: OpenAI,
  print: (line: string) => void,
): Promise<ExitCode> {
  const { agents } = client.beta;
  const wanted = 'changes' in task ? read(task.changes) : {};
  try {
    switch (task.is) {
      case 'create': {
        const name = basename(task.changes.instructionsFile, extname(task.changes.instructionsFile));
        const { id } = await agents.create({ model: USUAL_MODEL, name, ...wanted });
        print(id);
        print(`Set AGENT_WORKFLOW_ID=${id}, and the phone answers as this agent.`);
        return 0;
      }
      case 'update':
        await agents.update(task.id, wanted);
        print(`${task.id} is changed; calls that begin from now on have the change.`);
        return 0;
      case 'show':
        show(await agents.retrieve(task.id), print);
        return 0;
    }
  } catch (error) {
    print(whyNot(error, task));
    return 1;
  }
}

function read({ instructionsFile, ...rest }: Changes) {
  if (instructionsFile === undefined) return rest;
  try {
    return { ...rest, instructions: readFileSync(instructionsFile, 'utf8') };
  } catch {
    throw new WrongUse(`"${instructionsFile}" cannot be read. Check the path.`);
  }
}

function show(
  { id, name, model, tools, updated_at, instructions }: Agent,
  print: (line: string) => void,
): void {
  print(`${id}${name === null ? '' : ` "${name}"`}`);
  print(`model: ${model}`);
  print(`tools: ${tools.length === 0 ? 'none' : tools.map(({ type }) => type).join(', ')}`);
  print(`changed: ${new Date(updated_at * 1000).toISOString()}`);
  print('');
  print(instructions ?? '(no instructions)');
}

function whyNot(error: unknown, task: Exclude<Task, { is: 'help' }>): string {
  const { failure, detail } = failedWith(error);
  switch (statusOf(error)) {
    case 401:
      return 'OpenAI rejects OPENAI_API_KEY (401). Create a key at https://platform.openai.com/api-keys and copy all of it.';
    case 403:
      return 'The key may not do that (403). It needs the permissions api.agents.read and api.agents.write.';
    case 404:
      if ('id' in task) return `There is no agent ${task.id} in the key's project (404). Check the ID.`;
      break;
    case undefined:
      return `OpenAI does not answer (${detail}). Check this machine's network, and OPENAI_BASE_URL if it is set.`;
  }
  return failure === 'refused'
    ? `OpenAI refuses it (${detail}).`
    : `OpenAI fails (${detail}). Try again in a minute.`;
}
