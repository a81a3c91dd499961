// A workflow of one's own behind a ChatKit server, such as an exported one of Agent Builder: one thread a call. The
// protocol cannot take a message back, so a reply that is given up is read on until the server is seen to have the
// message, and only then hung up on; what it has not taken is told with the next. A server that writes on after that
// (chatkit-nodejs does) keeps a reply that nobody heard, and the relay cannot help it.
import type { AgentMemory } from '../../call/call-record.ts';
import type { PhoneTools } from '../../call/phone-tools.ts';
import type { AgentEvent, AgentMessage, Conversation, Opening } from '../../call/ports.ts';
import { type AgentKind, PUBLISH_INSTEAD, REQUESTS } from '../agent-kind.ts';
import { idOf, messagesAsJson, messagesOf, recalled } from '../agent-memory.ts';
import { HangUp } from './chatkit-hang-up.ts';
import { ChatKitEndpoint, type StreamedEvent } from './chatkit-http.ts';
import { type Asked, askedAsJson, askedOf, answersTo, spokenQuestions } from './chatkit-questions.ts';
import { takenSince } from './chatkit-words.ts';
import { ChatKitText } from './chatkit-text.ts';
import { type AgentFailed, failed, failedWithHint } from '../failures.ts';
import { ReplyPipe } from '../reply-pipe.ts';
import { nameOf } from '../saved-tools.ts';

const KIND = 'chatkit';
/** So long a server is asked what it has taken, before it is told again. */
const ASKED_WITHIN_MS = 2000;
/** So often an agent may call tools in one reply. */
const MOST_ROUNDS = 5;

export const chatKit: AgentKind = {
  kind: KIND,
  matches: (id) => /^https?:\/\//.test(id) || isWorkflow(id),
  problem: (id) =>
    isWorkflow(id)
      ? `is the ID of an Agent Builder workflow, which no server can call; OpenAI ends it on 2026-11-30. Export its code, serve it behind a ChatKit server, and use that URL. Or: ${PUBLISH_INSTEAD}`
      : problemWithUrl(id),
  open(url, { agentApiKey, log, requests = REQUESTS }) {
    const endpoint = new ChatKitEndpoint({ url, apiKey: agentApiKey, timeoutMs: requests.timeoutMs });
    return {
      kind: KIND,
      lookUp: () => endpoint.lookUp(),
      open: (opening, memory) => new ChatKitConversation(endpoint, log, opening, memory),
    };
  },
};

function isWorkflow(id: string): boolean {
  return id.startsWith('wf_');
}

function problemWithUrl(id: string): string | null {
  const url = URL.parse(id);
  if (url === null) return 'is no URL.';
  if (url.username !== '' || url.password !== '')
    return 'must not hold a name or password: put the token into AGENT_API_KEY.';
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  return url.protocol === 'https:' || isLoopback
    ? null
    : 'must be https: what callers say would travel unencrypted.';
}

interface Reply {
  readonly pipe: ReplyPipe;
  readonly text: ChatKitText;
  /** What it answers; null for the greeting. */
  readonly message: AgentMessage | null;
  /** Aborts when nobody reads it any more. */
  readonly stop: AbortSignal;
  /** The call of a tool with which the server waits, as the answer to it. */
  toolResult: object | null;
  /** Whether the agent has ordered something that will be done. */
  hasOrdered: boolean;
}

class ChatKitConversation implements Conversation {
  readonly #endpoint: ChatKitEndpoint;
  readonly #log: (line: string) => void;
  readonly #tools: PhoneTools;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #opening: AgentMessage;
  readonly #closing = new AbortController();
  #threadId: string | null;
  /** The last message that the thread is known to have taken. */
  #lastHeard: string | null;
  /** What the thread has not taken yet. */
  #owed: AgentMessage[];
  /** The form that the caller's next words fill in. */
  #asked: Asked | null;
  #asking: Promise<void> = Promise.resolve();

