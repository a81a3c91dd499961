// The items of the Responses API: the relay's own, and which output items wait for a result.
import type { FunctionTool, ResponseOutputItem } from 'openai/resources/responses/responses';
import type { PhoneTool } from '../../call/phone-tools.ts';
import { fieldsOf } from '../../call/json.ts';

export interface Said {
  readonly role: 'developer' | 'user' | 'assistant';
  readonly content: string;
}

const NEEDS_RESULT: ReadonlySet<ResponseOutputItem['type']> = new Set([
  'function_call',
  'custom_tool_call',
  'computer_call',
  'local_shell_call',
  'shell_call',
  'apply_patch_call',
  'mcp_approval_request',
]);

/** No request can continue the response before this item has its result. */
export function needsResult({ type }: ResponseOutputItem): boolean {
  return NEEDS_RESULT.has(type);
}

/** null for anything else. */
export function saidOf(value: unknown): Said | null {
  const { role, content } = fieldsOf(value);
  const isRole = role === 'developer' || role === 'user' || role === 'assistant';
  return isRole && typeof content === 'string' ? { role, content } : null;
}

export function asFunction({ name, description, parameters }: PhoneTool): FunctionTool {
  return { type: 'function', name, description, parameters, strict: true };
}
