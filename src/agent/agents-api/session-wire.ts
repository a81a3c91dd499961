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

/** The agent waits until an MCP tool may act. */
export interface ApprovalRequest {
  readonly type: 'mcp_approval_request';
  readonly turn_id: string;
  readonly request_id: string;
  readonly request: {
    readonly type: 'mcp_tool_call';
    readonly server_label: string;
    readonly name: string | null;
    readonly message: string;
    readonly arguments: unknown;
  };
}

export interface ApprovalResult {
  readonly type: 'agent.session.input.mcp_approval_request_result';
  readonly request_id: string;
  readonly response: { readonly type: 'mcp_tool_call'; readonly decision: 'approve' | 'deny' | 'cancel' };
}

export type RequiredAction = wire.AgentSession['required_actions'][number] | ApprovalRequest;
export type SessionInput = wire.AgentSessionInputParam | ApprovalResult;
