// The user's own workflow behind a ChatKit server, such as one exported from Agent Builder: one thread a call. The
// protocol cannot cancel a message, so the relay reads an abandoned reply on until the server shows that it has the
// message, and only then hangs up; a message that it does not have goes with the next. A server that writes on after that
// (chatkit-nodejs does) keeps a reply that nobody heard, and the relay cannot help it.
import type { AgentMemory } from '../../call/call-record.ts';
import { aborted, within, withDeadline } from '../../call/waiting.ts';
import type { PhoneTools } from '../../call/phone-tools.ts';
import type { AgentEvent, AgentMessage, Clock, Conversation, Opening } from '../../call/ports.ts';
import { headersFor, NO_CALL } from '../agent-headers.ts';
import { type AgentKind, problemWithAddress } from '../agent-kind.ts';
import { asJson, idOf, messagesAsJson, messagesOf, recalled } from '../agent-memory.ts';
import { ChatKitEndpoint, type StreamedEvent } from './chatkit-http.ts';
import { type Asked, askedOf, answersTo, spokenQuestions } from './chatkit-questions.ts';
import { takenSince } from './chatkit-words.ts';
import { ChatKitText } from './chatkit-text.ts';
import { type AgentFailed, failed, failedWithHint } from '../failures.ts';
import { ReplyPipe } from '../reply-pipe.ts';
import { MOST_ROUNDS, Turns } from '../turns.ts';
import { plainName } from '../saved-tools.ts';
import { warmUp } from '../warm-up.ts';

const KIND = 'chatkit';
/** How long the relay asks a server which messages it has, before it sends all of them again. */
const ASKED_WITHIN_MS = 2000;
/** A server that does not show by then that it has a message receives it again: rather twice than never. */
const TAKEN_WITHIN_MS = 2000;

export const chatKit: AgentKind = {
  matches: (id) => /^https?:\/\//i.test(id),
  problem: problemWithAddress,
  open(url, options) {
    const { clock, log, agentHeaders: headers } = options;
    const endpoint = new ChatKitEndpoint(url, options);
    return {
      kind: KIND,
      lookUp: () => endpoint.lookUp(headersFor(headers, NO_CALL)),
      warm: warmUp(url, options),
      open: (opening, memory) => new ChatKitConversation({ endpoint, headers, clock, log }, opening, memory),
    };
  },
};

interface ChatKitParts {
  readonly endpoint: ChatKitEndpoint;
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

interface Reply {
  readonly pipe: ReplyPipe;
  readonly text: ChatKitText;
  toolResult: object | null;
  hasCommand: boolean;
}

class ChatKitConversation implements Conversation {
  readonly #parts: ChatKitParts;
  readonly #tools: PhoneTools;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #opening: AgentMessage;
  readonly #turns: Turns;
  #threadId: string | null;
  /** The last message that the thread is known to have. */
  #lastHeard: string | null;
  #owed: AgentMessage[];
  /** The form that the caller's next words fill in. */
  #asked: Asked | null;

  // Nothing is created here: the first message creates the thread. The note says what the greeting was.
  constructor(parts: ChatKitParts, { call, note, tools }: Opening, memory: AgentMemory | undefined) {
    this.#parts = parts;
    this.#tools = tools;
    this.#headers = {
      'x-call-id': headerOf(call.id),
      'x-call-from': headerOf(call.from),
      'x-call-to': headerOf(call.to),
      ...headersFor(parts.headers, call),
    };
    this.#opening = { text: '', notes: [note], heardOfLast: null };
    const before = recalled(KIND, memory);
    const owed = messagesOf(before?.history['owed']);
    this.#threadId = idOf(before?.reference['thread']);
    this.#lastHeard = idOf(before?.reference['heard']);
    this.#asked = askedOf(before?.history['asked']);
    this.#owed = this.#threadId === null ? [this.#opening, ...owed] : owed;
    this.#turns = new Turns((closing) => this.#findTaken(closing));
  }

  /** The protocol has no way to let the agent speak first, so the note that opens the call is a message. */
  greet(signal: AbortSignal): AsyncIterable<AgentEvent> {
    return this.#reply(null, signal);
  }

  reply(message: AgentMessage, signal: AbortSignal): AsyncIterable<AgentEvent> {
    this.#owed.push(message);
    return this.#reply(message, signal);
  }

