// What a session is created with, says and takes, up to the newest of it: openai 7.59 has these types, 7.55 not yet all.
import type * as wire from 'openai/resources/beta/agents/agents';
import type { SessionCreateParamsStreaming } from 'openai/resources/beta/agents/sessions/sessions';

export interface SessionCreation extends SessionCreateParamsStreaming {
  stream_options?: { include_obfuscation?: boolean };
}

/** The session pauses at its spending limit; nothing says that the turn is over. */
export interface BudgetReached {
  readonly type: 'agent.session.budget_reached';
  readonly event_id: string;
  readonly session: wire.AgentSession;
}

export type SessionEvent = wire.AgentSessionEvent | BudgetReached;

export type SessionStatus = wire.AgentSession['status'] | 'budget_reached';
