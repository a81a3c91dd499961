// An agent over OpenAI's Responses API: a model with instructions of one's own, or a reusable prompt. Each request
// stands on the last response that was completed and has no call of a tool open. What a reply that failed or was cut off
// had been told is told again with the next request, so the agent hears it once and remembers nothing that it never got
// to say.
import type { OpenAI } from 'openai';
import type {
  FunctionTool,
  Response,
  ResponseCreateParamsStreaming,
  ResponseFunctionToolCall,
  ResponseInputItem,
  ResponseOutputItem,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
import type { PhoneTool, PhoneTools } from '../call/phone-tools.ts';
import type { Agent, AgentEvent, AgentMessage, Conversation, Opening } from '../call/ports.ts';
import { type AgentFailed, failed, failedWith, failedWithCode } from './failures.ts';
import { lookUp } from './look-up.ts';
import { ReplyPipe } from './reply-pipe.ts';
import { ReplyText } from './reply-text.ts';

export interface ResponsesOptions {
  readonly client: OpenAI;
  /** Who answers. */
  readonly source:
    | { readonly model: string; readonly instructions: string | null }
    | { readonly promptId: string };
}

export function responsesAgent({ client, source }: ResponsesOptions): Agent {
  const answerer =
    'promptId' in source
      ? { prompt: { id: source.promptId } }
      : { model: source.model, instructions: source.instructions };
  return {
    kind: 'promptId' in source ? 'prompt' : 'model',
    lookUp: async () =>
      'promptId' in source
        ? { is: 'unknown', why: 'cannot be asked for: OpenAI has no call for that' }
        : lookUp(`The model "${source.model}"`, () => client.models.retrieve(source.model)),
    open: (opening) => {
      // Tools in a request would replace those of a prompt; an author may declare ours there, by their names.
      const tools = 'promptId' in source ? [] : opening.tools.offered.map(asFunction);
      return new ResponsesConversation(client, { ...answerer, ...(tools.length > 0 && { tools }) }, opening);
    },
  };
}

interface Turn {
  readonly pipe: ReplyPipe;
  readonly text: ReplyText;
  readonly owedBefore: ResponseInputItem[];
  /** How often the agent was given the results of its calls in this turn. */
  rounds: number;
}

/** One request's own part. */
interface Step {
  /** The response that it stands on. */
  readonly from: string | null;
  readonly input: ResponseInputItem[];
}

/** So often an agent may call tools before it has to say something. */
const MOST_ROUNDS = 5;

const NEEDS_RESULT: ReadonlySet<ResponseOutputItem['type']> = new Set([
  'function_call',
  'custom_tool_call',
  'computer_call',
  'local_shell_call',
  'shell_call',
  'apply_patch_call',
  'mcp_approval_request',
]);

type Answerer = Pick<ResponseCreateParamsStreaming, 'model' | 'instructions' | 'prompt' | 'tools'>;

class ResponsesConversation implements Conversation {
  readonly #client: OpenAI;
  readonly #answerer: Answerer;
  readonly #tools: PhoneTools;
  readonly #closing = new AbortController();
  /** The last completed response without an open call; the conversation so far, as the vendor keeps it. */
  #chainedTo: string | null = null;
  /** What no completed response has taken in yet. */
  #owed: ResponseInputItem[];
  #asking: Promise<void> = Promise.resolve();

  // There is nothing to open: a conversation exists from its first response on.
  constructor(client: OpenAI, answerer: Answerer, { note, greeting, tools }: Opening) {
    this.#client = client;
    this.#answerer = answerer;
    this.#tools = tools;
    this.#owed = [{ role: 'developer', content: note }];
    if (greeting !== null) this.#owed.push({ role: 'assistant', content: greeting });
  }

  greet(signal: AbortSignal): AsyncIterable<AgentEvent> {
    return this.#turn([], signal);
  }

  reply({ text, notes }: AgentMessage, signal: AbortSignal): AsyncIterable<AgentEvent> {
    const items: ResponseInputItem[] = notes.map((note) => ({ role: 'developer', content: note }));
    if (text !== '') items.push({ role: 'user', content: text });
    return this.#turn(items, signal);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#asking;
  }

  async *#turn(items: ResponseInputItem[], signal: AbortSignal): AsyncGenerator<AgentEvent, void> {
    const turn: Turn = { pipe: new ReplyPipe(), text: new ReplyText(), owedBefore: this.#owed, rounds: 0 };
    this.#owed = [...this.#owed, ...items];
    const reader = new AbortController();
    const stop = AbortSignal.any([signal, reader.signal, this.#closing.signal]);
    this.#asking = this.#asking.then(() => this.#ask(turn, stop));
    try {
      yield* turn.pipe.read(signal);
    } finally {
      reader.abort();
    }
  }

  /** One request, and another for each time that the agent calls tools. Never rejects; no trace of it once aborted. */
  async #ask(turn: Turn, signal: AbortSignal): Promise<void> {
    try {
      let step: Step | null = { from: this.#chainedTo, input: this.#owed };
      while (step !== null && !signal.aborted) {
        const response: Response | null = await this.#request(step, turn, signal);
        if (response === null || signal.aborted) return;
        step = this.#answer(response, turn);
        if (step === null) this.#finish(response, turn);
      }
    } catch (error) {
      if (!signal.aborted) this.#fail(turn, failedWith(error));
    } finally {
      turn.pipe.end();
    }
  }

  /** The response, come to its end; null where it failed. */
  async #request({ from, input }: Step, turn: Turn, signal: AbortSignal): Promise<Response | null> {
    const mustSpeak = turn.rounds === MOST_ROUNDS && this.#answerer.tools !== undefined;
    const stream = await this.#client.responses.create(
      {
        ...this.#answerer,
        ...(mustSpeak ? { tool_choice: 'none' } : {}),
        input,
        ...(from === null ? {} : { previous_response_id: from }),
        store: true,
        stream: true,
        stream_options: { include_obfuscation: false },
      },
      { signal },
    );
    for await (const event of stream) {
      if (signal.aborted) return null;
      if (event.type === 'response.completed' || event.type === 'response.incomplete') return event.response;
      this.#hear(event, turn);
      if (turn.pipe.isOver) return null;
    }
    if (!signal.aborted) this.#fail(turn, failed('unavailable', 'the stream ended early'));
    return null;
  }

  #hear(event: ResponseStreamEvent, turn: Turn): void {
    const { pipe, text } = turn;
    switch (event.type) {
      case 'response.output_item.added':
        if (event.item.type === 'message') text.begin(event.item);
        return;
      case 'response.output_text.delta':
      case 'response.refusal.delta':
        pipe.write(text.delta(event, event.delta));
        return;
      case 'response.output_text.done':
        pipe.write(text.wholePart(event, event.text));
        return;
      case 'response.refusal.done':
        pipe.write(text.wholePart(event, event.refusal));
        return;
      case 'response.output_item.done':
        if (event.item.type === 'message') pipe.write(text.wholeItem(event.item));
        return;
      case 'response.failed':
        this.#fail(turn, failedWithCode(event.response.error?.code));
        return;
      case 'error':
        this.#fail(turn, failedWithCode(event.code));
        return;
      default:
        return;
    }
  }

  /** Obeys the calls of a response; null where there are none, or not all of them are ours to answer. */
  #answer({ id, status, output }: Response, turn: Turn): Step | null {
    const open = output.filter(({ type }) => NEEDS_RESULT.has(type));
    if (status !== 'completed' || open.length === 0 || turn.rounds === MOST_ROUNDS) return null;
    const answers = open.map((item) => (item.type === 'function_call' ? this.#resultOf(item) : null));
    if (!answers.every((answer) => answer !== null)) return null;
    for (const message of output)
      if (message.type === 'message') turn.pipe.write(turn.text.wholeItem(message));
    for (const { command } of answers) if (command !== null) turn.pipe.command(command);
    turn.rounds++;
    return { from: id, input: answers.map(({ result }) => result) };
  }

  #resultOf({ call_id, name, arguments: args }: ResponseFunctionToolCall) {
    const answer = this.#tools.call(name, args);
    if (answer === null) return null;
    const { command, output } = answer;
    return { command, result: { type: 'function_call_output', call_id, output } as const };
  }

  #finish(response: Response, turn: Turn): void {
    const messages = response.output.filter((item) => item.type === 'message');
    for (const message of messages) turn.pipe.write(turn.text.wholeItem(message));
    // What waits for a tool's result that nobody here has cannot be built upon (a prompt may name tools). Nor is what
    // was cut short. Either is kept as what the agent said instead.
    const asksForTool = response.output.some(({ type }) => NEEDS_RESULT.has(type));
    if (response.status === 'completed' && !asksForTool) {
      this.#chainedTo = response.id;
      this.#owed = [];
    } else if (turn.text.spoken === '') {
      const reason = asksForTool ? 'asks for a tool' : (response.incomplete_details?.reason ?? 'incomplete');
      this.#fail(turn, failed('refused', reason));
    } else {
      this.#owed.push({ role: 'assistant', content: turn.text.spoken });
    }
  }

  #fail(turn: Turn, event: AgentFailed): void {
    // What was refused would be refused again with every later request; but a result is sent once only.
    if (event.failure === 'refused' && turn.rounds === 0) this.#owed = turn.owedBefore;
    turn.pipe.fail(event);
  }
}

function asFunction({ name, description, parameters }: PhoneTool): FunctionTool {
  return { type: 'function', name, description, parameters, strict: true };
}
