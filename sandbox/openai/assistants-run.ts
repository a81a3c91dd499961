// One run of the sandbox's Assistants API: a mind's reply written out as messages, steps and events. A run belongs to
// its thread and not to the connection that reads it: it goes on when that breaks. While it waits for tool outputs
// nobody listens, for the stream has ended; the outputs bring a stream of their own.
import type { AssistantStreamEvent } from 'openai/resources/beta/assistants';
import type { Message } from 'openai/resources/beta/threads/messages';
import type {
  RequiredActionFunctionToolCall as FunctionCall,
  Run,
  RunStatus,
} from 'openai/resources/beta/threads/runs/runs';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { Clock } from '../../src/call/ports.ts';
import { pause } from '../pause.ts';
import { seconds } from './agents-turn.ts';
import { newMessage, newRun, newStep, type RunOrigin } from './assistants-objects.ts';
import type { ToolAnswered } from './http-faults.ts';
import { type MindReply, tokensOf } from './mind.ts';

export type ToldRunEvent = Exclude<AssistantStreamEvent, AssistantStreamEvent.ThreadCreated>;

/** The reader of a run's events. */
export interface RunReader {
  readonly tell: (event: ToldRunEvent) => void;
  readonly end: () => void;
  /** As when a network breaks. */
  readonly drop: () => void;
}

/** The thread, as a run needs it. */
export interface RunSurroundings extends RunOrigin {
  /** A message begins to exist. */
  readonly addMessage: (message: Message) => void;
  readonly think: () => MindReply;
  readonly clock: Clock;
  readonly cancelTakesMs: () => number;
  readonly onToolAnswer: (answer: ToolAnswered) => void;
  readonly log: (line: string) => void;
}

/** What is being written, with the step that it is. */
interface Writing {
  readonly message: Message;
  readonly step: RunStep;
  readonly unsaid: string[];
  text: string;
}

const ACTIVE: ReadonlySet<RunStatus> = new Set(['queued', 'in_progress', 'requires_action', 'cancelling']);
const PROBLEM = 'The sandbox was told to fail.';

export class SandboxRun {
  readonly run: Run;
  readonly #thread: RunSurroundings;
  readonly #cancelling = new AbortController();
  #reader: RunReader | null = null;
  #writing: Writing | null = null;
  /** Tokens so far. */
  #said = 0;
  #onOutputs: () => void = () => {};

  constructor(thread: RunSurroundings) {
    this.#thread = thread;
    this.run = newRun(thread);
  }

  get isActive(): boolean {
    return ACTIVE.has(this.run.status);
  }

