// The one rule by which an ID picks the kind of agent: change the ID, and the phone answers as another business. IDs of
// published agents are opaque, so whatever has no other known form is taken for one of the Agents API.
import { OpenAI } from 'openai';
import type { Agent } from '../call/ports.ts';
import { agentsApi } from './agents-api/agents-api.ts';
import { assistantsAgent } from './assistants/assistants.ts';
import { chatCompletionsAgent } from './chat/chat-completions.ts';
import { chatKitAgent } from './chatkit/chatkit.ts';
import { ownModuleAgent } from './own-module/own-module.ts';
import { responsesAgent } from './responses/responses.ts';

export type AgentKind =
  | 'agents-api'
  | 'assistant'
  | 'prompt'
  | 'model'
  | 'chatkit'
  | 'chat'
  | 'own'
  | 'workflow';

/** Where agents are reached, besides by their ID. */
export interface AgentPlaces {
  readonly openaiBaseUrl: string;
  /** Of an agent of one's own (AGENT_BASE_URL); '' where nobody said. */
  readonly agentBaseUrl: string;
}

export interface AgentOptions extends AgentPlaces {
  readonly openaiApiKey: string;
  /** The bearer token for an agent of one's own (AGENT_API_KEY); '' where it wants none. Never OpenAI's key. */
  readonly agentApiKey: string;
  /** What the agent is told to be, for `model:…` and `chat:…` only: the others bring their own. */
  readonly instructions: string | null;
  /** For what goes wrong behind the caller's back; no personal data. */
  readonly log: (line: string) => void;
}

/** A request that has no answer by then has failed. A turn's own deadline is the call's (AGENT_TIMEOUT_MS). */
const REQUEST_TIMEOUT_MS = 10_000;
const OPENAI = /^https:\/\/([a-z]+\.)?api\.openai\.com(\/|$)/;

export function agentKindOf(id: string): AgentKind {
  if (id.startsWith('asst_')) return 'assistant';
  if (id.startsWith('pmpt_')) return 'prompt';
  if (id.startsWith('wf_')) return 'workflow';
  if (id.startsWith('model:')) return 'model';
  if (id.startsWith('chat:')) return 'chat';
  if (/^https?:\/\//.test(id)) return 'chatkit';
  if (/^\.{0,2}\//.test(id)) return 'own';
  return 'agents-api';
}

/** What is wrong with an ID, as the end of a sentence that begins with where it stands; null when it is fine. */
export function problemWithAgentId(id: string, { openaiBaseUrl, agentBaseUrl }: AgentPlaces): string | null {
  const instead =
    'Publish the agent with the Agents API and use its ID, or use "model:" and the name of a model.';
  if (id.trim() === '') return `is empty. ${instead}`;
  switch (agentKindOf(id)) {
    case 'assistant':
      return OPENAI.test(openaiBaseUrl)
        ? `is the ID of an assistant, but OpenAI shut the Assistants API down on 2026-08-26. ${instead} Or set OPENAI_BASE_URL to a server that still has assistants.`
        : null;
    case 'workflow':
      return `is the ID of an Agent Builder workflow, which no server can call; OpenAI ends it on 2026-11-30. Export its code, serve it behind a ChatKit server, and use that URL. Or: ${instead}`;
    case 'model':
    case 'chat':
      if (/^[a-z]+:\s*$/.test(id))
        return `names no model: write it after the colon, such as model:gpt-5-mini.`;
      return id.startsWith('chat:') && agentBaseUrl === ''
        ? 'needs AGENT_BASE_URL: the server whose chat/completions has that model.'
        : null;
    case 'chatkit':
      return problemWithUrl(id);
    case 'prompt':
    case 'own':
    case 'agents-api':
      return null;
  }
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
export function chooseAgent(id: string, options: AgentOptions): Agent {
  const problem = problemWithAgentId(id, options);
  if (problem !== null) throw new Error(`The agent's ID ${problem}`);
  const { openaiApiKey, openaiBaseUrl, agentBaseUrl, agentApiKey, instructions, log } = options;
  const client = clientOf(openaiApiKey, openaiBaseUrl);
  switch (agentKindOf(id)) {
    case 'agents-api':
    case 'workflow':
      return agentsApi({ client, agentId: id, log });
    case 'assistant':
      return assistantsAgent({ client, assistantId: id, log });
    case 'prompt':
      return responsesAgent({ client, source: { promptId: id } });
    case 'model':
      return responsesAgent({ client, source: { model: id.slice('model:'.length), instructions } });
    case 'chatkit':
      return chatKitAgent({ url: id, apiKey: agentApiKey, log });
    case 'chat': {
      const own = clientOf(agentApiKey, agentBaseUrl);
      return chatCompletionsAgent({ client: own, model: id.slice('chat:'.length), instructions, log });
    }
    case 'own':
      return ownModuleAgent({ path: id, cwd: process.cwd(), client, log });
  }
}

function clientOf(apiKey: string, baseURL: string): OpenAI {
  return new OpenAI({
    // The SDK takes none for a mistake; a server that wants none does not look at it.
    apiKey: apiKey === '' ? 'none' : apiKey,
    baseURL,
    // Otherwise the SDK takes them from the environment, and tells them to whomever it calls.
    organization: null,
    project: null,
    maxRetries: 1,
    timeout: REQUEST_TIMEOUT_MS,
    // The SDK's own log would quote what the caller said.
    logLevel: 'off',
  });
}

function problemWithUrl(id: string): string | null {
  const url = URL.parse(id);
  if (url === null) return 'is no URL.';
  if (url.username !== '' || url.password !== '')
    return 'must not hold a name or password: put the token into AGENT_API_KEY.';
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  return url.protocol === 'https:' || isLoopback
    ? null
    : 'must be https: what callers say would travel unencrypted.';
}
