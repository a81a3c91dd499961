// The Responses API of the sandbox, on the path and with the refusals that the SDK's calls meet. A response is kept, to
// be built upon, only once it has come to its end: of a request whose connection was closed, nothing remains.
import { type Response as HttpResponse, Router } from 'express';
import type { Response, ResponseCreateParamsBase } from 'openai/resources/responses/responses';
import { seconds } from './agents-turn.ts';
import { EventStream, recordOf, refuse, type SandboxAgents, unknownField } from './http-faults.ts';
import type { Mind, Remembered } from './mind.ts';
import { type ToldResponseEvent, writeResponse } from './responses-writing.ts';

const FIELDS = [
  'conversation',
  'include',
  'input',
  'instructions',
  'max_output_tokens',
  'metadata',
  'model',
  'previous_response_id',
  'prompt',
  'reasoning',
  'service_tier',
  'store',
  'stream',
  'stream_options',
  'text',
  'tool_choice',
  'tools',
] satisfies (keyof ResponseCreateParamsBase)[];

type Body = Readonly<Record<string, unknown>>;

/** A kept response: all that was said up to and with it, and the calls whose results it waits for. */
interface Kept {
  readonly said: readonly Remembered[];
  readonly openCalls: readonly string[];
}

interface Refusal {
  readonly status: 400 | 404;
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
}

/** To be mounted at `/v1/responses`. */
export function responsesApiRoutes(state: SandboxAgents): Router {
  const kept = new Map<string, Kept>();
  let idsGiven = 0;
  const newId = (prefix: string): string => `${prefix}_${(++idsGiven).toString(36)}`;

  const router = Router();
  router.post('/', async (req, res) => {
    const body = recordOf(req.body) ?? {};
    const previous = typeof body['previous_response_id'] === 'string' ? body['previous_response_id'] : '';
    const refusal = refusalOf(body, kept.get(previous) ?? null) ?? unknownMind(state, body);
    if (refusal !== null) return refuse(res, refusal.status, refusal.code, refusal.message, refusal.param);
    const mind = mindOf(state, body);
    const said = [...(kept.get(previous)?.said ?? []), ...(inputOf(body['input']) ?? [])];
    if (mind !== null) await answer(res, body, mind, said);
  });
  return router;

  async function answer(
    res: HttpResponse,
    body: Body,
    mind: Mind,
    said: readonly Remembered[],
  ): Promise<void> {
    const asked = said.at(-1)?.role === 'user' ? (said.at(-1)?.text ?? '') : '';
    const response = newResponse(newId('resp'), body);
    const reply = mind({
      history: asked === '' ? said : said.slice(0, -1),
      text: asked,
      sessionId: response.previous_response_id ?? '',
    });
    const reader = new AbortController();
    const onClosed = (): void => reader.abort();
    const stream = body['stream'] === true ? new EventStream(res, { onClosed }) : null;
    if (stream === null) res.on('close', onClosed);
    let events = 0;
    const tell = (event: ToldResponseEvent): void => stream?.tell({ ...event, sequence_number: events++ });
    const drop = (): void => stream?.drop();
    try {
      const isKept = await writeResponse({ response, reply, newId, tell, drop, gone: reader.signal });
      if (isKept && body['store'] !== false) kept.set(response.id, keptOf(response, said));
    } catch (error) {
      if (reader.signal.aborted) return;
      throw error;
    }
    if (stream === null) res.json(response);
    else stream.end();
  }
}

function keptOf({ output }: Response, said: readonly Remembered[]): Kept {
  const messages = output.flatMap((item) => (item.type === 'message' ? [item] : []));
  const texts = messages.map(({ content }) =>
    content.map((part) => (part.type === 'output_text' ? part.text : part.refusal)).join(''),
  );
  return {
    said: [...said, ...texts.map((text) => ({ role: 'assistant', text }) as const)],
    openCalls: output.flatMap((item) => (item.type === 'function_call' ? [item.call_id] : [])),
  };
}

function mindOf(state: SandboxAgents, body: Body): Mind | null {
  const { id } = recordOf(body['prompt']) ?? {};
  return (typeof id === 'string' ? state.prompts[id] : state.models[String(body['model'])]) ?? null;
}

function unknownMind(state: SandboxAgents, body: Body): Refusal | null {
  if (mindOf(state, body) !== null) return null;
  return body['prompt'] === undefined
    ? { status: 400, code: 'model_not_found', message: 'No such model.', param: 'model' }
    : { status: 404, code: 'prompt_not_found', message: 'No such prompt.', param: 'prompt.id' };
}

function refusalOf(body: Body, previous: Kept | null): Refusal | null {
  const no = (code: string, message: string, param: string): Refusal => ({
    status: 400,
    code,
    message,
    param,
  });
  const unknown = unknownField(body, FIELDS);
  if (unknown !== null) return no('unknown_parameter', `Unknown parameter: '${unknown}'.`, unknown);
  const input = inputOf(body['input']);
  if (input === null) return no('invalid_value', 'Input must be a text or a list of messages.', 'input');
  const previousId = body['previous_response_id'];
  if (body['conversation'] !== undefined) {
    return previousId === undefined
      ? no('unsupported_value', 'The sandbox keeps no conversations.', 'conversation')
      : no('invalid_value', "'conversation' and 'previous_response_id' exclude each other.", 'conversation');
  }
  if (previousId === undefined || previousId === null) return null;
  if (previous === null)
    return no('previous_response_not_found', 'Previous response not found.', 'previous_response_id');
  const [open] = previous.openCalls;
  if (open !== undefined)
    return no('invalid_value', `No tool output found for function call ${open}.`, 'input');
  return null;
}

/** The messages of an input; null when it is anything else. */
function inputOf(input: unknown): Remembered[] | null {
  if (typeof input === 'string') return [{ role: 'user', text: input }];
  if (!Array.isArray(input) || input.length === 0) return null;
  const messages = input.map((item): Remembered | null => {
    const { role, content } = recordOf(item) ?? {};
    const isRole = role === 'user' || role === 'assistant' || role === 'developer';
    return isRole && typeof content === 'string' ? { role, text: content } : null;
  });
  return messages.every((message) => message !== null) ? messages : null;
}

function newResponse(id: string, body: Body): Response {
  const { model, instructions, previous_response_id } = body;
  return {
    id,
    object: 'response',
    access_programs: null,
    created_at: seconds(),
    error: null,
    incomplete_details: null,
    instructions: typeof instructions === 'string' ? instructions : null,
    metadata: null,
    model: typeof model === 'string' ? model : 'sandbox',
    output: [],
    output_text: '',
    parallel_tool_calls: true,
    previous_response_id: typeof previous_response_id === 'string' ? previous_response_id : null,
    status: 'in_progress',
    temperature: null,
    tool_choice: 'auto',
    tools: [],
    top_p: null,
  };
}
