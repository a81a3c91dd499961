// An agent behind any server that speaks OpenAI's chat/completions. The server remembers nothing, so the conversation is
// kept here, with only those words of the agent that the caller heard: how many, the caller's next message tells. A stream
// that ends cleanly without a finish reason counts if it brought words, because some servers never send one.
import type { OpenAI } from 'openai';
import { APIError } from 'openai/error';
import type {
  ChatCompletionFunctionTool,
  ChatCompletionMessageFunctionToolCall,
} from 'openai/resources/chat/completions';
import type { CallFacts } from '../../call/call.ts';
import type { AgentMemory } from '../../call/call-record.ts';
import { fieldsOf, isRecord } from '../../call/json.ts';
import type { PhoneTool } from '../../call/phone-tools.ts';
import type { AgentEvent, AgentMessage, Conversation, Opening } from '../../call/ports.ts';
import { headersFor } from '../agent-headers.ts';
import { type AgentKind, compatibleClient, problemWithModel } from '../agent-kind.ts';
import { recalled } from '../agent-memory.ts';
import { ChatAnswer } from './chat-answer.ts';
import { ChatDialect, type Dialect } from './chat-dialect.ts';
import {
  askedIn,
  bounded,
  type ChatMessage,
  chatMessageSchema,
  cutOff,
  withNotesAsUser,
  withUserJoined,
} from './chat-history.ts';
import { lookUpModel } from './chat-look-up.ts';
import { type AgentFailed, failed, statusOf } from '../failures.ts';
import { exchangesAsJson, exchangesOf, HeardHistory } from '../heard-history.ts';
import { ReplyPipe } from '../reply-pipe.ts';
import { MOST_ROUNDS, Turns, UNKNOWN_TOOL } from '../turns.ts';
import { warmUp } from '../warm-up.ts';

interface ChatParts {
  readonly client: OpenAI;
  readonly headers: (call: CallFacts) => Record<string, string>;
  readonly model: string;
  readonly instructions: string | null;
  readonly dialect: ChatDialect;
  readonly opening: Opening;
  readonly log: (line: string) => void;
}

const KIND = 'chat';
const PREFIX = 'chat:';
/** In characters, of a body that comes whole; a reply has a few thousand. */
const LONGEST_BODY = 1_000_000;
/** Statuses that may be about the words themselves, so the server would refuse them with every later request. */
const REFUSES_WORDS: readonly unknown[] = [400, 413, 422];

export const chatCompletions: AgentKind = {
  matches: (id) => id.startsWith(PREFIX),
  problem: (id, { agentBaseUrl }) =>
    problemWithModel(id) ??
    (agentBaseUrl === '' ? 'needs AGENT_BASE_URL: the server whose chat/completions has that model.' : null),
  open(id, options) {
    const { instructions, log } = options;
    const client = compatibleClient(options);
    const model = id.slice(PREFIX.length);
    const dialect = new ChatDialect(log);
    const headers = (call: CallFacts) => headersFor(options.agentHeaders, call);
    return {
      kind: KIND,
      isAskedAhead: true,
      lookUp: () => lookUpModel(client, model),
      warm: warmUp(options.agentBaseUrl, options),
      open: (opening, memory) =>
        new ChatConversation({ client, headers, model, instructions, dialect, opening, log }, memory),
    };
  },
};

interface Turn {
  readonly pipe: ReplyPipe;
  readonly messages: ChatMessage[];
  written: string;
  isWhole: boolean;
}

class ChatConversation implements Conversation {
  readonly #parts: ChatParts;
  readonly #history: HeardHistory<ChatMessage>;
  readonly #turns = new Turns();

