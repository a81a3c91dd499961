// What the Assistants API refuses in a body before it does anything with it. Unlike the newer APIs it mostly gives no
// code with its refusals: the status and a sentence are all there is.
import type { Run, RunCreateParamsBase } from 'openai/resources/beta/threads/runs/runs';
import type { MessageCreateParams } from 'openai/resources/beta/threads/messages';
import type { ThreadCreateParams } from 'openai/resources/beta/threads/threads';
import type { AssistantTool } from 'openai/resources/beta/assistants';
import { recordOf, unknownField } from './http-faults.ts';

export type Body = Readonly<Record<string, unknown>>;

export interface Refusal {
  readonly code: string | null;
  readonly message: string;
  readonly param: string | null;
}

const THREAD_FIELDS = ['messages', 'metadata', 'tool_resources'] satisfies (keyof ThreadCreateParams)[];
const MESSAGE_FIELDS = ['attachments', 'content', 'metadata', 'role'] satisfies (keyof MessageCreateParams)[];
const RUN_FIELDS = [
  'additional_instructions',
  'additional_messages',
  'assistant_id',
  'instructions',
  'max_completion_tokens',
  'max_prompt_tokens',
  'metadata',
  'model',
  'parallel_tool_calls',
  'reasoning_effort',
  'response_format',
  'stream',
  'temperature',
  'tool_choice',
  'tools',
  'top_p',
  'truncation_strategy',
] satisfies (keyof RunCreateParamsBase)[];

/** Characters of a message or of instructions. */
const LONGEST_TEXT = 256_000;
const MOST_TOOLS = 128;

export function problemWithThread(body: Body): Refusal | null {
  return (
    problemWithFields(body, THREAD_FIELDS) ??
    problemWithMetadata(body['metadata']) ??
    problemWithMessages(body['messages'], 'messages')
  );
}

export function problemWithMessage(body: Body, at = ''): Refusal | null {
  const { role, content } = body;
  const param = (field: string): string => (at === '' ? field : `${at}.${field}`);
  const unknown = problemWithFields(body, MESSAGE_FIELDS);
  if (unknown !== null) return unknown;
  if (role !== 'user' && role !== 'assistant')
    return refusal('invalid_value', "Supported values are: 'user' and 'assistant'.", param('role'));
  const text = textOf(content);
  if (text === null)
    return refusal('invalid_type', 'Content is a text or a list of parts.', param('content'));
  if (text === '') return refusal(null, 'Message content must be non-empty.', param('content'));
  if (text.length > LONGEST_TEXT) return tooLong(param('content'));
  return problemWithMetadata(body['metadata']);
}

export function problemWithRun(body: Body): Refusal | null {
  const unknown = problemWithFields(body, RUN_FIELDS);
  if (unknown !== null) return unknown;
  if (typeof body['assistant_id'] !== 'string')
    return refusal('missing_required_parameter', "Missing: 'assistant_id'.", 'assistant_id');
  for (const field of ['additional_instructions', 'instructions']) {
    const text = body[field] ?? '';
    if (typeof text !== 'string') return refusal('invalid_type', 'Not a text.', field);
    if (text.length > LONGEST_TEXT) return tooLong(field);
  }
  return (
    problemWithMetadata(body['metadata']) ??
    problemWithMessages(body['additional_messages'], 'additional_messages') ??
    problemWithTools(body['tools'])
  );
}

/** All calls are answered in one request, each once. */
export function problemWithOutputs(body: Body, run: Run): Refusal | null {
  const unknown = problemWithFields(body, ['stream', 'tool_outputs']);
  if (unknown !== null) return unknown;
  if (run.status !== 'requires_action')
    return refusal(null, `Runs in status "${run.status}" do not accept tool outputs.`, null);
  const outputs = outputsOf(body);
  if (outputs === null) return refusal('invalid_type', 'Not a list of outputs.', 'tool_outputs');
  const asked = (run.required_action?.submit_tool_outputs.tool_calls ?? []).map(({ id }) => id);
  const given = outputs.map(({ id }) => id);
  return asked.toSorted().join() === given.toSorted().join()
    ? null
    : refusal(null, `Expected tool outputs for call_ids [${asked.join()}], got [${given.join()}].`, null);
}

