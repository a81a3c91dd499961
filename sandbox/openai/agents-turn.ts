// One turn of the sandbox's Agents API: the mind's replies written out as items and events. A message that steers the
// turn makes it drop what it was saying and answer anew, under the same turn ID; a cancelled turn lets one late delta
// out, as what was already under way does.
import type * as wire from 'openai/resources/beta/agents/agents';
import type { Turn } from 'openai/resources/beta/agents/sessions/turns/turns';
import type { Clock } from '../../src/call/ports.ts';
import type { ApprovalRequest, SessionEvent } from '../../src/agent/agents-api/session-wire.ts';
import { pause } from '../pause.ts';
import { type MindReply, tokensOf } from './mind.ts';

type WithoutId<Event> = Event extends { event_id: string } ? Omit<Event, 'event_id'> : never;
/** An event of a session, before it is given its ID. */
export type ToldEvent = WithoutId<SessionEvent>;

export type FunctionCall = wire.AgentSession.SessionRequiredActionResourceFunctionCall;

/** The session, as a turn needs it. */
export interface TurnSurroundings {
  readonly sessionId: string;
  readonly agentId: string;
  readonly newId: (prefix: string) => string;
  readonly tell: (event: ToldEvent) => void;
  /** A turn begins to exist. */
  readonly addTurn: (turn: Turn) => void;
  /** An item is finished. */
  readonly addItem: (item: wire.AgentSessionItem) => void;
  readonly think: (message: wire.AgentSessionMessage) => MindReply;
  /** Whether the agent was given a function of this name. */
  readonly canCall: (name: string) => boolean;
  /** The session waits for this call's result; null once it has it. */
  readonly require: (action: FunctionCall | ApprovalRequest | null) => void;
  /** The session pauses: no event says that the turn is over. */
  readonly reachBudget: () => void;
  readonly raiseBudget: () => void;
  readonly dropStreams: () => void;
  readonly clock: Clock;
  readonly cancelTakesMs: () => number;
}

type Phase = wire.AgentSessionAssistantMessage['phase'];

/** The message that is being written. */
interface Writing {
  readonly item: wire.AgentSessionAssistantMessage;
  readonly unsaid: string[];
  readonly tellsParts: boolean;
}

export class RunningTurn {
  readonly turn: Turn;
  readonly #session: TurnSurroundings;
  readonly #cancelling = new AbortController();
  readonly #steering: wire.AgentSessionMessage[] = [];
  #outputs = 0;
  #writing: Writing | null = null;
  #onToolResult: () => void = () => {};
  #onDecision: (decision: unknown) => void = () => {};

