// An agent over OpenAI's Responses API: a model with the user's instructions (`model:…`), or a reusable prompt (`pmpt_…`).
// Each request continues the last completed response that has no open tool call. When a reply fails or is cut off, the next
// request repeats its input: the agent receives it once, and remembers nothing that it never got to say.
import { APIError, type OpenAI } from 'openai';
import type {
  Response,
  ResponseCreateParamsStreaming,
  ResponseFunctionToolCall,
  ResponseInputItem,
  ResponseOutputItem,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
import type { AgentMemory } from '../../call/call-record.ts';
import type { Agent, AgentEvent, AgentMessage, Conversation, Opening } from '../../call/ports.ts';
import { listOf } from '../../call/json.ts';
import { type AgentKind, type AgentOptions, openaiClient, problemWithModel } from '../agent-kind.ts';
import { idOf, newest, recalled } from '../agent-memory.ts';
import { type AgentFailed, failed, failedWithCode } from '../failures.ts';
import { lookUp } from '../look-up.ts';
import { ReplyPipe } from '../reply-pipe.ts';
import { ReplyText } from '../reply-text.ts';
import { MOST_ROUNDS, Turns } from '../turns.ts';
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
  /** The part that every request has in common. */
  readonly request: Answerer;
  readonly opening: Opening;
  readonly memory: AgentMemory | undefined;
}

interface Turn {
  readonly pipe: ReplyPipe;
  readonly text: ReplyText;
  readonly owedBefore: readonly Said[];
  /** How often the agent received the results of its calls in this turn. */
  rounds: number;
}

interface Step {
  /** The response that the request continues. */
  readonly from: string | null;
  readonly input: ResponseInputItem[];
}

class ResponsesConversation implements Conversation {
  readonly #parts: ResponsesParts;
  readonly #opening: readonly Said[];
  readonly #turns = new Turns();
  /** The last completed response without an open call; it names the conversation as the vendor keeps it. */
  #chainedTo: string | null;
  /** What no completed response includes yet, besides the opening. */
  #owed: readonly Said[];

