// What the sandbox's chat/completions takes, and why not. The order of the messages is what is easily got wrong: the
// calls of tools in a message must all be answered right behind it, and nothing else may be.
import type { FunctionDefinition } from 'openai/resources/shared';
import type {
  ChatCompletionCreateParamsBase,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import { recordOf, unknownField } from './http-faults.ts';
import type { Remembered } from './mind.ts';

export type Body = Readonly<Record<string, unknown>>;

export interface Refusal {
  readonly code: string | null;
  readonly message: string;
  readonly param: string;
}

/** The result of a function that was called. */
export interface Output {
  readonly callId: string;
  readonly output: string;
}

const FIELDS = [
  'frequency_penalty',
  'logit_bias',
  'logprobs',
  'max_completion_tokens',
  'max_tokens',
  'messages',
  'metadata',
  'model',
  'n',
  'parallel_tool_calls',
  'presence_penalty',
  'reasoning_effort',
  'response_format',
  'seed',
  'service_tier',
  'stop',
  'store',
  'stream',
  'stream_options',
  'temperature',
  'tool_choice',
  'tools',
  'top_p',
  'user',
] satisfies (keyof ChatCompletionCreateParamsBase)[];

const FUNCTION_FIELDS = [
  'name',
  'description',
  'parameters',
  'strict',
] satisfies (keyof FunctionDefinition)[];

type Role = Exclude<ChatCompletionMessageParam['role'], 'function'>;

const MESSAGE_FIELDS: Readonly<Record<Role, readonly string[]>> = {
  system: ['role', 'content', 'name'],
  developer: ['role', 'content', 'name'],
  user: ['role', 'content', 'name'],
  assistant: ['role', 'content', 'name', 'refusal', 'tool_calls'],
  tool: ['role', 'content', 'tool_call_id'],
};

export function refusalOf(body: Body): Refusal | null {
  const unknown = unknownField(body, FIELDS);
  if (unknown !== null) return no('unknown_parameter', `Unknown parameter: '${unknown}'.`, unknown);
  if (typeof body['model'] !== 'string') return no(null, 'You must provide a model parameter.', 'model');
  // The real API takes its absence for false; here a missing field is a mistake in the client.
  if (typeof body['stream'] !== 'boolean') return no('invalid_type', 'Is it to be a stream?', 'stream');
  if (body['stream_options'] !== undefined && !body['stream'])
    return no(null, "'stream_options' is only allowed when 'stream' is enabled.", 'stream_options');
  const { messages } = body;
  if (!Array.isArray(messages)) return no('invalid_type', 'Messages are a list.', 'messages');
  if (messages.length === 0) return no('empty_array', 'There are no messages.', 'messages');
  const records = messages.map((message: unknown) => recordOf(message) ?? {});
  const wrong = records.map(refusalOfMessage).find((refusal) => refusal !== null);
  return wrong ?? refusalOfOrder(records) ?? refusalOfTools(body);
}

/** What was said, in order. What a tool said is nobody's words. */
export function saidIn(body: Body): Remembered[] {
  return messagesOf(body).flatMap((message): Remembered[] => {
    const { role } = message;
    const text = textOf(message['content']) ?? '';
    if (role === 'user' || role === 'assistant') return text === '' ? [] : [{ role, text }];
    return role === 'tool' ? [] : [{ role: 'developer', text }];
  });
}

/** The results of tools, in order. */
export function outputsIn(body: Body): Output[] {
  return messagesOf(body)
    .filter(({ role }) => role === 'tool')
    .map((message) => ({
      callId: String(message['tool_call_id']),
      output: textOf(message['content']) ?? '',
    }));
}

/** The result that stands last, where one does: it is what is to be gone on from. */
export function lastOutputIn(body: Body): Output | null {
  return messagesOf(body).at(-1)?.['role'] === 'tool' ? (outputsIn(body).at(-1) ?? null) : null;
}

/** As the templates of many open models: system at the beginning only, and then user and assistant by turns. */
export function isAlternating(body: Body): boolean {
  const messages = messagesOf(body).filter(
    ({ role, tool_calls: calls }) => role !== 'tool' && calls === undefined,
  );
  const talk = messages[0]?.['role'] === 'system' ? messages.slice(1) : messages;
  return talk.every(({ role }, index) => role === (index % 2 === 0 ? 'user' : 'assistant'));
}

function messagesOf(body: Body): Body[] {
  const { messages } = body;
  return Array.isArray(messages) ? messages.map((message: unknown) => recordOf(message) ?? {}) : [];
}

function refusalOfMessage(message: Body, index: number): Refusal | null {
  const { role, content, tool_calls: calls, tool_call_id: callId } = message;
  const param = `messages[${index}]`;
  if (!isRole(role)) return no('invalid_value', 'There is no such role.', `${param}.role`);
  const unknown = unknownField(message, MESSAGE_FIELDS[role]);
  if (unknown !== null)
    return no('unknown_parameter', `Unknown parameter: '${unknown}'.`, `${param}.${unknown}`);
  const mayLackContent = role === 'assistant' && calls !== undefined && (content ?? null) === null;
  if (!mayLackContent && textOf(content) === null)
    return no('invalid_type', 'A message needs text.', `${param}.content`);
  if (role === 'tool' && typeof callId !== 'string')
    return no('missing_required_parameter', 'A result names its call.', `${param}.tool_call_id`);
  if (calls === undefined) return null;
  if (!Array.isArray(calls) || calls.length === 0)
    return no('empty_array', 'There are no calls.', `${param}.tool_calls`);
  return calls.every(isCall) ? null : no('invalid_value', 'This is no call.', `${param}.tool_calls`);
}

function refusalOfOrder(messages: readonly Body[]): Refusal | null {
  let open: string[] = [];
  for (const [index, message] of messages.entries()) {
    const param = `messages[${index}]`;
    if (message['role'] === 'tool') {
      const callId = String(message['tool_call_id']);
      if (!open.includes(callId))
        return no(null, "A 'tool' message must be a response to a preceding 'tool_calls'.", param);
      open = open.filter((id) => id !== callId);
    } else {
      if (open.length > 0) return no(null, `No response to the tool calls ${open.join(', ')}.`, param);
      const { tool_calls: calls } = message;
      open = Array.isArray(calls) ? calls.map((call: unknown) => String(recordOf(call)?.['id'])) : [];
    }
  }
  return open.length === 0 ? null : no(null, `No response to the tool calls ${open.join(', ')}.`, 'messages');
}

function refusalOfTools({ tools, tool_choice: choice, parallel_tool_calls: parallel }: Body): Refusal | null {
  if (tools === undefined) {
    if (choice !== undefined)
      return no(null, "'tool_choice' is only allowed when 'tools' are specified.", 'tool_choice');
    return parallel === undefined
      ? null
      : no(null, "'parallel_tool_calls' needs 'tools'.", 'parallel_tool_calls');
  }
  if (!Array.isArray(tools) || tools.length === 0) return no('empty_array', 'There are no tools.', 'tools');
  const isFine = tools.every((tool: unknown) => {
    const { type, function: declared, ...rest } = recordOf(tool) ?? {};
    const fields = recordOf(declared);
    if (type !== 'function' || fields === null || Object.keys(rest).length > 0) return false;
    const { name, parameters } = fields;
    const hasName = typeof name === 'string' && /^[\w-]{1,64}$/.test(name);
    return (
      hasName && unknownField(fields, FUNCTION_FIELDS) === null && recordOf(parameters)?.['type'] === 'object'
    );
  });
  return isFine ? null : no('invalid_value', 'This is no function.', 'tools');
}

function isRole(role: unknown): role is Role {
  return typeof role === 'string' && Object.hasOwn(MESSAGE_FIELDS, role);
}

function isCall(call: unknown): boolean {
  const { id, type, function: called } = recordOf(call) ?? {};
  const { name, arguments: args } = recordOf(called) ?? {};
  return (
    typeof id === 'string' && type === 'function' && typeof name === 'string' && typeof args === 'string'
  );
}

function textOf(content: unknown): string | null {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content) || content.length === 0) return null;
  const texts = content.map((part: unknown) => {
    const { type, text } = recordOf(part) ?? {};
    return type === 'text' && typeof text === 'string' ? text : null;
  });
  return texts.every((text) => text !== null) ? texts.join('') : null;
}

function no(code: string | null, message: string, param: string): Refusal {
  return { code, message, param };
}
