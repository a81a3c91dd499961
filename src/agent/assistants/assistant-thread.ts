// One call's thread, and what is owed to it. A run is created together with the words that it answers, in one request,
// so the words are in the thread if the run is, and only then: a request of which nobody knows the outcome is settled by
// looking whether its run is there, and what the caller said is told once.
import { type OpenAI, APIError } from 'openai';
import type { AssistantTool } from 'openai/resources/beta/assistants';
import type { Run, RunCreateParamsStreaming } from 'openai/resources/beta/threads/runs/runs';
import type { AgentMemory } from '../../call/call-record.ts';
import type { AgentMessage, Opening } from '../../call/ports.ts';
import { idOf, newest, recalled } from '../agent-memory.ts';
import { fieldsOf, listOf, textsOf } from '../../call/json.ts';
import { AssistantRun, isActive, type RunEvents } from './assistant-run.ts';
import { type AgentFailed, failed, failedWith } from '../failures.ts';
import { ReplyPipe } from '../reply-pipe.ts';

/** Under which a run bears the name of its request, in its metadata. */
const SENDING = 'patchcord_message';

export const ASSISTANTS = 'assistants';

/** What a request tells: its run bears the name, and the first so many of what is owed are in it. */
interface Sending {
  readonly name: string;
  readonly words: number;
  readonly notes: number;
}

/** A run that was created, or found where its answer was lost. */
interface Begun {
  readonly type: 'begun';
  readonly threadId: string;
  readonly run: RunEvents | Run;
  readonly sending: Sending;
}

/** The run of a request that was taken, or how the thread was found without it. */
type Found = Run | 'free' | 'busy' | 'lost';

export interface AssistantThreadOptions {
  readonly client: OpenAI;
  readonly assistantId: string;
  readonly opening: Opening;
  readonly memory: AgentMemory | undefined;
  /** What every run is created with; null to leave the assistant its own. Never rejects. */
  readonly tools: Promise<AssistantTool[] | null>;
  /** The conversation is over: nothing is asked any more. */
  readonly closed: AbortSignal;
  readonly log: (line: string) => void;
}

export class AssistantThread {
  readonly #options: AssistantThreadOptions;
  readonly #threads: OpenAI['beta']['threads'];
  /** What the caller said and the thread does not hold yet. */
  readonly #words: string[];
  /** The thread keeps no notes: they hold for a run, and are told again as long as no run has answered them. */
  readonly #notes: string[];
  #id: Promise<string>;
  #knownId: string | null;
  /** Under which all that is owed will be sent: known before it is, so that another process can look for it. */
  #name: string = crypto.randomUUID();
  /** Requests of which it is not known whether one was taken; null where the thread is known to be free. */
  #unsettled: readonly Sending[] | null = null;
  #isWithoutTools = false;

  /** Creates the thread at once, or goes on with one that another process had. */
  constructor(options: AssistantThreadOptions) {
    const before = recalled(ASSISTANTS, options.memory);
    this.#options = options;
    this.#threads = options.client.beta.threads;
    this.#words = textsOf(before?.history['words']);
    this.#notes = textsOf(before?.history['notes']);
    this.#knownId = idOf(before?.reference['thread']);
    if (this.#knownId !== null) {
      this.#id = Promise.resolve(this.#knownId);
      this.#unsettled = listOf(before?.reference['sent']).flatMap((one) => sendingOf(one) ?? []);
    } else {
      this.#id = this.#create();
    }
  }

  owe({ text, notes }: AgentMessage): void {
    if (text !== '') this.#words.push(text);
    this.#notes.push(...notes);
    this.#name = crypto.randomUUID();
  }

