// The events of one run, in the order and with the fields that protocol 1.0 wants; the official client checks them in the tests.
import type { Act } from '../wire/acting.ts';
import type { WireAnswer } from '../wire/wire-answer.ts';
import type { AgUiQuirks } from '../wire/wire-faults.ts';

const USAGE = [
  { provider: 'sandbox', model: 'flowers', inputTokens: 42, outputTokens: 9, cachedInputTokens: 30 },
];

export class RunWriter {
  readonly #answer: WireAnswer;
  readonly #quirks: AgUiQuirks;
  readonly #threadId: string;
  readonly #runId: string;
  readonly #sent: readonly unknown[];
  readonly #openCalls: string[] = [];
  #messageId = '';
  #whole: string[] = [];
  #idsGiven = 0;

  constructor(answer: WireAnswer, quirks: AgUiQuirks, body: Readonly<Record<string, unknown>>) {
    const { threadId, runId, messages } = body;
    this.#answer = answer;
    this.#quirks = quirks;
    this.#threadId = String(threadId);
    this.#runId = quirks.renamesRuns ? `own-${String(runId)}` : String(runId);
    this.#sent = Array.isArray(messages) ? messages : [];
  }

  begin(): void {
    if (this.#quirks.replaysFirst) {
      const run = { threadId: this.#threadId, runId: `old-${this.#runId}` };
      this.#answer.data({ type: 'RUN_STARTED', ...run });
      this.#text('An older answer.', 'old');
      this.#answer.data({ type: 'RUN_FINISHED', ...run });
    }
    this.#answer.data({
      type: 'RUN_STARTED',
      threadId: this.#threadId,
      runId: this.#runId,
      protocolVersion: '1.0',
    });
    this.#answer.data({ type: 'STEP_STARTED', stepName: 'answer' });
  }

  /** Returns the call's ID; '' for any other act. `isSilent`: the messages stand in a snapshot at the end only. */
  write(act: Act, isSilent: boolean): string {
    switch (act.type) {
      case 'thought':
        this.#think(act.text);
        return '';
      case 'message':
        this.#messageId = this.#newId('msg');
        if (!isSilent) this.#beginMessage(this.#messageId);
        return '';
      case 'token':
        this.#delta(this.#messageId, act.delta);
        return '';
      case 'message-end':
        this.#whole = [...this.#whole, ...(isSilent ? [act.whole] : [])];
        if (!isSilent && !this.#quirks.usesChunks)
          this.#answer.data({ type: 'TEXT_MESSAGE_END', messageId: this.#messageId });
        return '';
      case 'call':
        return this.#call(act.name, JSON.stringify(act.args));
      case 'failed':
        this.#answer.data({ type: 'RUN_ERROR', message: 'The sandbox was told to fail.', code: act.code });
        return '';
      case 'drop':
        return '';
    }
  }

  /** The interrupts that are open now. */
  end(): string[] {
    const { interrupt } = this.#quirks;
    this.#quirks.interrupt = null;
    const said = this.#whole.map((content) => ({ id: this.#newId('msg'), role: 'assistant', content }));
    if (said.length > 0) this.#answer.data({ type: 'MESSAGES_SNAPSHOT', messages: [...this.#sent, ...said] });
    this.#answer.data({ type: 'STEP_FINISHED', stepName: 'answer' });
    const interrupts = interrupt === null ? [] : [{ id: this.#newId('int'), reason: 'input', ...interrupt }];
    const success = {
      type: 'success',
      ...(!this.#quirks.listsNoCalls && { pendingToolCallIds: this.#openCalls }),
    };
    const outcome = interrupts.length > 0 ? { type: 'interrupt', interrupts } : success;
    const run = { threadId: this.#threadId, runId: this.#runId };
    const end = { type: 'RUN_FINISHED', ...run, outcome, usage: USAGE };
    const late = { type: 'RUN_ERROR', message: 'Could not save the thread.' };
    const frames = [end, ...(this.#quirks.failsAfterEnd ? [late] : [])];
    this.#answer.end(frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join(''));
    return interrupts.map(({ id }) => id);
  }

  #beginMessage(messageId: string): void {
    if (!this.#quirks.usesChunks)
      this.#answer.data({ type: 'TEXT_MESSAGE_START', messageId, role: 'assistant' });
    if (this.#answer.fault === 'empty-first') this.#delta(messageId, '');
  }

  #delta(messageId: string, delta: string): void {
    if (!this.#quirks.usesChunks)
      return this.#answer.data({ type: 'TEXT_MESSAGE_CONTENT', messageId, delta });
    this.#answer.data({ type: 'TEXT_MESSAGE_CHUNK', messageId, role: 'assistant', delta });
  }

  #text(text: string, id: string): void {
    this.#answer.data({ type: 'TEXT_MESSAGE_START', messageId: id, role: 'assistant' });
    this.#answer.data({ type: 'TEXT_MESSAGE_CONTENT', messageId: id, delta: text });
    this.#answer.data({ type: 'TEXT_MESSAGE_END', messageId: id });
  }

  #think(delta: string): void {
    const messageId = this.#newId('think');
    this.#answer.data({ type: 'REASONING_START', messageId });
    this.#answer.data({ type: 'REASONING_MESSAGE_START', messageId, role: 'reasoning' });
    this.#answer.data({ type: 'REASONING_MESSAGE_CONTENT', messageId, delta });
    this.#answer.data({ type: 'REASONING_MESSAGE_END', messageId });
    this.#answer.data({ type: 'REASONING_END', messageId });
    this.#answer.data({ type: 'CUSTOM', name: 'thought', value: null });
  }

  /** A call of the agent's own tool comes first: its result is in the run, so it is not the caller's business. */
  #call(name: string, args: string): string {
    const own = this.#newId('call');
    this.#answer.data({ type: 'TOOL_CALL_START', toolCallId: own, toolCallName: 'look_up' });
    this.#answer.data({ type: 'TOOL_CALL_ARGS', toolCallId: own, delta: '{}' });
    this.#answer.data({ type: 'TOOL_CALL_END', toolCallId: own });
    this.#answer.data({
      type: 'TOOL_CALL_RESULT',
      messageId: this.#newId('tool'),
      toolCallId: own,
      content: 'found',
    });
    const toolCallId = this.#newId('call');
    this.#openCalls.push(toolCallId);
    const pieces = args.match(/[^]{1,5}/g) ?? [];
    if (this.#quirks.usesChunks) {
      for (const delta of pieces)
        this.#answer.data({ type: 'TOOL_CALL_CHUNK', toolCallId, toolCallName: name, delta });
      return toolCallId;
    }
    this.#answer.data({ type: 'TOOL_CALL_START', toolCallId, toolCallName: name });
    for (const delta of pieces) this.#answer.data({ type: 'TOOL_CALL_ARGS', toolCallId, delta });
    this.#answer.data({ type: 'TOOL_CALL_END', toolCallId });
    return toolCallId;
  }

  #newId(prefix: string): string {
    return `${prefix}-${this.#runId}-${++this.#idsGiven}`;
  }
}
