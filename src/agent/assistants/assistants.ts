// An assistant of the Assistants API: one thread a call, one run a reply. OpenAI shut its own API down, so this is for
// servers that still have it. A run is created together with the words that it answers: the thread has the words if it has
// the run, and only then, so a request whose outcome is unknown is settled by looking for its run.
import type { OpenAI } from 'openai';
import type { AssistantTool } from 'openai/resources/beta/assistants';
import type { Run, RunCreateParamsStreaming } from 'openai/resources/beta/threads/runs/runs';
import type { AgentMemory } from '../../call/call-record.ts';
import { fieldsOf, listOf, textsOf } from '../../call/json.ts';
import type { AgentEvent, AgentMessage, Clock, Conversation, Opening } from '../../call/ports.ts';
import { within } from '../../call/waiting.ts';
import { type AgentKind, openaiClient, PUBLISH_INSTEAD } from '../agent-kind.ts';
import { idOf, newest, recalled } from '../agent-memory.ts';
import { type AgentFailed, failed, failedWith, statusOf } from '../failures.ts';
import { lookUp } from '../look-up.ts';
import { ReplyPipe } from '../reply-pipe.ts';
import { SavedTools } from '../saved-tools.ts';
import { Turns } from '../turns.ts';
import { AssistantRun, isActive, type RunEvents } from './assistant-run.ts';

const KIND = 'assistants';
const OPENAI = /^https:\/\/([a-z]+\.)?api\.openai\.com(\/|$)/;
/** The field of a run's metadata that holds the name of the request which created it. */
const SENDING = 'patchcord_message';
const CLOSE_MS = 4000;
export const assistants: AgentKind = {
  matches: (id) => id.startsWith('asst_'),
  problem: (_, { openaiBaseUrl }) =>
    OPENAI.test(openaiBaseUrl)
      ? `is the ID of an assistant, but OpenAI shut the Assistants API down on 2026-08-26. ${PUBLISH_INSTEAD} Or set OPENAI_BASE_URL to a server that still has assistants.`
      : null,
  open(id, options) {
    const { clock, log } = options;
    const client = openaiClient(options);
    const tools = new SavedTools<AssistantTool>({
      read: async () => (await client.beta.assistants.retrieve(id)).tools,
      asTool: ({ name, description, parameters }) => ({
        type: 'function',
        function: { name, description, parameters: { ...parameters }, strict: true },
      }),
      clock,
      note: (why) => log(`assistants: the assistant is left with its own tools: ${why}`),
    });
    return {
      kind: KIND,
      lookUp: () => lookUp(`The assistant "${id}"`, () => tools.read()),
      open: (opening, memory) =>
        new AssistantConversation({ client, id, tools, opening, clock, log }, memory),
    };
  },
};

interface AssistantParts {
  readonly client: OpenAI;
  readonly id: string;
  readonly tools: SavedTools<AssistantTool>;
  readonly opening: Opening;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

/** What a request carries: the name that its run bears, and how many of the owed words and notes. */
interface Sending {
  readonly name: string;
  readonly words: number;
  readonly notes: number;
}

/** The run of a request that was taken, or how the thread was found without it. */
type Found = Run | 'free' | 'busy' | 'lost';

class AssistantConversation implements Conversation {
  readonly #parts: AssistantParts;
  readonly #threads: OpenAI['beta']['threads'];
  readonly #turns: Turns;
  /** Aborts when the time to cancel what runs is over. */
  readonly #closed = new AbortController();
  /** What the caller said and the thread does not have yet. */
  readonly #words: string[];
  /** A thread keeps no notes: they hold for one run, and go with the next until a run has answered them. */
  readonly #notes: string[];
  #tools: Promise<AssistantTool[] | null>;
  #thread: Promise<string>;
  #threadId: string | null;
  /** Names the next request before it is sent, so that another process can look for its run. */
  #name: string = crypto.randomUUID();
  /** Requests of which the thread may have one; null when it is known to be free. */
  #unsettled: readonly Sending[] | null = null;

