// A saved agent of OpenAI's Agents API: one session a call. What the caller said stays owed until the agent has it, so words
// spoken while the session still opens, or while a reply is still being cancelled, go with the next message, once.
import type { OpenAI } from 'openai';
import type {
  AgentSessionInputMessageParam,
  AgentToolParam,
  PersistedAgentTool,
} from 'openai/resources/beta/agents/agents';
import type { AgentMemory } from '../../call/call-record.ts';
import type { Fields } from '../../call/json.ts';
import type { AgentEvent, AgentMessage, Clock, Conversation, Opening } from '../../call/ports.ts';
import { type AgentKind, openaiClient, type ServiceTier } from '../agent-kind.ts';
import { idOf, messagesAsJson, messagesOf, recalled } from '../agent-memory.ts';
import { failedWith } from '../failures.ts';
import { lookUp } from '../look-up.ts';
import { plainName, SavedTools } from '../saved-tools.ts';
import { AgentSession } from './agent-session.ts';
import { Reply } from './reply.ts';
import type { SessionSource } from './session-feed.ts';
import type { SessionCreation } from './session-wire.ts';
import { takenSince } from './session-words.ts';
import { warmUp } from '../warm-up.ts';

const KIND = 'agents-api';
const ANSWER_BRIEFLY = '[Answer these lines with "ok" only; the caller\'s words come next.]';

/** Types that may be sent back as they came. Tools over MCP may not: the list lacks the credentials that they may need. */
const SENT_BACK: ReadonlySet<string> = new Set<PersistedAgentTool['type']>([
  'function',
  'tool_search',
  'programmatic_tool_calling',
  'web_search',
  'computer_use',
  'automations',
]);

export const agentsApi: AgentKind = {
  matches: () => true,
  open(agentId, options) {
    const { clock, agentTimeoutMs, serviceTier = '', language = '', log } = options;
    const client = openaiClient(options);
    let model: string | undefined;
    const tools = new SavedTools<AgentToolParam>({
      async read() {
        const agent = await client.beta.agents.retrieve(agentId);
        model = agent.model;
        return agent.tools;
      },
      asTool: ({ name, description, parameters }) => ({ type: 'function', name, description, parameters }),
      problem(all) {
        const kept = all.find(({ type }) => !SENT_BACK.has(type));
        if (kept === undefined) return null;
        return `its list cannot be sent back whole, for it has tools of the type ${plainName(kept.type)}`;
      },
      clock,
      note: (why) =>
        log(
          `agents-api: the saved agent is left with its own tools: ${why}. ` +
            'Declare the phone tools in the saved agent, or have it write directives.',
        ),
    });
    return {
      kind: KIND,
      lookUp: () => lookUp(`The agent "${agentId}"`, () => tools.read().then(() => model)),
      warm: warmUp(options.openaiBaseUrl, options),
      open: (opening, memory) =>
        new SavedAgentConversation(
          { client, agentId, tools, opening, clock, agentTimeoutMs, serviceTier, language, log },
          memory,
        ),
    };
  },
};

interface SavedAgentParts {
  readonly client: OpenAI;
  readonly agentId: string;
  readonly tools: SavedTools<AgentToolParam>;
  readonly opening: Opening;
  readonly clock: Clock;
  readonly agentTimeoutMs: number;
  readonly serviceTier: ServiceTier;
  readonly language: string;
  readonly log: (line: string) => void;
}

class SavedAgentConversation implements Conversation {
  readonly #parts: SavedAgentParts;
  /** The agent's first words, if nobody else greets the caller. */
  readonly #greeting = new Reply();
  #owed: AgentMessage[];
  /** Owed messages that the session may have all the same, in a turn after `since`. */
  #doubt: { readonly since: string | null; readonly messages: readonly AgentMessage[] } | null = null;
  #settling: Promise<void> | null = null;
  #session: AgentSession;
  #isClosed = false;

