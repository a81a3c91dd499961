// What the sandbox's Responses API takes, and why not. The calls of tools are what is easily got wrong: whatever a
// response is built upon, each of its calls must have been answered, and nothing else may be.
import type { FunctionTool, ResponseCreateParamsBase } from 'openai/resources/responses/responses';
import { recordOf, unknownField } from './http-faults.ts';
import type { Remembered } from './mind.ts';

export type Body = Readonly<Record<string, unknown>>;

/** The result of a function that a response called. */
export interface Output {
  readonly callId: string;
  readonly output: string;
}

/** What an input holds. */
export interface Input {
  readonly said: readonly Remembered[];
  /** Calls that are told again, by who keeps the conversation on their own side. */
  readonly calls: readonly string[];
  readonly outputs: readonly Output[];
  /** The result that stands last, where one does: it is what is to be gone on from. */
  readonly lastOutput: Output | null;
}

export interface Refusal {
  readonly status: 400 | 404;
  readonly code: string | null;
  readonly message: string;
  readonly param: string | null;
}

const FIELDS = [
  'conversation',
  'include',
  'input',
  'instructions',
  'max_output_tokens',
  'metadata',
  'model',
  'previous_response_id',
  'reasoning',
  'service_tier',
  'store',
  'stream',
  'stream_options',
  'text',
  'tool_choice',
  'tools',
] satisfies (keyof ResponseCreateParamsBase)[];

const TOOL_FIELDS = [
  'type',
  'name',
  'description',
  'parameters',
  'strict',
  'allowed_callers',
  'async',
  'defer_loading',
  'output_schema',
] satisfies (keyof FunctionTool)[];

/** `openCalls` are those of the response that is built upon; null where there is no such response. */
export function refusalOf(
  body: Body,
  openCalls: readonly string[] | null,
  more: readonly string[] = [],
): Refusal | null {
  const unknown = unknownField(body, [...FIELDS, ...more]);
  if (unknown !== null) return no('unknown_parameter', `Unknown parameter: '${unknown}'.`, unknown);
  const input = inputOf(body['input']);
  if (input === null) return no('invalid_value', 'Input must be a text or a list of items.', 'input');
  const previousId = body['previous_response_id'] ?? null;
  if (body['conversation'] !== undefined) {
    return previousId === null
      ? no('unsupported_value', 'The sandbox keeps no conversations.', 'conversation')
      : no('invalid_value', "'conversation' and 'previous_response_id' exclude each other.", 'conversation');
  }
  if (previousId !== null && openCalls === null)
    return no('previous_response_not_found', 'Previous response not found.', 'previous_response_id');
  return refusalOfTools(body) ?? refusalOfOutputs(input, [...(openCalls ?? []), ...input.calls]);
}

function refusalOfOutputs({ outputs }: Input, openCalls: readonly string[]): Refusal | null {
  const unanswered = openCalls.find((id) => !outputs.some(({ callId }) => callId === id));
  if (unanswered !== undefined)
    return no('invalid_value', `No tool output found for function call ${unanswered}.`, 'input');
  const [stray] = outputs.filter(({ callId }) => !openCalls.includes(callId));
  if (stray !== undefined)
    return no('invalid_value', `No tool call found for function call output ${stray.callId}.`, 'input');
  return null;
}

function refusalOfTools(body: Body): Refusal | null {
  const { tools, tool_choice: choice } = body;
  if (tools === undefined || tools === null) {
    return choice === undefined
      ? null
      : no('invalid_value', 'There are no tools to choose from.', 'tool_choice');
  }
  if (!Array.isArray(tools)) return no('invalid_value', 'Tools are a list.', 'tools');
  return tools.map((tool) => refusalOfTool(recordOf(tool) ?? {})).find((found) => found !== null) ?? null;
}

function refusalOfTool(tool: Body): Refusal | null {
  if (tool['type'] !== 'function')
    return no('unsupported_value', 'The sandbox has functions only.', 'tools.type');
  const unknown = unknownField(tool, TOOL_FIELDS);
  if (unknown !== null)
    return no('unknown_parameter', `Unknown parameter: 'tools.${unknown}'.`, `tools.${unknown}`);
  const { name, parameters } = tool;
  if (typeof name !== 'string' || !/^[\w-]{1,64}$/.test(name))
    return no('invalid_value', 'This is no name of a function.', 'tools.name');
  const schema = recordOf(parameters);
  if (schema?.['type'] !== 'object')
    return no('invalid_function_parameters', 'This is no schema.', 'tools.parameters');
  // A schema that is not asked to be strict is made so where it can be; one that is, must be.
  if (tool['strict'] !== true) return null;
  const properties = Object.keys(recordOf(schema['properties']) ?? {});
  const required: unknown = schema['required'];
  const isStrict =
    schema['additionalProperties'] === false &&
    Array.isArray(required) &&
    properties.every((property) => required.includes(property));
  return isStrict
    ? null
    : no('invalid_function_parameters', 'A strict schema requires all, and no more.', 'tools.parameters');
}

/** The messages, calls and results of an input; null when it holds anything else. */
export function inputOf(input: unknown): Input | null {
  if (typeof input === 'string')
    return { said: [{ role: 'user', text: input }], calls: [], outputs: [], lastOutput: null };
  if (!Array.isArray(input) || input.length === 0) return null;
  const said: Remembered[] = [];
  const calls: string[] = [];
  const outputs: Output[] = [];
  let lastOutput: Output | null = null;
  for (const item of input) {
    const { type = 'message', role, content, call_id: callId, name, output } = recordOf(item) ?? {};
    const text = textOf(role, content);
    lastOutput = null;
    if (type === 'message' && isRole(role) && text !== null)
      said.push({ role: role === 'system' ? 'developer' : role, text });
    else if (type === 'function_call' && typeof callId === 'string' && typeof name === 'string')
      calls.push(callId);
    else if (type === 'function_call_output' && typeof callId === 'string' && typeof output === 'string')
      outputs.push((lastOutput = { callId, output }));
    else return null;
  }
  return { said, calls, outputs, lastOutput };
}

function isRole(role: unknown): role is Remembered['role'] | 'system' {
  return role === 'user' || role === 'assistant' || role === 'developer' || role === 'system';
}

/** What is said to a model and what it said come in parts of different types; null for anything else. */
function textOf(role: unknown, content: unknown): string | null {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return null;
  const texts = content.map((part): unknown => {
    const { type, text } = recordOf(part) ?? {};
    return type === (role === 'assistant' ? 'output_text' : 'input_text') ? text : null;
  });
  return texts.every((text) => typeof text === 'string') ? texts.join('') : null;
}

function no(code: string, message: string, param: string): Refusal {
  return { status: 400, code, message, param };
}