  /** Begins to write; `reader` receives every event from the first. Resolves once the run is over. */
  async start(reader: RunReader | null): Promise<void> {
    this.#reader = reader;
    const reply = this.#thread.think();
    if (reply.dropsStreamAfterTokens === 0) this.#drop();
    this.#tell({ event: 'thread.run.created', data: this.run });
    this.#tell({ event: 'thread.run.queued', data: this.run });
    try {
      this.#proceed();
      await pause(this.#thread.clock, reply.firstWordAfterMs ?? 0, this.#cancelling.signal);
      if (reply.saysBeforeCall !== undefined) await this.#write({ ...reply, text: reply.saysBeforeCall });
      const isAnswered = reply.calls === undefined || (await this.#call(reply.calls));
      if (!isAnswered) return this.#fail('server_error');
      await this.#write(reply);
      if (reply.hangs === true) await untilAborted(this.#cancelling.signal);
      this.#end(reply.failWith);
    } catch (error) {
      if (!this.#cancelling.signal.aborted) throw error;
      await this.#stop();
    }
  }

  /** No longer of interest to this reader. */
  forget(reader: RunReader): void {
    if (this.#reader === reader) this.#reader = null;
  }

  cancel(): void {
    this.run.status = 'cancelling';
    this.run.required_action = null;
    this.#tell({ event: 'thread.run.cancelling', data: this.run });
    this.#cancelling.abort();
  }

  /** Takes the outputs of all calls; `reader` receives the events that follow. */
  takeOutputs(
    outputs: readonly { readonly id: string; readonly output: string }[],
    reader: RunReader | null,
  ): void {
    const calls = this.run.required_action?.submit_tool_outputs.tool_calls ?? [];
    for (const { id, function: its } of calls) {
      const output = outputs.find((one) => one.id === id)?.output ?? '';
      this.#thread.onToolAnswer({ name: its.name, output });
    }
    this.#reader = reader;
    this.run.required_action = null;
    this.run.status = 'queued';
    this.#onOutputs();
  }

  /** From queued on. */
  #proceed(): void {
    this.run.status = 'in_progress';
    this.run.started_at ??= seconds();
    this.#tell({ event: 'thread.run.in_progress', data: this.run });
  }

  async #write(reply: MindReply): Promise<void> {
    if (reply.text === '') return;
    const { addMessage } = this.#thread;
    const message = newMessage(this.#thread, this.run.id);
    const step = this.#beginStep({
      type: 'message_creation',
      message_creation: { message_id: message.id },
    });
    const writing: Writing = { message, step, unsaid: tokensOf(reply.text), text: '' };
    this.#writing = writing;
    addMessage(message);
    this.#tell({ event: 'thread.message.created', data: message });
    this.#tell({ event: 'thread.message.in_progress', data: message });
    const isTold = reply.isWithoutDeltas !== true && reply.isWithoutParts !== true;
    while (writing.unsaid.length > 0) {
      await pause(this.#thread.clock, reply.perTokenMs ?? 0, this.#cancelling.signal);
      this.#say(writing, isTold);
      if (++this.#said === reply.dropsStreamAfterTokens) this.#drop();
    }
    this.#endMessage(reply.failWith === 'max_output_tokens' ? 'max_tokens' : null);
  }

  #say(writing: Writing, isTold: boolean): void {
    const value = writing.unsaid.shift() ?? '';
    // Only the first delta of a part has annotations, and they are not there yet.
    const text = writing.text === '' ? { value, annotations: [] } : { value };
    writing.text += value;
    if (!isTold) return;
    this.#tell({
      event: 'thread.message.delta',
      data: {
        id: writing.message.id,
        object: 'thread.message.delta',
        delta: { content: [{ index: 0, type: 'text', text }] },
      },
    });
  }

  #endMessage(cutBy: 'max_tokens' | 'run_cancelled' | null): void {
    if (this.#writing === null) return;
    const { message, step, text } = this.#writing;
    this.#writing = null;
    message.status = cutBy === null ? 'completed' : 'incomplete';
    message.content = [{ type: 'text', text: { value: text, annotations: [] } }];
    if (cutBy === null) {
      message.completed_at = seconds();
      this.#tell({ event: 'thread.message.completed', data: message });
      this.#endStep(step, 'completed');
    } else {
      message.incomplete_at = seconds();
      message.incomplete_details = { reason: cutBy };
      this.#tell({ event: 'thread.message.incomplete', data: message });
      this.#endStep(step, cutBy === 'max_tokens' ? 'completed' : 'cancelled');
    }
  }

  /** Tells whether the call could be made: a model knows no tools but those of its run. */
  async #call({ name, arguments: args }: NonNullable<MindReply['calls']>): Promise<boolean> {
    const { tools, newId, log } = this.#thread;
    if (!tools.some((tool) => tool.type === 'function' && tool.function.name === name)) {
      log(`sandbox: the run has no tool ${name}`);
      return false;
    }
    const call: FunctionCall = {
      id: newId('call'),
      type: 'function',
      function: { name, arguments: JSON.stringify(args) },
    };
    const step = this.#beginStep({
      type: 'tool_calls',
      tool_calls: [{ ...call, function: { ...call.function, output: null } }],
    });
    this.run.status = 'requires_action';
    this.run.required_action = { type: 'submit_tool_outputs', submit_tool_outputs: { tool_calls: [call] } };
    const answered = new Promise<void>((resolve) => (this.#onOutputs = resolve));
    this.#tell({ event: 'thread.run.requires_action', data: this.run });
    this.#hangUp();
    try {
      await Promise.race([answered, untilAborted(this.#cancelling.signal)]);
    } catch (error) {
      this.#endStep(step, 'cancelled');
      throw error;
    }
    this.#endStep(step, 'completed');
    this.#tell({ event: 'thread.run.queued', data: this.run });
    this.#proceed();
    return true;
  }

  /** What was under way when the run was cancelled still comes out. */
  async #stop(): Promise<void> {
    if (this.#writing !== null && this.#writing.unsaid.length > 0) this.#say(this.#writing, true);
    await pause(this.#thread.clock, this.#thread.cancelTakesMs());
    this.#endMessage('run_cancelled');
    this.run.status = 'cancelled';
    this.run.cancelled_at = seconds();
    this.#tell({ event: 'thread.run.cancelled', data: this.run });
    this.#hangUp();
  }

  #end(code: MindReply['failWith']): void {
    switch (code) {
      case undefined:
        this.run.status = 'completed';
        this.run.completed_at = seconds();
        this.#tell({ event: 'thread.run.completed', data: this.run });
        return this.#hangUp();
      case 'max_output_tokens':
        this.run.status = 'incomplete';
        this.run.incomplete_details = { reason: 'max_completion_tokens' };
        this.#tell({ event: 'thread.run.incomplete', data: this.run });
        return this.#hangUp();
      case 'request_timeout':
        this.run.status = 'expired';
        this.#tell({ event: 'thread.run.expired', data: this.run });
        return this.#hangUp();
      case 'server_error':
      case 'rate_limit_exceeded':
        return this.#fail(code);
      case 'cyber_policy':
        return this.#fail('invalid_prompt');
      default: {
        // A run has no code for this, so the stream carries the error; the run ends as failed, which this stream omits.
        const error = { code, message: PROBLEM, param: null, type: 'server_error' };
        this.#tell({ event: 'error', data: error });
        this.#hangUp();
        return this.#fail('server_error');
      }
    }
  }

  #fail(code: NonNullable<Run['last_error']>['code']): void {
    this.run.status = 'failed';
    this.run.failed_at = seconds();
    this.run.last_error = { code, message: PROBLEM };
    this.#tell({ event: 'thread.run.failed', data: this.run });
    this.#hangUp();
  }

  #beginStep(details: RunStep['step_details']): RunStep {
    const step = newStep(this.#thread, this.run.id, details);
    this.#tell({ event: 'thread.run.step.created', data: step });
    this.#tell({ event: 'thread.run.step.in_progress', data: step });
    return step;
  }

  #endStep(step: RunStep, how: 'completed' | 'cancelled'): void {
    step.status = how;
    step[`${how}_at`] = seconds();
    this.#tell({ event: `thread.run.step.${how}`, data: step });
  }

  #tell(event: ToldRunEvent): void {
    this.#reader?.tell(event);
  }

  #drop(): void {
    this.#reader?.drop();
    this.#reader = null;
  }

  #hangUp(): void {
    this.#reader?.end();
    this.#reader = null;
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(new Error('cancelled'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
