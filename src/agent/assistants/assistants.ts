// An assistant of the Assistants API: one thread a call, one run a reply. OpenAI shut its own API down, so this is for
// servers that still have it. A run is created together with the words that it answers, so the thread has the words if and
// only if it has the run. A run outlives the connection that reports it, and the thread takes no message until it is over.
import type { OpenAI } from 'openai';
import { z } from 'zod';
import type { AssistantTool } from 'openai/resources/beta/assistants';
import type {
  RequiredActionFunctionToolCall,
  Run,
  RunCreateParamsStreaming,
} from 'openai/resources/beta/threads/runs/runs';
import type { AgentMemory } from '../../call/call-record.ts';
import { textsOf } from '../../call/json.ts';
import type { AgentEvent, AgentMessage, Clock, Conversation, Opening } from '../../call/ports.ts';
import { pause, unlessAborted, within, withDeadline } from '../../call/waiting.ts';
import { type AgentKind, openaiClient, PUBLISH_INSTEAD } from '../agent-kind.ts';
import { idOf, itemsOf, newest, recalled } from '../agent-memory.ts';
import { type AgentFailed, failed, failedWith, statusOf } from '../failures.ts';
import { lookUp } from '../look-up.ts';
import { ReplyPipe } from '../reply-pipe.ts';
import { ReplyText } from '../reply-text.ts';
import { plainName, SavedTools } from '../saved-tools.ts';
import { MOST_ROUNDS, Turns, UNKNOWN_TOOL } from '../turns.ts';
import { failureOf, isActive, type RunEvents, settledRun } from './run-events.ts';
import { warmUp } from '../warm-up.ts';

const KIND = 'assistants';
const OPENAI = /^https:\/\/([a-z]+\.)?api\.openai\.com(\/|$)/;
const SENDING = 'patchcord_message';
const POLL_MS = 100;
const CANCEL_MS = 5000;
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
      lookUp: () => lookUp(`The assistant "${id}"`, () => tools.read().then(() => undefined)),
      warm: warmUp(options.openaiBaseUrl, options),
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
const sendingSchema = z.object({ name: z.string(), words: z.number(), notes: z.number() });
type Sending = z.infer<typeof sendingSchema>;

interface Begun {
  readonly threadId: string;
  readonly sending: Sending;
  readonly events: RunEvents;
}

interface Turn {
  readonly pipe: ReplyPipe;
  readonly text: ReplyText;
  rounds: number;
  /** The run was seen to end, so the thread takes the next message. */
  isOver: boolean;
}

