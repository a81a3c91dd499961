// The kinds of published agents, and the one rule by which an ID picks its kind: change the ID, and the phone answers as
// another business. The first match wins; IDs of the Agents API are opaque, so that kind takes every other ID.
import type { Agent } from '../call/ports.ts';
import { agentsApi } from './agents-api/agents-api.ts';
import { type AgentKind, type AgentOptions, type AgentPlaces, PUBLISH_INSTEAD } from './agent-kind.ts';
import { assistants } from './assistants/assistants.ts';
import { chatCompletions } from './chat/chat-completions.ts';
import { chatKit } from './chatkit/chatkit.ts';
import { ownModule } from './own-module/own-module.ts';
import { responses } from './responses/responses.ts';

const KINDS: readonly AgentKind[] = [assistants, responses, chatCompletions, chatKit, ownModule];

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
  return kindOf(id).problem?.(id, places) ?? null;
}

/** @throws {Error} when `problemWithAgentId` finds a problem. */
export function chooseAgent(id: string, options: AgentOptions): Agent {
  const problem = problemWithAgentId(id, options);
  if (problem !== null) throw new Error(`The agent's ID ${problem}`);
  return kindOf(id).open(id, options);
}