  constructor(parts: ChatParts, memory: AgentMemory | undefined) {
    const { greeting } = parts.opening;
    this.#parts = parts;
    this.#history = new HeardHistory({
      opening: [],
      greeting: greeting === null ? [] : [{ role: 'assistant', content: greeting }],
      cutOff,
      before: exchangesOf(chatMessageSchema, recalled(KIND, memory)?.history['exchanges']),
    });
  }

  greet(signal: AbortSignal): AsyncIterable<AgentEvent> {
    return this.#reply(signal);
  }

  reply(message: AgentMessage, signal: AbortSignal): AsyncIterable<AgentEvent> {
    this.#history.ask(askedIn(message), message.heardOfLast);
    return this.#reply(signal);
  }

  memory(): AgentMemory | null {
    if (this.#history.isUntouched) return null;
    return {
      kind: KIND,
      reference: null,
      history: { exchanges: exchangesAsJson(this.#history.exchanges) },
    };
  }

  close(): Promise<void> {
    return this.#turns.close();
  }

  async *#reply(signal: AbortSignal): AsyncGenerator<AgentEvent, void> {
    const turn: Turn = { pipe: new ReplyPipe(), messages: [], written: '', isWhole: false };
    let told = '';
    let isReadToEnd = false;
    try {
      for await (const event of this.#turns.reply(turn.pipe, signal, (stop) => this.#ask(turn, stop))) {
        if (event.type === 'text') told += event.delta;
        yield event;
      }
      isReadToEnd = !signal.aborted;
    } finally {
      if (turn.isWhole && isReadToEnd) this.#history.answer(turn.messages);
      else this.#history.answerInPart(turn.messages, told);
    }
  }

  async #ask(turn: Turn, stop: AbortSignal): Promise<AgentFailed | null> {
    for (let round = 0; !stop.aborted; round++) {
      const mayCall = round < MOST_ROUNDS;
      const { answer, text } = await this.#answer(turn, mayCall, stop).catch((error: unknown) => {
        const isRefused = turn.messages.length === 0 && REFUSES_WORDS.includes(statusOf(error));
        if (isRefused && !stop.aborted) this.#history.takeBack();
        throw error;
      });
      if (stop.aborted) break;
      if (!mayCall || answer.calls.length === 0) {
        const failure = failureOf(answer, text, turn);
        if (failure === null && text !== '') turn.messages.push({ role: 'assistant', content: text });
        turn.isWhole = failure === null;
        return failure;
      }
      this.#obey(answer.calls, text, turn);
    }
    return null;
  }

  async #answer(turn: Turn, mayCall: boolean, stop: AbortSignal) {
    const { data: stream, response } = await this.#request(turn.messages, mayCall, stop);
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
    // Some servers answer a request for a stream with one JSON body, in which the SDK sees a stream without events.
    for await (const chunk of isJson(response) ? [await wholeOf(response)] : stream) {
      if (answer.isOutOfBounds) break;
      write(answer.take(chunk));
    }
    write(answer.end());
    turn.pipe.count(answer.usage, answer.model);
    return { answer, text };
  }

  async #request(pending: readonly ChatMessage[], mayCall: boolean, signal: AbortSignal) {
    const accepted = this.#parts.dialect;
    const past = bounded([...this.#history.items, ...pending]);
    const firstWord = past.findIndex(({ role }) => role !== 'system');
    const hasLateNotes = firstWord !== -1 && past.slice(firstWord).some(({ role }) => role === 'system');
    const send = async (dialect: Dialect) => {
      const sent = await this.#send(past, dialect, mayCall, signal);
      accepted.taken(dialect, hasLateNotes);
      return sent;
    };
    try {
      return await send(accepted.used);
    } catch (error) {
      for (const dialect of accepted.instead(statusOf(error))) {
        const sent = await send(dialect).catch(() => null);
        if (sent !== null) return sent;
      }
      throw error;
    }
  }

  #send(past: readonly ChatMessage[], dialect: Dialect, mayCall: boolean, signal: AbortSignal) {
    const { client, headers, model, instructions, opening } = this.#parts;
    const told: ChatMessage[] = [{ role: 'system', content: opening.note }, ...past];
    const messages = withUserJoined(dialect.notesAre === 'user' ? withNotesAsUser(told) : told);
    const tools = dialect.hasTools ? opening.tools.offered.map(asFunction) : [];
    return client.chat.completions
      .create(
        {
          model,
          messages:
            instructions === null ? messages : [{ role: 'system', content: instructions }, ...messages],
          ...(tools.length > 0 && { tools }),
          ...(tools.length > 0 && !mayCall && { tool_choice: 'none' as const }),
          stream: true,
          ...(dialect.hasUsage && { stream_options: { include_usage: true } }),
        },
        // The call asks again itself (T5); no layer below does.
        { signal, maxRetries: 0, headers: headers(opening.call) },
      )
      .withResponse();
  }

  #obey(calls: ChatCompletionMessageFunctionToolCall[], text: string, turn: Turn): void {
    const { opening, log } = this.#parts;
    turn.messages.push({ role: 'assistant', content: text === '' ? null : text, tool_calls: calls });
    for (const { id, function: called } of calls) {
      const answer = opening.tools.call(called.name, called.arguments);
      if (answer === null) log('chat: a tool was called that nobody here has');
      else if (answer.command !== null) turn.pipe.command(answer.command);
      const content = answer?.output ?? UNKNOWN_TOOL;
      turn.messages.push({ role: 'tool', tool_call_id: id, content });
    }
  }
}

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

/** A completion that came whole. Rejects as the SDK does for a stream. */
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

function asFunction({ name, description, parameters }: PhoneTool): ChatCompletionFunctionTool {
  return { type: 'function', function: { name, description, parameters: { ...parameters } } };
}