class AssistantConversation implements Conversation {
  readonly #parts: AssistantParts;
  readonly #threads: OpenAI['beta']['threads'];
  readonly #turns: Turns;
  /** Aborts when the time to cancel what runs is over. */
  readonly #closed = new AbortController();
  readonly #words: string[];
  /** A thread keeps no notes: they hold for one run, and go with the next until a run has answered them. */
  readonly #notes: string[];
  #tools: Promise<AssistantTool[] | null>;
  #thread: Promise<string>;
  #threadId: string | null;
  /** Names the next request before it is sent, so that another process can look for its run. */
  #name: string = crypto.randomUUID();
  /** Not null while the thread may have an active run; it may have one of these requests. */
  #unsettled: readonly Sending[] | null = null;

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
      this.#unsettled = itemsOf(sendingSchema, before?.reference['sent']);
    }
    // What cannot be settled now is settled before the next message.
    this.#turns = new Turns(() => this.#settle().then(noop, noop));
  }

  greet(signal: AbortSignal): AsyncIterable<AgentEvent> {
    const turn: Turn = { pipe: new ReplyPipe(), text: new ReplyText(), rounds: 0, isOver: false };
    return this.#turns.reply(turn.pipe, signal, (stop) => this.#answer(turn, stop));
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

  async #answer(turn: Turn, stop: AbortSignal): Promise<AgentFailed | null> {
    await this.#settle();
    const begun = await this.#begin(stop, await this.#tools);
    if (begun === null) return null;
    const reading = this.#read(begun, turn, stop).catch(failedWith);
    const failure = await unlessAborted(reading, stop);
    begun.events.controller.abort();
    const isAnswered = turn.text.spoken !== '' || turn.rounds > 0 || (turn.isOver && failure === null);
    if (isAnswered) this.#notes.splice(0, begun.sending.notes);
    if (turn.isOver) return failure;
    // The caller need not wait until the run is cancelled.
    if (failure !== null) turn.pipe.fail(failure);
    this.#unsettled = [];
    await this.#settle();
    return null;
  }

  async #begin(stop: AbortSignal, tools: AssistantTool[] | null, mayRepeat = true): Promise<Begun | null> {
    const threadId = await this.#open();
    if (stop.aborted) return null;
    const sending = this.#next;
    try {
      // The SDK would repeat the request blindly, and the server may have taken it.
      const options = { maxRetries: 0, signal: this.#closed.signal };
      const events = await this.#threads.runs.create(threadId, this.#params(sending, tools), options);
      this.#take(sending);
      return { threadId, sending, events };
    } catch (error) {
      this.#unsettled = [sending];
      const found = await this.#settle().catch(() => null);
      if (mayRepeat && (found === 'freed' || found === 'lost')) return this.#begin(stop, tools, false);
      if (mayRepeat && found === 'free' && tools !== null && statusOf(error) === 400) {
        const begun = await this.#begin(stop, null, false);
        if (begun === null) return null;
        this.#tools = Promise.resolve(null);
        this.#parts.tools.refused();
        return begun;
      }
      // The server would refuse the same words with every later message.
      if (found === 'free' && failedWith(error).failure === 'refused')
        this.#notes.splice(0, this.#take(sending).notes);
      throw error;
    }
  }

  /** Notes extend the instructions of the run; the field `instructions` would replace the assistant's own. */
  #params({ name }: Sending, tools: AssistantTool[] | null): RunCreateParamsStreaming {
    const words = this.#words.map((content) => ({ role: 'user', content }) as const);
    return {
      assistant_id: this.#parts.id,
      additional_instructions: [this.#parts.opening.note, ...this.#notes].join('\n'),
      ...(words.length > 0 && { additional_messages: words }),
      ...(tools !== null && { tools }),
      metadata: { [SENDING]: name },
      stream: true,
    };
  }

  async #read({ threadId, events }: Begun, turn: Turn, stop: AbortSignal): Promise<AgentFailed | null> {
    for (let next = events; ;) {
      const run = await settledRun(next, turn);
      if (run === null) return failed('unavailable', 'the stream ended early');
      if (run.status !== 'requires_action') {
        turn.isOver = true;
        return failureOf(run, turn.text);
      }
      if (turn.rounds === MOST_ROUNDS) return failed('refused', 'too many tool calls');
      const calls = run.required_action?.submit_tool_outputs.tool_calls ?? [];
      const tool_outputs = calls.map((call) => ({
        tool_call_id: call.id,
        output: this.#outputOf(call, turn),
      }));
      turn.rounds++;
      const params = { thread_id: threadId, tool_outputs, stream: true } as const;
      next = await this.#threads.runs.submitToolOutputs(run.id, params, { signal: stop });
    }
  }

  #outputOf(
    { function: { name, arguments: given } }: RequiredActionFunctionToolCall,
    { pipe }: Turn,
  ): string {
    const { opening, log } = this.#parts;
    const answer = opening.tools.call(name, given);
    if (answer === null) log(`assistants: the relay has no such tool: ${plainName(name)}`);
    else if (answer.command !== null) pipe.command(answer.command);
    return answer?.output ?? UNKNOWN_TOOL;
  }

  /**
   * Looks whether the thread has one of the unsettled requests, and cancels a run that is still active. `lost`: there is
   * another thread now. Rejects as the SDK does.
   */
  async #settle(): Promise<'free' | 'freed' | 'lost'> {
    const sendings = this.#unsettled;
    if (sendings === null) return 'free';
    const threadId = await this.#open();
    const signal = this.#closed.signal;
    const listed = await this.#threads.runs
      .list(threadId, { limit: 1 }, { signal })
      .catch((error: unknown) => {
        if (statusOf(error) !== 404) throw error;
        return null;
      });
    if (listed === null) {
      // The agent forgets the call, but the caller is answered.
      this.#thread = this.#create();
      this.#unsettled = null;
      return 'lost';
    }
    const [run] = listed.data;
    const taken = sendings.findLast(({ name }) => run?.metadata?.[SENDING] === name);
    if (taken !== undefined) this.#take(taken);
    this.#unsettled = [];
    const isFree = run === undefined || !isActive(run);
    if (!isFree) await this.#cancel(threadId, run);
    this.#unsettled = null;
    return isFree ? 'free' : 'freed';
  }

  async #cancel(threadId: string, { id }: Run): Promise<void> {
    const { clock } = this.#parts;
    const { runs } = this.#threads;
    const thread = { thread_id: threadId };
    await withDeadline(clock, CANCEL_MS, this.#closed.signal, async (signal) => {
      // The server refuses if the run has just ended by itself, or is already being cancelled.
      await runs.cancel(id, thread, { signal }).catch(noop);
      while (isActive(await runs.retrieve(id, thread, { signal }))) await pause(clock, POLL_MS, signal);
    });
  }

  #take(sending: Sending): Sending {
    this.#words.splice(0, sending.words);
    this.#name = crypto.randomUUID();
    return sending;
  }

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
