// The kinds of published agents, and the one rule by which an ID picks its kind: change the ID, and the phone answers as
// another business. The first match wins; IDs of the Agents API are opaque, so that kind takes every other ID.
import type { Agent } from '../call/ports.ts';
import { agentsApi } from './agents-api/agents-api.ts';
import { type AgentKind, type AgentOptions, type AgentPlaces, PUBLISH_INSTEAD } from './agent-kind.ts';
import { aiSdk } from './aisdk/aisdk.ts';
import { agUi } from './agui/agui.ts';
import { assistants } from './assistants/assistants.ts';
import { chatCompletions } from './chat/chat-completions.ts';
import { chatKit } from './chatkit/chatkit.ts';
import { hook } from './hook/hook.ts';
import { openResponses } from './responses/open-responses.ts';
import { ownModule } from './own-module/own-module.ts';
import { responses } from './responses/responses.ts';

const KINDS: readonly AgentKind[] = [
  assistants,
  responses,
  openResponses,
  chatCompletions,
  agUi,
  aiSdk,
  hook,
  chatKit,
  ownModule,
];

/** Published prompts and Agent Builder workflows. */
const ENDED = /^(pmpt|wf)_/;
const HAS_ENDED =
  'has ended: OpenAI shut down published prompts and Agent Builder workflows on 2026-11-30. ' +
  'Copy the instructions into a file and create an agent of the Agents API: ' +
  '"npm run agent -- create --instructions shop.txt" prints its ID. ' +
  'Or use "model:" and the name of a model, with AGENT_INSTRUCTIONS_FILE=shop.txt. ' +
  'Or serve the exported code behind a ChatKit server of your own, and use its URL.';

function kindOf(id: string): AgentKind {
  return KINDS.find((kind) => kind.matches(id)) ?? agentsApi;
}

/** Why an ID cannot be used, as the end of a sentence that begins with where it stands; null when it can. */
export function problemWithAgentId(id: string, places: AgentPlaces): string | null {
  if (id.trim() === '') return `is empty. ${PUBLISH_INSTEAD}`;
  if (ENDED.test(id)) return HAS_ENDED;
  const kind = kindOf(id);
  // OpenAI must never receive somebody's address, with a password or key in it, as an ID.
  if (kind === agentsApi && /[/?#@:\s]/.test(id))
    return 'is no ID of an agent: a server of your own begins with https:// or with its protocol, such as agui:https://, a file with ./, a model with "model:".';
  return kind.problem?.(id, places) ?? null;
}

/** The ID as it may be shown: an address without credentials and query, whatever stands before it. */
export function shownAgentId(id: string): string {
  const [, form = '', address = ''] = /^((?:[a-z\d]+:)*?)([a-z]+:\/\/.*)$/is.exec(id) ?? [];
  const url = URL.parse(address);
  return url === null ? id : `${form}${url.protocol}//${url.host}${url.pathname}`;
}

/** @throws {Error} when `problemWithAgentId` finds a problem. */
export function chooseAgent(id: string, options: AgentOptions): Agent {
  const problem = problemWithAgentId(id, options);
  if (problem !== null) throw new Error(`The agent's ID ${problem}`);
  return kindOf(id).open(id, options);
}
