// Which runs the sandbox's AG-UI server takes, and why not: the rules of protocol 1.0, and for an old server those of the
// Python SDK of its time, which wants every field and forbids any that it does not know.
import { recordOf } from '../openai/http-faults.ts';

type Body = Readonly<Record<string, unknown>>;

export interface AgUiMessage {
  readonly role: 'user' | 'assistant' | 'tool' | 'system' | 'developer';
  readonly id: string;
  readonly text: string;
  readonly callIds: readonly string[];
  /** Of a tool's message: the call that it answers. */
  readonly answers: string;
}

export interface Refusal {
  readonly status: 400 | 422;
  readonly why: string;
}

const OLD_FIELDS = ['threadId', 'runId', 'state', 'messages', 'tools', 'context', 'forwardedProps'];
const FIELDS = [...OLD_FIELDS, 'protocolVersion', 'parentRunId', 'resume'];

export function refusalOf(body: Body, isOld: boolean, openInterrupts: readonly string[]): Refusal | null {
  const fields = isOld ? OLD_FIELDS : FIELDS;
  const unknown = Object.keys(body).find((field) => !fields.includes(field));
  if (unknown !== undefined) return { status: 422, why: `Extra inputs are not permitted: ${unknown}` };
  const needed = isOld ? OLD_FIELDS : ['threadId', 'runId', 'messages'];
  const missing = needed.find((field) => body[field] === undefined);
  if (missing !== undefined) return { status: 422, why: `Field required: ${missing}` };
  const nothing = Object.entries(body).find(([name, value]) => value === null && name !== 'state');
  if (nothing !== undefined) return no(`${nothing[0]} is null; leave it out`);
  if (typeof body['threadId'] !== 'string' || typeof body['runId'] !== 'string')
    return no('an ID is no text');
  const messages = messagesIn(body);
  if (messages === null) return no('a message is not valid');
  if (new Set(messages.map(({ id }) => id)).size < messages.length) return no('two messages share an ID');
  const resumed = resumedIn(body);
  const left = openInterrupts.find((id) => !resumed.some((one) => one.id === id));
  if (left !== undefined) return no(`the interrupt ${left} is open`);
  if (resumed.some(({ id }) => !openInterrupts.includes(id))) return no('there is no such interrupt');
  return refusalOfCalls(messages);
}

/** What `resume` answers: the caller's payload, undefined for a cancelled one. */
export function resumedIn(body: Body): readonly { readonly id: string; readonly payload: unknown }[] {
  const entries = Array.isArray(body['resume']) ? body['resume'] : [];
  return entries.map((entry: unknown) => {
    const { interruptId, payload } = recordOf(entry) ?? {};
    return { id: String(interruptId), payload };
  });
}

export function toolNamesIn({ tools }: Body): readonly string[] {
  const list: readonly unknown[] = Array.isArray(tools) ? tools : [];
  return list.map((tool) => String(recordOf(tool)?.['name']));
}

/** null when one is not valid. */
export function messagesIn({ messages }: Body): AgUiMessage[] | null {
  if (!Array.isArray(messages)) return null;
  const found = messages.map(messageOf);
  return found.every((message) => message !== null) ? found : null;
}

function messageOf(message: unknown): AgUiMessage | null {
  const { id, role, content = '', toolCalls = [], toolCallId = '' } = recordOf(message) ?? {};
  if (typeof id !== 'string' || id === '' || typeof content !== 'string') return null;
  if (!Array.isArray(toolCalls) || typeof toolCallId !== 'string') return null;
  const callIds = toolCalls.map((call: unknown) => {
    const { id: callId, type, function: called } = recordOf(call) ?? {};
    const { name, arguments: args } = recordOf(called) ?? {};
    const isCall = type === 'function' && typeof name === 'string' && typeof args === 'string';
    return isCall && typeof callId === 'string' ? callId : null;
  });
  if (!callIds.every((callId) => callId !== null)) return null;
  const isBlank = content.trim() === '';
  switch (role) {
    case 'user':
    case 'system':
    case 'developer':
      return isBlank ? null : { id, role, text: content, callIds: [], answers: '' };
    case 'assistant':
      return isBlank && callIds.length === 0 ? null : { id, role, text: content, callIds, answers: '' };
    case 'tool':
      return toolCallId === '' ? null : { id, role, text: content, callIds: [], answers: toolCallId };
    default:
      return null;
  }
}

/** Every call is answered before anything else is said, and nothing else is answered. */
function refusalOfCalls(messages: readonly AgUiMessage[]): Refusal | null {
  const open = new Set<string>();
  for (const { role, callIds, answers } of messages) {
    if (role === 'tool' && !open.delete(answers)) return no(`${answers} is no open call`);
    if (role !== 'tool' && open.size > 0) return no(`${[...open].join()} was never answered`);
    for (const callId of callIds) open.add(callId);
  }
  return open.size > 0 ? no('a call was never answered') : null;
}

function no(why: string): Refusal {
  return { status: 400, why };
}
