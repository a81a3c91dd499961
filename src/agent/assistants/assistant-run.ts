// One run, from its first event until its thread is free again. A run does not end with the connection that reports it: it
// must be cancelled by its ID, which comes with its first event, and the thread takes no message before it is over.
import { type OpenAI, APIError } from 'openai';
import type { Stream } from 'openai/core/streaming';
import type { AssistantStreamEvent } from 'openai/resources/beta/assistants';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { RequiredActionFunctionToolCall as Call, Run } from 'openai/resources/beta/threads/runs/runs';
import type { Clock, Opening } from '../../call/ports.ts';
import { pause, unlessAborted, within, withDeadline } from '../../call/waiting.ts';
import { type AgentFailed, failed, failedWith, failedWithCode } from '../failures.ts';
import type { ReplyPipe } from '../reply-pipe.ts';
import { type ReplyItem, ReplyText } from '../reply-text.ts';
import { plainName } from '../saved-tools.ts';
import { MOST_ROUNDS } from '../turns.ts';

export type RunEvents = Stream<AssistantStreamEvent>;

/** How often the relay asks for a run whose events it does not receive, and for how long. */
const POLL_MS = 250;
const CATCH_UP_MS = 60_000;
const CANCEL_MS = 5000;
const NOT_OURS = JSON.stringify({ error: 'this tool cannot be run on a phone call' });

/** Whether the run keeps its thread from taking the next message. */
export function isActive({ status }: Run): boolean {
  return ['queued', 'in_progress', 'requires_action', 'cancelling'].includes(status);
}

export interface AssistantRunParts {
  readonly client: OpenAI;
  readonly opening: Opening;
  readonly clock: Clock;
  readonly log: (line: string) => void;
  readonly threadId: string;
  /** Recognises the run by what it was created with, in case its first event is lost. */
  readonly isIt: (run: Run) => boolean;
  readonly pipe: ReplyPipe;
  /** Aborts when nobody reads the reply any more. */
  readonly stop: AbortSignal;
  /** Aborts when the conversation is over: nothing is requested any more. */
  readonly closed: AbortSignal;
}

export class AssistantRun {
  readonly #parts: AssistantRunParts;
  readonly #runs: OpenAI['beta']['threads']['runs'];
  readonly #text = new ReplyText();
  readonly #known = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<void>();
  #run: Run | null = null;
  #events: RunEvents | null = null;
  #hasCommand = false;

  constructor(parts: AssistantRunParts) {
    this.#parts = parts;
    this.#runs = parts.client.beta.threads.runs;
  }

  /** Whether the agent answered, if only with silence: then it has the run's notes. */
  get hasAnswered(): boolean {
    const hasEnded = this.#run?.status === 'completed' || this.#run?.status === 'incomplete';
    return this.#text.spoken !== '' || this.#hasCommand || hasEnded;
  }

