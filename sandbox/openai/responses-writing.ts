// One response of the sandbox's Responses API, written out of a mind's reply event by event. The numbers of the events
// are the caller's: they count over the whole stream.
import type {
  Response,
  ResponseError,
  ResponseFunctionToolCall,
  ResponseOutputMessage,
  ResponseOutputText,
  ResponseStreamEvent,
  ResponseUsage,
} from 'openai/resources/responses/responses';
import type { Clock } from '../../src/call/ports.ts';
import { pause } from '../pause.ts';
import { type MindReply, tokensOf } from './mind.ts';

type WithoutNumber<Event> = Event extends { sequence_number: number }
  ? Omit<Event, 'sequence_number'>
  : never;
/** An event of a response, before it is numbered. */
export type ToldResponseEvent = WithoutNumber<ResponseStreamEvent>;

export interface Writing {
  readonly response: Response;
  readonly reply: MindReply;
  /** Whether there is a function of this name. */
  readonly canCall: (name: string) => boolean;
  readonly newId: (prefix: string) => string;
  readonly tell: (event: ToldResponseEvent) => void;
  /** Breaks the connection. */
  readonly drop: () => void;
  readonly clock: Clock;
  /** Aborts when the reader has gone. */
  readonly gone: AbortSignal;
}

/** What a response can fail with by itself; any other code ends the stream as an `error`. */
const ERROR_CODES: readonly ResponseError['code'][] = [
  'server_error',
  'rate_limit_exceeded',
  'invalid_prompt',
];
const MESSAGE = 'The sandbox was told to fail.';

/** Tells whether there is a response in the end. Rejects once `gone` has aborted. */
export async function writeResponse(writing: Writing): Promise<boolean> {
  const { response, reply, canCall, tell, gone } = writing;
  tell({ type: 'response.created', response });
  tell({ type: 'response.in_progress', response });
  await pause(writing.clock, reply.firstWordAfterMs ?? 0, gone);
  if (reply.commentary !== undefined) await writeMessage(writing, { text: reply.commentary }, 'commentary');
  const { calls, saysBeforeCall: first } = reply;
  if (first !== undefined) await writeMessage(writing, { ...reply, text: first }, null);
  if (calls !== undefined && canCall(calls.name)) {
    writeCall(writing, calls.name, JSON.stringify(calls.arguments));
    return endWith(writing, undefined);
  }
  if (reply.text !== '') await writeMessage(writing, reply, 'final_answer');
  if (reply.hangs === true) await untilAborted(gone);
  return endWith(writing, reply.failWith);
}

function endWith({ response, tell }: Writing, failWith: MindReply['failWith']): boolean {
  const code = ERROR_CODES.find((known) => known === failWith);
  if (failWith === undefined) {
    response.status = 'completed';
    response.usage = USAGE;
    tell({ type: 'response.completed', response });
  } else if (failWith === 'max_output_tokens') {
    response.status = 'incomplete';
    response.usage = USAGE;
    response.incomplete_details = { reason: failWith };
    tell({ type: 'response.incomplete', response });
  } else if (code !== undefined) {
    response.status = 'failed';
    response.error = { code, message: MESSAGE };
    tell({ type: 'response.failed', response });
  } else {
    tell({ type: 'error', code: failWith, message: MESSAGE, param: null });
    return false;
  }
  return response.status !== 'failed';
}

const USAGE: ResponseUsage = {
  input_tokens: 120,
  input_tokens_details: { cached_tokens: 100, cache_write_tokens: 0 },
  output_tokens: 12,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 132,
};

async function writeMessage(
  { response, newId, tell, drop, clock, gone }: Writing,
  reply: MindReply,
  phase: 'commentary' | 'final_answer' | null,
): Promise<void> {
  const part: ResponseOutputText = { type: 'output_text', text: '', annotations: [] };
  const item: ResponseOutputMessage = {
    id: newId('msg'),
    type: 'message',
    role: 'assistant',
    phase,
    status: 'in_progress',
    content: [],
  };
  const output_index = response.output.length;
  const place = { item_id: item.id, output_index, content_index: 0 };
  tell({ type: 'response.output_item.added', item, output_index });
  const tellsParts = reply.isWithoutParts !== true;
  if (tellsParts) tell({ type: 'response.content_part.added', part, ...place });
  let said = 0;
  for (const delta of tokensOf(reply.text)) {
    await pause(clock, reply.perTokenMs ?? 0, gone);
    part.text += delta;
    if (tellsParts && reply.isWithoutDeltas !== true)
      tell({ type: 'response.output_text.delta', delta, logprobs: [], ...place });
    if (++said === reply.dropsStreamAfterTokens) drop();
  }
  item.content = [part];
  item.status = 'completed';
  if (tellsParts) {
    tell({ type: 'response.output_text.done', text: part.text, logprobs: [], ...place });
    tell({ type: 'response.content_part.done', part, ...place });
  }
  tell({ type: 'response.output_item.done', item, output_index });
  response.output.push(item);
}

function writeCall({ response, newId, tell }: Writing, name: string, args: string): void {
  const id = newId('fc');
  const call: ResponseFunctionToolCall = {
    type: 'function_call',
    id,
    call_id: newId('call'),
    name,
    arguments: args,
  };
  const output_index = response.output.length;
  tell({ type: 'response.output_item.added', item: { ...call, arguments: '' }, output_index });
  tell({ type: 'response.function_call_arguments.done', arguments: args, item_id: id, output_index });
  tell({ type: 'response.output_item.done', item: call, output_index });
  response.output.push(call);
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('gone'))));
}
