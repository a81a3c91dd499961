// An agent that is an assistant of the Assistants API: one thread a call, one run a reply. OpenAI has shut its own, so
// this is for servers that still have it. A thread has one active run at most and takes no message meanwhile: a reply
// that nobody reads any more must be cancelled, and over, before the next can begin.
import { setTimeout as pause } from 'node:timers/promises';
import type { OpenAI } from 'openai';
import type { AgentMemory } from '../../call/call-record.ts';
import type { Agent, AgentEvent, AgentMessage, Conversation, Opening } from '../../call/ports.ts';
import { ASSISTANTS, AssistantThread } from './assistant-thread.ts';
import { AssistantTools } from './assistant-tools.ts';
import { lookUp } from '../look-up.ts';
import { ReplyPipe } from '../reply-pipe.ts';

const CLOSE_MS = 4000;

export interface AssistantsOptions {
  readonly client: OpenAI;
  readonly assistantId: string;
  readonly log: (line: string) => void;
}

export function assistantsAgent(options: AssistantsOptions): Agent {
  const { client, assistantId, log } = options;
  const tools = new AssistantTools(client, assistantId, log);
  return {
    kind: ASSISTANTS,
    lookUp: () => lookUp(`The assistant "${assistantId}"`, () => tools.read()),
    open: (opening, memory) => new AssistantConversation(options, tools, opening, memory),
  };
}

interface Reply {
  readonly pipe: ReplyPipe;
  /** Aborts once nobody reads it any more. */
  readonly left: AbortController;
}

class AssistantConversation implements Conversation {
  readonly #thread: AssistantThread;
  readonly #closed = new AbortController();
  #reply: Reply | null = null;
  #work: Promise<void>;

  constructor(
    options: AssistantsOptions,
    tools: AssistantTools,
    opening: Opening,
    memory: AgentMemory | undefined,
  ) {
    this.#thread = new AssistantThread({
      ...options,
      opening,
      memory,
      tools: tools.with(opening.tools.offered),
      closed: this.#closed.signal,
    });
    this.#work = this.#thread.settle();
  }

  greet(signal: AbortSignal): AsyncIterable<AgentEvent> {
    return this.#turn(signal);
  }

  reply(message: AgentMessage, signal: AbortSignal): AsyncIterable<AgentEvent> {
    this.#thread.owe(message);
    return this.#turn(signal);
  }

  memory(): AgentMemory | null {
    return this.#thread.memory();
  }

  /** Cancels what runs. The thread stays with the vendor: it is what the assistant's owner looks at afterwards. */
  async close(): Promise<void> {
    this.#reply?.pipe.end();
    this.#reply?.left.abort();
    const timer = new AbortController();
    await Promise.race([this.#work, pause(CLOSE_MS, null, { signal: timer.signal }).catch(() => {})]);
    timer.abort();
    this.#closed.abort();
  }

  async *#turn(signal: AbortSignal): AsyncGenerator<AgentEvent, void> {
    const reply: Reply = { pipe: new ReplyPipe(), left: new AbortController() };
    this.#reply = reply;
    this.#work = this.#work.then(() => this.#thread.answer(reply.pipe, reply.left.signal));
    try {
      yield* reply.pipe.read(signal);
    } finally {
      reply.left.abort();
    }
  }
}
