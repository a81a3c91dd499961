// A model with the user's instructions, over OpenAI's Responses API.
import { APIError } from 'openai/error';
import type { FunctionTool } from 'openai/resources/responses/responses';
import type { PhoneTool } from '../../call/phone-tools.ts';
import { type AgentKind, openaiClient, problemWithModel } from '../agent-kind.ts';
import { lookUp } from '../look-up.ts';
import { ResponsesConversation, type ResponsesServer } from './responses-conversation.ts';
import { warmUp } from '../warm-up.ts';

const KIND = 'model';
const PREFIX = 'model:';

export const responses: AgentKind = {
  matches: (id) => id.startsWith(PREFIX),
  problem: problemWithModel,
  open(id, options) {
    const client = openaiClient(options);
    const { instructions } = options;
    const model = id.slice(PREFIX.length);
    const server: ResponsesServer = {
      kind: KIND,
      isForgotten: (error) => error instanceof APIError && error.code === 'previous_response_not_found',
      forgetsForGood: false,
      send: ({ from, input, mayCall }, { tools: { offered } }, signal) =>
        client.responses.create(
          {
            model,
            instructions,
            ...(offered.length > 0 && { tools: offered.map(asFunction) }),
            ...(!mayCall && { tool_choice: 'none' as const }),
            input,
            ...(from !== null && { previous_response_id: from }),
            store: true,
            stream: true,
            stream_options: { include_obfuscation: false },
          },
          // The call asks again itself (T5); no layer below does.
          { signal, maxRetries: 0 },
        ),
    };
    return {
      kind: KIND,
      isAskedAhead: true,
      lookUp: () => lookUp(`The model "${model}"`, async () => (await client.models.retrieve(model)).id),
      warm: warmUp(options.openaiBaseUrl, options),
      open: (opening, memory) => new ResponsesConversation(server, opening, memory),
    };
  },
};

export function asFunction({ name, description, parameters }: PhoneTool): FunctionTool {
  return { type: 'function', name, description, parameters, strict: true };
}
