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
/** The API takes no more with one run. */
const MOST_TOOLS = 128;
const CLOSE_MS = 4000;
/** Statuses after which the thread may have the run, be busy with another, or be gone. */
const IN_DOUBT: readonly unknown[] = [undefined, 400, 404, 408, 409];

export const assistants: AgentKind = {
  kind: KIND,
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
      nameOf: (tool) => (tool.type === 'function' ? tool.function.name : null),
      asTool: ({ name, description, parameters }) => ({
        type: 'function',
        function: { name, description, parameters: { ...parameters }, strict: true },
      }),
      problem: ({ length }) => (length > MOST_TOOLS ? 'the list would be too long' : null),
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

interface Begun {
  readonly threadId: string;
  readonly run: RunEvents | Run;
  readonly sending: Sending;
}

/** The run of a request that was taken, or how the thread was found without it. */
type Found = Run | 'free' | 'busy' | 'lost';

class AssistantConversation implements Conversation {
  readonly #parts: AssistantParts;
  readonly #threads: OpenAI['beta']['threads'];
  readonly #turns: Turns;
  /** Aborts once the time to cancel what runs is over. */
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
  #unsettled: readonly Sending[] | null;

  /** Creates the thread at once, or continues one that another process had. */
  constructor(parts: AssistantParts, memory: AgentMemory | undefined) {
    const before = recalled(KIND, memory);
    const { opening, tools, client } = parts;
    this.#parts = parts;
    this.#threads = client.beta.threads;
    this.#words = textsOf(before?.history['words']);
    this.#notes = textsOf(before?.history['notes']);
    this.#tools = tools.with(opening.tools.offered);
    this.#threadId = idOf(before?.reference['thread']);
    const sent = listOf(before?.reference['sent']).flatMap((one) => sendingOf(one) ?? []);
    this.#unsettled = this.#threadId === null ? null : sent;
    this.#thread = this.#threadId === null ? this.#create() : Promise.resolve(this.#threadId);
    // What cannot be settled now is settled before the next message.
    this.#turns = new Turns(() => this.#makeFree().catch(() => {}));
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
    const begun = await this.#begin(stop);
    if (begun === null || 'failure' in begun) return begun;
    const { threadId, sending } = begun;
    const run = this.#runOn(threadId, sending, pipe, stop);
    await run.follow(begun.run);
    if (run.hasAnswered) this.#notes.splice(0, sending.notes);
    return null;
  }

  /** Creates a run with all that is owed; null if nobody waits for it any more. Rejects as the SDK does. */
  async #begin(stop: AbortSignal): Promise<Begun | AgentFailed | null> {
    await this.#makeFree();
    let threadId = await this.#open();
    let tools = await this.#tools;
    for (let attempt = 1; !stop.aborted; attempt++) {
      const sending = this.#next;
      try {
        const params = this.#params(sending, tools);
        // The SDK would repeat the request blindly, and the server may have taken it.
        const options = { maxRetries: 0, signal: this.#closed.signal };
        const run = await this.#threads.runs.create(threadId, params, options);
        this.#take(sending);
        if (tools === null && (await this.#tools) !== null) {
          this.#tools = Promise.resolve(null);
          this.#parts.tools.refused();
        }
        return { threadId, run, sending };
      } catch (error) {
        const failure = failedWith(error);
        const found = await this.#find(sending, error);
        if (found === null) return failure;
        if (typeof found === 'object') return { threadId, run: found, sending };
        const isRefused = statusOf(error) === 400 && found === 'free';
        const mayPass = found !== 'free' || isRefused || failure.failure === 'unavailable';
        if (attempt > 1 || !mayPass) return this.#giveUp(sending, found, failure);
        if (isRefused) tools = null;
        threadId = await this.#open();
      }
    }
    return null;
  }

  /** What the failed request left on the thread; null if nobody can tell now. Never rejects. */
  async #find(sending: Sending, error: unknown): Promise<Found | null> {
    const status = statusOf(error);
    if (!IN_DOUBT.includes(status) && (status ?? 0) < 500) return 'free';
    this.#unsettled = [sending];
    return this.#settle().catch(() => null);
  }

  #giveUp({ words, notes }: Sending, found: Found, failure: AgentFailed): AgentFailed {
    if (typeof found === 'string' && found !== 'free') return failed('unavailable', `thread ${found}`);
    if (failure.failure === 'refused') {
      // The server would refuse them with every later message.
      this.#words.splice(0, words);
      this.#notes.splice(0, notes);
    }
    return failure;
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

  /** Settles what is unsettled and stops a run that is still active. Rejects as the SDK does. */
  async #makeFree(): Promise<void> {
    const found = await this.#settle();
    if (typeof found === 'object' && isActive(found)) await this.#stopRun(await this.#open(), found);
  }

  /** Looks whether a request was taken after all, and stops a run that none of them created. Rejects as the SDK does. */
  async #settle(): Promise<Found> {
    const sendings = this.#unsettled;
    if (sendings === null) return 'free';
    const threadId = await this.#open();
    let latest: Run | undefined;
    try {
      const options = { signal: this.#closed.signal };
      [latest] = (await this.#threads.runs.list(threadId, { limit: 1 }, options)).data;
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
      // The agent forgets the call, but the caller is answered.
      this.#unsettled = null;
      this.#thread = this.#create();
      return 'lost';
    }
    this.#unsettled = null;
    if (latest === undefined) return 'free';
    const run = latest;
    const taken = sendings.findLast((sending) => isOf(run, sending));
    if (taken !== undefined) {
      this.#take(taken);
      return run;
    }
    if (!isActive(run)) return 'free';
    await this.#stopRun(threadId, run);
    return 'busy';
  }

  #take({ words }: Sending): void {
    this.#words.splice(0, words);
    this.#name = crypto.randomUUID();
  }

  /** Never rejects. */
  #stopRun(threadId: string, run: Run): Promise<void> {
    return this.#runOn(threadId, null, new ReplyPipe(), AbortSignal.abort()).follow(run);
  }

  #runOn(threadId: string, sending: Sending | null, pipe: ReplyPipe, stop: AbortSignal): AssistantRun {
    const { client, opening, clock, log } = this.#parts;
    const isIt = (run: Run): boolean => sending !== null && isOf(run, sending);
    const closed = this.#closed.signal;
    return new AssistantRun({ client, threadId, isIt, pipe, tools: opening.tools, stop, closed, clock, log });
  }

  /** Tries again if the thread could not be created. Rejects as the SDK does. */
  #open(): Promise<string> {
    return this.#thread.catch(() => (this.#thread = this.#create()));
  }

  #create(): Promise<string> {
    const { call, greeting } = this.#parts.opening;
    const greeted =
      greeting === null ? {} : { messages: [{ role: 'assistant', content: greeting } as const] };
    this.#threadId = null;
    const options = { signal: this.#closed.signal };
    const created = this.#threads.create({ ...greeted, metadata: { call_id: call.id } }, options);
    const id = created.then((thread) => (this.#threadId = thread.id));
    // The next turn hears of a failure.
    id.catch(() => {});
    return id;
  }

  get #next(): Sending {
    return { name: this.#name, words: this.#words.length, notes: this.#notes.length };
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
