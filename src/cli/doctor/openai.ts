// Whether OpenAI knows the key, and the agent's API the agent. A key may be restricted so that it can do all that the
// relay needs and still not list models: that proves nothing, and the checks that follow tell.
import { APIError, type OpenAI } from 'openai';
import type { Agent } from '../../call/ports.ts';
import { fine, type Finding, unknown, wrong } from './finding.ts';

export async function checkKey(client: OpenAI): Promise<Finding> {
  try {
    await client.models.list();
    return fine('accepted');
  } catch (error) {
    const status: unknown = error instanceof APIError ? error.status : undefined;
    switch (status) {
      case 401:
        return wrong(
          'OPENAI_API_KEY is not accepted (401)',
          'Create a key at https://platform.openai.com/api-keys and copy it whole. With OPENAI_BASE_URL set, it must be a key of that place.',
        );
      case 403:
        return unknown('the key may not list models (403); the checks below tell what it may do');
      case 429:
        return wrong(
          'the account is asked too often, or its credit is used up (429)',
          'Look at https://platform.openai.com/settings/organization/billing.',
        );
      default:
        return typeof status === 'number'
          ? unknown(`asked for its models, OpenAI answered ${status}`)
          : wrong(
              'OpenAI does not answer',
              "Check this machine's network, and OPENAI_BASE_URL if it is set.",
            );
    }
  }
}

export async function checkAgent(id: string, agent: Agent): Promise<Finding> {
  const found = await agent.lookUp();
  switch (found.is) {
    case 'found':
      return fine(`${id} is there (${agent.kind})`);
    case 'unknown':
      return unknown(`${id} ${found.why}`);
    case 'wrong': {
      // The port gives one text: the first sentence is what is wrong, the rest is what to do.
      const [, saw = found.problem, todo = ''] = /^(.+?)\.\s+(.+)$/s.exec(found.problem) ?? [];
      return wrong(saw, todo === '' ? 'Check AGENT_WORKFLOW_ID.' : todo);
    }
  }
}