  /**
   * Reads the run to its end, and cancels it if it goes wrong or nobody reads it any more. `begun` is the run itself if its
   * events were missed. Resolves once the thread is free, or 5 s after the cancel. Never rejects.
   */
  async follow(begun: RunEvents | Run): Promise<void> {
    const { pipe, stop } = this.#parts;
    const reading = this.#readAll(begun)
      .catch(failedWith)
      .then((failure) => (failure === null ? pipe.end() : pipe.fail(failure)));
    await unlessAborted(reading, stop);
    if (!this.#isOver) await this.#cancel(reading);
  }

  async #readAll(begun: RunEvents | Run): Promise<AgentFailed | null> {
    let events = 'status' in begun ? null : begun;
    if ('status' in begun) this.#note(begun);
    for (let round = 0; ; round++) {
      if (events === null) await this.#catchUp();
      else await this.#read(events);
      if (!this.#isSettled) await this.#catchUp();
      const calls = this.#run?.required_action?.submit_tool_outputs.tool_calls ?? [];
      if (this.#parts.stop.aborted || calls.length === 0) return this.#failure();
      if (round === MOST_ROUNDS) return failed('refused', 'too many tool calls');
      events = await this.#answer(calls);
    }
  }

  async #read(events: RunEvents): Promise<void> {
    this.#events = events;
    try {
      for await (const event of events) {
        if (isRunEvent(event)) this.#note(event.data);
        else this.#parts.pipe.write(textOfEvent(event, this.#text));
      }
    } catch (error) {
      // The vendor sent an error event; anything else is a broken connection, and the run goes on without it.
      if (error instanceof APIError) throw error;
    }
  }

  /** Asks for what the missed events would have told. Rejects as the SDK does. */
  async #catchUp(): Promise<void> {
    const { client, threadId, isIt, pipe, stop, clock } = this.#parts;
    await withDeadline(clock, CATCH_UP_MS, stop, async (signal) => {
      const [latest] = (await this.#runs.list(threadId, { limit: 1 }, { signal })).data;
      if (latest === undefined || !(isIt(latest) || latest.id === this.#run?.id)) return;
      this.#note(latest);
      while (!this.#isSettled) {
        await pause(clock, POLL_MS, signal);
        await this.#look(latest.id, signal);
      }
      const query = { run_id: latest.id, order: 'asc' } as const;
      for await (const message of client.beta.threads.messages.list(threadId, query, { signal }))
        pipe.write(textOfMessage(message, this.#text));
    });
  }

  /** Returns the events that follow; null if they are missed. Rejects as the SDK does. */
  async #answer(calls: readonly Call[]): Promise<RunEvents | null> {
    const { threadId, closed } = this.#parts;
    const asking = this.#run;
    if (asking === null) return null;
    const tool_outputs = calls.map((call) => ({ tool_call_id: call.id, output: this.#outputOf(call) }));
    this.#run = { ...asking, status: 'queued', required_action: null };
    try {
      const params = { thread_id: threadId, tool_outputs, stream: true } as const;
      return await this.#runs.submitToolOutputs(asking.id, params, { signal: closed });
    } catch (error) {
      // The server may have taken them all the same. The command is not given twice.
      await this.#catchUp();
      if (this.#run?.status === 'requires_action') throw error;
      return null;
    }
  }

  #outputOf({ function: { name, arguments: given } }: Call): string {
    const { opening, pipe, log } = this.#parts;
    const answer = opening.tools.call(name, given);
    if (answer === null) log(`assistants: a tool that cannot be run on a phone call: ${plainName(name)}`);
    else if (answer.command !== null) {
      this.#hasCommand = true;
      pipe.command(answer.command);
    }
    return answer?.output ?? NOT_OURS;
  }

  #failure(): AgentFailed | null {
    const { status, last_error } = this.#run ?? { status: 'lost', last_error: null };
    if (status === 'completed') return null;
    if (status === 'failed') return failedWithCode(last_error?.code);
    // A reply that met its length limit is a reply all the same.
    if (status === 'incomplete') return this.#text.spoken === '' ? failed('refused', 'run incomplete') : null;
    return failed(status === 'expired' ? 'timeout' : 'unavailable', `run ${status}`);
  }

  /** Meanwhile `reading` goes on, because the events report the end first. Never rejects. */
  async #cancel(reading: Promise<void>): Promise<void> {
    const { threadId, closed, clock, log } = this.#parts;
    await withDeadline(clock, CANCEL_MS, closed, async (signal) => {
      await unlessAborted(Promise.race([this.#known.promise, reading]), signal);
      if (this.#run === null) return;
      const { id } = this.#run;
      // The server refuses if the run has just ended by itself, or is already being cancelled.
      if (!this.#isOver) await this.#runs.cancel(id, { thread_id: threadId }, { signal }).catch(() => {});
      while (!this.#isOver && !signal.aborted) {
        await this.#look(id, signal).catch(() => {});
        if (!this.#isOver) await within(clock, POLL_MS, this.#over.promise, undefined);
      }
    });
    if (this.#run !== null && !this.#isOver && !closed.aborted)
      log('assistants: a run was not cancelled in time');
    this.#events?.controller.abort();
  }

  async #look(runId: string, signal: AbortSignal): Promise<void> {
    this.#note(await this.#runs.retrieve(runId, { thread_id: this.#parts.threadId }, { signal }));
  }

  /** An answer may arrive after a later event, so a run that is over stays over. */
  #note(run: Run): void {
    if (this.#isOver) return;
    this.#run = run;
    this.#known.resolve();
    if (this.#isOver) this.#over.resolve();
  }

  get #isOver(): boolean {
    return this.#run !== null && !isActive(this.#run);
  }

  /** Whether the run waits for the relay or is over. */
  get #isSettled(): boolean {
    return this.#isOver || this.#run?.status === 'requires_action';
  }
}

type RunEvent = Extract<AssistantStreamEvent, { data: Run }>;

function isRunEvent(event: AssistantStreamEvent): event is RunEvent {
  return /^thread\.run\.(?!step)/.test(event.event);
}

/** The assistant's text and refusals, as far as they are still to be spoken. */
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
      return textOfMessage(data, text);
    default:
      return '';
  }
}

function textOfMessage(message: Message, text: ReplyText): string {
  return message.role === 'assistant' ? text.wholeItem(itemOf(message)) : '';
}

/** An image stays as a part without text, because a part is known by its place. */
function itemOf({ id, content }: Message): ReplyItem {
  const parts = content.map((part) => {
    if (part.type === 'text') return { type: part.type, text: part.text.value };
    return part.type === 'refusal' ? part : { type: part.type };
  });
  return { id, content: parts };
}
