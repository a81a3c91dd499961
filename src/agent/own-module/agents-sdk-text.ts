// Finds the text to speak in a run of the Agents SDK. The SDK passes a model's commentary on like other text, and only the raw
// events of the Responses API distinguish the two in time. Other models have no such events, and perhaps no IDs.
import type { ResponseStreamEvent } from '@openai/agents';
import { fieldsOf, textOf, textOrNull } from '../../call/json.ts';
import { ReplyText, type ReplyItem } from '../reply-text.ts';

/** How a response ended badly; the SDK's own error does not say why. */
export interface BadEnd {
  readonly isCutShort: boolean;
  readonly code: string | null;
}

export class AgentsSdkText {
  readonly #text = new ReplyText();
  readonly #followed = new Set<string>();
  readonly #streamed = new Set<string>();
  #responses = 0;
  #badEnd: BadEnd | null = null;

  get spoken(): string {
    return this.#text.spoken;
  }

  get badEnd(): BadEnd | null {
    return this.#badEnd;
  }

  /** The output of a tool, if the agent makes it its answer. */
  add(text: string): string {
    return this.#text.wholeItem({ id: `tool ${this.#responses}`, content: [{ type: 'output_text', text }] });
  }

  hear(data: ResponseStreamEvent): string {
    switch (data.type) {
      case 'output_text_delta':
        return this.#delta(this.#key(data.itemId ?? ''), indexOf(data.providerData), data.delta);
      case 'response_done':
        return this.#whole(data.response.output.flatMap((item) => messageOf(item) ?? []));
      case 'model':
        this.#hearRaw(data.event);
        return '';
      default:
        return '';
    }
  }

  /** IDs are unique within one response only, and a run may have several. */
  #key(itemId: string): string {
    return `${this.#responses} ${itemId}`;
  }

  #delta(itemId: string, contentIndex: number, delta: string): string {
    if (!this.#followed.has(itemId)) this.#follow({ id: itemId, content: [] });
    this.#streamed.add(itemId);
    return this.#text.delta({ item_id: itemId, content_index: contentIndex }, delta);
  }

  #whole(output: readonly ReplyItem[]): string {
    const messages = output.map((message) => ({ ...message, id: this.#key(message.id) }));
    this.#responses++;
    const streamed = [...this.#streamed];
    this.#streamed.clear();
    // Deltas with other IDs than the final messages were the whole text, so it is not repeated.
    const isKnown = streamed.every((id) => messages.some((message) => message.id === id));
    return isKnown ? messages.map((message) => this.#text.wholeItem(message)).join('') : '';
  }

  #follow(item: ReplyItem): void {
    this.#text.begin(item);
    this.#followed.add(item.id);
  }

  #hearRaw(event: unknown): void {
    const { type, item, response, code } = fieldsOf(event);
    const { id, phase, type: itemType } = fieldsOf(item);
    const { error, incomplete_details: incomplete } = fieldsOf(response);
    switch (type) {
      case 'response.output_item.added':
        if (itemType !== 'message' || typeof id !== 'string') return;
        this.#follow({ id: this.#key(id), phase: phase === 'commentary' ? phase : null, content: [] });
        return;
      case 'response.incomplete':
        this.#badEnd = { isCutShort: true, code: textOrNull(fieldsOf(incomplete)['reason']) };
        return;
      case 'response.failed':
        this.#badEnd = { isCutShort: false, code: textOrNull(fieldsOf(error)['code']) };
        return;
      case 'error':
        this.#badEnd = { isCutShort: false, code: textOrNull(code) };
        return;
      default:
        return;
    }
  }
}

function messageOf(item: unknown): ReplyItem | null {
  const { type, role, id, phase, content } = fieldsOf(item);
  if (type !== 'message' || role !== 'assistant' || !Array.isArray(content)) return null;
  return {
    id: textOf(id),
    phase: phase === 'commentary' ? phase : null,
    content: content.map((part) => {
      const { text, refusal } = fieldsOf(part);
      return { type: 'output_text', text: textOrNull(text) ?? textOrNull(refusal) ?? '' };
    }),
  };
}

function indexOf(providerData: unknown): number {
  const index = fieldsOf(providerData)['content_index'];
  return typeof index === 'number' ? index : 0;
}
