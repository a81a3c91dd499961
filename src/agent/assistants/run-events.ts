// The events of a run: the text that is still to be spoken, and how the run stands.
import type { Stream } from 'openai/core/streaming';
import type { AssistantStreamEvent } from 'openai/resources/beta/assistants';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import { type AgentFailed, failed, failedWithCode } from '../failures.ts';
import type { ReplyPipe } from '../reply-pipe.ts';
import type { ReplyItem, ReplyText } from '../reply-text.ts';

export type RunEvents = Stream<AssistantStreamEvent>;

/** Whether the run keeps its thread from taking the next message. */
export function isActive({ status }: Run): boolean {
  return ['queued', 'in_progress', 'requires_action', 'cancelling'].includes(status);
}

/** The run once it is over or waits for tool outputs; null if the events end before. Rejects as the SDK does. */
export async function settledRun(
  events: RunEvents,
  { pipe, text }: { readonly pipe: ReplyPipe; readonly text: ReplyText },
): Promise<Run | null> {
  for await (const event of events) {
    if (!isRunEvent(event)) pipe.write(textOfEvent(event, text));
    else if (!isActive(event.data) || event.data.status === 'requires_action') return event.data;
  }
  return null;
}

function isRunEvent(event: AssistantStreamEvent): event is Extract<AssistantStreamEvent, { data: Run }> {
  return /^thread\.run\.(?!step)/.test(event.event);
}

export function failureOf({ status, last_error }: Run, { spoken }: ReplyText): AgentFailed | null {
  switch (status) {
    case 'completed':
      return null;
    case 'failed':
      return failedWithCode(last_error?.code);
    case 'incomplete':
      return spoken === '' ? failed('refused', 'run incomplete') : null;
    default:
      return failed(status === 'expired' ? 'timeout' : 'unavailable', `run ${status}`);
  }
}

function textOfEvent({ event, data }: AssistantStreamEvent, text: ReplyText): string {
  switch (event) {
    case 'thread.message.created':
      if (data.role === 'assistant') text.begin(itemOf(data));
      return '';
    case 'thread.message.delta':
      return (data.delta.content ?? [])
        .map((part) => {
          const delta = part.type === 'text' ? part.text?.value : part.type === 'refusal' ? part.refusal : '';
          return text.delta({ item_id: data.id, content_index: part.index }, delta ?? '');
        })
        .join('');
    case 'thread.message.completed':
    case 'thread.message.incomplete':
      return data.role === 'assistant' ? text.wholeItem(itemOf(data)) : '';
    default:
      return '';
  }
}

/** An image stays as a part without text, because a part is known by its place. */
function itemOf({ id, content }: Message): ReplyItem {
  const parts = content.map((part) => {
    if (part.type === 'text') return { type: part.type, text: part.text.value };
    return part.type === 'refusal' ? part : { type: part.type };
  });
  return { id, content: parts };
}
