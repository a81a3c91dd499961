// One session of the sandbox's Agents API: what was said, who listens, and the turn that runs. A stream of its events
// begins with the session's status and tells nothing of the past.
import type * as wire from 'openai/resources/beta/agents/agents';
import type { Turn } from 'openai/resources/beta/agents/sessions/turns/turns';
import type { ApprovalRequest, SessionStatus } from '../../src/agent/agents-api/session-wire.ts';
import type { Clock } from '../../src/call/ports.ts';
import {
  type FunctionCall,
  RunningTurn,
  seconds,
  type ToldEvent,
  type TurnSurroundings,
} from './agents-turn.ts';
import { type AgentFaults, type EventStream, recordOf, type ToolAnswered } from './http-faults.ts';
import type { Mind, MindReply, Remembered } from './mind.ts';

export interface SessionParts {
  readonly id: string;
  readonly agentId: string;
  readonly mind: Mind;
  /** The functions that it may call. */
  readonly functions: ReadonlySet<string>;
  readonly metadata: Record<string, string>;
  readonly clock: Clock;
  readonly faults: AgentFaults;
  readonly newId: (prefix: string) => string;
  readonly onEvent: (event: ToldEvent) => void;
  readonly onToolAnswer: (answer: ToolAnswered) => void;
  readonly log: (line: string) => void;
}

export class SandboxSession {
  readonly turns: Turn[] = [];
  /** Finished items only: whether the real one lists what is still being written is not documented. */
  readonly items: wire.AgentSessionItem[] = [];
  /** The keys of messages that were taken: each is taken once. */
  readonly idempotencyKeys = new Set<string>();
  readonly #parts: SessionParts;
  readonly #createdAt = seconds();
  readonly #listeners = new Map<EventStream, { readonly endsAtIdle: boolean }>();
  #running: RunningTurn | null = null;
  #isSpent = false;
  #required: FunctionCall | ApprovalRequest | null = null;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** The stream of the session's own creation: told from the very first event on. */
  created(stream: EventStream): void {
    this.#listeners.set(stream, { endsAtIdle: !this.#parts.faults.keepsCreateStream });
    this.#tell({ type: 'agent.session.created', session: this.view() });
  }

