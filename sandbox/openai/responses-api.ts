// The Responses API of the sandbox, on the path and with the refusals that the SDK's calls meet. A response is kept, to
// be built upon, only once it has come to its end: of a request whose connection was closed, nothing remains. Who calls
// a function says the rest in the response that is given the result.
import { type Response as HttpResponse, Router } from 'express';
import type { Response } from 'openai/resources/responses/responses';
import { seconds } from './agents-turn.ts';
import { EventStream, recordOf, refuse, type SandboxAgents } from './http-faults.ts';
import { afterCall, type Mind, type MindReply, type Remembered } from './mind.ts';
import { type Body, type Input, inputOf, type Refusal, refusalOf } from './responses-checks.ts';
import { type ToldResponseEvent, writeResponse } from './responses-writing.ts';

/** A kept response: all that was said up to and with it, and the calls whose results it waits for. */
interface Kept {
  readonly said: readonly Remembered[];
  readonly openCalls: readonly OpenCall[];
}

interface OpenCall {
  readonly id: string;
  readonly name: string;
  /** What is said once the result is there. */
  readonly rest: MindReply;
}

/** One request that was not refused. */
interface Asked {
  readonly body: Body;
  readonly mind: Mind;
  readonly previous: Kept | null;
  readonly input: Input;
}

/** How a server differs from OpenAI's own. */
export interface Manner {
  readonly mindOf: (body: Body) => Mind | null;
  /** Fields of a request besides OpenAI's. */
  readonly fields: readonly string[];
  /** Calls functions that no request declares: they are saved with the agent. */
  readonly hasOwnTools: boolean;
  /** May change a response before its first event; refuses by returning why. */
  readonly adorn: (response: Response, body: Body, res: HttpResponse) => Refusal | null;
}

/** To be mounted at `/v1/responses`. */
export function responsesApiRoutes(state: SandboxAgents, given: Partial<Manner> = {}): Router {
  const manner: Manner = {
    mindOf: (body) => state.models[String(body['model'])] ?? null,
    fields: [],
    hasOwnTools: false,
    adorn: () => null,
    ...given,
  };
  const kept = new Map<string, Kept>();
  /** Every call that was ever made, and those whose results have come. */
  const calls = new Map<string, OpenCall>();
  const answered = new Set<string>();
  let idsGiven = 0;
  const newId = (prefix: string): string => `${prefix}_${(++idsGiven).toString(36)}`;

  const router = Router();
  router.post('/', async (req, res) => {
    const body = recordOf(req.body) ?? {};
    const previous = kept.get(String(body['previous_response_id'])) ?? null;
    const openCalls = previous?.openCalls.map(({ id }) => id) ?? null;
    const mind = manner.mindOf(body);
    const refusal =
      refusedBy(state.faults, body) ?? refusalOf(body, openCalls, manner.fields) ?? unknownMind(mind);
    if (refusal !== null) return refuse(res, refusal.status, refusal.code, refusal.message, refusal.param);
    const input = inputOf(body['input']);
    if (mind !== null && input !== null) await answer(res, { body, mind, previous, input });
  });
  return router;

  async function answer(res: HttpResponse, { body, mind, previous, input }: Asked): Promise<void> {
    for (const { callId, output } of input.outputs) {
      if (answered.has(callId)) continue;
      answered.add(callId);
      state.onToolAnswer({ name: calls.get(callId)?.name ?? '', output });
    }
    const said = [...(previous?.said ?? []), ...input.said];
    const response = newResponse(newId('resp'), body);
    const refusal = manner.adorn(response, body, res);
    if (refusal !== null) return refuse(res, refusal.status, refusal.code, refusal.message, refusal.param);
    const rest = calls.get(input.lastOutput?.callId ?? '')?.rest ?? null;
    const reply = rest ?? think(mind, said, response);
    const reader = new AbortController();
    const onClosed = (): void => reader.abort();
    const stream = body['stream'] === true ? new EventStream(res, { onClosed }) : null;
    if (stream === null) res.on('close', onClosed);
    let events = 0;
    const tell = (event: ToldResponseEvent): void => stream?.tell({ ...event, sequence_number: events++ });
    const drop = (): void => stream?.drop();
    const canCall = (name: string): boolean => manner.hasOwnTools || mayCall(body, name);
    try {
      const isKept = await writeResponse({
        response,
        reply,
        canCall,
        newId,
        tell,
        drop,
        clock: state.clock,
        gone: reader.signal,
      });
      const done = keptOf(response, said, reply);
      for (const call of done.openCalls) calls.set(call.id, call);
      if (isKept && body['store'] !== false) kept.set(response.id, done);
    } catch (error) {
      if (reader.signal.aborted) return;
      throw error;
    }
    if (stream === null) res.json(response);
    else stream.end();
  }
}

function think(mind: Mind, said: readonly Remembered[], { previous_response_id }: Response): MindReply {
  const asked = said.at(-1)?.role === 'user' ? (said.at(-1)?.text ?? '') : '';
  const history = asked === '' ? said : said.slice(0, -1);
  return mind({ history, text: asked, sessionId: previous_response_id ?? '' });
}

/** A model calls only the functions of its request. */
function mayCall({ tools, tool_choice }: Body, name: string): boolean {
  if (tool_choice === 'none' || !Array.isArray(tools)) return false;
  return tools.some((tool) => recordOf(tool)?.['name'] === name);
}

function keptOf({ output }: Response, said: readonly Remembered[], reply: MindReply): Kept {
  const messages = output.flatMap((item) => (item.type === 'message' ? [item] : []));
  const texts = messages.map(({ content }) =>
    content.map((part) => (part.type === 'output_text' ? part.text : part.refusal)).join(''),
  );
  return {
    said: [...said, ...texts.map((text) => ({ role: 'assistant', text }) as const)],
    openCalls: output.flatMap((item) =>
      item.type === 'function_call' ? [{ id: item.call_id, name: item.name, rest: afterCall(reply) }] : [],
    ),
  };
}

/** Open Responses servers say in different ways that they keep nothing; this one names neither code nor field. */
function refusedBy({ keepsNoResponses, refusesField }: SandboxAgents['faults'], body: Body): Refusal | null {
  if (keepsNoResponses && body['previous_response_id'] !== undefined)
    return { status: 404, code: null, message: 'Not found.', param: null };
  return refusesField === '' || body[refusesField] === undefined
    ? null
    : { status: 400, code: 'unsupported_parameter', message: 'Not supported.', param: refusesField };
}

function unknownMind(mind: Mind | null): Refusal | null {
  if (mind !== null) return null;
  return { status: 400, code: 'model_not_found', message: 'No such model.', param: 'model' };
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
