// An agent over OpenAI's Responses API: a model with instructions of one's own, or a reusable prompt. Each request
// stands on the last response that was completed and has no call of a tool open. What a reply that failed or was cut off
// had been told is told again with the next request, so the agent hears it once and remembers nothing that it never got
// to say.
import { APIError, type OpenAI } from 'openai';
import type {
  Response,
  ResponseCreateParamsStreaming,
  ResponseFunctionToolCall,
  ResponseInputItem,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
import type { AgentMemory } from '../../call/call-record.ts';
import type { PhoneTools } from '../../call/phone-tools.ts';
import type { Agent, AgentEvent, AgentMessage, Conversation, Opening } from '../../call/ports.ts';
import { listOf } from '../../call/json.ts';
import { type AgentKind, type AgentOptions, openaiClient, problemWithModel } from '../agent-kind.ts';
import { idOf, newest, recalled } from '../agent-memory.ts';
import { type AgentFailed, failed, failedWith, failedWithCode } from '../failures.ts';
import { lookUp } from '../look-up.ts';
import { ReplyPipe } from '../reply-pipe.ts';
import { ReplyText } from '../reply-text.ts';
import { asFunction, needsResult, type Said, saidOf } from './responses-items.ts';

const PROMPT = 'pmpt_';
const MODEL = 'model:';

export const responses: AgentKind = {
  kind: 'responses',
  matches: (id) => id.startsWith(PROMPT) || id.startsWith(MODEL),
  problem: (id) => (id.startsWith(MODEL) ? problemWithModel(id) : null),
  warning: (id) =>
    id.startsWith(PROMPT)
      ? `OpenAI ends reusable prompts on 2026-11-30, and ${id} with them. Publish the agent with the Agents API, or use "model:" and the name of a model with instructions of your own.`
      : null,
  open: (id, options) => (id.startsWith(PROMPT) ? promptAgent(id, options) : modelAgent(id, options)),
};

function promptAgent(id: string, options: AgentOptions): Agent {
  const client = openaiClient(options);
  return {
    kind: 'prompt',
    lookUp: async () => ({ is: 'unknown', why: 'cannot be asked for: OpenAI has no call for that' }),
    // Tools in a request would replace those of the prompt; its author may declare the phone tools there, by their names.
    open: (opening, memory) =>
      new ResponsesConversation({ client, kind: 'prompt', request: { prompt: { id } }, opening, memory }),
  };
}

function modelAgent(id: string, options: AgentOptions): Agent {
  const client = openaiClient(options);
  const { instructions } = options;
  const model = id.slice(MODEL.length);
  return {
    kind: 'model',
    lookUp: () => lookUp(`The model "${model}"`, () => client.models.retrieve(model)),
    open: (opening, memory) => {
      const tools = opening.tools.offered.map(asFunction);
      const request = { model, instructions, ...(tools.length > 0 && { tools }) };
      return new ResponsesConversation({ client, kind: 'model', request, opening, memory });
    },
  };
}

type Answerer = Pick<ResponseCreateParamsStreaming, 'model' | 'instructions' | 'prompt' | 'tools'>;

interface ResponsesParts {
  readonly client: OpenAI;
  readonly kind: string;
  /** What is the same in every request. */
  readonly request: Answerer;
  readonly opening: Opening;
  readonly memory: AgentMemory | undefined;
}

interface Turn {
  readonly pipe: ReplyPipe;
  readonly text: ReplyText;
  readonly owedBefore: readonly Said[];
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

class ResponsesConversation implements Conversation {
  readonly #client: OpenAI;
  readonly #kind: string;
  readonly #answerer: Answerer;
  readonly #tools: PhoneTools;
  readonly #closing = new AbortController();
  readonly #opening: readonly Said[];
  /** The last completed response without an open call; the conversation so far, as the vendor keeps it. */
  #chainedTo: string | null = null;
  /** What no completed response has taken in yet, besides the opening. */
  #owed: readonly Said[];
  #asking: Promise<void> = Promise.resolve();

  // There is nothing to open: a conversation exists from its first response on.
  constructor({ client, kind, request, opening: { note, greeting, tools }, memory }: ResponsesParts) {
    this.#client = client;
    this.#kind = kind;
    this.#answerer = request;
    this.#tools = tools;
    this.#opening = [
      { role: 'developer', content: note },
      ...(greeting === null ? [] : [{ role: 'assistant', content: greeting } as const]),
    ];
    const before = recalled(kind, memory);
    this.#chainedTo = idOf(before?.reference['response']);
    this.#owed = listOf(before?.history['owed']).flatMap((one) => saidOf(one) ?? []);
  }

  greet(signal: AbortSignal): AsyncIterable<AgentEvent> {
    return this.#turn([], signal);
  }

  reply({ text, notes }: AgentMessage, signal: AbortSignal): AsyncIterable<AgentEvent> {
    const items: Said[] = notes.map((note) => ({ role: 'developer', content: note }));
    if (text !== '') items.push({ role: 'user', content: text });
    return this.#turn(items, signal);
  }

  /** A response that was cut off is not stood on, so nobody needs to ask what became of it. */
  memory(): AgentMemory | null {
    if (this.#chainedTo === null && this.#owed.length === 0) return null;
    return {
      kind: this.#kind,
      reference: this.#chainedTo === null ? null : { response: this.#chainedTo },
      history: { owed: newest(this.#owed.map(({ role, content }) => ({ role, content }))) },
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#asking;
  }

  async *#turn(items: Said[], signal: AbortSignal): AsyncGenerator<AgentEvent, void> {
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
      let step: Step | null = this.#firstStep();
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

  #firstStep(): Step {
    const from = this.#chainedTo;
    return { from, input: from === null ? [...this.#opening, ...this.#owed] : [...this.#owed] };
  }

  /** The response, come to its end; null where it failed. */
  async #request(step: Step, turn: Turn, signal: AbortSignal): Promise<Response | null> {
    const stream = await this.#stream(step, turn, signal).catch((error: unknown) => {
      if (turn.rounds > 0 || step.from === null || !isForgotten(error)) throw error;
      // The agent has forgotten the call with it, but a caller who is answered beats one who is not.
      this.#chainedTo = null;
      return this.#stream(this.#firstStep(), turn, signal);
    });
    for await (const event of stream) {
      if (signal.aborted) return null;
      if (event.type === 'response.completed' || event.type === 'response.incomplete') return event.response;
      this.#hear(event, turn);
      if (turn.pipe.isOver) return null;
    }
    if (!signal.aborted) this.#fail(turn, failed('unavailable', 'the stream ended early'));
    return null;
  }

  #stream({ from, input }: Step, turn: Turn, signal: AbortSignal) {
    const mustSpeak = turn.rounds === MOST_ROUNDS && this.#answerer.tools !== undefined;
    return this.#client.responses.create(
      {
        ...this.#answerer,
        ...(mustSpeak ? { tool_choice: 'none' } : {}),
        input,
        ...(from === null ? {} : { previous_response_id: from }),
        store: true,
        stream: true,
        stream_options: { include_obfuscation: false },
      },
      // The turn itself asks once more, and no layer below it.
      { signal, maxRetries: 0 },
    );
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
    const open = output.filter(needsResult);
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
    const asksForTool = response.output.some(needsResult);
    if (response.status === 'completed' && !asksForTool) {
      this.#chainedTo = response.id;
      this.#owed = [];
    } else if (turn.text.spoken === '') {
      const reason = asksForTool ? 'asks for a tool' : (response.incomplete_details?.reason ?? 'incomplete');
      this.#fail(turn, failed('refused', reason));
    } else {
      this.#owed = [...this.#owed, { role: 'assistant', content: turn.text.spoken }];
    }
  }

  #fail(turn: Turn, event: AgentFailed): void {
    // What was refused would be refused again with every later request; but a result is sent once only.
    if (event.failure === 'refused' && turn.rounds === 0) this.#owed = turn.owedBefore;
    turn.pipe.fail(event);
  }
}

/** The response that a request would stand on is not kept any more. */
function isForgotten(error: unknown): boolean {
  return error instanceof APIError && error.code === 'previous_response_not_found';
}