  /** Without a thread whose creation is not answered yet: the next process creates another, and that one stays behind. */
  memory(): AgentMemory | null {
    const owed = this.#owed.filter((message) => message !== this.#opening);
    if (this.#threadId === null && owed.length === 0) return null;
    return {
      kind: KIND,
      reference: this.#threadId === null ? null : { thread: this.#threadId, heard: this.#lastHeard },
      history: { owed: messagesAsJson(owed), asked: asJson(this.#asked) ?? null },
    };
  }

  close(): Promise<void> {
    return this.#turns.close();
  }

  #reply(message: AgentMessage | null, signal: AbortSignal): AsyncIterable<AgentEvent> {
    const reply = { pipe: new ReplyPipe(), text: new ChatKitText(), toolResult: null, hasCommand: false };
    return this.#turns.reply(reply.pipe, signal, async (stop) => {
      const failure = await this.#ask(reply, stop);
      // The server would refuse the same message with every later one.
      if (failure?.failure === 'refused') this.#owed = this.#owed.filter((owed) => owed !== message);
      if (failure === null || !reply.hasCommand) return failure;
      // The command is carried out all the same, without an apology before it.
      this.#parts.log(`chatkit: failed after a command: ${failure.detail}`);
      return null;
    });
  }

  /** Never rejects. */
  async #ask(reply: Reply, stop: AbortSignal): Promise<AgentFailed | null> {
    let outcome: AgentFailed | 'lost' | null = 'lost';
    while (outcome === 'lost') outcome = stop.aborted ? null : await this.#handOver(reply, stop);
    for (let round = 0; round < MOST_ROUNDS && outcome === null && reply.toolResult !== null; round++)
      outcome = await this.#answer(reply, stop);
    const waits = outcome === null && reply.toolResult !== null;
    return waits && !reply.text.hasSpoken ? failed('refused', 'asks for a tool') : outcome;
  }

  /**
   * Asks the thread which messages it has of those that another process sent last; if it cannot tell, they are sent again.
   * Never rejects.
   */
  async #findTaken(closing: AbortSignal): Promise<void> {
    const { endpoint, clock, log } = this.#parts;
    const threadId = this.#threadId;
    const owed = this.#owed;
    if (threadId === null || owed.length === 0) return;
    const heard = await withDeadline(clock, ASKED_WITHIN_MS, closing, (signal) =>
      endpoint.heardLast(threadId, this.#headers, signal),
    );
    if (heard === null) return log('chatkit: not told what was taken');
    const taken = takenSince(heard, this.#lastHeard, owed);
    this.#owed = this.#owed.filter((message) => !taken.has(message));
  }

  /** Sends all that is owed and reads the answer. `lost`: the thread or the form is gone, so it must go elsewhere. */
  async #handOver(reply: Reply, stop: AbortSignal): Promise<AgentFailed | 'lost' | null> {
    if (this.#threadId === null && !this.#owed.includes(this.#opening)) this.#owed.unshift(this.#opening);
    const told = [...this.#owed];
    if (told.length === 0) return null;
    const asked = this.#asked;
    const words = told.map(({ text }) => text).filter((text) => text !== '');
    const isFirst = this.#threadId === null;
    const isForm = asked !== null && !isFirst && words.length > 0;
    const request = isForm ? this.#form(asked, words.join(' ')) : this.#message(told);
    const taken = Promise.withResolvers<void>();
    let isTaken = false;
    try {
      for await (const event of this.#parts.endpoint.ask(
        request,
        this.#headers,
        this.#hangUp(stop, taken.promise),
      )) {
        if (event.type === 'failed' && event.mayBeLost && !isTaken && !isFirst) {
          this.#forget(isForm);
          return 'lost';
        }
        if (isProof(event) && !isTaken) {
          isTaken = true;
          taken.resolve();
          this.#asked = null;
          // A form has no place for notes: they wait for the next message.
          const kept = isForm ? told.filter(({ notes }) => notes.length > 0).map(withoutText) : [];
          this.#owed = [...kept, ...this.#owed.slice(told.length)];
        }
        const failure = this.#hear(event, reply);
        if (failure !== null) return failure;
      }
      return null;
    } finally {
      taken.resolve();
    }
  }

  /** Aborts after `stop`, but not before the server has shown that it has the message: else it might have it or not. */
  #hangUp(stop: AbortSignal, taken: Promise<void>): AbortSignal {
    const hangUp = new AbortController();
    const { closing } = this.#turns;
    void aborted(stop)
      .then(() =>
        within(this.#parts.clock, TAKEN_WITHIN_MS, Promise.race([taken, aborted(closing)]), undefined),
      )
      .then(() => hangUp.abort());
    return hangUp.signal;
  }

  /** Gives the result of a tool call, which the server takes only as the next request on the thread. */
  async #answer(reply: Reply, stop: AbortSignal): Promise<AgentFailed | null> {
    const params = { thread_id: this.#threadId, result: reply.toolResult };
    const request = { type: 'threads.add_client_tool_output', params };
    reply.toolResult = null;
    for await (const event of this.#parts.endpoint.ask(request, this.#headers, stop)) {
      const failure = this.#hear(event, reply);
      if (failure !== null) return failure;
    }
    return null;
  }

  #forget(isForm: boolean): void {
    this.#asked = null;
    if (isForm) return;
    // The agent forgets the call, but the caller is answered.
    this.#parts.log('chatkit: the thread is lost, another is begun');
    this.#threadId = null;
    this.#lastHeard = null;
  }

  #message(told: readonly AgentMessage[]): object {
    const texts = told.flatMap(({ notes, text }) => [...notes, text]).filter((text) => text !== '');
    const input = {
      content: texts.map((text) => ({ type: 'input_text', text })),
      attachments: [],
      inference_options: {},
    };
    return this.#threadId === null
      ? { type: 'threads.create', params: { input } }
      : { type: 'threads.add_user_message', params: { thread_id: this.#threadId, input } };
  }

  #form({ itemId, questions }: Asked, words: string): object {
    const input = { status: 'answered', answers: answersTo(questions, words) };
    const params = { thread_id: this.#threadId, item_id: itemId, input };
    return { type: 'threads.add_structured_input', params };
  }

  #hear(event: StreamedEvent, reply: Reply): AgentFailed | null {
    const { pipe, text } = reply;
    switch (event.type) {
      case 'thread':
        // Also of a closed or locked thread: the server may still answer.
        this.#threadId = event.threadId;
        break;
      case 'heard':
        this.#lastHeard = event.itemId;
        break;
      case 'message-began':
        pipe.write(text.begin(event.itemId, event.texts));
        break;
      case 'delta':
        pipe.write(text.delta(event.itemId, event.index, event.text));
        break;
      case 'part':
        pipe.write(text.whole(event.itemId, event.index, event.text));
        break;
      case 'message-done':
        pipe.write(text.done(event.itemId, event.texts));
        break;
      case 'message-replaced': {
        const replaced = text.replace(event.itemId, event.texts);
        if (replaced.isTakenBack) pipe.withdraw();
        pipe.write(replaced.text);
        break;
      }
      case 'removed':
        if (text.remove(event.itemId)) pipe.withdraw();
        break;
      case 'questions':
        this.#asked = event;
        pipe.write(text.done(event.itemId, [spokenQuestions(event.questions)]));
        break;
      case 'tool-call':
        reply.toolResult = this.#obey(event, reply);
        break;
      case 'effect':
        this.#obey(event, reply);
        break;
      case 'error':
        return failedWithHint(event.code, event.mayRetry);
      case 'failed':
        return event.failed;
      case 'notice':
        this.#parts.log(`chatkit: notice: ${event.level}`);
        break;
      case 'other':
        break;
    }
    return null;
  }

  #obey({ name, args }: { name: string; args: unknown }, reply: Reply): object {
    const answer = this.#tools.call(name, args);
    if (answer === null) {
      this.#parts.log(`chatkit: nothing here is called ${plainName(name)}`);
      return { error: 'unknown tool' };
    }
    if (answer.command !== null) {
      reply.hasCommand = true;
      reply.pipe.command(answer.command);
    }
    return { ok: answer.command !== null, output: answer.output };
  }
}

/** A server stores a message before it answers, and names its thread before it stores one. */
function isProof({ type }: StreamedEvent): boolean {
  return type !== 'thread' && type !== 'error' && type !== 'failed';
}

function withoutText({ notes }: AgentMessage): AgentMessage {
  return { text: '', notes, heardOfLast: null };
}

function headerOf(value: string): string {
  return encodeURIComponent(value.slice(0, 200).toWellFormed());
}
