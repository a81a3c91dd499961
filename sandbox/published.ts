// Every way in which an agent can be published, played by the sandbox: the same flower shop behind each. For the demo,
// and for a whole call with each in the tests.
import { shownAgentId } from '../src/agent/kinds.ts';
import { ENTRA } from './foundry/foundry.ts';

export interface Published {
  /** What stands for the form of the ID in README's table. */
  readonly form: string;
  /** In words. */
  readonly kind: string;
  /** What is set besides `SANDBOX_ENV`; `farEnd` is where the sandbox's agents are, `http://127.0.0.1:…`. */
  readonly env: (farEnd: string) => Readonly<Record<string, string>>;
}

const SANDBOX_KEY = 'sk-sandbox';

export const PUBLISHED = [
  plain('agent_flowers', "an agent of OpenAI's Agents API"),
  plain('model:gpt-6-luna', 'a model over the Responses API, played: it knows only the flower shop'),
  plain('asst_flowers', 'an assistant, at a server that still has them'),
  {
    form: 'https',
    kind: "a workflow of one's own behind a ChatKit server",
    env: (farEnd) => ({
      AGENT_WORKFLOW_ID: `${farEnd}/chatkit/agent_flowers`,
      AGENT_API_KEY: SANDBOX_KEY,
    }),
  },
  {
    form: 'chat:gpt-6-luna',
    kind: 'any OpenAI-compatible chat/completions',
    env: (farEnd) => ({
      AGENT_WORKFLOW_ID: 'chat:gpt-6-luna',
      AGENT_BASE_URL: `${farEnd}/v1`,
      AGENT_API_KEY: SANDBOX_KEY,
    }),
  },
  {
    form: 'responses:flowers',
    kind: 'a Microsoft Foundry agent, or any server with a Responses API',
    env: (farEnd) => ({
      AGENT_WORKFLOW_ID: 'responses:flowers',
      AGENT_BASE_URL: `${farEnd}/foundry/api/projects/shop/agents/agent_flowers/endpoint/protocols/openai?api-version=v1`,
      AZURE_TENANT_ID: ENTRA.tenantId,
      AZURE_CLIENT_ID: ENTRA.clientId,
      AZURE_CLIENT_SECRET: ENTRA.clientSecret,
      AZURE_AUTHORITY_HOST: `${farEnd}/entra`,
    }),
  },
  served('agui', 'any framework that speaks AG-UI: LangGraph, Agent Framework, Google ADK, Mastra, …'),
  served('aisdk', 'a route of the AI SDK, as useChat calls one'),
  served('hook', "a webhook of one's own", 'hook/own/agent_flowers'),
  served('hook:n8n', 'an n8n workflow with a Chat Trigger', 'hook/n8n/webhook/agent_flowers/chat'),
  served('hook:dify', 'a Dify app', 'hook/dify/agent_flowers/v1'),
  served('hook:flowise', 'a Flowise flow', 'hook/flowise/api/v1/prediction/agent_flowers'),
  served('hook:chatbase', 'a Chatbase agent', 'hook/chatbase/api/v2/agents/agent_flowers/chat'),
  plain('./examples/agents-sdk.ts', 'an Agent of the Agents SDK, in this process'),
  plain('./examples/own-agent.ts', 'a function that yields text, in this process'),
] as const satisfies readonly Published[];

/** A server of one's own in front of the shop. */
function served(form: string, kind: string, path = `${form}/agent_flowers`): Published {
  return {
    form,
    kind,
    env: (farEnd) => ({
      AGENT_WORKFLOW_ID: `${form}:${farEnd}/${path}`,
      AGENT_API_KEY: SANDBOX_KEY,
    }),
  };
}

function plain(id: string, kind: string): Published {
  return { form: id, kind, env: () => ({ AGENT_WORKFLOW_ID: id }) };
}

/**
 * The agent of an ID as README shows them. A file, a server's URL, and a chat model with AGENT_BASE_URL are the user's own
 * and really called; any other ID is played.
 */
export function publishedAs(
  id: string,
  env: Readonly<Record<string, string>>,
): Published & { isOwn: boolean } {
  const wanted = id === 'https://…' ? 'https' : id.replace(/:https:\/\/…$/, '');
  const known = PUBLISHED.find(({ form }) => form === wanted);
  const isOwnServer = /^(chat|responses):/.test(id) && env['AGENT_BASE_URL'] !== undefined;
  if (known !== undefined && !isOwnServer) return { ...known, isOwn: false };
  if (isOwnServer || /^(\w+:)*https?:/.test(id))
    return { ...plain(id, 'a server of your own'), form: shownAgentId(id), isOwn: true };
  if (/^\.{0,2}\//.test(id)) return { ...plain(id, 'a file of your own'), isOwn: true };
  const kind = 'played by the sandbox: it knows only the flower shop, not your instructions';
  if (!/^(chat|responses):/.test(id)) return { ...plain(id, kind), isOwn: false };
  return {
    form: id,
    kind,
    env: (farEnd) => ({
      AGENT_WORKFLOW_ID: id,
      AGENT_BASE_URL: `${farEnd}/v1`,
      AGENT_API_KEY: SANDBOX_KEY,
    }),
    isOwn: false,
  };
}
