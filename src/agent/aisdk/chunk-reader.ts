// Reads the chunks of one UI message stream: the only file that knows their JSON. An error does not end the stream, so what
// follows it is still spoken before the turn fails. A call whose output comes in the stream is the route's own.
import { type Fields, fieldsOf, parsedJson, textOf, textOrNull } from '../../call/json.ts';
import { textUsage } from '../../call/usage.ts';
import { type AgentFailed, failed, failedWithCode } from '../failures.ts';
import type { StatelessEvent, ToolCall } from '../stateless-dialect.ts';

/** Anything beyond these is no tool call; the conversation refuses it. */
const MOST_CALLS = 17;

interface Call extends ToolCall {
  readonly step: number;
}

export class ChunkReader {
  readonly #calls = new Map<string, Call>();
  #messageId = '';
  #step = 0;
  #hasText = false;
  #stepHasText = false;
  #failure: AgentFailed | null = null;
  #isOver = false;

  get isOver(): boolean {
    return this.#isOver;
  }

  take(data: string): StatelessEvent[] {
    if (data === '[DONE]') return this.end();
    const chunk = fieldsOf(parsedJson(data));
    switch (chunk['type']) {
      case 'start':
        this.#messageId = textOf(chunk['messageId']);
        return [];
      case 'start-step':
        this.#step++;
        this.#stepHasText = false;
        return [];
      case 'text-delta':
        return this.#text(chunk);
      case 'reset-step':
        return this.#reset();
      case 'tool-input-available':
      case 'tool-approval-request':
        this.#noteCall(chunk);
        return [];
      case 'tool-output-available':
      case 'tool-output-error':
      case 'tool-output-denied':
        this.#calls.delete(textOf(chunk['toolCallId']));
        return [];
      case 'error': {
        // Routes mask the text, unless they were told what to show; it may quote the caller.
        const text = textOf(chunk['errorText']);
        const code = /^[a-z0-9_]{1,40}$/.test(text);
        this.#failure ??= code ? failedWithCode(text) : failed('unavailable', "the route's own error");
        return [];
      }
      case 'abort':
        return this.#fail(failed('unavailable', 'aborted by the route'));
      case 'finish':
        return this.#finish(chunk);
      default:
        return typeof chunk['type'] === 'string'
          ? []
          : this.#fail(failed('malformed', 'no UI message chunk'));
    }
  }

  /** The stream has ended without `finish`. */
  end(): StatelessEvent[] {
    return this.#fail(this.#failure ?? failed('unavailable', 'the stream ended early'));
  }

  #text({ id, delta }: Fields): StatelessEvent[] {
    if (typeof delta !== 'string') return this.#fail(failed('malformed', 'a delta without text'));
    if (delta === '') return [];
    this.#hasText = true;
    this.#stepHasText = true;
    return [{ type: 'text', message: this.#messageId, part: `${this.#step}/${textOf(id)}`, delta }];
  }

  /** The parts of the current step are withdrawn. */
  #reset(): StatelessEvent[] {
    for (const [id, { step }] of this.#calls) if (step === this.#step) this.#calls.delete(id);
    const hadText = this.#stepHasText;
    this.#stepHasText = false;
    return hadText ? [{ type: 'withdrawn' }] : [];
  }

  #noteCall({ type, toolCallId, toolName, input, providerExecuted, approvalId, isAutomatic }: Fields): void {
    const id = textOf(toolCallId);
    const known = this.#calls.get(id);
    if (type === 'tool-approval-request') {
      if (known !== undefined && isAutomatic !== true)
        this.#calls.set(id, { ...known, denies: textOf(approvalId) });
    } else if (providerExecuted !== true && this.#calls.size < MOST_CALLS) {
      const args = JSON.stringify(input ?? {});
      this.#calls.set(id, { id, name: textOf(toolName), args, denies: null, step: this.#step });
    }
  }

  #finish({ finishReason, messageMetadata }: Fields): StatelessEvent[] {
    if (this.#failure !== null || finishReason === 'error')
      return this.#fail(this.#failure ?? failed('unavailable', 'finished with an error'));
    if (finishReason === 'content-filter' && !this.#hasText)
      return this.#fail(failed('refused', 'content-filter'));
    this.#isOver = true;
    return [...usageIn(messageMetadata), { type: 'done', calls: [...this.#calls.values()] }];
  }

  #fail(failure: AgentFailed): StatelessEvent[] {
    this.#isOver = true;
    return [failure];
  }
}

/** Where a route tells it at all, it is under one of these names. */
function usageIn(metadata: unknown): StatelessEvent[] {
  const { usage, totalUsage, model } = fieldsOf(metadata);
  const { inputTokens, cachedInputTokens, inputTokenDetails, outputTokens } = fieldsOf(totalUsage ?? usage);
  const cached = cachedInputTokens ?? fieldsOf(inputTokenDetails)['cacheReadTokens'];
  return [{ type: 'usage', model: textOrNull(model), usage: textUsage(inputTokens, cached, outputTokens) }];
}