  // There is nothing to open: a thread is created with its first message. The note says what was greeted with.
  constructor(
    endpoint: ChatKitEndpoint,
    log: (line: string) => void,
    { call, note, tools }: Opening,
    memory: AgentMemory | undefined,
  ) {
    this.#endpoint = endpoint;
    this.#log = log;
    this.#tools = tools;
    this.#headers = {
      'x-call-id': headerOf(call.id),
      'x-call-from': headerOf(call.from),
      'x-call-to': headerOf(call.to),
    };
    this.#opening = { text: '', notes: [note], heardOfLast: null };
    const before = recalled(KIND, memory);
    const owed = messagesOf(before?.history['owed']);
    this.#threadId = idOf(before?.reference['thread']);
    this.#lastHeard = idOf(before?.reference['heard']);
    this.#asked = askedOf(before?.history['asked']);
    this.#owed = this.#threadId === null ? [this.#opening, ...owed] : owed;
    if (this.#threadId !== null && owed.length > 0) this.#asking = this.#findTaken(this.#threadId, owed);
  }

  /** The protocol has no way to let the agent speak first: the note with which the call begins is a message. */
  greet(signal: AbortSignal): AsyncIterable<AgentEvent> {
    return this.#turn(null, signal);
  }

  reply(message: AgentMessage, signal: AbortSignal): AsyncIterable<AgentEvent> {
    return this.#turn(message, signal);
  }