  /** Creates the thread at once, or continues one that another process had. */
  constructor(parts: AssistantParts, memory: AgentMemory | undefined) {
    const before = recalled(KIND, memory);
    this.#parts = parts;
    this.#threads = parts.client.beta.threads;
    this.#words = textsOf(before?.history['words']);
    this.#notes = textsOf(before?.history['notes']);
    this.#tools = parts.tools.with(parts.opening.tools.offered);
    this.#threadId = idOf(before?.reference['thread']);
    if (this.#threadId === null) this.#thread = this.#create();
    else {
      this.#thread = Promise.resolve(this.#threadId);
      this.#unsettled = listOf(before?.reference['sent']).flatMap((one) => sendingOf(one) ?? []);
    }
    // What cannot be settled now is settled before the next message.
    this.#turns = new Turns(() => this.#settle(false).then(noop, noop));
  }

  greet(signal: AbortSignal): AsyncIterable<AgentEvent> {
    const pipe = new ReplyPipe();
    return this.#turns.reply(pipe, signal, (stop) => this.#answer(pipe, stop));
  }

  reply({ text, notes }: AgentMessage, signal: AbortSignal): AsyncIterable<AgentEvent> {
    if (text !== '') this.#words.push(text);
    this.#notes.push(...notes);
    this.#name = crypto.randomUUID();
    return this.greet(signal);
  }

  /** Without a thread whose creation is not answered yet: the next process creates another, and that one stays behind. */
  memory(): AgentMemory | null {
    if (this.#threadId === null && this.#words.length === 0) return null;
    const sent = [...(this.#unsettled ?? []), this.#next].map((sending) => ({ ...sending }));
    return {
      kind: KIND,
      reference: this.#threadId === null ? null : { thread: this.#threadId, sent },
      history: { words: newest(this.#words), notes: newest(this.#notes) },
    };
  }

  /** Cancels what runs. The thread stays: the assistant's owner reads it afterwards. */
  async close(): Promise<void> {
    await within(this.#parts.clock, CLOSE_MS, this.#turns.close(), undefined);
    this.#closed.abort();
  }

  /** Answers all that is owed with one run. Rejects as the SDK does. */
  async #answer(pipe: ReplyPipe, stop: AbortSignal): Promise<AgentFailed | null> {
    await this.#settle(false);
    const begun = await this.#begin(stop, await this.#tools, true);
    if (begun === null || 'failure' in begun) return begun;
    const [threadId, sending, created] = begun;
    const run = this.#runOn(threadId, (one) => isOf(one, sending), pipe, stop);
    await run.follow(created);
    if (run.hasAnswered) this.#notes.splice(0, sending.notes);
    return null;
  }

  /** Creates a run with all that is owed; null if nobody waits for it any more. Rejects if there is no thread. */
  async #begin(
    stop: AbortSignal,
    tools: AssistantTool[] | null,
    mayRepeat: boolean,
  ): Promise<readonly [threadId: string, Sending, RunEvents | Run] | AgentFailed | null> {
    const threadId = await this.#open();
    if (stop.aborted) return null;
    const sending = this.#next;
    try {
      // The SDK would repeat the request blindly, and the server may have taken it.
      const options = { maxRetries: 0, signal: this.#closed.signal };
      const created = await this.#threads.runs.create(threadId, this.#params(sending, tools), options);
      this.#take(sending);
      if (tools === null) await this.#leaveTools();
      return [threadId, sending, created];
    } catch (error) {
      const failure = failedWith(error);
      this.#unsettled = [sending];
      const found = await this.#settle(true).catch(() => null);
      if (found === null) return failure;
      if (typeof found === 'object') return [threadId, sending, found];
      // A thread that is free now may have been busy then; or the server does not take the tools.
      const isRefused = statusOf(error) === 400 && found === 'free';
      if (mayRepeat && (found !== 'free' || isRefused || failure.failure === 'unavailable'))
        return this.#begin(stop, isRefused ? null : tools, false);
      if (found !== 'free') return failed('unavailable', `thread ${found}`);
      // The server would refuse the same words with every later message.
      if (failure.failure === 'refused') this.#notes.splice(0, this.#take(sending).notes);
      return failure;
    }
  }

  /** If tools were to be sent, the server has refused a run with them and then taken one without. */
  async #leaveTools(): Promise<void> {
    if ((await this.#tools) === null) return;
    this.#tools = Promise.resolve(null);
    this.#parts.tools.refused();
  }

  /** Notes extend the instructions of the run; the field `instructions` would replace the assistant's own. */
  #params({ name }: Sending, tools: AssistantTool[] | null): RunCreateParamsStreaming {
    const words = this.#words.map((content) => ({ role: 'user', content }) as const);
    return {
      assistant_id: this.#parts.id,
      additional_instructions: [this.#parts.opening.note, ...this.#notes].join('\n'),
      ...(words.length === 0 ? {} : { additional_messages: words }),
      ...(tools === null ? {} : { tools }),
      metadata: { [SENDING]: name },
      stream: true,
    };
  }

  /**
   * Looks whether the thread has one of the unsettled requests. Stops an active run, unless it is theirs and `isFollowed`.
   * Rejects as the SDK does.
   */
  async #settle(isFollowed: boolean): Promise<Found> {
    const sendings = this.#unsettled;
    if (sendings === null) return 'free';
    const threadId = await this.#open();
    const listed = await this.#threads.runs
      .list(threadId, { limit: 1 }, { signal: this.#closed.signal })
      .catch((error: unknown) => {
        if (statusOf(error) !== 404) throw error;
        return null;
      });
    this.#unsettled = null;
    if (listed === null) {
      // The agent forgets the call, but the caller is answered.
      this.#thread = this.#create();
      return 'lost';
    }
    const [run] = listed.data;
    if (run === undefined) return 'free';
    const taken = sendings.findLast((sending) => isOf(run, sending));
    if (taken !== undefined) this.#take(taken);
    if (taken !== undefined && isFollowed) return run;
    if (!isActive(run)) return 'free';
    await this.#runOn(threadId, () => true, new ReplyPipe(), AbortSignal.abort()).follow(run);
    return 'busy';
  }

  #take(sending: Sending): Sending {
    this.#words.splice(0, sending.words);
    this.#name = crypto.randomUUID();
    return sending;
  }

  #runOn(threadId: string, isIt: (run: Run) => boolean, pipe: ReplyPipe, stop: AbortSignal): AssistantRun {
    return new AssistantRun({ ...this.#parts, threadId, isIt, pipe, stop, closed: this.#closed.signal });
  }

  /** Tries again if the thread could not be created. Rejects as the SDK does. */
  #open(): Promise<string> {
    return this.#thread.catch(() => (this.#thread = this.#create()));
  }

  #create(): Promise<string> {
    const { call, greeting } = this.#parts.opening;
    const messages = greeting === null ? [] : [{ role: 'assistant', content: greeting } as const];
    const thread = { ...(messages.length > 0 && { messages }), metadata: { call_id: call.id } };
    this.#threadId = null;
    const created = this.#threads.create(thread, { signal: this.#closed.signal });
    const id = created.then((one) => (this.#threadId = one.id));
    // The next turn hears of a failure.
    id.catch(noop);
    return id;
  }

  get #next(): Sending {
    return { name: this.#name, words: this.#words.length, notes: this.#notes.length };
  }
}

function noop(): void {}

function sendingOf(value: unknown): Sending | null {
  const { name, words, notes } = fieldsOf(value);
  if (typeof name !== 'string' || typeof words !== 'number' || typeof notes !== 'number') return null;
  return { name, words, notes };
}

function isOf({ metadata }: Run, { name }: Sending): boolean {
  return metadata?.[SENDING] === name;
}
