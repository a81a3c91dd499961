// What the agent behind a ChatKit server streams for one reply of a mind. Only the events: what is kept of them is the
// server's business.
import type { Clock } from '../../src/call/ports.ts';
import { type MindReply, tokensOf } from '../openai/mind.ts';
import { pause } from '../pause.ts';
import type { AssistantMessage, Item, OutputPart, ServerEvent } from './protocol.ts';
import type { ChatKitQuirks } from './quirks.ts';
import { now } from './thread.ts';

export interface Responding {
  readonly threadId: string;
  readonly reply: MindReply;
  readonly quirks: ChatKitQuirks;
  readonly newId: (prefix: string) => string;
  /** Breaks the connection. */
  readonly drop: () => void;
  readonly clock: Clock;
  /** Aborts when the reader has gone. */
  readonly gone: AbortSignal;
}

/** An exception in the agent's code becomes `stream.error`; any other code is the app's own. */
const PASSING: ReadonlySet<string> = new Set(['server_overloaded', 'rate_limit_exceeded', 'request_timeout']);

/** Rejects once `gone` has aborted. */
export async function* respond(responding: Responding): AsyncGenerator<ServerEvent, void> {
  const { reply, quirks, gone } = responding;
  const { calls, saysBeforeCall: first, commentary, failWith } = reply;
  await pause(responding.clock, reply.firstWordAfterMs ?? 0, gone);
  if (quirks.showsProgress) {
    yield { type: 'progress_update', text: 'Looking that up …' };
    yield { type: 'notice', level: 'warning', message: 'You are on **hold**.' };
  }
  if (quirks.classifies !== null) yield* write(responding, { text: quirks.classifies });
  if (commentary !== undefined) yield* think(responding, commentary);
  if (first !== undefined) yield* write(responding, { ...reply, text: first });
  if (calls !== undefined) {
    const { name, arguments: args } = calls;
    const call = { type: 'client_tool_call', status: 'pending', call_id: responding.newId('call') } as const;
    yield { type: 'thread.item.done', item: { ...base(responding, 'fc'), ...call, name, arguments: args } };
    return;
  }
  if (reply.text !== '') yield* guard(responding, yield* write(responding, reply));
  if (quirks.effect !== null) yield { type: 'client_effect', ...quirks.effect };
  if (quirks.asks !== null) {
    const inputs = quirks.asks;
    quirks.asks = null;
    const item = { ...base(responding, 'si'), type: 'structured_input', status: 'pending', inputs } as const;
    yield { type: 'thread.item.done', item };
  }
  if (reply.hangs === true) await untilAborted(gone);
  if (failWith === 'server_error') yield { type: 'error', code: 'stream.error', allow_retry: true };
  else if (failWith !== undefined)
    yield { type: 'error', code: failWith, allow_retry: PASSING.has(failWith) };
}

async function* think(responding: Responding, content: string): AsyncGenerator<ServerEvent, void> {
  const item = (tasks: readonly { type: 'thought'; content: string }[]): Item => ({
    ...thinking,
    type: 'workflow',
    workflow: { type: 'reasoning', expanded: false, tasks },
  });
  const thinking = base(responding, 'wf');
  const task = { type: 'thought', content } as const;
  yield { type: 'thread.item.added', item: item([]) };
  const update = { type: 'workflow.task.added', task_index: 0, task } as const;
  yield { type: 'thread.item.updated', item_id: thinking.id, update };
  yield { type: 'thread.item.done', item: item([task]) };
}

async function* write(
  responding: Responding,
  reply: MindReply,
): AsyncGenerator<ServerEvent, AssistantMessage> {
  const { drop, gone } = responding;
  const { id, ...rest } = base(responding, 'msg');
  const message = (content: readonly OutputPart[]): AssistantMessage => ({
    id,
    ...rest,
    type: 'assistant_message',
    content,
  });
  const told = (update: Extract<ServerEvent, { type: 'thread.item.updated' }>['update']): ServerEvent => ({
    type: 'thread.item.updated',
    item_id: id,
    update,
  });
  const place = { content_index: 0 };
  const tellsParts = reply.isWithoutParts !== true;
  if (tellsParts) {
    yield { type: 'thread.item.added', item: message([]) };
    yield told({ type: 'assistant_message.content_part.added', content: outputPart(''), ...place });
  }
  let said = 0;
  for (const delta of tokensOf(reply.text)) {
    await pause(responding.clock, reply.perTokenMs ?? 0, gone);
    if (tellsParts && reply.isWithoutDeltas !== true)
      yield told({ type: 'assistant_message.content_part.text_delta', delta, ...place });
    if (++said === reply.dropsStreamAfterTokens) drop();
  }
  const content = outputPart(reply.text);
  if (tellsParts) yield told({ type: 'assistant_message.content_part.done', content, ...place });
  yield { type: 'thread.item.done', item: message([content]) };
  return message([content]);
}

/** Withdraws what was streamed already: it only sees the whole. */
async function* guard(responding: Responding, said: AssistantMessage): AsyncGenerator<ServerEvent, void> {
  const { guardrail } = responding.quirks;
  if (guardrail === null) return;
  const content = [outputPart(guardrail.instead)];
  if (guardrail.how === 'replaces') {
    yield { type: 'thread.item.replaced', item: { ...said, content } };
    return;
  }
  yield { type: 'thread.item.removed', item_id: said.id };
  if (guardrail.instead !== '')
    yield { type: 'thread.item.done', item: { ...said, ...base(responding, 'msg'), content } };
}

function outputPart(text: string): OutputPart {
  return { type: 'output_text', text, annotations: [] };
}

function base({ threadId, quirks, newId }: Responding, prefix: string) {
  const isFake = quirks.hasFakeIds && prefix === 'msg';
  return { id: isFake ? '__fake_id__' : newId(prefix), thread_id: threadId, created_at: now() };
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(new Error('gone'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