  constructor(session: TurnSurroundings) {
    this.#session = session;
    this.turn = newTurn(session, null);
    session.tell({ type: 'agent.session.turn.created', turn: this.turn, ...this.#place });
  }

  steer(message: wire.AgentSessionMessage): void {
    this.#steering.push(message);
  }

  cancel(): void {
    this.#cancelling.abort();
  }

  takeDecision(decision: unknown): void {
    this.#onDecision(decision);
  }

  takeToolResult(): void {
    this.#onToolResult();
  }

  /** Resolves once the turn is over. */
  async run(first: wire.AgentSessionMessage): Promise<void> {
    this.#session.tell({ type: 'agent.session.turn.in_progress', turn: this.turn, ...this.#place });
    try {
      let code: wire.SessionTurnError['code'] | undefined;
      for (let message: typeof first | undefined = first; message !== undefined;) {
        code = await this.#answer(this.#session.think(message));
        message = this.#steering.shift();
      }
      if (code === undefined) this.#end('completed');
      else this.#fail(code);
    } catch (error) {
      if (!this.#cancelling.signal.aborted) throw error;
      const late = this.#writing?.unsaid.shift();
      if (this.#writing !== null && late !== undefined) this.#tellDelta(this.#writing.item, late);
      await pause(this.#session.clock, this.#session.cancelTakesMs());
      this.#endItem('incomplete');
      this.#end('cancelled');
    }
  }

  /** Returns the code with which the reply failed. Rejects once the turn is cancelled. */
  async #answer(reply: MindReply): Promise<wire.SessionTurnError['code'] | undefined> {
    const { signal } = this.#cancelling;
    await pause(this.#session.clock, reply.firstWordAfterMs ?? 0, signal);
    if (reply.commentary !== undefined) await this.#write({ text: reply.commentary }, 'commentary');
    if (reply.subagentSays !== undefined) this.#letSubagentSay(reply.subagentSays);
    const { calls, saysBeforeCall: first } = reply;
    if (first !== undefined) await this.#write({ ...reply, text: first }, null);
    for (let left = calls?.times ?? 1; calls !== undefined && left > 0; left--)
      if (this.#session.canCall(calls.name)) await this.#call(calls.name, calls.arguments);
    const { asksApproval: asked } = reply;
    const isDenied = asked !== undefined && (await this.#askApproval(asked.message)) !== 'approve';
    await this.#write(isDenied ? { ...reply, text: asked.whenDenied } : reply, 'final_answer');
    if (reply.reachesBudget === true) await this.#spend(reply.budgetRaisedAfterMs, signal);
    if (reply.hangs === true) await untilAborted(signal);
    return reply.failWith;
  }

  async #spend(raisedAfterMs: number | undefined, signal: AbortSignal): Promise<void> {
    this.#session.reachBudget();
    if (raisedAfterMs === undefined) return untilAborted(signal);
    await pause(this.#session.clock, raisedAfterMs, signal);
    this.#session.raiseBudget();
  }

  async #write(reply: MindReply, phase: Phase): Promise<void> {
    const { tell, dropStreams } = this.#session;
    const item = newMessage(this.#session, this.turn.id, phase);
    const unsaid = tokensOf(reply.text);
    const tellsParts = reply.isWithoutParts !== true;
    this.#writing = { item, unsaid, tellsParts };
    tell({ type: 'agent.session.turn.item.added', item, output_index: this.#outputs, ...this.#place });
    const part = { type: 'output_text', text: '' } as const;
    if (tellsParts) tell({ type: 'agent.session.turn.content_part.added', part, ...this.#placeIn(item) });
    for (let said = 1; unsaid.length > 0 && this.#steering.length === 0; said++) {
      await pause(this.#session.clock, reply.perTokenMs ?? 0, this.#cancelling.signal);
      const token = unsaid.shift() ?? '';
      if (reply.isWithoutDeltas === true || !tellsParts) addText(item, token);
      else this.#tellDelta(item, token);
      if (said === reply.dropsStreamAfterTokens) dropStreams();
    }
    this.#endItem(unsaid.length === 0 ? 'completed' : 'incomplete');
  }

  #tellDelta(item: wire.AgentSessionAssistantMessage, delta: string): void {
    addText(item, delta);
    this.#session.tell({ type: 'agent.session.turn.output_text.delta', delta, ...this.#placeIn(item) });
  }

  #endItem(status: 'completed' | 'incomplete'): void {
    if (this.#writing === null) return;
    const { item, tellsParts } = this.#writing;
    const { tell, addItem } = this.#session;
    this.#writing = null;
    item.status = status;
    const part = item.content[0] ?? { type: 'output_text', text: '' };
    const { text } = part;
    addItem(item);
    if (tellsParts) {
      tell({ type: 'agent.session.turn.output_text.done', text, ...this.#placeIn(item) });
      tell({ type: 'agent.session.turn.content_part.done', part, ...this.#placeIn(item) });
    }
    tell({ type: 'agent.session.turn.item.done', item, output_index: this.#outputs++, ...this.#place });
  }

  async #call(name: string, args: unknown): Promise<void> {
    const { newId, tell, addItem, require } = this.#session;
    const turn_id = this.turn.id;
    const call: FunctionCall = {
      type: 'function_call',
      name,
      arguments: args,
      call_id: newId('call'),
      turn_id,
    };
    const item: wire.AgentFunctionCallItem = { ...call, id: newId('fc'), status: 'completed' };
    const output_index = this.#outputs++;
    tell({ type: 'agent.session.turn.item.added', item, output_index, ...this.#place });
    tell({ type: 'agent.session.turn.item.done', item, output_index, ...this.#place });
    addItem(item);
    this.turn.status = 'waiting';
    const answered = new Promise<void>((resolve) => (this.#onToolResult = resolve));
    require(call);
    try {
      await Promise.race([answered, untilAborted(this.#cancelling.signal)]);
    } finally {
      require(null);
      this.turn.status = 'in_progress';
    }
  }

  async #askApproval(message: string): Promise<unknown> {
    const { newId, require } = this.#session;
    const request = {
      type: 'mcp_tool_call',
      server_label: 'stock',
      name: 'create_order',
      message,
      arguments: { dozen: 1 },
    } as const;
    const request_id = newId('appr');
    const decided = new Promise<unknown>((resolve) => (this.#onDecision = resolve));
    require({ type: 'mcp_approval_request', turn_id: this.turn.id, request_id, request });
    try {
      return await Promise.race([decided, untilAborted(this.#cancelling.signal)]);
    } finally {
      require(null);
    }
  }

  #letSubagentSay(text: string): void {
    const session = this.#session;
    const turn = newTurn(session, session.newId('subagent'));
    const place = { session_id: session.sessionId, turn_id: turn.id };
    const item = newMessage(session, turn.id, 'final_answer');
    session.tell({ type: 'agent.session.turn.created', turn, ...place });
    session.tell({ type: 'agent.session.turn.item.added', item, output_index: 0, ...place });
    addText(item, text);
    session.tell({ type: 'agent.session.turn.item.done', item, output_index: 0, ...place });
    finish(turn, 'completed');
    session.tell({ type: 'agent.session.turn.completed', turn, usage: null, ...place });
  }

  #fail(code: wire.SessionTurnError['code']): void {
    const message = 'The sandbox was told to fail.';
    const error = { code, message, param: null, type: 'server_error' };
    this.turn.error = { code, message };
    this.#session.tell({ type: 'error', error, session_id: this.#session.sessionId });
    this.#end('failed');
  }

  #end(how: 'completed' | 'failed' | 'cancelled'): void {
    finish(this.turn, how);
    const usage = how === 'completed' ? USAGE : null;
    this.#session.tell({ type: `agent.session.turn.${how}`, turn: this.turn, usage, ...this.#place });
  }

  get #place() {
    return { session_id: this.#session.sessionId, turn_id: this.turn.id };
  }

  #placeIn(item: wire.AgentSessionAssistantMessage) {
    return { item_id: item.id, content_index: 0, output_index: this.#outputs, ...this.#place };
  }
}

const USAGE: wire.TokenUsage = {
  input_tokens: 120,
  input_tokens_details: { cached_tokens: 100 },
  output_tokens: 12,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 132,
};

export function seconds(): number {
  return Math.floor(Date.now() / 1000);
}

function newTurn(session: TurnSurroundings, subagentId: string | null): Turn {
  const turn: Turn = {
    id: session.newId('turn'),
    object: 'agent.session.turn',
    agent_id: session.agentId,
    session_id: session.sessionId,
    subagent_id: subagentId,
    created_at: seconds(),
    started_at: seconds(),
    completed_at: null,
    error: null,
    status: 'in_progress',
    usage: null,
  };
  session.addTurn(turn);
  return turn;
}

function newMessage(
  session: TurnSurroundings,
  turnId: string,
  phase: Phase,
): wire.AgentSessionAssistantMessage {
  const id = session.newId('msg');
  return {
    id,
    type: 'message',
    role: 'assistant',
    phase,
    content: [],
    status: 'in_progress',
    turn_id: turnId,
  };
}

function addText(item: wire.AgentSessionAssistantMessage, text: string): void {
  item.content = [{ type: 'output_text', text: (item.content[0]?.text ?? '') + text }];
}

function finish(turn: Turn, how: 'completed' | 'failed' | 'cancelled'): void {
  turn.status = how;
  turn.completed_at = seconds();
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(new Error('cancelled'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
