// One run on a thread of the Assistants API, from its first event until the thread is free again. A run does not end
// with the connection that tells of it: it must be cancelled by its ID, which comes with its first event only, and it
// stands in the way of the next message until it is over.
import { setTimeout as pause } from 'node:timers/promises';
import { type OpenAI, APIError } from 'openai';
import type { Stream } from 'openai/core/streaming';
import type { AssistantStreamEvent } from 'openai/resources/beta/assistants';
import type {
  RequiredActionFunctionToolCall as FunctionCall,
  Run,
  RunStatus,
} from 'openai/resources/beta/threads/runs/runs';
import { unlessAborted } from '../../call/waiting.ts';
import type { PhoneTools } from '../../call/phone-tools.ts';
import { textOfEvent, textOfMessage } from './assistant-text.ts';
import { failed, failedWith, failedWithCode } from '../failures.ts';
import type { ReplyPipe } from '../reply-pipe.ts';
import { ReplyText } from '../reply-text.ts';

export type RunEvents = Stream<AssistantStreamEvent>;

/** How often a run may ask for tools before it is taken for one that will never speak. */
const MOST_ROUNDS = 5;
/** How often a run is asked for while its events do not tell. */
const POLL_MS = 250;
/** How long a run whose events were lost is waited for. The caller's patience is the call's business, and shorter. */
const CATCH_UP_MS = 60_000;
const CANCEL_MS = 5000;

const NOT_OURS = JSON.stringify({ error: 'this tool cannot be run on a phone call' });

const ACTIVE: ReadonlySet<RunStatus> = new Set(['queued', 'in_progress', 'requires_action', 'cancelling']);

/** Whether it keeps its thread from the next message. */
export function isActive({ status }: Run): boolean {
  return ACTIVE.has(status);
}

export interface AssistantRunOptions {
  readonly client: OpenAI;
  readonly threadId: string;
  /** Knows the run by what it was created with, where its first event did not arrive. */
  readonly isIt: (run: Run) => boolean;
  readonly pipe: ReplyPipe;
  readonly tools: PhoneTools;
  /** Nobody reads the reply any more. */
  readonly left: AbortSignal;
  /** The conversation is over: nothing is asked any more. */
  readonly closed: AbortSignal;
  readonly log: (line: string) => void;
}

export class AssistantRun {
  readonly #options: AssistantRunOptions;
  readonly #runs: OpenAI['beta']['threads']['runs'];
  readonly #text = new ReplyText();
  readonly #known = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<void>();
  /** As last told. */
  #run: Run | null = null;
  #events: RunEvents | null = null;
  #hasOrdered = false;

  constructor(options: AssistantRunOptions) {
    this.#options = options;
    this.#runs = options.client.beta.threads.runs;
  }

  /** The agent has had its say, be it silence: what the run was told need not be told again. */
  get hasAnswered(): boolean {
    const status = this.#run?.status;
    return this.#text.spoken !== '' || this.#hasOrdered || status === 'completed' || status === 'incomplete';
  }

  /**
   * Reads the run to its end, and cancels it if it is left before or goes wrong. Begins with its events, or with the run
   * itself where those were missed. Resolves once the thread is free, or after 5 s of waiting for that. Never rejects.
   */
  async follow(begun: RunEvents | Run): Promise<void> {
    const { pipe, left } = this.#options;
    const reading = this.#readAll(begun).catch((error: unknown) => pipe.fail(failedWith(error)));
    await unlessAborted(reading, left);
    pipe.end();
    if (!this.#isOver) await this.#cancel(reading);
  }

  async #readAll(begun: RunEvents | Run): Promise<void> {
    let events = 'status' in begun ? null : begun;
    if ('status' in begun) {
      this.#note(begun);
      if (!this.#options.left.aborted) await this.#catchUp();
    }
    for (let round = 0; ; round++) {
      if (events !== null) await this.#read(events);
      if (!this.#isSettled) await this.#catchUp();
      const calls = this.#run?.required_action?.submit_tool_outputs.tool_calls ?? [];
      if (this.#options.left.aborted || calls.length === 0) return this.#conclude();
      if (round === MOST_ROUNDS) return this.#options.pipe.fail(failed('refused', 'too many tool calls'));
      events = await this.#answer(calls);
    }
  }

  async #read(events: RunEvents): Promise<void> {
    this.#events = events;
    try {
      for await (const event of events) this.#hear(event);
    } catch (error) {
      // Told by the vendor as an event; anything else is a connection that broke, and the run goes on without it.
      if (error instanceof APIError) throw error;
    }
  }

  #hear(event: AssistantStreamEvent): void {
    switch (event.event) {
      case 'thread.run.created':
      case 'thread.run.queued':
      case 'thread.run.in_progress':
      case 'thread.run.requires_action':
      case 'thread.run.completed':
      case 'thread.run.incomplete':
      case 'thread.run.failed':
      case 'thread.run.cancelling':
      case 'thread.run.cancelled':
      case 'thread.run.expired':
        return this.#note(event.data);
      default:
        this.#options.pipe.write(textOfEvent(event, this.#text));
    }
  }

  /** Asks for what the events would have told. Rejects as the SDK does. */
  async #catchUp(): Promise<void> {
    const { client, threadId, left, closed } = this.#options;
    const signal = AbortSignal.any([left, closed, AbortSignal.timeout(CATCH_UP_MS)]);
    const runId = this.#run?.id ?? (await this.#find(signal));
    if (runId === null) return;
    this.#note(await this.#retrieve(runId, signal));
    while (!this.#isSettled && !signal.aborted) {
      await pause(POLL_MS, null, { signal }).catch(() => {});
      this.#note(await this.#retrieve(runId, signal));
    }
    const written = client.beta.threads.messages.list(threadId, { run_id: runId, order: 'asc' }, { signal });
    for await (const message of written) this.#options.pipe.write(textOfMessage(message, this.#text));
  }

