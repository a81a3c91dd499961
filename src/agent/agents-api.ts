// An agent that is published with OpenAI's Agents API: one session a call. What the caller said stays owed until the
// agent has taken it, so words that were spoken while the session was still opening, or a reply still being cancelled,
// reach the agent with the next message, once.
import type { OpenAI } from 'openai';
import type { Agent, AgentEvent, AgentMessage, Conversation, Opening } from '../call/ports.ts';
import { AgentSession } from './agent-session.ts';
import { messageText } from './agent-text.ts';
import { lookUp } from './look-up.ts';
import { newReply, type Reply } from './reply.ts';

export interface AgentsApiOptions {
  readonly client: OpenAI;
  readonly agentId: string;
  readonly log: (line: string) => void;
}

export function agentsApi(options: AgentsApiOptions): Agent {
  const { client, agentId } = options;
  return {
    kind: 'agents-api',
    lookUp: () => lookUp(`The agent "${agentId}"`, () => client.beta.agents.retrieve(agentId)),
    open: (opening) => new SavedAgentConversation(options, opening),
  };
}

class SavedAgentConversation implements Conversation {
  readonly #options: AgentsApiOptions;
  readonly #opening: Opening;
  /** The agent's first words, where nobody else greets the caller. */
  readonly #greeting: Reply = newReply();
  readonly #owed: AgentMessage[] = [];
  #session: AgentSession;
  #isClosed = false;

  constructor(options: AgentsApiOptions, opening: Opening) {
    this.#options = options;
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

  /** The API wants a first message with every session, so the note is it: an idle session cannot be had. */
  #openSession(reply: Reply | null): AgentSession {
    const { client, agentId, log } = this.#options;
    const { call, note } = this.#opening;
    const create = {
      agent_id: agentId,
      environment: { type: 'none' },
      input: note,
      metadata: { call_id: call.id },
      stream: true,
    } as const;
    return new AgentSession({ client, create, reply, log });
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
    const isTaken = await this.#session.post(messageText(this.#owed), reply);
    if (isTaken) this.#owed.splice(0, sent);
  }
}