  /**
   * With it go the names that a run with what is owed may bear, sent or about to be. A thread whose creation was not
   * answered yet is not in it: the next process creates another, and it stays behind.
   */
  memory(): AgentMemory | null {
    if (this.#knownId === null && this.#words.length === 0) return null;
    const sent = [...(this.#unsettled ?? []), this.#next].map(({ name, words, notes }) => ({
      name,
      words,
      notes,
    }));
    return {
      kind: ASSISTANTS,
      reference: this.#knownId === null ? null : { thread: this.#knownId, sent },
      history: { words: newest(this.#words), notes: newest(this.#notes) },
    };
  }

  /** Finds out what became of requests that another process sent, and stops what still runs of them. Never rejects. */
  async settle(): Promise<void> {
    // What cannot be found out now is asked again before the next message.
    await this.#settleAll().catch(() => {});
  }

  /**
   * Answers all that is owed with one run, unless `left` has aborted before that; then it stays owed. Resolves once the
   * thread is free for the next one. Only ever one at a time. Never rejects.
   */
  async answer(pipe: ReplyPipe, left: AbortSignal): Promise<void> {
    try {
      const begun = await this.#begin(left);
      if (begun?.type === 'failed') pipe.fail(begun);
      if (begun?.type !== 'begun') return;
      const { threadId, sending } = begun;
      const run = this.#runOn(threadId, sending, pipe, left);
      await run.follow(begun.run);
      if (run.hasAnswered) this.#notes.splice(0, sending.notes);
    } catch (error) {
      pipe.fail(failedWith(error));
    } finally {
      pipe.end();
    }
  }

  /** Starts a run with all that is owed; null if nobody waits for it any more. Rejects as the SDK does. */
  async #begin(left: AbortSignal): Promise<Begun | AgentFailed | null> {
    const { closed: signal } = this.#options;
    for (let attempt = 1; ; attempt++) {
      await this.#settleAll();
      const threadId = await this.#open();
      const tools = this.#isWithoutTools ? null : await this.#options.tools;
      if (left.aborted || signal.aborted) return null;
      const sending = this.#next;
      try {
        // The SDK would send it again blindly, and it may have been taken.
        const run = await this.#threads.runs.create(threadId, this.#params(sending, tools), {
          maxRetries: 0,
          signal,
        });
        this.#words.splice(0, sending.words);
        this.#name = crypto.randomUUID();
        return { type: 'begun', threadId, run, sending };
      } catch (error) {
        const recovered = await this.#recover(threadId, sending, error, attempt === 1);
        if (recovered !== 'try-again') return recovered;
      }
    }
  }

  /** Notes go with the instructions of the run; `instructions` itself would replace the assistant's own. */
  #params(sending: Sending, tools: AssistantTool[] | null): RunCreateParamsStreaming {
    const words = this.#words.map((content) => ({ role: 'user', content }) as const);
    return {
      assistant_id: this.#options.assistantId,
      additional_instructions: [this.#options.opening.note, ...this.#notes].join('\n'),
      ...(words.length === 0 ? {} : { additional_messages: words }),
      ...(tools === null ? {} : { tools }),
      metadata: { [SENDING]: sending.name },
      stream: true,
    };
  }

  /** What to do about a run that could not be created. Never rejects. */
  async #recover(
    threadId: string,
    sending: Sending,
    error: unknown,
    isFirst: boolean,
  ): Promise<Begun | AgentFailed | 'try-again'> {
    const failure = failedWith(error);
    const status = statusOf(error);
    let found: Found = 'free';
    if (isInDoubt(status)) {
      this.#unsettled = [sending];
      try {
        found = await this.#settle(threadId, this.#unsettled);
      } catch {
        // It is settled before the next message.
        return failure;
      }
    }
    if (typeof found === 'object') return { type: 'begun', threadId, run: found, sending };
    // A thread that is free now may have been busy then; or the tools are not taken here.
    const isRefused = status === 400 && found === 'free';
    if (isFirst && (found !== 'free' || isRefused || failure.failure === 'unavailable')) {
      if (isRefused) this.#options.log('assistants: a run was refused, and is tried with its own tools only');
      this.#isWithoutTools ||= isRefused;
      return 'try-again';
    }
    if (found !== 'free') return failed('unavailable', `thread ${found}`);
    if (isRefused) this.#isWithoutTools = false;
    if (failure.failure === 'refused') {
      // It would be refused again with every later message.
      this.#words.splice(0, sending.words);
      this.#notes.splice(0, sending.notes);
    }
    return failure;
  }

  /** Rejects as the SDK does. */
  async #settleAll(): Promise<void> {
    if (this.#unsettled === null) return;
    const threadId = await this.#open();
    const found = await this.#settle(threadId, this.#unsettled);
    if (typeof found === 'object' && isActive(found)) await this.#stop(threadId, found);
  }

  /** Whether a request was taken after all: its run, if so. A strange run that is active is stopped. Rejects as the SDK. */
  async #settle(threadId: string, sendings: readonly Sending[]): Promise<Found> {
    let latest: Run | undefined;
    try {
      [latest] = (await this.#threads.runs.list(threadId, { limit: 1 }, this.#request)).data;
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
      // The agent has forgotten the call with its thread, but a caller who is answered beats one who is not.
      this.#id = this.#create();
      this.#unsettled = null;
      return 'lost';
    }
    this.#unsettled = null;
    const taken = latest === undefined ? undefined : sendings.findLast((sending) => isOf(latest, sending));
    if (latest !== undefined && taken !== undefined) {
      this.#words.splice(0, taken.words);
      this.#name = crypto.randomUUID();
      return latest;
    }
    if (latest === undefined || !isActive(latest)) return 'free';
    await this.#stop(threadId, latest);
    return 'busy';
  }

  /** Never rejects. */
  async #stop(threadId: string, run: Run): Promise<void> {
    await this.#runOn(threadId, null, new ReplyPipe(), AbortSignal.abort()).follow(run);
  }

  #runOn(threadId: string, sending: Sending | null, pipe: ReplyPipe, left: AbortSignal): AssistantRun {
    const { client, opening, closed, log } = this.#options;
    const isIt = (run: Run): boolean => sending !== null && isOf(run, sending);
    return new AssistantRun({ client, threadId, isIt, pipe, tools: opening.tools, left, closed, log });
  }

  /** One that could not be created is tried again. Rejects as the SDK does. */
  #open(): Promise<string> {
    return this.#id.catch(() => {
      this.#id = this.#create();
      return this.#id;
    });
  }

  #create(): Promise<string> {
    const { call, greeting } = this.#options.opening;
    const greeted =
      greeting === null ? {} : { messages: [{ role: 'assistant', content: greeting } as const] };
    this.#knownId = null;
    const created = this.#threads.create({ ...greeted, metadata: { call_id: call.id } }, this.#request);
    const id = created.then((thread) => (this.#knownId = thread.id));
    // Whoever needs it is told.
    id.catch(() => {});
    return id;
  }

  get #next(): Sending {
    return { name: this.#name, words: this.#words.length, notes: this.#notes.length };
  }

  get #request(): { readonly signal: AbortSignal } {
    return { signal: this.#options.closed };
  }
}

function sendingOf(value: unknown): Sending | null {
  const { name, words, notes } = fieldsOf(value);
  if (typeof name !== 'string' || typeof words !== 'number' || typeof notes !== 'number') return null;
  return { name, words, notes };
}

function isOf({ metadata }: Run, { name }: Sending): boolean {
  return metadata?.[SENDING] === name;
}

function statusOf(error: unknown): number | undefined {
  const status: unknown = error instanceof APIError ? error.status : undefined;
  return typeof status === 'number' ? status : undefined;
}

/** Whether the request may have been taken, or was refused for what runs on the thread, or for want of the thread. */
function isInDoubt(status: number | undefined): boolean {
  return status === undefined || status >= 500 || [400, 404, 408, 409].includes(status);
}
