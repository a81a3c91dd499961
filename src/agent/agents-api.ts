// An agent that is published with OpenAI's Agents API: one session a call. What the caller said stays owed until the
// agent has taken it, so words that were spoken while the session was still opening, or a reply still being cancelled,
// reach the agent with the next message, once.
import type { OpenAI } from 'openai';
import type { AgentSessionInputMessageParam } from 'openai/resources/beta/agents/agents';
import type { SessionCreateParamsStreaming } from 'openai/resources/beta/agents/sessions/sessions';
import type { Agent, AgentEvent, AgentMessage, Conversation, Opening } from '../call/ports.ts';
import { AgentSession } from './agent-session.ts';
import { lookUp } from './look-up.ts';
import { newReply, type Reply } from './reply.ts';
import { SavedTools } from './saved-tools.ts';

export interface AgentsApiOptions {
  readonly client: OpenAI;
  readonly agentId: string;
  readonly log: (line: string) => void;
}

export function agentsApi(options: AgentsApiOptions): Agent {
  const tools = new SavedTools(options);
  return {
    kind: 'agents-api',
    lookUp: () => lookUp(`The agent "${options.agentId}"`, () => tools.read()),
    open: (opening) => new SavedAgentConversation(options, tools, opening),
  };
}

const ANSWER_BRIEFLY = '[Answer these lines with "ok" only; the caller\'s words come next.]';

class SavedAgentConversation implements Conversation {
  readonly #options: AgentsApiOptions;
  readonly #tools: SavedTools;
  readonly #opening: Opening;
  /** The agent's first words, where nobody else greets the caller. */
  readonly #greeting: Reply = newReply();
  readonly #owed: AgentMessage[] = [];
  #session: AgentSession;
  #isClosed = false;

  constructor(options: AgentsApiOptions, tools: SavedTools, opening: Opening) {
    this.#options = options;
    this.#tools = tools;
    this.#opening = opening;
    this.#session = this.#openSession(opening.greeting === null ? this.#greeting : null);
  }

  async *greet(signal: AbortSignal): AsyncGenerator<AgentEvent, void> {
    try {
      yield* this.#greeting.pipe.read(signal);
    } finally {
      this.#session.leave(this.#greeting);
    }
  }

  async *reply(message: AgentMessage, signal: AbortSignal): AsyncGenerator<AgentEvent, void> {
    const reply = newReply();
    this.#owed.push(message);
    void this.#send(reply, signal);
    try {
      yield* reply.pipe.read(signal);
    } finally {
      this.#session.leave(reply);
    }
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return this.#session.close();
  }

  #openSession(reply: Reply | null): AgentSession {
    const { client, log } = this.#options;
    const onSavedOnly = (): void => this.#tools.refused();
    const { tools } = this.#opening;
    return new AgentSession({
      client,
      create: this.#creation(reply === null),
      onSavedOnly,
      tools,
      reply,
      log,
    });
  }

  /**
   * The API wants a first message with every session, so the note is it: an idle session cannot be had. Where nobody reads
   * the answer, it should be short.
   */
  async #creation(isUnread: boolean): Promise<SessionCreateParamsStreaming> {
    const { call, note, tools } = this.#opening;
    const merged = await this.#tools.with(tools.offered);
    return {
      agent_id: this.#options.agentId,
      ...(merged === null ? {} : { agent: { tools: merged } }),
      environment: { type: 'none' },
      input: isUnread ? `${note}\n${ANSWER_BRIEFLY}` : note,
      metadata: { call_id: call.id },
      stream: true,
    };
  }

  /** Never rejects. */
  async #send(reply: Reply, signal: AbortSignal): Promise<void> {
    await this.#session.rest();
    if (this.#session.isLost && !this.#isClosed) {
      // The agent has forgotten the call with its session, but a caller who is answered beats one who is not.
      this.#session = this.#openSession(null);
      await this.#session.rest();
    }
    if (signal.aborted) return;
    const sent = this.#owed.length;
    const isTaken = await this.#session.post(this.#owed.map(inputOf), reply);
    if (isTaken) this.#owed.splice(0, sent);
  }
}

/** The API knows no role but the user's. So each note is a part of its own, and so are the caller's words, the last. */
function inputOf({ notes, text }: AgentMessage): AgentSessionInputMessageParam {
  const texts = text === '' ? notes : [...notes, text];
  return { role: 'user', content: texts.map((part) => ({ type: 'input_text', text: part })) };
}
