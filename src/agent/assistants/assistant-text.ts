// What of a run's events and messages is still to be spoken. Everything but the assistant's text and its refusals is left
// out; what a citation stands for in the text is the business of whoever makes it speakable.
import type { AssistantStreamEvent } from 'openai/resources/beta/assistants';
import type { Message, MessageContentDelta } from 'openai/resources/beta/threads/messages';
import type { ReplyItem, ReplyText } from '../reply-text.ts';

export function textOfEvent({ event, data }: AssistantStreamEvent, text: ReplyText): string {
  switch (event) {
    case 'thread.message.created':
      if (data.role === 'assistant') text.begin(asItem(data));
      return '';
    case 'thread.message.delta':
      return (data.delta.content ?? [])
        .map((part) => text.delta({ item_id: data.id, content_index: part.index }, deltaOf(part)))
        .join('');
    case 'thread.message.completed':
    case 'thread.message.incomplete':
      return textOfMessage(data, text);
    default:
      return '';
  }
}

export function textOfMessage(message: Message, text: ReplyText): string {
  return message.role === 'assistant' ? text.wholeItem(asItem(message)) : '';
}

function deltaOf(part: MessageContentDelta): string {
  return (part.type === 'text' ? part.text?.value : part.type === 'refusal' ? part.refusal : null) ?? '';
}

/** Images are kept as parts without text, for a part is known by its place. */
function asItem({ id, content }: Message): ReplyItem {
  return {
    id,
    content: content.map((part) => {
      if (part.type === 'text') return { type: part.type, text: part.text.value };
      return part.type === 'refusal' ? part : { type: part.type };
    }),
  };
}
