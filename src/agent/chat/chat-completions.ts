// An agent behind any server that speaks OpenAI's chat/completions. The server remembers nothing, so the conversation is
// kept here, and of the agent's words only those that the caller heard: how much that is comes with their next words.
// A stream that ends cleanly without saying why it ended is believed if it brought words, for some servers never say.
import { APIError, type OpenAI } from 'openai';
import type {
  ChatCompletionFunctionTool,
  ChatCompletionMessageFunctionToolCall,
} from 'openai/resources/chat/completions';
import type { AgentMemory } from '../../call/call-record.ts';
import { fieldsOf, isRecord } from '../../call/json.ts';
import type { PhoneTool, PhoneTools } from '../../call/phone-tools.ts';
import type { AgentEvent, AgentMessage, Conversation, Opening } from '../../call/ports.ts';
import { type AgentKind, compatibleClient, problemWithModel } from '../agent-kind.ts';
import { asJson, recalled } from '../agent-memory.ts';
import { ChatAnswer } from './chat-answer.ts';
import { ChatDialect, type Dialect } from './chat-dialect.ts';
import {
  askedIn,
  bounded,
  type ChatMessage,
  chatMessageOf,
  cutOff,
  withNotesAsUser,
  withUserJoined,
} from './chat-history.ts';
import { lookUpModel } from './chat-look-up.ts';
import { type AgentFailed, failed, failedWith } from '../failures.ts';
import { exchangesAsJson, exchangesOf, HeardHistory } from '../heard-history.ts';
import { ReplyPipe } from '../reply-pipe.ts';

interface ChatCompletionsOptions {
  readonly client: OpenAI;
  readonly model: string;
  readonly instructions: string | null;
  readonly log: (line: string) => void;
}

const KIND = 'chat';
const PREFIX = 'chat:';
/** So often an agent may call tools before it has to say something. */
const MOST_ROUNDS = 5;
/** A body that comes whole; a reply is a few thousand characters. */
const LONGEST_BODY = 1_000_000;
/** These are about what was said, or might be, and would be refused with every later request. */
const REFUSES_WORDS: readonly unknown[] = [400, 413, 422];

export const chatCompletions: AgentKind = {
  kind: KIND,
  matches: (id) => id.startsWith(PREFIX),
  problem: (id, { agentBaseUrl }) =>
    problemWithModel(id) ??
    (agentBaseUrl === '' ? 'needs AGENT_BASE_URL: the server whose chat/completions has that model.' : null),
  open(id, options) {
    const { instructions, log } = options;
    const client = compatibleClient(options);
    const model = id.slice(PREFIX.length);
    const dialect = new ChatDialect(log);
    return {
      kind: KIND,
      lookUp: () => lookUpModel(client, model),
      open: (opening, memory) =>
        new ChatConversation({ client, model, instructions, log }, dialect, opening, memory),
    };
  },
};

interface Turn {
  readonly pipe: ReplyPipe;
  /** The reply so far: what was called and answered, and at last what was said. */
  readonly messages: ChatMessage[];
  /** All that was written to the caller. */
  written: string;
  /** It came to its end, and well. */
  isWhole: boolean;
}

class ChatConversation implements Conversation {
  readonly #options: ChatCompletionsOptions;
  readonly #dialect: ChatDialect;
  readonly #tools: PhoneTools;
  readonly #note: ChatMessage;
  readonly #history: HeardHistory<ChatMessage>;
  readonly #closing = new AbortController();
  #asking: Promise<void> = Promise.resolve();