  // Nothing is created here: the conversation exists from its first response on.
  constructor(parts: ResponsesParts) {
    const { note, greeting } = parts.opening;
    this.#parts = parts;
    this.#opening = [
      { role: 'developer', content: note },
      ...(greeting === null ? [] : [{ role: 'assistant', content: greeting } as const]),
    ];
    const before = recalled(parts.kind, parts.memory);
    this.#chainedTo = idOf(before?.reference['response']);
    this.#owed = listOf(before?.history['owed']).flatMap((one) => saidOf(one) ?? []);
  }

  greet(signal: AbortSignal): AsyncIterable<AgentEvent> {
    return this.#reply([], signal);
  }

  reply({ text, notes }: AgentMessage, signal: AbortSignal): AsyncIterable<AgentEvent> {
    const items: Said[] = notes.map((note) => ({ role: 'developer', content: note }));
    if (text !== '') items.push({ role: 'user', content: text });
    return this.#reply(items, signal);
  }

  /** No request continues a response that was cut off, so the next process need not know of it. */
  memory(): AgentMemory | null {
    if (this.#chainedTo === null && this.#owed.length === 0) return null;
    return {
      kind: this.#parts.kind,
      reference: this.#chainedTo === null ? null : { response: this.#chainedTo },
      history: { owed: newest(this.#owed.map(({ role, content }) => ({ role, content }))) },
    };
  }

  close(): Promise<void> {
    return this.#turns.close();
  }

  #reply(items: readonly Said[], signal: AbortSignal): AsyncIterable<AgentEvent> {
    const turn: Turn = { pipe: new ReplyPipe(), text: new ReplyText(), owedBefore: this.#owed, rounds: 0 };
    this.#owed = [...this.#owed, ...items];
    return this.#turns.reply(
      turn.pipe,
      signal,
      (stop) => this.#ask(turn, stop),
      ({ failure }) => {
        // The API would refuse the same items with every later request; but a result is sent only once.
        if (failure === 'refused' && turn.rounds === 0) this.#owed = turn.owedBefore;
      },
    );
  }

  /** One request, and another each time the agent calls tools. Rejects as the SDK does. */
  async #ask(turn: Turn, stop: AbortSignal): Promise<AgentFailed | null> {
    let step = this.#firstStep();
    for (;;) {
      const response = await this.#request(step, turn, stop);
      if (response === null || 'failure' in response) return response;
      const next = this.#answer(response, turn);
      if (next === null) return this.#finish(response, turn);
      step = next;
    }
  }

  #firstStep(): Step {
    const from = this.#chainedTo;
    return { from, input: from === null ? [...this.#opening, ...this.#owed] : [...this.#owed] };
  }

  /** The finished response, or what went wrong; null once nobody reads it. */
  async #request(step: Step, turn: Turn, stop: AbortSignal): Promise<Response | AgentFailed | null> {
    const stream = await this.#stream(step, turn, stop).catch((error: unknown) => {
      if (turn.rounds > 0 || step.from === null || !isForgotten(error)) throw error;
      // The agent forgets the call, but the caller is answered.
      this.#chainedTo = null;
      return this.#stream(this.#firstStep(), turn, stop);
    });
    for await (const event of stream) {
      if (stop.aborted) return null;
      if (event.type === 'response.completed' || event.type === 'response.incomplete') return event.response;
      if (event.type === 'response.failed') return failedWithCode(event.response.error?.code);
      if (event.type === 'error') return failedWithCode(event.code);
      hear(event, turn);
    }
    return failed('unavailable', 'the stream ended early');
  }

  #stream({ from, input }: Step, turn: Turn, stop: AbortSignal) {
    const { client, request } = this.#parts;
    const mustSpeak = turn.rounds === MOST_ROUNDS && request.tools !== undefined;
    return client.responses.create(
      {
        ...request,
        ...(mustSpeak ? { tool_choice: 'none' } : {}),
        input,
        ...(from === null ? {} : { previous_response_id: from }),
        store: true,
        stream: true,
        stream_options: { include_obfuscation: false },
      },
      // The call asks again itself (T5); no layer below does.
      { signal: stop, maxRetries: 0 },
    );
  }

  /** Answers the calls of a response; null if it has none, or one that is not ours to answer. */
  #answer({ id, status, output }: Response, turn: Turn): Step | null {
    const open = output.filter(needsResult);
    if (status !== 'completed' || open.length === 0 || turn.rounds === MOST_ROUNDS) return null;
    const answers = open.map((item) => (item.type === 'function_call' ? this.#resultOf(item) : null));
    if (!answers.every((answer) => answer !== null)) return null;
    writeMessages(output, turn);
    for (const { command } of answers) if (command !== null) turn.pipe.command(command);
    turn.rounds++;
    return { from: id, input: answers.map(({ result }) => result) };
  }

  #resultOf({ call_id, name, arguments: args }: ResponseFunctionToolCall) {
    const answer = this.#parts.opening.tools.call(name, args);
    if (answer === null) return null;
    const { command, output } = answer;
    return { command, result: { type: 'function_call_output', call_id, output } as const };
  }

  #finish(response: Response, turn: Turn): AgentFailed | null {
    writeMessages(response.output, turn);
    // No request can continue a response that was cut short, or one that waits for a tool of the prompt's own. What the
    // agent said in it is owed instead.
    const asksForTool = response.output.some(needsResult);
    if (response.status === 'completed' && !asksForTool) {
      this.#chainedTo = response.id;
      this.#owed = [];
      return null;
    }
    if (turn.text.spoken === '') {
      const reason = asksForTool ? 'asks for a tool' : (response.incomplete_details?.reason ?? 'incomplete');
      return failed('refused', reason);
    }
    this.#owed = [...this.#owed, { role: 'assistant', content: turn.text.spoken }];
    return null;
  }
}

function hear(event: ResponseStreamEvent, { pipe, text }: Turn): void {
  switch (event.type) {
    case 'response.output_item.added':
      if (event.item.type === 'message') text.begin(event.item);
      return;
    case 'response.output_text.delta':
    case 'response.refusal.delta':
      return pipe.write(text.delta(event, event.delta));
    case 'response.output_text.done':
      return pipe.write(text.wholePart(event, event.text));
    case 'response.refusal.done':
      return pipe.write(text.wholePart(event, event.refusal));
    case 'response.output_item.done':
      return writeMessages([event.item], { pipe, text });
    default:
      return;
  }
}

function writeMessages(
  output: readonly ResponseOutputItem[],
  { pipe, text }: Pick<Turn, 'pipe' | 'text'>,
): void {
  for (const item of output) if (item.type === 'message') pipe.write(text.wholeItem(item));
}

/** The vendor no longer keeps the response that the request continues. */
function isForgotten(error: unknown): boolean {
  return error instanceof APIError && error.code === 'previous_response_not_found';
}
