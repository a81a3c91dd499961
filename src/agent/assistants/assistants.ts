// An agent that is an assistant of the Assistants API: one thread a call, one run a reply. OpenAI has shut its own, so
// this is for servers that still have it. A thread has one active run at most and takes no message meanwhile: a reply
// that nobody reads any more must be cancelled, and over, before the next can begin.
import { setTimeout as pause } from 'node:timers/promises';
import type { OpenAI } from 'openai';
import type { AgentMemory } from '../../call/call-record.ts';
import type { AgentEvent, AgentMessage, Conversation, Opening } from '../../call/ports.ts';
import { type AgentKind, openaiClient, PUBLISH_INSTEAD } from '../agent-kind.ts';
import { ASSISTANTS, AssistantThread } from './assistant-thread.ts';
import { AssistantTools } from './assistant-tools.ts';
import { lookUp } from '../look-up.ts';
import { ReplyPipe } from '../reply-pipe.ts';

const CLOSE_MS = 4000;

/** OpenAI's own places. */
const OPENAI = /^https:\/\/([a-z]+\.)?api\.openai\.com(\/|$)/;

interface AssistantsOptions {
  readonly client: OpenAI;
  readonly assistantId: string;
  readonly log: (line: string) => void;
}

export const assistants: AgentKind = {
  kind: ASSISTANTS,
  matches: (id) => id.startsWith('asst_'),
  problem: (_, { openaiBaseUrl }) =>
    OPENAI.test(openaiBaseUrl)
      ? `is the ID of an assistant, but OpenAI shut the Assistants API down on 2026-08-26. ${PUBLISH_INSTEAD} Or set OPENAI_BASE_URL to a server that still has assistants.`
      : null,
  open(id, options) {
    const parts: AssistantsOptions = { client: openaiClient(options), assistantId: id, log: options.log };
    const tools = new AssistantTools(parts.client, id, options.log);
    return {
      kind: ASSISTANTS,
      lookUp: () => lookUp(`The assistant "${id}"`, () => tools.read()),
      open: (opening, memory) => new AssistantConversation(parts, tools, opening, memory),
    };
  },
};

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
