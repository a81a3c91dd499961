// What the sandbox's Agents API takes, and why not. It knows saved agents only and no environment, which is all that the
// relay asks for; anything else is refused, never ignored. A function tool has no `strict` here: the API knows none.
import type * as wire from 'openai/resources/beta/agents/agents';
import type { SessionCreateParamsBase } from 'openai/resources/beta/agents/sessions/sessions';
import type { SessionInput } from '../../src/agent/agents-api/session-wire.ts';
import { recordOf, unknownField } from './http-faults.ts';

export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
}

type Fields = Readonly<Record<string, unknown>>;

const CREATE_FIELDS = [
  'agent',
  'agent_id',
  'environment',
  'input',
  'metadata',
  'review',
  'spend_control',
  'stream',
  'stream_options',
  'vault_ids',
] satisfies (keyof SessionCreateParamsBase | 'stream_options')[];

const INPUT_FIELDS: Readonly<Record<string, readonly string[]>> = {
  'agent.session.input.message': ['type', 'input'],
  'agent.session.input.cancel': ['type'],
  'agent.session.input.mcp_approval_request_result': ['type', 'request_id', 'response'],
  'agent.session.input.tool_result': ['type', 'turn_id', 'call_id', 'success', 'output', 'error'],
} satisfies Partial<Record<SessionInput['type'], readonly string[]>>;

const TOOL_FIELDS: Readonly<Record<string, readonly string[]>> = {
  function: ['type', 'name', 'description', 'parameters', 'async', 'defer_loading'],
  tool_search: ['type'],
  programmatic_tool_calling: ['type', 'enabled'],
  mcp: [
    'type',
    'server_label',
    'transport',
    'allowed_tools',
    'connection_origin',
    'credential_id',
    'request_metadata',
    'required',
  ],
  web_search: ['type', 'allowed_domains', 'context_size', 'location', 'mode'],
  computer_use: ['type', 'include_screenshots'],
  automations: ['type'],
} satisfies Record<wire.AgentToolParam['type'], readonly string[]>;

const SERVICE_TIERS = ['auto', 'default', 'flex', 'priority', 'fast', 'ultrafast'];

export function problem(code: string, message: string, param: string | null): Problem {
  return { code, message, param };
}

export function problemWithCreation(body: Fields): Problem | null {
  const unknown = unknownField(body, CREATE_FIELDS);
  if (unknown !== null) return problem('unknown_parameter', `Unknown: ${unknown}.`, unknown);
  const environment = recordOf(body['environment']);
  if (environment === null)
    return problem('missing_required_parameter', 'There is no environment.', 'environment');
  if (environment['type'] !== 'none')
    return problem('unsupported_value', 'The sandbox has no environments.', 'environment.type');
  if (typeof body['agent_id'] !== 'string')
    return problem('unsupported_value', 'The sandbox knows saved agents only.', 'agent_id');
  if (messagesOf(body['input']) === null)
    return problem('missing_required_parameter', 'Without an environment, input is required.', 'input');
  const isPaddable = body['stream'] === true || body['stream_options'] === undefined;
  if (!isPaddable) return problem('invalid_value', 'There is no stream.', 'stream_options');
  const metadata = Object.entries(recordOf(body['metadata'] ?? {}) ?? { '': null });
  const isFine = metadata.every(
    ([key, value]) => key.length <= 64 && typeof value === 'string' && value.length <= 512,
  );
  if (metadata.length > 16 || !isFine)
    return problem('invalid_value', 'Metadata is out of bounds.', 'metadata');
  return body['agent'] === undefined ? null : problemWithAgent(recordOf(body['agent']));
}

/** The parts of an agent that replace what was saved. */
function problemWithAgent(agent: Fields | null): Problem | null {
  if (agent === null) return problem('invalid_value', 'An agent is an object.', 'agent');
  const unknown = unknownField(agent, ['tools', 'compaction', 'service_tier']);
  if (unknown !== null)
    return problem('unsupported_value', 'The sandbox replaces no such part.', `agent.${unknown}`);
  const { compaction = {}, service_tier: tier = 'auto', tools } = agent;
  const { async: isAsync = false, ...others } = recordOf(compaction) ?? { others: true };
  if (typeof isAsync !== 'boolean' || Object.keys(others).length > 0)
    return problem('invalid_value', 'Compaction is async or not.', 'agent.compaction');
  if (!SERVICE_TIERS.some((one) => one === tier))
    return problem('invalid_value', 'No such service tier.', 'agent.service_tier');
  if (tools === undefined) return null;
  if (!Array.isArray(tools)) return problem('invalid_value', 'Tools are a list.', 'agent.tools');
  const names = tools.map((tool: unknown) => recordOf(tool)?.['name']).filter((name) => name !== undefined);
  if (new Set(names).size < names.length)
    return problem('invalid_value', 'Two tools have the same name.', 'agent.tools');
  for (const tool of tools) {
    const found = problemWithTool(recordOf(tool) ?? {});
    if (found !== null) return found;
  }
  return null;
}

function problemWithTool(tool: Fields): Problem | null {
  const fields = TOOL_FIELDS[String(tool['type'])];
  if (fields === undefined) return problem('invalid_value', 'No such type of tool.', 'agent.tools.type');
  const unknown = unknownField(tool, fields);
  if (unknown !== null) return problem('unknown_parameter', `Unknown: ${unknown}.`, `agent.tools.${unknown}`);
  if (tool['type'] !== 'function') return null;
  const { name, description, parameters } = tool;
  const isFine =
    typeof name === 'string' &&
    /^[\w-]{1,64}$/.test(name) &&
    typeof description === 'string' &&
    recordOf(parameters)?.['type'] === 'object';
  return isFine ? null : problem('invalid_value', 'This is no function.', 'agent.tools');
}

/** What is wrong with the form of an input event. */
export function problemWithInput(event: Fields): Problem | null {
  const fields = INPUT_FIELDS[String(event['type'])];
  if (fields === undefined) return problem('invalid_value', 'No such event.', 'events.type');
  const unknown = unknownField(event, fields);
  if (unknown !== null) return problem('unknown_parameter', `Unknown: ${unknown}.`, `events.${unknown}`);
  if (event['type'] !== 'agent.session.input.message') return null;
  const isMessage = Array.isArray(event['input']) && messagesOf(event['input']) !== null;
  return isMessage ? null : problem('invalid_value', 'A message needs text.', 'events.input');
}

/** The texts of each message of an input, which is a string or a list of user messages; null when it is neither, or empty. */
export function messagesOf(input: unknown): string[][] | null {
  if (typeof input === 'string') return input === '' ? null : [[input]];
  if (!Array.isArray(input) || input.length === 0) return null;
  const messages: string[][] = [];
  for (const message of input) {
    const { role, content, type = 'message' } = recordOf(message) ?? {};
    if (role !== 'user' || type !== 'message' || !Array.isArray(content) || content.length === 0) return null;
    const texts = content.map((part) => recordOf(part) ?? {});
    if (!texts.every(isText)) return null;
    messages.push(texts.map(({ text }) => text));
  }
  return messages;
}

function isText(part: Fields): part is { readonly type: 'input_text'; readonly text: string } {
  return part['type'] === 'input_text' && typeof part['text'] === 'string' && part['text'] !== '';
}
