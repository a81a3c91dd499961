// One call over a Responses API. Each request continues the last completed response that has no open tool call. When a reply
// fails or is cut off, the next request repeats its input: the agent receives it once, and remembers nothing that it never
// got to say. If the server has lost that response, a request holds the whole call, with what the caller heard of each reply.
import { z } from 'zod';
import type {
  Response,
  ResponseFunctionToolCall,
  ResponseInputItem,
  ResponseOutputItem,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
import { textOrNull } from '../../call/json.ts';
import type { AgentMemory } from '../../call/call-record.ts';
import type { AgentEvent, AgentMessage, Conversation, Opening } from '../../call/ports.ts';
import { LONGEST_REPLY } from '../../call/reply-limit.ts';
import { textUsageIn } from '../../call/usage.ts';
import { cutText } from '../../call/text.ts';
import { idOf, itemsOf, newest, recalled } from '../agent-memory.ts';
import { type AgentFailed, failed, failedWithCode } from '../failures.ts';
import { exchangesAsJson, exchangesOf, HeardHistory } from '../heard-history.ts';
import { ReplyPipe } from '../reply-pipe.ts';
import { ReplyText } from '../reply-text.ts';
import { MOST_ROUNDS, Turns, UNKNOWN_TOOL } from '../turns.ts';

const saidSchema = z.object({ role: z.enum(['developer', 'user', 'assistant']), content: z.string() });
const itemSchema = z.union([
  saidSchema,
  z.object({
    type: z.literal('function_call'),
    call_id: z.string(),
    name: z.string(),
    arguments: z.string(),
  }),
  z.object({ type: z.literal('function_call_output'), call_id: z.string(), output: z.string() }),
]);
type Said = z.infer<typeof saidSchema>;
type Item = z.infer<typeof itemSchema>;

/** One request, without what is the same for all of a server's. */
export interface Step {
  /** null: it continues no response, and `input` is the whole call. */
  readonly from: string | null;
  readonly input: ResponseInputItem[];
  readonly mayCall: boolean;
  /** Whether the server is to keep the response, so that the next request can continue it. */
  readonly stores: boolean;
  /** What the agent's host gave its sandbox as a name; null if it gave none. */
  readonly session: string | null;
}

export interface ResponsesServer {
  readonly kind: string;
  /** The events of one request, from when the server has accepted it. Rejects as the SDK does, or with an `AgentError`. */
  readonly send: (
    step: Step,
    opening: Opening,
    stop: AbortSignal,
  ) => Promise<AsyncIterable<ResponseStreamEvent>>;
  /** Whether a refusal means that the server does not have the response that the request continues. */
  readonly isForgotten: (error: unknown) => boolean;
  /** A server that has lost one response keeps none. */
  readonly forgetsForGood: boolean;
  /** The name of the sandbox in which the agent ran. */
  readonly sessionIn?: (response: Response) => string | null;
}

interface Turn {
  readonly pipe: ReplyPipe;
  readonly text: ReplyText;
  readonly owedBefore: readonly Said[];
  /** Calls, results and words of this turn, as the whole call holds them. */
  readonly items: Item[];
  rounds: number;
  isWhole: boolean;
}

export class ResponsesConversation implements Conversation {
  readonly #server: ResponsesServer;
  readonly #opening: Opening;
  readonly #turns = new Turns();
  readonly #history: HeardHistory<Item>;
  /** The last completed response without an open call; it names the conversation as the vendor keeps it. */
  #chainedTo: string | null;
  #session: string | null;
  #keepsResponses = true;
  /** What no completed response includes yet, besides the opening. */
  #owed: readonly Said[];
  /** Both, as the last reply began with them; null if the server refused its words. */
  #before: { readonly chainedTo: string | null; readonly owed: readonly Said[] } | null = null;

  // Nothing is created here: the conversation exists from its first response on.
  constructor(server: ResponsesServer, opening: Opening, memory: AgentMemory | undefined) {
    const { note, greeting } = opening;
    const before = recalled(server.kind, memory);
    this.#server = server;
    this.#opening = opening;
    this.#chainedTo = idOf(before?.reference['response']);
    this.#session = idOf(before?.reference['session']);
    this.#owed = itemsOf(saidSchema, before?.history['owed']);
    this.#history = new HeardHistory<Item>({
      opening: [{ role: 'developer', content: note }],
      greeting: greeting === null ? [] : [{ role: 'assistant', content: greeting }],
      cutOff: (_, heard) => (heard === '' ? [] : [{ role: 'assistant', content: heard }]),
      before: exchangesOf(itemSchema, before?.history['exchanges']),
    });
  }

  greet(signal: AbortSignal): AsyncIterable<AgentEvent> {
    return this.#reply([], null, signal);
  }

  reply({ text, notes, heardOfLast }: AgentMessage, signal: AbortSignal): AsyncIterable<AgentEvent> {
    // The server keeps a reply of which nothing was heard, but no request continues it.
    if (heardOfLast === '' && this.#before !== null) {
      this.#chainedTo = this.#before.chainedTo;
      this.#owed = this.#before.owed;
    }
    const items: Said[] = notes.map((note) => ({ role: 'developer', content: note }));
    if (text !== '') items.push({ role: 'user', content: text });
    return this.#reply(items, heardOfLast, signal);
  }

  /** No request continues a response that was cut off, so the next process need not know of it. */
  memory(): AgentMemory | null {
    if (this.#chainedTo === null && this.#history.isUntouched) return null;
    return {
      kind: this.#server.kind,
      reference: this.#chainedTo === null ? null : { response: this.#chainedTo, session: this.#session },
      history: {
        owed: newest(this.#owed.map(({ role, content }) => ({ role, content }))),
        exchanges: exchangesAsJson(this.#history.exchanges),
      },
    };
  }

  close(): Promise<void> {
    return this.#turns.close();
  }

  #reply(items: readonly Said[], heardOfLast: string | null, signal: AbortSignal): AsyncIterable<AgentEvent> {
    const turn: Turn = {
      pipe: new ReplyPipe(),
      text: new ReplyText(),
      owedBefore: this.#owed,
      items: [],
      rounds: 0,
      isWhole: false,
    };
    this.#owed = [...this.#owed, ...items];
    this.#before = { chainedTo: this.#chainedTo, owed: this.#owed };
    this.#history.ask(items, heardOfLast);
    return this.#read(turn, signal);
  }

  async *#read(turn: Turn, signal: AbortSignal): AsyncGenerator<AgentEvent, void> {
    let told = '';
    let isReadToEnd = false;
    try {
      for await (const event of this.#turns.reply(
        turn.pipe,
        signal,
        (stop) => this.#ask(turn, stop),
        ({ failure }) => this.#dropRefused(failure === 'refused', turn),
      )) {
        if (event.type === 'text') told += event.delta;
        yield event;
      }
      isReadToEnd = !signal.aborted;
    } finally {
      if (turn.isWhole && isReadToEnd) this.#history.answer(turn.items);
      else this.#history.answerInPart(turn.items, told);
    }
  }

  /** The API would refuse the same items with every later request; but a result is sent only once. */
  #dropRefused(isRefused: boolean, turn: Turn): void {
    if (!isRefused || turn.rounds > 0) return;
    this.#owed = turn.owedBefore;
    this.#before = null;
    this.#history.takeBack();
  }

  async #ask(turn: Turn, stop: AbortSignal): Promise<AgentFailed | null> {
    let next: Pick<Step, 'from' | 'input'> = this.#firstStep(turn);
    for (;;) {
      const response = await this.#request(next, turn, stop);
      if (response === null || 'failure' in response) return response;
      const answers = this.#answer(response, turn);
      if (answers === null) return this.#finish(response, turn);
      next = this.#keepsResponses ? { from: response.id, input: answers } : this.#firstStep(turn);
    }
  }

  #firstStep(turn: Turn): Pick<Step, 'from' | 'input'> {
    const from = this.#chainedTo;
    return from === null
      ? { from, input: [...this.#history.items, ...turn.items] }
      : { from, input: [...this.#owed] };
  }

  async #request(
    { from, input }: Pick<Step, 'from' | 'input'>,
    turn: Turn,
    stop: AbortSignal,
  ): Promise<Response | AgentFailed | null> {
    const send = (step: Pick<Step, 'from' | 'input'>) =>
      this.#server.send(
        {
          ...step,
          mayCall: turn.rounds < MOST_ROUNDS,
          stores: this.#keepsResponses,
          session: this.#session,
        },
        this.#opening,
        stop,
      );
    const stream = await send({ from, input }).catch((error: unknown) => {
      if (from === null || stop.aborted || !this.#server.isForgotten(error)) throw error;
      this.#chainedTo = null;
      this.#keepsResponses &&= !this.#server.forgetsForGood;
      return send(this.#firstStep(turn));
    });
    for await (const event of stream) {
      if (stop.aborted) return null;
      if (event.type === 'response.created')
        this.#session = this.#server.sessionIn?.(event.response) ?? this.#session;
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

  /** Answers the calls of a response; null if it has none, or the agent may call no more. */
  #answer({ status, output }: Response, turn: Turn): ResponseInputItem[] | null {
    const calls = output.filter((item) => item.type === 'function_call');
    if (status !== 'completed' || calls.length === 0 || turn.rounds === MOST_ROUNDS) return null;
    writeMessages(output, turn);
    turn.rounds++;
    const answers = calls.map((call) => this.#resultOf(call, turn));
    turn.items.push(...itemsIn(output), ...answers);
    return answers;
  }

  #resultOf({ call_id, name, arguments: args }: ResponseFunctionToolCall, turn: Turn) {
    const answer = this.#opening.tools.call(name, args);
    if (answer !== null && answer.command !== null) turn.pipe.command(answer.command);
    return { type: 'function_call_output' as const, call_id, output: answer?.output ?? UNKNOWN_TOOL };
  }

  #finish({ id, status, output, incomplete_details }: Response, turn: Turn): AgentFailed | null {
    writeMessages(output, turn);
    // No request can continue a response that was cut short, or one whose call has no result. What the agent said in it is
    // owed instead.
    const asksForTool = output.some(({ type }) => type === 'function_call');
    const isComplete = status === 'completed' && !asksForTool;
    if (!isComplete && turn.text.spoken === '')
      return failed(
        'refused',
        asksForTool ? 'asks for a tool' : (incomplete_details?.reason ?? 'incomplete'),
      );
    turn.items.push(...itemsIn(output.filter(({ type }) => type === 'message')));
    turn.isWhole = true;
    if (isComplete) this.#chainedTo = this.#keepsResponses ? id : null;
    this.#owed = isComplete ? [] : [...this.#owed, { role: 'assistant', content: turn.text.spoken }];
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

/** What the whole call keeps of an output: words for the caller, and calls. */
function itemsIn(output: readonly ResponseOutputItem[]): Item[] {
  return output.flatMap((item): Item[] => {
    if (item.type === 'function_call') {
      const { type, call_id, name, arguments: args } = item;
      return [{ type, call_id, name, arguments: args }];
    }
    if (item.type !== 'message' || item.phase === 'commentary') return [];
    const content = item.content.map((part) => (part.type === 'refusal' ? part.refusal : part.text)).join('');
    return content === '' ? [] : [{ role: 'assistant', content: cutText(content, LONGEST_REPLY) }];
  });
}