  /** Returns what follows; null where that was caught up on. Rejects as the SDK does. */
  async #answer(calls: readonly FunctionCall[]): Promise<RunEvents | null> {
    const { threadId, closed } = this.#options;
    const asking = this.#run;
    if (asking === null) return null;
    const tool_outputs = calls.map((call) => ({ tool_call_id: call.id, output: this.#outputOf(call) }));
    this.#run = { ...asking, status: 'queued', required_action: null };
    try {
      const params = { thread_id: threadId, tool_outputs, stream: true } as const;
      return await this.#runs.submitToolOutputs(asking.id, params, { signal: closed });
    } catch (error) {
      // They may have been taken all the same; a command is not given twice for that.
      await this.#catchUp();
      if (this.#run?.status === 'requires_action') throw error;
      return null;
    }
  }

  #outputOf({ function: { name, arguments: given } }: FunctionCall): string {
    const { pipe, tools, log } = this.#options;
    const answer = tools.call(name, given);
    if (answer === null) {
      log(
        `assistants: a tool that cannot be run on a phone call${/^\w{1,64}$/.test(name) ? `: ${name}` : ''}`,
      );
      return NOT_OURS;
    }
    if (answer.command !== null) {
      this.#hasOrdered = true;
      pipe.command(answer.command);
    }
    return answer.output;
  }

  #conclude(): void {
    const { pipe } = this.#options;
    switch (this.#run?.status) {
      case 'completed':
        return pipe.end();
      case 'incomplete':
        // Cut short by a limit on its length, it is a reply all the same.
        if (this.#text.spoken !== '') return pipe.end();
        return pipe.fail(failed('refused', 'run incomplete'));
      case 'failed':
        return pipe.fail(failedWithCode(this.#run.last_error?.code));
      case 'expired':
        return pipe.fail(failed('timeout', 'run expired'));
      case 'cancelled':
        return pipe.fail(failed('unavailable', 'run cancelled'));
      default:
        return pipe.fail(failed('unavailable', 'run not over'));
    }
  }

  /** Never rejects. Meanwhile `reading` goes on, for it is the quickest to learn of the end. */
  async #cancel(reading: Promise<void>): Promise<void> {
    const { threadId, closed, log } = this.#options;
    const signal = AbortSignal.any([closed, AbortSignal.timeout(CANCEL_MS)]);
    await unlessAborted(Promise.race([this.#known.promise, reading]), signal);
    if (this.#run !== null && !this.#isOver) {
      const { id } = this.#run;
      // Refused if the run has just ended by itself, or is being cancelled already.
      await this.#runs.cancel(id, { thread_id: threadId }, { signal }).then(
        (run) => this.#note(run),
        () => this.#look(id, signal),
      );
      while (!this.#isOver && !signal.aborted) {
        await Promise.race([this.#over.promise, pause(POLL_MS, null, { signal }).catch(() => {})]);
        if (!this.#isOver && !signal.aborted) await this.#look(id, signal);
      }
    }
    if (this.#run !== null && !this.#isOver && !closed.aborted)
      log('assistants: a run was not cancelled in time');
    this.#events?.controller.abort();
  }

  /** Its ID, where nothing was heard of it yet; null where it is not there. Rejects as the SDK does. */
  async #find(signal: AbortSignal): Promise<string | null> {
    const { threadId, isIt } = this.#options;
    const [latest] = (await this.#runs.list(threadId, { limit: 1 }, { signal })).data;
    return latest !== undefined && isIt(latest) ? latest.id : null;
  }

  /** Never rejects. */
  async #look(runId: string, signal: AbortSignal): Promise<void> {
    await this.#retrieve(runId, signal).then(
      (run) => this.#note(run),
      () => {},
    );
  }

  #retrieve(runId: string, signal: AbortSignal): Promise<Run> {
    return this.#runs.retrieve(runId, { thread_id: this.#options.threadId }, { signal });
  }

  /** An answer may arrive after the event that it tells of: what is over stays so. */
  #note(run: Run): void {
    if (this.#isOver) return;
    this.#run = run;
    this.#known.resolve();
    if (!isActive(run)) this.#over.resolve();
  }

  get #isOver(): boolean {
    return this.#run !== null && !isActive(this.#run);
  }

  /** Nothing more comes of it by itself. */
  get #isSettled(): boolean {
    return this.#isOver || this.#run?.status === 'requires_action';
  }
}
