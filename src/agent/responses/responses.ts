// A model with the user's instructions, over OpenAI's Responses API. Each request continues the last completed response that
// has no open tool call. When a reply fails or is cut off, the next request repeats its input: the agent receives it once, and
// remembers nothing that it never got to say.
import { APIError, type OpenAI } from 'openai';
import { z } from 'zod';
import type {
  FunctionTool,
  Response,
  ResponseCreateParamsStreaming,
  ResponseFunctionToolCall,
  ResponseInputItem,
  ResponseOutputItem,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
import type { AgentMemory } from '../../call/call-record.ts';
import type { AgentEvent, AgentMessage, Conversation, Opening } from '../../call/ports.ts';
import { textOrNull } from '../../call/json.ts';
import type { PhoneTool } from '../../call/phone-tools.ts';
import { textUsageIn } from '../../call/usage.ts';
import { type AgentKind, openaiClient, problemWithModel } from '../agent-kind.ts';
import { idOf, itemsOf, newest, recalled } from '../agent-memory.ts';
import { type AgentFailed, failed, failedWithCode } from '../failures.ts';
import { lookUp } from '../look-up.ts';
import { ReplyPipe } from '../reply-pipe.ts';
import { ReplyText } from '../reply-text.ts';
import { MOST_ROUNDS, Turns, UNKNOWN_TOOL } from '../turns.ts';

const KIND = 'model';
const PREFIX = 'model:';

export const responses: AgentKind = {
  matches: (id) => id.startsWith(PREFIX),
  problem: problemWithModel,
  open(id, options) {
    const client = openaiClient(options);
    const model = id.slice(PREFIX.length);
    return {
      kind: KIND,
      lookUp: () => lookUp(`The model "${model}"`, async () => (await client.models.retrieve(model)).id),
      open(opening, memory) {
        const tools = opening.tools.offered.map(asFunction);
        const request = { model, instructions: options.instructions, ...(tools.length > 0 && { tools }) };
        return new ResponsesConversation({ client, request, opening }, memory);
      },
    };
  },
};

const saidSchema = z.object({ role: z.enum(['developer', 'user', 'assistant']), content: z.string() });
type Said = z.infer<typeof saidSchema>;

interface ResponsesParts {
  readonly client: OpenAI;
  readonly request: Pick<ResponseCreateParamsStreaming, 'model' | 'instructions' | 'tools'>;
  readonly opening: Opening;
}

interface Turn {
  readonly pipe: ReplyPipe;
  readonly text: ReplyText;
  readonly owedBefore: readonly Said[];
  rounds: number;
}

interface Step {
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
  constructor(parts: ResponsesParts, memory: AgentMemory | undefined) {
    const { note, greeting } = parts.opening;
    this.#parts = parts;
    this.#opening = [
      { role: 'developer', content: note },
      ...(greeting === null ? [] : [{ role: 'assistant', content: greeting } as const]),
    ];
    const before = recalled(KIND, memory);
    this.#chainedTo = idOf(before?.reference['response']);
    this.#owed = itemsOf(saidSchema, before?.history['owed']);
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
      kind: KIND,
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

  async #request(step: Step, turn: Turn, stop: AbortSignal): Promise<Response | AgentFailed | null> {
    const stream = await this.#stream(step, turn, stop).catch((error: unknown) => {
      if (turn.rounds > 0 || step.from === null || !isForgotten(error)) throw error;
      // The agent forgets the call, but the caller is answered.
      this.#chainedTo = null;
      return this.#stream(this.#firstStep(), turn, stop);
    });
    for await (const event of stream) {
      if (stop.aborted) return null;
      if (event.type === 'response.completed' || event.type === 'response.incomplete') {
        turn.pipe.count(textUsageIn(event.response.usage), textOrNull(event.response.model));
        return event.response;
      }
      if (event.type === 'response.failed') return failedWithCode(event.response.error?.code);
      if (event.type === 'error') return failedWithCode(event.code);
      hear(event, turn);
    }
    return failed('unavailable', 'the stream ended early');
  }

  #stream({ from, input }: Step, turn: Turn, stop: AbortSignal) {
    const { client, request } = this.#parts;
    return client.responses.create(
      {
        ...request,
        ...(turn.rounds === MOST_ROUNDS && { tool_choice: 'none' }),
        input,
        ...(from !== null && { previous_response_id: from }),
        store: true,
        stream: true,
        stream_options: { include_obfuscation: false },
      },
      // The call asks again itself (T5); no layer below does.
      { signal: stop, maxRetries: 0 },
    );
  }

  /** Answers the calls of a response; null if it has none, or the agent may call no more. */
  #answer({ id, status, output }: Response, turn: Turn): Step | null {
    const calls = output.filter((item) => item.type === 'function_call');
    if (status !== 'completed' || calls.length === 0 || turn.rounds === MOST_ROUNDS) return null;
    writeMessages(output, turn);
    turn.rounds++;
    return { from: id, input: calls.map((call) => this.#resultOf(call, turn)) };
  }

  #resultOf({ call_id, name, arguments: args }: ResponseFunctionToolCall, turn: Turn): ResponseInputItem {
    const answer = this.#parts.opening.tools.call(name, args);
    if (answer !== null && answer.command !== null) turn.pipe.command(answer.command);
    return { type: 'function_call_output', call_id, output: answer?.output ?? UNKNOWN_TOOL };
  }

  #finish({ id, status, output, incomplete_details }: Response, turn: Turn): AgentFailed | null {
    writeMessages(output, turn);
    // No request can continue a response that was cut short, or one whose call has no result. What the agent said in it is
    // owed instead.
    const asksForTool = output.some(({ type }) => type === 'function_call');
    if (status === 'completed' && !asksForTool) {
      this.#chainedTo = id;
      this.#owed = [];
      return null;
    }
    if (turn.text.spoken === '')
      return failed(
        'refused',
        asksForTool ? 'asks for a tool' : (incomplete_details?.reason ?? 'incomplete'),
      );
    this.#owed = [...this.#owed, { role: 'assistant', content: turn.text.spoken }];
    return null;
  }
}

function asFunction({ name, description, parameters }: PhoneTool): FunctionTool {
  return { type: 'function', name, description, parameters, strict: true };
}

function hear(event: ResponseStreamEvent, { pipe, text }: Turn): void {
  switch (event.type) {
    case 'response.output_item.added':
      if (event.item.type === 'message') text.begin(event.item);
      return;
    case 'response.output_text.delta':
    case 'response.refusal.delta':
      return pipe.write(text.delta(event, event.delta));
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

function isForgotten(error: unknown): boolean {
  return error instanceof APIError && error.code === 'previous_response_not_found';
}
