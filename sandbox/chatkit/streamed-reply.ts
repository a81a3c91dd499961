// What a thread keeps of a reply that is streamed: what is done of it, and of what was under way when the reader left,
// as much as was written. The model receives the latter too, or it might continue it.
import type { AssistantMessage, ItemUpdate, ServerEvent } from './protocol.ts';
import { now, type Thread } from './thread.ts';

const CANCELLED = 'The user cancelled the stream. Stop responding to the prior request.';

export class StreamedReply {
  readonly #thread: Thread;
  readonly #pending = new Map<string, AssistantMessage>();

  constructor(thread: Thread) {
    this.#thread = thread;
  }

  note(event: ServerEvent): void {
    switch (event.type) {
      case 'thread.item.added':
        if (event.item.type === 'assistant_message') this.#pending.set(event.item.id, event.item);
        return;
      case 'thread.item.updated': {
        const message = this.#pending.get(event.item_id);
        if (message !== undefined) this.#pending.set(message.id, updated(message, event.update));
        return;
      }
      case 'thread.item.done':
        this.#pending.delete(event.item.id);
        return this.#thread.add(event.item);
      case 'thread.item.replaced':
        return this.#thread.replace(event.item);
      case 'thread.item.removed':
        return this.#thread.remove(event.item_id);
      default:
        return;
    }
  }

  /** Nobody reads it any more. */
  cancel(newId: (prefix: string) => string): void {
    for (const message of this.#pending.values())
      if (message.content.some(({ text }) => text.trim() !== '')) this.#thread.add(message);
    const base = { id: newId('shc'), thread_id: this.#thread.head.id, created_at: now() };
    this.#thread.add({ ...base, type: 'sdk_hidden_context', content: CANCELLED });
  }
}

/** The sandbox's messages have one part. */
function updated(message: AssistantMessage, update: ItemUpdate): AssistantMessage {
  switch (update.type) {
    case 'assistant_message.content_part.text_delta': {
      const text = (message.content[0]?.text ?? '') + update.delta;
      return { ...message, content: [{ type: 'output_text', text, annotations: [] }] };
    }
    case 'assistant_message.content_part.added':
    case 'assistant_message.content_part.done':
      return { ...message, content: [update.content] };
    case 'workflow.task.added':
      return message;
  }
}
