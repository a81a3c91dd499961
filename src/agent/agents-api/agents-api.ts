// An agent that is published with OpenAI's Agents API: one session a call. What the caller said stays owed until the
// agent has taken it, so words that were spoken while the session was still opening, or a reply still being cancelled,
// reach the agent with the next message, once.
import type { OpenAI } from 'openai';
import type { AgentSessionInputMessageParam } from 'openai/resources/beta/agents/agents';
import type { SessionCreateParamsStreaming } from 'openai/resources/beta/agents/sessions/sessions';
import type { AgentMemory } from '../../call/call-record.ts';
import type { Fields } from '../../call/json.ts';
import type { AgentEvent, AgentMessage, Conversation, Opening } from '../../call/ports.ts';
import { type AgentKind, openaiClient } from '../agent-kind.ts';
import { idOf, messagesAsJson, messagesOf, recalled } from '../agent-memory.ts';
import { AgentSession } from './agent-session.ts';
import { failedWith } from '../failures.ts';
import { lookUp } from '../look-up.ts';
import { newReply, type Reply } from './reply.ts';
import { SavedTools } from '../saved-tools.ts';
import type { SessionSource } from './session-feed.ts';

interface AgentsApiOptions {
  readonly client: OpenAI;
  readonly agentId: string;
  readonly log: (line: string) => void;
}

const KIND = 'agents-api';

export const agentsApi: AgentKind = {
  kind: KIND,
  matches: () => true,
  open(id, options) {
    const parts: AgentsApiOptions = { client: openaiClient(options), agentId: id, log: options.log };
    const tools = new SavedTools(parts);
    return {
      kind: KIND,
      lookUp: () => lookUp(`The agent "${id}"`, () => tools.read()),
      open: (opening, memory) => new SavedAgentConversation(parts, tools, opening, memory),
    };
  },
};

const ANSWER_BRIEFLY = '[Answer these lines with "ok" only; the caller\'s words come next.]';

class SavedAgentConversation implements Conversation {
  readonly #options: AgentsApiOptions;
  readonly #tools: SavedTools;
  readonly #opening: Opening;
  /** The agent's first words, where nobody else greets the caller. */
  readonly #greeting: Reply = newReply();
  #owed: AgentMessage[];
  /** Of what is owed, these may have been taken all the same, in a turn after this one. */
  #doubt: { readonly since: string | null; readonly messages: readonly AgentMessage[] } | null = null;
  #settling: Promise<void> | null = null;
  #session: AgentSession;
  #isClosed = false;

  constructor(
    options: AgentsApiOptions,
    tools: SavedTools,
    opening: Opening,
    memory: AgentMemory | undefined,
  ) {
    this.#options = options;
    this.#tools = tools;
    this.#opening = opening;
    const before = recalled(KIND, memory);
    this.#owed = messagesOf(before?.history['owed']);
    this.#session =
      this.#takeUp(before?.reference) ??
      this.#begin(opening.greeting === null && opening.isCallerFirst !== true);
    if (this.#doubt !== null) void this.#settle();
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

  /** A session whose creation was not answered yet is not in it: the next process begins another, and it stays behind. */
  memory(): AgentMemory | null {
    const { id, lastTurnId } = this.#session;
    if (id === null && this.#owed.length === 0) return null;
    const since = this.#doubt === null ? lastTurnId : this.#doubt.since;
    return {
      kind: KIND,
      reference: id === null ? null : { session: id, since },
      history: { owed: messagesAsJson(this.#owed) },
    };
  }

  close(isHandedOver = false): Promise<void> {
    this.#isClosed = true;
    return this.#session.close(isHandedOver);
  }

  #begin(isRead: boolean): AgentSession {
    return this.#openSession(this.#creation(!isRead), isRead ? this.#greeting : null);
  }

  /** Nothing is greeted with twice, so a greeting that was broken off ends there. */
  #takeUp(reference: Fields | undefined): AgentSession | null {
    const sessionId = idOf(reference?.['session']);
    if (sessionId === null) return null;
    this.#greeting.pipe.end();
    if (this.#owed.length > 0) this.#doubt = { since: idOf(reference?.['since']), messages: [...this.#owed] };
    return this.#openSession({ sessionId }, null);
  }

  #openSession(source: SessionSource, reply: Reply | null): AgentSession {
    const { client, log } = this.#options;
    const onSavedOnly = (): void => this.#tools.refused();
    const { tools } = this.#opening;
    return new AgentSession({ client, source, onSavedOnly, tools, reply, log });
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
    await this.#settle();
    if (this.#session.isLost && !this.#isClosed) {
      // The agent has forgotten the call with its session, but a caller who is answered beats one who is not.
      this.#session = this.#begin(false);
      this.#doubt = null;
      await this.#session.rest();
    }
    if (signal.aborted) return;
    const messages = [...this.#owed];
    this.#doubt = { since: this.#session.lastTurnId, messages };
    if (!(await this.#session.post(messages.map(inputOf), reply))) return;
    this.#doubt = null;
    this.#owed = this.#owed.slice(messages.length);
  }

  /** Brings the session to rest, and finds out what it has taken of the messages in doubt. Never rejects. */
  #settle(): Promise<void> {
    this.#settling ??= this.#findTaken().finally(() => (this.#settling = null));
    return this.#settling;
  }

  async #findTaken(): Promise<void> {
    await this.#session.rest();
    const doubt = this.#doubt;
    if (doubt === null) return;
    const { since, messages } = doubt;
    const taken = await this.#session.takenSince(since, messages.map(textsOf)).catch((error: unknown) => {
      // Then they are told again: rather twice than never.
      this.#options.log(`agents-api: not asked what was taken: ${failedWith(error).detail}`);
      return [];
    });
    this.#owed = this.#owed.filter((message) => taken[messages.indexOf(message)] !== true);
    this.#doubt = null;
  }
}

function textsOf({ notes, text }: AgentMessage): readonly string[] {
  return text === '' ? notes : [...notes, text];
}

/** The API knows no role but the user's. So each note is a part of its own, and so are the caller's words, the last. */
function inputOf(message: AgentMessage): AgentSessionInputMessageParam {
  return { role: 'user', content: textsOf(message).map((text) => ({ type: 'input_text', text })) };
}