export function outputsOf(body: Body): { readonly id: string; readonly output: string }[] | null {
  const given = body['tool_outputs'];
  if (!Array.isArray(given)) return null;
  const outputs = given.map((one) => {
    const { tool_call_id: id, output, ...more } = recordOf(one) ?? {};
    const isFine = typeof id === 'string' && typeof output === 'string' && Object.keys(more).length === 0;
    return isFine ? { id, output } : null;
  });
  return outputs.every((one) => one !== null) ? outputs : null;
}

/** The text of a message's content; null where it is no such thing. */
export function textOf(content: unknown): string | null {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return null;
  const texts = content.map((part) => {
    const { type, text } = recordOf(part) ?? {};
    return type === 'text' && typeof text === 'string' ? text : null;
  });
  return texts.includes(null) ? null : texts.join('');
}

export function metadataOf(body: Body): Record<string, string> {
  const entries = Object.entries(recordOf(body['metadata']) ?? {});
  return Object.fromEntries(entries.map(([key, value]) => [key, String(value)]));
}

/** The tools of a run whose body had no problem; null where the assistant's own are meant. */
export function toolsOf(body: Body): AssistantTool[] | null {
  const given = body['tools'];
  if (!Array.isArray(given)) return null;
  return given.flatMap((one): AssistantTool[] => {
    const { type, function: its } = recordOf(one) ?? {};
    if (type === 'code_interpreter' || type === 'file_search') return [{ type }];
    return [{ type: 'function', function: { ...recordOf(its), name: String(recordOf(its)?.['name']) } }];
  });
}

function problemWithMessages(messages: unknown, at: string): Refusal | null {
  if (messages === undefined || messages === null) return null;
  if (!Array.isArray(messages)) return refusal('invalid_type', 'Not a list.', at);
  for (const [index, message] of messages.entries()) {
    const problem = problemWithMessage(recordOf(message) ?? {}, `${at}[${index}]`);
    if (problem !== null) return problem;
  }
  return null;
}

function problemWithTools(tools: unknown): Refusal | null {
  if (tools === undefined || tools === null) return null;
  if (!Array.isArray(tools)) return refusal('invalid_type', 'Not a list.', 'tools');
  if (tools.length > MOST_TOOLS) return refusal('array_above_max_length', 'Too many tools.', 'tools');
  const names = new Set<string>();
  for (const tool of tools) {
    const { type, function: its } = recordOf(tool) ?? {};
    if (type === 'code_interpreter' || type === 'file_search') continue;
    if (type !== 'function') return refusal('invalid_value', 'No such type of tool.', 'tools.type');
    const { name } = recordOf(its) ?? {};
    if (typeof name !== 'string' || !/^[\w-]{1,64}$/.test(name))
      return refusal('invalid_value', 'Not a name of a function.', 'tools.function.name');
    if (names.has(name)) return refusal('invalid_value', `Two tools are named ${name}.`, 'tools');
    names.add(name);
  }
  return null;
}

function problemWithMetadata(metadata: unknown): Refusal | null {
  const entries = Object.entries(recordOf(metadata ?? {}) ?? { '': null });
  const isFine = entries.every(
    ([key, value]) => key.length <= 64 && typeof value === 'string' && value.length <= 512,
  );
  return entries.length <= 16 && isFine
    ? null
    : refusal('invalid_value', 'Metadata is out of bounds.', 'metadata');
}

function problemWithFields(body: Body, known: readonly string[]): Refusal | null {
  const unknown = unknownField(body, known);
  return unknown === null ? null : refusal('unknown_parameter', `Unknown parameter: '${unknown}'.`, unknown);
}

function tooLong(param: string): Refusal {
  return refusal('string_above_max_length', `Longer than ${LONGEST_TEXT} characters.`, param);
}

function refusal(code: string | null, message: string, param: string | null): Refusal {
  return { code, message, param };
}
