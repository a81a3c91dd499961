// One answer of the sandbox's chat/completions, written out of a mind's reply chunk by chunk, with what real servers put
// between: a role before any words, deltas without words, reasoning in a field that the SDK does not know.
import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { Clock } from '../../src/call/ports.ts';
import { pause } from '../pause.ts';
import { type MindReply, tokensOf } from './mind.ts';

/** What DeepSeek, vLLM and others add; OpenAI keeps it to itself. */
export type ToldDelta = ChatCompletionChunk.Choice.Delta & { reasoning_content?: string };
type Finish = ChatCompletionChunk.Choice['finish_reason'];

/** All that an answer came to, for who did not ask for a stream. */
export interface Whole {
  content: string;
  call: { readonly id: string; readonly name: string; readonly arguments: string } | null;
  finish: Exclude<Finish, null>;
}

export interface Writing {
  readonly reply: MindReply;
  /** Whether there is a function of this name. */
  readonly canCall: (name: string) => boolean;
  readonly newId: (prefix: string) => string;
  readonly tell: (delta: ToldDelta, finish: Finish) => void;
  /** Breaks the connection. */
  readonly drop: () => void;
  readonly clock: Clock;
  /** Aborts when the reader has gone. */
  readonly gone: AbortSignal;
}

/** The answer in the end, or the code that it failed with. Rejects once `gone` has aborted. */
export async function writeAnswer(writing: Writing): Promise<Whole | string> {
  const { reply, canCall, tell, gone } = writing;
  const { calls, failWith } = reply;
  const whole: Whole = { content: '', call: null, finish: 'stop' };
  tell({ role: 'assistant', content: '', refusal: null }, null);
  await pause(writing.clock, reply.firstWordAfterMs ?? 0, gone);
  for (const token of tokensOf(reply.commentary ?? '')) tell({ reasoning_content: token }, null);
  tell({}, null);
  if (reply.saysBeforeCall !== undefined) await writeText(writing, { text: reply.saysBeforeCall }, whole);
  if (calls !== undefined && canCall(calls.name)) {
    writeCall(writing, calls.name, JSON.stringify(calls.arguments), whole);
    return whole;
  }
  await writeText(writing, reply, whole);
  if (reply.hangs === true) await untilAborted(gone);
  if (failWith !== undefined && failWith !== 'max_output_tokens') return failWith;
  if (failWith === 'max_output_tokens') whole.finish = 'length';
  tell({}, whole.finish);
  return whole;
}

export function completionOf(
  { content, call, finish }: Whole,
  head: { readonly id: string; readonly created: number; readonly model: string },
): ChatCompletion {
  const { id = '', name = '', arguments: args = '' } = call ?? {};
  const tool_calls = [{ id, type: 'function', function: { name, arguments: args } } as const];
  return {
    ...head,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: content === '' ? null : content,
          refusal: null,
          ...(call === null ? {} : { tool_calls }),
        },
        finish_reason: finish,
        logprobs: null,
      },
    ],
  };
}

async function writeText(
  { clock, tell, drop, gone }: Writing,
  reply: MindReply,
  whole: Whole,
): Promise<void> {
  let said = 0;
  for (const content of reply.isWithoutDeltas === true ? [reply.text] : tokensOf(reply.text)) {
    await pause(clock, reply.perTokenMs ?? 0, gone);
    whole.content += content;
    tell({ content }, null);
    if (++said === reply.dropsStreamAfterTokens) drop();
  }
}

/** The first fragment names the call, and the others have but its index. */
function writeCall({ newId, tell }: Writing, name: string, args: string, whole: Whole): void {
  const id = newId('call');
  whole.call = { id, name, arguments: args };
  whole.finish = 'tool_calls';
  tell({ tool_calls: [{ index: 0, id, type: 'function', function: { name, arguments: '' } }] }, null);
  for (const fragment of args.match(/[^]{1,5}/g) ?? [])
    tell({ tool_calls: [{ index: 0, function: { arguments: fragment } }] }, null);
  tell({}, 'tool_calls');
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('gone'))));
}
