// The one rule by which AGENT_WORKFLOW_ID picks the kind of agent: change the ID, and the phone answers as another
// business. IDs of published agents are opaque, so whatever has no other known form is taken for one.
import { OpenAI } from 'openai';
import type { Agent } from '../call/ports.ts';
import { agentsApi } from './agents-api.ts';
import { responsesAgent } from './responses.ts';

export type AgentKind = 'agents-api' | 'model' | 'prompt' | 'unsupported';

export interface AgentOptions {
  readonly apiKey: string;
  readonly baseUrl: string;
  /** Where an agent of one's own is reached (AGENT_BASE_URL); '' where nobody said. */
  readonly agentBaseUrl: string;
  /** The bearer token for that place (AGENT_API_KEY); '' where it wants none. Never OpenAI's key. */
  readonly agentApiKey: string;
  /** What the agent is told to be, for `model:…` only: the others bring their own. */
  readonly instructions: string | null;
  /** For what goes wrong behind the caller's back; no personal data. */
  readonly log: (line: string) => void;
}

/** A request that has no answer by then has failed. A turn's own deadline is the call's (AGENT_TIMEOUT_MS). */
const REQUEST_TIMEOUT_MS = 10_000;

export function agentKindOf(id: string): AgentKind {
  if (problemWithAgentId(id) !== null) return 'unsupported';
  if (id.startsWith('model:')) return 'model';
  return id.startsWith('pmpt_') ? 'prompt' : 'agents-api';
}

/** What is wrong with an ID, as the end of a sentence that begins with the variable's name; null when it is fine. */
export function problemWithAgentId(id: string): string | null {
  const instead =
    'Publish the agent with the Agents API and use its ID, or use "model:" and the name of a model.';
  if (id.trim() === '') return `is empty. ${instead}`;
  if (id.startsWith('asst_'))
    return `is the ID of an assistant, but OpenAI shut the Assistants API down on 2026-08-26. ${instead}`;
  if (id.startsWith('wf_'))
    return `is the ID of an Agent Builder workflow, which no server can call; OpenAI ends it on 2026-11-30. ${instead}`;
  if (id === 'model:') return 'names no model: write it after the colon, such as model:gpt-5-mini.';
  if (/^(https?:\/\/|chat:|\.{0,2}\/)/.test(id))
    return `is the address of an agent of one's own, which this version cannot call yet. ${instead}`;
  return null;
}

/** What will soon be wrong with an ID that still works; a sentence of its own. */
export function warningAboutAgentId(id: string): string | null {
  if (agentKindOf(id) !== 'prompt') return null;
  return `OpenAI ends reusable prompts on 2026-11-30, and ${id} with them. Publish the agent with the Agents API, or use "model:" and the name of a model with instructions of your own.`;
}

/**
 * The agent behind an ID that has no problem.
 *
 * @throws {Error} when `problemWithAgentId` has something to say.
 */
export function chooseAgent(id: string, { apiKey, baseUrl, instructions, log }: AgentOptions): Agent {
  // The SDK's own log would quote what the caller said.
  const client = new OpenAI({
    apiKey,
    baseURL: baseUrl,
    maxRetries: 1,
    timeout: REQUEST_TIMEOUT_MS,
    logLevel: 'off',
  });
  switch (agentKindOf(id)) {
    case 'agents-api':
      return agentsApi({ client, agentId: id, log });
    case 'model':
      return responsesAgent({ client, source: { model: id.slice('model:'.length), instructions } });
    case 'prompt':
      return responsesAgent({ client, source: { promptId: id } });
    case 'unsupported':
      throw new Error(`The agent's ID ${problemWithAgentId(id) ?? ''}`);
  }
}
