// The chat/completions of the sandbox, as OpenAI and the many servers that follow it speak it. It remembers nothing of a
// conversation, but who calls a function says the rest in the answer to the request that brings the result.
import { type Response as HttpResponse, Router } from 'express';
import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import { seconds } from './agents-turn.ts';
import {
  type Body,
  isAlternating,
  lastOutputIn,
  outputsIn,
  refusalOf,
  saidIn,
} from './chat-completions-checks.ts';
import { completionOf, type ToldDelta, writeAnswer } from './chat-completions-writing.ts';
import { EventStream, recordOf, refuse, type SandboxAgents } from './http-faults.ts';
import { afterCall, type Mind, type MindReply } from './mind.ts';

interface OpenCall {
  readonly name: string;
  /** What is said once the result is there. */
  readonly rest: MindReply;
}

type Finish = ChatCompletionChunk.Choice['finish_reason'];

/** To be mounted at `/v1/chat/completions`, behind `atTheDoor`. */
export function chatCompletionsRoutes(state: SandboxAgents): Router {
  const calls = new Map<string, OpenCall>();
  const answered = new Set<string>();
  let idsGiven = 0;
  const newId = (prefix: string): string => `${prefix}_${(++idsGiven).toString(36)}`;

  const router = Router();
  router.post('/', async (req, res) => {
    const body = recordOf(req.body) ?? {};
    const refusal = refusalOf(body);
    if (refusal !== null) return refuse(res, 400, refusal.code, refusal.message, refusal.param);
    const mind = state.models[String(body['model'])];
    if (mind === undefined) return refuse(res, 404, 'model_not_found', 'No such model.', 'model');
    // Neither names a code, as servers of open models do not.
    if (state.faults.refusesTools && body['tools'] !== undefined)
      return refuse(res, 400, null, 'This model does not support tools.');
    if (state.faults.insistsOnAlternation && !isAlternating(body))
      return refuse(res, 400, null, 'Conversation roles must alternate user/assistant.');
    await answer(res, body, mind);
  });
  return router;

  async function answer(res: HttpResponse, body: Body, mind: Mind): Promise<void> {
    for (const { callId, output } of outputsIn(body)) {
      if (answered.has(callId)) continue;
      answered.add(callId);
      state.onToolAnswer({ name: calls.get(callId)?.name ?? '', output });
    }
    const reply = calls.get(lastOutputIn(body)?.callId ?? '')?.rest ?? think(mind, body);
    const reader = new AbortController();
    const onClosed = (): void => reader.abort();
    // Some servers know no streams, whatever they are asked for.
    const isStream = body['stream'] === true && reply.isWithoutParts !== true;
    const stream = isStream ? new EventStream(res, { onClosed }) : null;
    if (stream === null) res.on('close', onClosed);
    const head = { id: newId('chatcmpl'), created: seconds(), model: String(body['model']) };
    const hasUsage = recordOf(body['stream_options'])?.['include_usage'] === true;
    const tell = (delta: ToldDelta, finish: Finish): void =>
      stream?.data(chunkOf(head, hasUsage, [{ index: 0, delta, finish_reason: finish, logprobs: null }]));
    stream?.comment('ping');
    try {
      const canCall = (name: string): boolean => mayCall(body, name);
      const drop = (): void => stream?.drop();
      const whole = await writeAnswer({
        reply,
        canCall,
        newId,
        tell,
        drop,
        clock: state.clock,
        gone: reader.signal,
      });
      if (typeof whole === 'string') return fail(res, stream, whole);
      if (whole.call !== null) calls.set(whole.call.id, { name: whole.call.name, rest: afterCall(reply) });
      if (stream === null) return void res.json(completionOf(whole, head));
      if (hasUsage) stream.data({ ...chunkOf(head, false, []), usage: USAGE });
      stream.data('[DONE]');
      stream.end();
    } catch (error) {
      if (!reader.signal.aborted) throw error;
    }
  }
}

const USAGE = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };

function chunkOf(
  head: Pick<ChatCompletionChunk, 'id' | 'created' | 'model'>,
  hasUsage: boolean,
  choices: ChatCompletionChunk['choices'],
): ChatCompletionChunk {
  return { ...head, object: 'chat.completion.chunk', choices, ...(hasUsage && { usage: null }) };
}

/** After a stream has begun, the error is its last event. */
function fail(res: HttpResponse, stream: EventStream | null, code: string): void {
  const message = 'The sandbox was told to fail.';
  if (stream === null) return refuse(res, 500, code, message);
  stream.data({ error: { message, type: 'server_error', code, param: null } });
  stream.end();
}

function think(mind: Mind, body: Body): MindReply {
  const said = saidIn(body);
  const last = said.at(-1);
  const text = last?.role === 'user' ? last.text : '';
  return mind({ history: text === '' ? said : said.slice(0, -1), text, sessionId: '' });
}

function mayCall({ tools, tool_choice }: Body, name: string): boolean {
  if (tool_choice === 'none' || !Array.isArray(tools)) return false;
  return tools.some((tool: unknown) => recordOf(recordOf(tool)?.['function'])?.['name'] === name);
}