  constructor(
    options: ChatCompletionsOptions,
    dialect: ChatDialect,
    { note, greeting, tools }: Opening,
    memory: AgentMemory | undefined,
  ) {
    this.#options = options;
    this.#dialect = dialect;
    this.#tools = tools;
    this.#note = { role: 'system', content: note };
    this.#history = new HeardHistory({
      opening: [],
      greeting: greeting === null ? [] : [{ role: 'assistant', content: greeting }],
      cutOff,
      before: exchangesOf(recalled(KIND, memory)?.history['exchanges'], chatMessageOf),
    });
  }

  greet(signal: AbortSignal): AsyncIterable<AgentEvent> {
    return this.#turn(signal);
  }

  reply(message: AgentMessage, signal: AbortSignal): AsyncIterable<AgentEvent> {
    this.#history.ask(askedIn(message), message.heardOfLast);
    return this.#turn(signal);
  }

  memory(): AgentMemory | null {
    if (this.#history.isUntouched) return null;
    const exchanges = exchangesAsJson(this.#history.exchanges, (messages) =>
      messages.flatMap((message) => asJson(message) ?? []),
    );
    return { kind: KIND, reference: null, history: { exchanges } };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#asking;
  }

  async *#turn(signal: AbortSignal): AsyncGenerator<AgentEvent, void> {
    const turn: Turn = { pipe: new ReplyPipe(), messages: [], written: '', isWhole: false };
    const reader = new AbortController();
    const stop = AbortSignal.any([signal, reader.signal, this.#closing.signal]);
    this.#asking = this.#asking.then(() => this.#ask(turn, stop));
    let told = '';
    let isReadToEnd = false;
    try {
      for await (const event of turn.pipe.read(signal)) {
        if (event.type === 'text') told += event.delta;
        yield event;
      }
      isReadToEnd = !signal.aborted;
    } finally {
      reader.abort();
      if (turn.isWhole && isReadToEnd) this.#history.answer(turn.messages);
      else this.#history.answerInPart(turn.messages, told);
    }
  }

  /** One request, and another for each time that the agent calls tools. Never rejects. */
  async #ask(turn: Turn, signal: AbortSignal): Promise<void> {
    try {
      for (let round = 0; !signal.aborted; round++) {
        const mayCall = round < MOST_ROUNDS;
        const { answer, text } = await this.#answer(turn, mayCall, signal);
        if (signal.aborted) return;
        if (mayCall && answer.calls.length > 0) {
          this.#obey(answer.calls, text, turn);
          continue;
        }
        const failure = failureOf(answer, text, turn);
        if (failure !== null) return turn.pipe.fail(failure);
        if (text !== '') turn.messages.push({ role: 'assistant', content: text });
        turn.isWhole = true;
        return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (turn.messages.length === 0 && REFUSES_WORDS.includes(statusOf(error))) this.#history.takeBack();
      turn.pipe.fail(failedWith(error));
    } finally {
      turn.pipe.end();
    }
  }

  /** One answer, come to its end, and what of it was written to the caller. Throws what the SDK throws. */
  async #answer(turn: Turn, mayCall: boolean, signal: AbortSignal) {
    const { data: stream, response } = await this.#request(turn.messages, mayCall, signal);
    const answer = new ChatAnswer();
    let text = '';
    const write = (delta: string): void => {
      if (delta === '') return;
      // Two answers in one reply are two paragraphs, or the last word of one would run into the first of the next.
      const gap = text === '' && /\S$/.test(turn.written) ? '\n' : '';
      text += delta;
      turn.written += gap + delta;
      turn.pipe.write(gap + delta);
    };
    // Some servers answer a request for a stream with the whole, which the SDK takes for a stream without events.
    for await (const chunk of isJson(response) ? [await wholeOf(response)] : stream) {
      if (answer.isOutOfBounds) break;
      write(answer.take(chunk));
    }
    write(answer.end());
    return { answer, text };
  }

  async #request(pending: readonly ChatMessage[], mayCall: boolean, signal: AbortSignal) {
    const past = bounded([...this.#history.items, ...pending]);
    const firstWord = past.findIndex(({ role }) => role !== 'system');
    const hasLateNotes = firstWord !== -1 && past.slice(firstWord).some(({ role }) => role === 'system');
    const send = async (dialect: Dialect) => {
      const sent = await this.#send(past, dialect, mayCall, signal);
      this.#dialect.taken(dialect, hasLateNotes);
      return sent;
    };
    try {
      return await send(this.#dialect.used);
    } catch (error) {
      for (const dialect of this.#dialect.instead(statusOf(error))) {
        const sent = await send(dialect).catch(() => null);
        if (sent !== null) return sent;
      }
      throw error;
    }
  }

  #send(past: readonly ChatMessage[], dialect: Dialect, mayCall: boolean, signal: AbortSignal) {
    const { client, model, instructions } = this.#options;
    const told = [this.#note, ...past];
    const messages = withUserJoined(dialect.notesAre === 'user' ? withNotesAsUser(told) : told);
    const tools = dialect.hasTools ? this.#tools.offered.map(asFunction) : [];
    return client.chat.completions
      .create(
        {
          model,
          messages:
            instructions === null ? messages : [{ role: 'system', content: instructions }, ...messages],
          ...(tools.length > 0 && { tools }),
          ...(tools.length > 0 && !mayCall && { tool_choice: 'none' as const }),
          stream: true,
        },
        // The turn itself asks once more, and no layer below it.
        { signal, maxRetries: 0 },
      )
      .withResponse();
  }

  /** Does what the agent orders, and answers its calls for the next request. */
  #obey(calls: ChatCompletionMessageFunctionToolCall[], text: string, turn: Turn): void {
    turn.messages.push({ role: 'assistant', content: text === '' ? null : text, tool_calls: calls });
    for (const { id, function: called } of calls) {
      const answer = this.#tools.call(called.name, called.arguments);
      if (answer === null) this.#options.log('chat: a tool was called that nobody here has');
      else if (answer.command !== null) turn.pipe.command(answer.command);
      const content = answer?.output ?? '{"error":"unknown tool"}';
      turn.messages.push({ role: 'tool', tool_call_id: id, content });
    }
  }
}

/** What is wrong with an answer that ended; null for nothing. */
function failureOf(answer: ChatAnswer, text: string, { written }: Turn): AgentFailed | null {
  if (answer.isOutOfBounds) return failed('malformed', 'out of bounds');
  if (text !== '') return null;
  if (answer.isLostInThought) return failed('malformed', 'reasoning without an end');
  if (answer.finish === null) return failed('unavailable', 'the stream ended early');
  if (written !== '') return null;
  if (answer.finish === 'content_filter') return failed('refused', 'content_filter');
  if (answer.finish === 'tool_calls' || answer.finish === 'function_call')
    return failed('refused', 'asks for a tool');
  return null;
}

function isJson({ headers }: Response): boolean {
  return /^application\/json\b/i.test(headers.get('content-type') ?? '');
}

/** A completion that came whole. Throws as the SDK does for one that came as a stream. */
async function wholeOf({ body, headers }: Response): Promise<unknown> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length > LONGEST_BODY) throw new SyntaxError('out of bounds');
  }
  const whole: unknown = JSON.parse(text);
  const { error } = fieldsOf(whole);
  if (isRecord(error)) throw new APIError(undefined, error, undefined, headers);
  return whole;
}

function statusOf(error: unknown): unknown {
  return error instanceof APIError ? error.status : undefined;
}

function asFunction({ name, description, parameters }: PhoneTool): ChatCompletionFunctionTool {
  return { type: 'function', function: { name, description, parameters: { ...parameters } } };
}