  /** A thread whose creation was not answered yet is not in it: the next process creates another, and it stays behind. */
  memory(): AgentMemory | null {
    const owed = this.#owed.filter((message) => message !== this.#opening);
    if (this.#threadId === null && owed.length === 0) return null;
    return {
      kind: KIND,
      reference: this.#threadId === null ? null : { thread: this.#threadId, heard: this.#lastHeard },
      history: { owed: messagesAsJson(owed), asked: askedAsJson(this.#asked) },
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#asking;
  }

  async *#turn(message: AgentMessage | null, signal: AbortSignal): AsyncGenerator<AgentEvent, void> {
    const reader = new AbortController();
    const reply: Reply = {
      pipe: new ReplyPipe(),
      text: new ChatKitText(),
      message,
      stop: AbortSignal.any([signal, reader.signal, this.#closing.signal]),
      toolResult: null,
      hasOrdered: false,
    };
    if (message !== null) this.#owed.push(message);
    // One at a time: a ChatKit server would let two requests on a thread run side by side.
    this.#asking = this.#asking.then(() => this.#ask(reply));
    try {
      yield* reply.pipe.read(signal);
    } finally {
      reader.abort();
    }
  }

  /** Never rejects. */
  async #ask(reply: Reply): Promise<void> {
    while (!reply.stop.aborted && (await this.#handOver(reply)) === 'lost');
    for (let round = 0; round < MOST_ROUNDS && this.#isWaitedFor(reply); round++) await this.#answer(reply);
    if (this.#isWaitedFor(reply) && !reply.text.hasSpoken)
      this.#fail(reply, failed('refused', 'asks for a tool'));
    reply.pipe.end();
  }

  /** What another process died over may have been taken; where that cannot be asked, it is told again. Never rejects. */
  async #findTaken(threadId: string, owed: readonly AgentMessage[]): Promise<void> {
    const given = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(ASKED_WITHIN_MS)]);
    const heard = await this.#endpoint.heardLast(threadId, this.#headers, given);
    if (heard === null) return this.#log('chatkit: not told what was taken');
    const taken = takenSince(heard, this.#lastHeard, owed);
    this.#owed = this.#owed.filter((message) => !taken.has(message));
  }

  /** Tells all that is owed, and reads what comes of it. `lost`: it is to be told otherwise. */
  async #handOver(reply: Reply): Promise<'over' | 'lost'> {
    if (this.#threadId === null && !this.#owed.includes(this.#opening)) this.#owed.unshift(this.#opening);
    const told = [...this.#owed];
    if (told.length === 0) return 'over';
    const asked = this.#asked;
    const words = told.map(({ text }) => text).filter((text) => text !== '');
    const isFirst = this.#threadId === null;
    const isForm = asked !== null && !isFirst && words.length > 0;
    const request = isForm ? this.#form(asked, words.join(' ')) : this.#message(told);
    const hangUp = new HangUp(reply.stop, this.#closing.signal);
    try {
      for await (const event of this.#endpoint.ask(request, this.#headers, hangUp.signal)) {
        if (event.type === 'failed' && event.mayBeLost && !hangUp.isTaken && !isFirst) {
          this.#forget(isForm);
          return 'lost';
        }
        if (isProof(event) && !hangUp.isTaken) {
          hangUp.noteTaken();
          this.#asked = null;
          // A form has no place for notes: they wait for the next message.
          const kept = isForm ? told.filter(({ notes }) => notes.length > 0).map(withoutText) : [];
          this.#owed = [...kept, ...this.#owed.slice(told.length)];
        }
        this.#hear(event, reply);
        if (reply.pipe.isOver) break;
      }
    } finally {
      hangUp.release();
    }
    return 'over';
  }

  /** Whether the result of a tool is. One that is never given, because the reply was given up, is not missed. */
  #isWaitedFor({ toolResult, pipe }: Reply): boolean {
    return toolResult !== null && !pipe.isOver;
  }

  /** Gives the result of a tool, which the server takes only as the next request on the thread. */
  async #answer(reply: Reply): Promise<void> {
    const params = { thread_id: this.#threadId, result: reply.toolResult };
    const request = { type: 'threads.add_client_tool_output', params };
    reply.toolResult = null;
    for await (const event of this.#endpoint.ask(request, this.#headers, reply.stop)) {
      this.#hear(event, reply);
      if (reply.pipe.isOver) return;
    }
  }

  /** The form, or else the thread, is not there any more: what was to be told to it goes elsewhere. */
  #forget(isForm: boolean): void {
    this.#asked = null;
    if (isForm) return;
    // The agent has forgotten the call, but a caller who is answered beats one who is not.
    this.#log('chatkit: the thread is lost, another is begun');
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

  #hear(event: StreamedEvent, reply: Reply): void {
    const { pipe, text } = reply;
    switch (event.type) {
      case 'thread':
        // A closed or locked one is left to the server, which may still answer.
        this.#threadId = event.threadId;
        return;
      case 'heard':
        this.#lastHeard = event.itemId;
        return;
      case 'message-began':
        return pipe.write(text.begin(event.itemId, event.texts));
      case 'delta':
        return pipe.write(text.delta(event.itemId, event.index, event.text));
      case 'part':
        return pipe.write(text.whole(event.itemId, event.index, event.text));
      case 'message-done':
        return pipe.write(text.done(event.itemId, event.texts));
      case 'message-replaced': {
        const replaced = text.replace(event.itemId, event.texts);
        if (replaced.isTakenBack) pipe.withdraw();
        return pipe.write(replaced.text);
      }
      case 'removed':
        return text.remove(event.itemId) ? pipe.withdraw() : undefined;
      case 'questions':
        this.#asked = event;
        return pipe.write(text.done(event.itemId, [spokenQuestions(event.questions)]));
      case 'tool-call':
        reply.toolResult = this.#obey(event, reply);
        return;
      case 'effect':
        this.#obey(event, reply);
        return;
      case 'error':
        return this.#fail(reply, failedWithHint(event.code, event.mayRetry));
      case 'failed':
        return this.#fail(reply, event.failed);
      case 'notice':
        return this.#log(`chatkit: notice: ${event.level}`);
      case 'other':
        return;
    }
  }

  #obey({ name, args }: { name: string; args: unknown }, reply: Reply): object {
    const answer = this.#tools.call(name, args);
    if (answer === null) {
      this.#log(`chatkit: nothing here is called ${nameOf(name)}`);
      return { error: 'unknown tool' };
    }
    if (answer.command !== null) {
      reply.hasOrdered = true;
      reply.pipe.command(answer.command);
    }
    return { ok: answer.command !== null, output: answer.output };
  }

  #fail({ pipe, message, hasOrdered }: Reply, event: AgentFailed): void {
    // What was refused would be refused again with every later message.
    if (event.failure === 'refused') this.#owed = this.#owed.filter((owed) => owed !== message);
    if (!hasOrdered) return pipe.fail(event);
    // The order is done all the same, without an apology before it.
    this.#log(`chatkit: failed after an order: ${event.detail}`);
    pipe.end();
  }
}

/** The server takes a message before it answers, and tells of its thread before it takes one. */
function isProof({ type }: StreamedEvent): boolean {
  return type !== 'thread' && type !== 'error' && type !== 'failed';
}

function withoutText({ notes }: AgentMessage): AgentMessage {
  return { text: '', notes, heardOfLast: null };
}

/** Anything, so that it may stand in a header. */
function headerOf(value: string): string {
  return encodeURIComponent(value.slice(0, 200).toWellFormed());
}
