// The chunks of one UI message stream, as the AI SDK writes them; the SDK's own transport checks them in the tests.
import type { Act } from '../wire/acting.ts';
import type { WireAnswer } from '../wire/wire-answer.ts';
import type { AiSdkQuirks } from '../wire/wire-faults.ts';

const USAGE = {
  inputTokens: 42,
  outputTokens: 9,
  totalTokens: 51,
  inputTokenDetails: { cacheReadTokens: 30 },
};
const HEADERS = { 'x-vercel-ai-ui-message-stream': 'v1' };

export class ChunkWriter {
  readonly #answer: WireAnswer;
  readonly #quirks: AiSdkQuirks;
  readonly #newId: () => string;
  #textId = '';
  #finish = 'stop';

  constructor(answer: WireAnswer, quirks: AiSdkQuirks, newId: () => string) {
    this.#answer = answer;
    this.#quirks = quirks;
    this.#newId = newId;
  }

  async begin(): Promise<void> {
    if (this.#quirks.isText) return this.#answer.begin('text/plain; charset=utf-8', '');
    await this.#answer.begin('text/event-stream', ': keep-alive\n\n', HEADERS);
    this.#answer.write(': stream-open\n\n');
    this.#answer.data({ type: 'start', messageId: this.#newId() });
    this.#answer.data({ type: 'start-step' });
    if (!this.#quirks.resetsStep) return;
    const id = this.#newId();
    this.#answer.data({ type: 'text-start', id });
    this.#answer.data({ type: 'text-delta', id, delta: 'Wrong.' });
    this.#answer.data({ type: 'reset-step' });
  }

  /** Returns the call's ID; '' for any other act. */
  write(act: Act, isWhole: boolean): string {
    if (this.#quirks.isText) {
      if (act.type === 'token') this.#answer.write(act.delta);
      return '';
    }
    const id = this.#textId;
    switch (act.type) {
      case 'thought':
        this.#think(act.text);
        return '';
      case 'message':
        this.#textId = this.#newId();
        this.#answer.data({ type: 'text-start', id: this.#textId });
        if (this.#answer.fault === 'empty-first')
          this.#answer.data({ type: 'text-delta', id: this.#textId, delta: '' });
        return '';
      case 'token':
        this.#answer.data({ type: 'text-delta', id, delta: act.delta });
        return '';
      case 'message-end':
        if (isWhole) this.#answer.data({ type: 'text-delta', id, delta: act.whole });
        this.#answer.data({ type: 'text-end', id });
        return '';
      case 'call':
        return this.#call(act.name, act.args);
      case 'failed':
        this.#answer.data({
          type: 'error',
          errorText: this.#quirks.masksErrors ? 'An error occurred.' : act.code,
        });
        return '';
      case 'drop':
        return '';
    }
  }

  /** Returns the ID of the call that waits for an approval. */
  askApproval(toolName: string, reason: string): string {
    const toolCallId = this.#newId();
    this.#answer.data({ type: 'tool-input-available', toolCallId, toolName, input: { item: 'roses' } });
    this.#answer.data({ type: 'tool-approval-request', approvalId: this.#newId(), toolCallId, reason });
    return toolCallId;
  }

  end(): void {
    if (this.#quirks.isText) return this.#answer.end('');
    this.#answer.data({ type: 'finish-step' });
    const finish = { type: 'finish', finishReason: this.#finish, messageMetadata: { totalUsage: USAGE } };
    this.#answer.end(`data: ${JSON.stringify(finish)}\n\ndata: [DONE]\n\n`);
  }

  #think(delta: string): void {
    const id = this.#newId();
    this.#answer.data({ type: 'reasoning-start', id });
    this.#answer.data({ type: 'reasoning-delta', id, delta });
    this.#answer.data({ type: 'reasoning-end', id });
    this.#answer.data({ type: 'data-weather', data: { text: 'sunny' } });
  }

  /** A call of the route's own tool comes first, with its output. */
  #call(toolName: string, input: object): string {
    const own = { toolCallId: this.#newId(), toolName: 'look_up' };
    this.#answer.data({ type: 'tool-input-start', ...own });
    this.#answer.data({ type: 'tool-input-available', ...own, input: {} });
    this.#answer.data({ type: 'tool-output-available', toolCallId: own.toolCallId, output: 'found' });
    this.#answer.data({ type: 'finish-step' });
    this.#answer.data({ type: 'start-step' });
    const toolCallId = this.#newId();
    this.#answer.data({ type: 'tool-input-start', toolCallId, toolName });
    this.#answer.data({ type: 'tool-input-delta', toolCallId, inputTextDelta: JSON.stringify(input) });
    this.#answer.data({ type: 'tool-input-available', toolCallId, toolName, input });
    this.#finish = 'tool-calls';
    return toolCallId;
  }
}