  /** Adds a stream, which receives every event from now on. */
  listen(stream: EventStream): void {
    this.#listeners.set(stream, { endsAtIdle: false });
    // The first event would bring the headers that are to be held back.
    if (!this.#parts.faults.holdsStreamHeaders && !this.isRunning) {
      stream.tell(this.#numbered({ type: 'agent.session.idle', session: this.view() }));
    }
  }

  forget(stream: EventStream): void {
    this.#listeners.delete(stream);
  }

  /** Begins a turn, or steers the one that runs. Each message is a list of texts; the last one is to be answered. */
  hear(messages: readonly (readonly string[])[]): void {
    const isSteering = this.#running !== null;
    this.#running ??= new RunningTurn(this.#surroundings());
    const running = this.#running;
    const place = { session_id: this.#parts.id, turn_id: running.turn.id };
    const items = messages.map((texts): wire.AgentSessionMessage => ({
      id: this.#parts.newId('msg'),
      type: 'message',
      role: 'user',
      phase: null,
      content: texts.map((text) => ({ type: 'input_text', text })),
      status: 'completed',
      turn_id: running.turn.id,
    }));
    for (const item of items) {
      this.items.push(item);
      this.#tell({ type: 'agent.session.turn.item.added', item, output_index: null, ...place });
    }
    const last = items.at(-1);
    if (last === undefined) return;
    if (isSteering) return running.steer(last);
    this.#tell({ type: 'agent.session.in_progress', session: this.view() });
    running.run(last).then(
      () => this.#rest(),
      (error: unknown) => this.#parts.log(`sandbox: a turn broke: ${String(error)}`),
    );
  }

  cancel(): void {
    this.#running?.cancel();
  }

  /** Tells whether this result was waited for. */
  takeToolResult(result: Readonly<Record<string, unknown>>): boolean {
    const { turn_id, call_id, success, output, error } = result;
    const call = this.#required;
    if (call?.type !== 'function_call' || call.turn_id !== turn_id || call.call_id !== call_id) return false;
    const told: unknown = success === true ? output : error;
    if (typeof success !== 'boolean' || typeof told !== 'string') return false;
    this.#required = null;
    this.#parts.onToolAnswer({ name: call.name, output: told });
    this.#running?.takeToolResult();
    return true;
  }

  /** Tells whether this approval was waited for. */
  takeApproval({ request_id, response }: Readonly<Record<string, unknown>>): boolean {
    const asked = this.#required;
    if (asked?.type !== 'mcp_approval_request' || asked.request_id !== request_id) return false;
    this.#required = null;
    this.#running?.takeDecision(recordOf(response)?.['decision']);
    return true;
  }

  dropStreams(): void {
    for (const stream of this.#listeners.keys()) stream.drop();
    this.#listeners.clear();
  }

  view(): wire.AgentSession {
    const { id, agentId, metadata } = this.#parts;
    return {
      id,
      object: 'agent.session',
      agent: {
        id: agentId,
        name: agentId,
        model: 'sandbox',
        instructions: null,
        multi_agent: { enabled: false, max_concurrent_subagents: null },
        reasoning: { effort: 'low', summary: null },
        service_tier: 'auto',
        text: { format: { type: 'text' }, verbosity: 'medium' },
        tools: [],
      },
      created_at: this.#createdAt,
      last_active_at: seconds(),
      environment: { type: 'none' },
      error: null,
      metadata,
      required_actions: (this.#required === null
        ? []
        : [this.#required]) as wire.AgentSession['required_actions'],
      status: this.#status as wire.AgentSession['status'],
      usage: null,
      vault_ids: [],
    };
  }

  get #status(): SessionStatus {
    if (this.#isSpent) return 'budget_reached';
    if (this.#required !== null) return 'requires_action';
    return this.isRunning ? 'in_progress' : 'idle';
  }

  #rest(): void {
    this.#running = null;
    this.#tell({ type: 'agent.session.idle', session: this.view() });
    for (const [stream, { endsAtIdle }] of this.#listeners) if (endsAtIdle) stream.end();
  }

  #surroundings(): TurnSurroundings {
    const { id, agentId, newId, clock, faults, functions } = this.#parts;
    return {
      sessionId: id,
      agentId,
      newId,
      tell: (event) => this.#tell(event),
      addTurn: (turn) => this.turns.push(turn),
      addItem: (item) => this.items.push(item),
      think: (message) => this.#think(message),
      canCall: (name) => functions.has(name),
      require: (call) => this.#require(call),
      reachBudget: () => {
        this.#isSpent = true;
        this.#tell({ type: 'agent.session.budget_reached', session: this.view() });
      },
      raiseBudget: () => {
        this.#isSpent = false;
      },
      dropStreams: () => this.dropStreams(),
      clock,
      cancelTakesMs: () => faults.cancelTakesMs,
    };
  }

  #require(call: FunctionCall | ApprovalRequest | null): void {
    this.#required = call;
    if (call !== null) this.#tell({ type: 'agent.session.requires_action', session: this.view() });
  }

  /** Every part of what was sent is remembered by itself; the last part is what is to be answered. */
  #think(message: wire.AgentSessionMessage): MindReply {
    const until = this.items.indexOf(message) + 1;
    const history = this.items
      .slice(0, until)
      .flatMap((item) => (item.type === 'message' ? partsOf(item) : []));
    return this.#parts.mind({
      history: history.slice(0, -1),
      text: history.at(-1)?.text ?? '',
      sessionId: this.#parts.id,
    });
  }

  #tell(event: ToldEvent): void {
    this.#parts.onEvent(event);
    const numbered = this.#numbered(event);
    for (const stream of this.#listeners.keys()) stream.tell(numbered);
  }

  #numbered(event: ToldEvent): ToldEvent & { readonly event_id: string } {
    return { event_id: this.#parts.newId('evt'), ...event };
  }
}

function partsOf({ role, content }: wire.AgentSessionMessage): Remembered[] {
  return content.flatMap((part) => ('text' in part ? [{ role, text: part.text }] : []));
}