  constructor(parts: SavedAgentParts, memory: AgentMemory | undefined) {
    const { greeting, isCallerFirst } = parts.opening;
    this.#parts = parts;
    const before = recalled(KIND, memory);
    this.#owed = messagesOf(before?.history['owed']);
    this.#session =
      this.#resume(before?.reference) ?? this.#begin(greeting === null && isCallerFirst !== true);
    if (this.#doubt !== null) void this.#settle();
  }

  get isAskingConsent(): boolean {
    return this.#session.approvals.isAsking;
  }

  async *greet(signal: AbortSignal): AsyncGenerator<AgentEvent, void> {
    try {
      yield* this.#greeting.pipe.read(signal);
    } finally {
      this.#session.leave(this.#greeting);
    }
  }

  async *reply(message: AgentMessage, signal: AbortSignal): AsyncGenerator<AgentEvent, void> {
    const reply = new Reply();
    this.#owed.push(message);
    if (this.#session.approvals.isAsking) void this.#answer(message, reply);
    else void this.#send(reply, signal);
    try {
      yield* reply.pipe.read(signal);
    } finally {
      this.#session.leave(reply);
    }
  }

  /** Without a session whose creation is not answered yet: the next process creates another, and that one stays behind. */
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
    return this.#open(this.#creation(!isRead), isRead ? this.#greeting : null);
  }

  /** Continues the session of another process. A greeting that was broken off there ends there. */
  #resume(reference: Fields | undefined): AgentSession | null {
    const sessionId = idOf(reference?.['session']);
    if (sessionId === null) return null;
    this.#greeting.pipe.end();
    if (this.#owed.length > 0) this.#doubt = { since: idOf(reference?.['since']), messages: [...this.#owed] };
    return this.#open({ sessionId }, null);
  }

  #open(source: SessionSource, reply: Reply | null): AgentSession {
    const { tools, opening, agentTimeoutMs, ...shared } = this.#parts;
    return new AgentSession({
      ...shared,
      source,
      onSavedOnly: () => tools.refused(),
      tools: opening.tools,
      reply,
      createdWithinMs: agentTimeoutMs,
    });
  }

  /** The API wants a message with every session, so the note is it. If nobody reads the answer, it should be short. */
  async #creation(isUnread: boolean): Promise<SessionCreation> {
    const { agentId, tools, opening, serviceTier } = this.#parts;
    const merged = await tools.with(opening.tools.offered);
    return {
      agent_id: agentId,
      agent: {
        ...(merged === null ? {} : { tools: merged }),
        // Otherwise a long call meets one turn that waits until the history was compacted.
        compaction: { async: true },
        ...(serviceTier !== '' && { service_tier: serviceTier }),
      },
      environment: { type: 'none' },
      input: isUnread ? `${opening.note}\n${ANSWER_BRIEFLY}` : opening.note,
      metadata: { call_id: opening.call.id },
      stream: true,
      stream_options: { include_obfuscation: false },
    };
  }

  /** Never rejects. */
  async #send(reply: Reply, signal: AbortSignal): Promise<void> {
    await this.#settle();
    if (this.#session.isLost && !this.#isClosed) {
      // The agent forgets the call, but the caller is answered.
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

  /** The message answers what the agent wants approved. What else is in it goes to the agent as soon as it goes on. */
  async #answer(message: AgentMessage, reply: Reply): Promise<void> {
    this.#session.goOn(reply);
    const answer = await this.#session.approvals.hear(message.text, reply).catch((error: unknown) => {
      reply.pipe.fail(failedWith(error));
      return null;
    });
    if (answer === null) return;
    if (answer.isBare) this.#owed = this.#owed.filter((one) => one !== message);
    const rest = [...this.#owed];
    if (!rest.some(({ text }) => text !== '')) return;
    try {
      await this.#session.steer(rest.map(inputOf));
      this.#owed = this.#owed.slice(rest.length);
    } catch (error) {
      // They go with the next message.
      this.#parts.log(`agents-api: not added to the turn: ${failedWith(error).detail}`);
    }
  }

  /** Brings the session to rest, and finds out which of the messages in doubt it has. Never rejects. */
  #settle(): Promise<void> {
    this.#settling ??= this.#findTaken().finally(() => (this.#settling = null));
    return this.#settling;
  }

  async #findTaken(): Promise<void> {
    await this.#session.rest();
    const doubt = this.#doubt;
    if (doubt === null) return;
    const { since, messages } = doubt;
    const { sessions } = this.#parts.client.beta.agents;
    const { id: sessionId } = this.#session;
    const place = { sessionId, turnId: since };
    const taken = await takenSince(sessions, place, messages.map(textsOf)).catch((error: unknown) => {
      // Then they are sent again: rather twice than never.
      this.#parts.log(`agents-api: not asked what was taken: ${failedWith(error).detail}`);
      return [];
    });
    this.#owed = this.#owed.filter((message) => taken[messages.indexOf(message)] !== true);
    this.#doubt = null;
  }
}

function textsOf({ notes, text }: AgentMessage): readonly string[] {
  return text === '' ? notes : [...notes, text];
}

/** The API has no role but the user's, so each note is a part of its own, before the caller's words. */
function inputOf(message: AgentMessage): AgentSessionInputMessageParam {
  return { role: 'user', content: textsOf(message).map((text) => ({ type: 'input_text', text })) };
}
