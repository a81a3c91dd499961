// An agent over OpenAI's Responses API: a model with instructions of one's own, or a reusable prompt. Each request
// stands on the last response that was completed. What a reply that failed or was cut off had been told is told again
// with the next request, so the agent hears it once and remembers nothing that it never got to say.
import type { OpenAI } from 'openai';
import type {
  Response,
  ResponseCreateParamsStreaming,
  ResponseInputItem,
  ResponseOutputItem,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
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
    open: (opening) => new ResponsesConversation(client, answerer, opening),
  };
}

interface Turn {
  readonly pipe: ReplyPipe;
  readonly text: ReplyText;
  readonly owedBefore: ResponseInputItem[];
}

const NEEDS_RESULT: ReadonlySet<ResponseOutputItem['type']> = new Set([
  'function_call',
  'custom_tool_call',
  'computer_call',
  'local_shell_call',
  'shell_call',
  'apply_patch_call',
  'mcp_approval_request',
]);

type Answerer = Pick<ResponseCreateParamsStreaming, 'model' | 'instructions' | 'prompt'>;

class ResponsesConversation implements Conversation {
  readonly #client: OpenAI;
  readonly #answerer: Answerer;
  readonly #closing = new AbortController();
  /** The last completed response; the conversation so far, as the vendor keeps it. */
  #chainedTo: string | null = null;
  /** What no completed response has taken in yet. */
  #owed: ResponseInputItem[];
  #request: Promise<void> = Promise.resolve();

  // There is nothing to open: a conversation exists from its first response on.
  constructor(client: OpenAI, answerer: Answerer, { note, greeting }: Opening) {
    this.#client = client;
    this.#answerer = answerer;
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
    await this.#request;
  }

  async *#turn(items: ResponseInputItem[], signal: AbortSignal): AsyncGenerator<AgentEvent, void> {
    const turn: Turn = { pipe: new ReplyPipe(), text: new ReplyText(), owedBefore: this.#owed };
    this.#owed = [...this.#owed, ...items];
    const reader = new AbortController();
    const stop = AbortSignal.any([signal, reader.signal, this.#closing.signal]);
    this.#request = this.#request.then(() => this.#ask(turn, stop));
    try {
      yield* turn.pipe.read(signal);
    } finally {
      reader.abort();
    }
  }

  /** One request, to its end. Never rejects, and leaves no trace once `signal` has aborted. */
  async #ask(turn: Turn, signal: AbortSignal): Promise<void> {
    try {
      if (signal.aborted) return;
      const stream = await this.#client.responses.create(
        {
          ...this.#answerer,
          input: this.#owed,
          ...(this.#chainedTo === null ? {} : { previous_response_id: this.#chainedTo }),
          store: true,
          stream: true,
          stream_options: { include_obfuscation: false },
        },
        { signal },
      );
      for await (const event of stream) {
        if (signal.aborted) return;
        this.#hear(event, turn);
        if (turn.pipe.isOver) return;
      }
      if (!signal.aborted) this.#fail(turn, failed('unavailable', 'the stream ended early'));
    } catch (error) {
      if (!signal.aborted) this.#fail(turn, failedWith(error));
    } finally {
      turn.pipe.end();
    }
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
      case 'response.completed':
      case 'response.incomplete':
        this.#finish(event.response, turn);
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

  #finish(response: Response, turn: Turn): void {
    const messages = response.output.filter((item) => item.type === 'message');
    for (const message of messages) turn.pipe.write(turn.text.wholeItem(message));
    // What waits for a tool's result cannot be built upon, for nobody here has one (a prompt may name tools). Nor is
    // what was cut short. Either is kept as what the agent said instead.
    const asksForTool = response.output.some(({ type }) => NEEDS_RESULT.has(type));
    if (response.status === 'completed' && !asksForTool) {
      this.#chainedTo = response.id;
      this.#owed = [];
      turn.pipe.end();
    } else if (turn.text.spoken === '') {
      const reason = asksForTool ? 'asks for a tool' : (response.incomplete_details?.reason ?? 'incomplete');
      this.#fail(turn, failed('refused', reason));
    } else {
      this.#owed.push({ role: 'assistant', content: turn.text.spoken });
      turn.pipe.end();
    }
  }

  #fail(turn: Turn, event: AgentFailed): void {
    // What was refused would be refused again with every later request.
    if (event.failure === 'refused') this.#owed = turn.owedBefore;
    turn.pipe.fail(event);
  }
}
