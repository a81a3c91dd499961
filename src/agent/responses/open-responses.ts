// An agent behind any server that speaks the Responses API: a Microsoft Foundry agent, or an Open Responses server. A server
// that does not keep responses refuses to continue one, and the whole call is then sent each time. A field that not every
// server takes is left out for good once a server has named it in a refusal.
import type { OpenAI } from 'openai';
import { APIError } from 'openai/error';
import type {
  ResponseCreateParamsStreaming,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
import { fieldsOf, textOf } from '../../call/json.ts';
import type { LookedUp, Opening } from '../../call/ports.ts';
import { headersFor } from '../agent-headers.ts';
import { type AgentKind, type AgentOptions, compatibleClient, problemWithModel } from '../agent-kind.ts';
import { idOf } from '../agent-memory.ts';
import { lookUpModel } from '../chat/chat-look-up.ts';
import { AgentError, statusOf } from '../failures.ts';
import { unproven, wrong } from '../look-up.ts';
import { entraToken } from './entra-token.ts';
import { asFunction } from './responses.ts';
import { ResponsesConversation, type ResponsesServer, type Step } from './responses-conversation.ts';
import { warmUp } from '../warm-up.ts';

const KIND = 'responses';
const PREFIX = 'responses:';
/** Statuses with which servers refuse to continue a response that they do not have. */
const FORGOTTEN: readonly unknown[] = [400, 404, 501];
const REFUSES_FIELD: readonly unknown[] = [400, 422];
const OPTIONAL = ['model', 'instructions', 'tools', 'store', 'stream_options'] as const;
const LOOKED_UP_WITHIN_MS = 9_000;
/** No response has this ID. */
const NO_RESPONSE = 'resp_0';

type Optional = (typeof OPTIONAL)[number];
type Client = Pick<AgentOptions, 'agentHeaders' | 'instructions' | 'log'> & {
  readonly client: OpenAI;
  readonly model: string;
  /** Fields that the server does not take. */
  readonly leftOut: Set<Optional>;
  /** Fetches the key that the client then has at hand; rejects with an `AgentError`. */
  readonly getKey: () => Promise<unknown>;
};

export const openResponses: AgentKind = {
  matches: (id) => id.startsWith(PREFIX),
  problem: (id, { agentBaseUrl }) =>
    problemWithModel(id) ??
    (agentBaseUrl === '' ? 'needs AGENT_BASE_URL: the server whose Responses API has that agent.' : null),
  open(id, options) {
    const { agentHeaders, instructions, log, azure, clock } = options;
    const model = id.slice(PREFIX.length);
    const token = azure === null ? null : entraToken(azure, clock);
    const getKey = async (): Promise<string> => (token === null ? '' : token.get());
    const client = compatibleClient(options, token === null ? undefined : getKey);
    // A Foundry agent has its own model, instructions and tools, and refuses others.
    const isFoundry = /\/protocols\/openai(?=[/?]|$)/.test(options.agentBaseUrl);
    const leftOut = new Set<Optional>(isFoundry ? ['model', 'instructions', 'tools'] : []);
    const from = { client, model, agentHeaders, instructions, log, leftOut, getKey };
    const server: ResponsesServer = {
      kind: KIND,
      isForgotten: (error) => FORGOTTEN.includes(statusOf(error)),
      forgetsForGood: true,
      sessionIn,
      send: (step, opening, stop) => send(from, step, opening, stop),
    };
    return {
      kind: KIND,
      lookUp: () => (isFoundry ? lookUpFoundry(from, options) : lookUpModel(client, model)),
      warm: warmUp(options.agentBaseUrl, options),
      open: (opening, memory) => new ResponsesConversation(server, opening, memory),
    };
  },
};

async function send(from: Client, step: Step, opening: Opening, signal: AbortSignal) {
  await from.getKey();
  for (;;) {
    try {
      return await sendOnce(from, step, opening, signal);
    } catch (error) {
      const field = REFUSES_FIELD.includes(statusOf(error)) ? fieldNamedIn(error) : null;
      if (field === null || from.leftOut.has(field)) throw error;
      from.leftOut.add(field);
      from.log(`responses: the server refuses "${field}", so it is sent none any more.`);
    }
  }
}

async function sendOnce(
  { client, model, agentHeaders, instructions, leftOut }: Client,
  { from, input, mayCall, stores, session }: Step,
  { call, tools }: Opening,
  signal: AbortSignal,
): Promise<AsyncIterable<ResponseStreamEvent>> {
  const hasTools = tools.offered.length > 0 && !leftOut.has('tools');
  const optional = {
    model,
    ...(instructions !== null && { instructions }),
    ...(hasTools && { tools: tools.offered.map(asFunction) }),
    ...(!stores && { store: false }),
    stream_options: { include_obfuscation: false },
  };
  const taken = Object.entries(optional).filter(
    ([name]) => !OPTIONAL.some((one) => one === name && leftOut.has(one)),
  );
  const body: ResponseCreateParamsStreaming & { agent_session_id?: string } = {
    ...Object.fromEntries(taken),
    ...(hasTools && !mayCall && { tool_choice: 'none' }),
    input,
    ...(from !== null && { previous_response_id: from }),
    ...(session !== null && { agent_session_id: session }),
    stream: true,
  };
  // The call asks again itself (T5); no layer below does.
  const options = { signal, maxRetries: 0, headers: headersFor(agentHeaders, call) };
  const { data, response } = await client.responses.create(body, options).withResponse();
  return withSession(data, response.headers.get('x-agent-session-id'));
}

/** Hosted agents of Foundry name their sandbox in the response, or in a header only. */
async function* withSession(
  events: AsyncIterable<ResponseStreamEvent>,
  session: string | null,
): AsyncGenerator<ResponseStreamEvent, void> {
  for await (const event of events) {
    if (event.type === 'response.created' && session !== null)
      yield { ...event, response: Object.assign({ agent_session_id: session }, event.response) };
    else yield event;
  }
}

function sessionIn(response: object): string | null {
  const { agent_session_id: id, session } = fieldsOf(response);
  return idOf(id) ?? idOf(fieldsOf(session)['id']);
}

/** The one of the optional fields that a refusal is about. */
function fieldNamedIn(error: unknown): Optional | null {
  const param = error instanceof APIError ? textOf(error.param) : '';
  return (
    OPTIONAL.find((name) => param === name || param.startsWith(`${name}.`) || param.startsWith(`${name}[`)) ??
    null
  );
}

/** An agent's endpoint has no list, but it checks token and role before it looks for a response. */
async function lookUpFoundry(
  { client, getKey }: Client,
  { azure, agentApiKey }: AgentOptions,
): Promise<LookedUp> {
  if (azure === null && agentApiKey === '')
    return wrong(
      'A Foundry agent needs a token: set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.',
    );
  try {
    await getKey();
    await client.responses.retrieve(NO_RESPONSE, {}, { signal: AbortSignal.timeout(LOOKED_UP_WITHIN_MS) });
    return { is: 'found' };
  } catch (error) {
    if (error instanceof AgentError)
      return error.failed.failure === 'refused'
        ? wrong(
            `Microsoft Entra refuses the client credentials (${error.failed.detail}). Check AZURE_CLIENT_SECRET.`,
          )
        : { is: 'unknown', why: 'cannot be asked for: Microsoft Entra does not answer' };
    switch (statusOf(error)) {
      case 401:
        return wrong(
          'The Foundry agent at AGENT_BASE_URL does not accept the token (401). Check AZURE_TENANT_ID.',
        );
      case 403:
        return wrong(
          'The Foundry agent at AGENT_BASE_URL may not be used with this key (403). ' +
            'Give the application the role "Foundry Agent Consumer".',
        );
      case 404:
        return { is: 'unknown', why: 'accepts the token; whether there is such an agent, only a call shows' };
      default:
        return unproven(statusOf(error));
    }
  }
}
