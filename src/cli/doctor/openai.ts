// Checks that OpenAI accepts the key, that the agent exists, and that the models in use stay. A restricted key may do all that the relay needs and still
// not list models, so a 403 here proves nothing.
import { APIError, type OpenAI } from 'openai';
import type { Agent, Clock } from '../../call/ports.ts';
import type { Config } from '../../config/environment.ts';
import { endingModels } from '../../relay/ending-models.ts';
import type { Finding } from '../../call/check.ts';
import { fine, unknown, wrong } from './finding.ts';

export async function checkKey(client: OpenAI): Promise<Finding> {
  try {
    await client.models.list();
    return fine('accepted');
  } catch (error) {
    const status: unknown = error instanceof APIError ? error.status : undefined;
    switch (status) {
      case 401:
        return wrong(
          'OpenAI rejects OPENAI_API_KEY (401)',
          'Create a key at https://platform.openai.com/api-keys and copy all of it. If OPENAI_BASE_URL is set, the key must be for that server.',
        );
      case 403:
        return unknown('the key may not list models (403); the checks below show what it may do');
      case 429:
        return wrong(
          'the account has reached its rate limit or used up its credit (429)',
          'Look at https://platform.openai.com/settings/organization/billing.',
        );
      default:
        return typeof status === 'number'
          ? unknown(`OpenAI answered ${status} when asked for its models`)
          : wrong(
              'OpenAI does not answer',
              "Check this machine's network, and OPENAI_BASE_URL if it is set.",
            );
    }
  }
}

/** A model that ends soon works today, so it is nothing wrong. */
export async function checkModels(
  config: Config,
  agents: readonly { readonly id: string; readonly agent: Agent }[],
  clock: Clock,
): Promise<Finding> {
  const asking = agents.map(async ({ id, agent }) => ({ id, found: await agent.lookUp() }));
  const ending = await endingModels(config, Promise.all(asking), clock);
  return ending.length === 0
    ? fine('none in use is announced to end within 60 days')
    : fine('in use, and about to end', ending.join(' '));
}

export async function checkAgent(id: string, agent: Agent): Promise<Finding> {
  const found = await agent.lookUp();
  switch (found.is) {
    case 'found':
      return fine(`${id} exists (${agent.kind})`);
    case 'unknown':
      return unknown(`${id} ${found.why}`);
    case 'wrong': {
      // One text: its first sentence says what is wrong, the rest what to do.
      const [, saw = found.problem, todo = ''] = /^(.+?)\.\s+(.+)$/s.exec(found.problem) ?? [];
      return wrong(saw, todo === '' ? 'Check AGENT_WORKFLOW_ID.' : todo);
    }
  }
}
