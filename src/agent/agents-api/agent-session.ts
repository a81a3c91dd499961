// One session of the Agents API and the turn that runs in it. A message that is sent while a turn runs steers that turn, so
// the session is brought to rest before each message. `idle` alone proves nothing, because a failed turn ends in it too,
// and a new stream begins with it: only a turn's own event says how it ended.
import { APIError } from 'openai/error';
import type * as wire from 'openai/resources/beta/agents/agents';
import type { Turn } from 'openai/resources/beta/agents/sessions/turns/turns';
import type { Clock } from '../../call/ports.ts';
import { within, withDeadline } from '../../call/waiting.ts';
import { type AgentFailed, failed, failedWith, failedWithCode } from '../failures.ts';
import type { Reply } from './reply.ts';
import type { AgentSessionOptions } from './agent-session-options.ts';
import { SessionApprovals } from './session-approvals.ts';
import { type FunctionCall, SessionCalls } from './session-calls.ts';
import { SessionFeed } from './session-feed.ts';
import { SessionInputs } from './session-inputs.ts';
import { SessionState } from './session-state.ts';
import type { RequiredAction, SessionEvent, SessionInput, SessionStatus } from './session-wire.ts';

/** How long the relay waits for an event that must come, before it asks the session whether it missed it. */
const OVERDUE_MS = 2000;
/** A stream that has stalled looks like an agent that thinks: after this long the session is asked which it is. */
const QUIET_MS = 4000;
const CLOSE_MS = 4000;
const SPENT = failed('refused', 'budget_reached');

export class AgentSession {
  readonly #api: AgentSessionOptions['client']['beta']['agents']['sessions'];
  readonly #clock: Clock;
  readonly #log: (line: string) => void;
  readonly #feed: SessionFeed;
  readonly #state: SessionState;
  #reply: Reply | null;
  #resting: Promise<void> | null = null;
  readonly #inputs: SessionInputs;
  #cancelWatch: () => void = () => {};
  #closing: Promise<void> | null = null;
  #lost: AgentFailed | null = null;
  #id: string | null = null;
  /** The session must be asked what it is doing. */
  #isInDoubt = false;
  /** The session is paused at its spending limit, which another session would only evade. */
  #isSpent = false;
  readonly #calls: SessionCalls;
  readonly approvals: SessionApprovals;
  /** What the caller heard of the turn that waits for their answer. */
  #asked: Reply | null = null;

  /** Creates the session, or brings the session of another process to rest. */
  constructor(options: AgentSessionOptions) {
    const { client, source, tools, reply, language, clock, log } = options;
    this.#api = client.beta.agents.sessions;
    this.#inputs = new SessionInputs(this.#api, clock);
    this.#clock = clock;
    this.#state = new SessionState(clock);
    this.#log = log;
    this.#reply = reply;
    this.#feed = new SessionFeed({
      api: this.#api,
      source,
      clock,
      createdWithinMs: options.createdWithinMs,
      onSavedOnly: options.onSavedOnly,
      onEvent: (event) => this.#hear(event),
      onResumed: () => this.#resume(),
      onLost: (error) => this.#lose(failedWith(error)),
    });
    const send = async (input: SessionInput): Promise<void> =>
      this.#inputs.send((await this.#feed.sessionId) ?? '', input);
    const onNotSent = (error: unknown): void => this.#note('tool not answered', error);
    this.#calls = new SessionCalls({ tools, send, onNotSent, log });
    this.approvals = new SessionApprovals({ language, clock, send, onNotSent });
    if ('sessionId' in source) {
      this.#id = source.sessionId;
      this.#isInDoubt = true;
      this.#inputs.waitFor(this.#feed.subscribed());
      void this.rest();
    } else {
      void this.#feed.sessionId.then((id) => (this.#id = id));
    }
  }

  /** null while the session does not exist, or no longer does. */
  get id(): string | null {
    return this.#id;
  }

  get lastTurnId(): string | null {
    return this.#state.lastTurnId;
  }

  get isLost(): boolean {
    return this.#lost !== null;
  }

  /** Cancels the turn that still runs; resolves when a message would begin a turn of its own. Never rejects. */
  rest(): Promise<void> {
    this.#resting ??= this.#bringToRest().finally(() => (this.#resting = null));
    return this.#resting;
  }

  /**
   * Sends messages, only ever at rest. The answer goes to `reply`, and so does a failure. Returns whether they need not be
   * sent again: the agent has them, or would refuse them every time.
   */
  async post(input: wire.AgentSessionInputMessageParam[], reply: Reply): Promise<boolean> {
    const sessionId = await this.#feed.sessionId;
    if (sessionId === null || this.#lost !== null) {
      reply.pipe.fail(this.#lost ?? failed('unavailable', 'closed'));
      return false;
    }
    if (this.#isSpent) {
      reply.pipe.fail(SPENT);
      return false;
    }
    this.#reply = reply;
    this.#state.post();
    this.#watch();
    try {
      await this.#inputs.post(sessionId, input);
      return true;
    } catch (error) {
      const event = failedWith(error);
      if (error instanceof APIError && error.status === 404) this.#lose(event);
      // The vendor may have taken it all the same; if it has answered, it can be asked at once.
      else this.#isInDoubt = error instanceof APIError && error.status !== undefined;
      reply.pipe.fail(event);
      return event.failure === 'refused' && !this.isLost;
    }
  }

  goOn(reply: Reply): void {
    if (this.#asked !== null) reply.follow(this.#asked);
    this.#reply = reply;
    this.#watch();
  }

  /** Words that the turn which runs should have at once. Rejects as the SDK does. */
  async steer(input: wire.AgentSessionInputMessageParam[]): Promise<void> {
    await this.#inputs.send(this.#id ?? '', { type: 'agent.session.input.message', input });
  }

  /** Nobody reads this reply any more: its turn is cancelled if it still runs. */
  leave(reply: Reply): void {
    if (this.#reply !== reply) return;
    this.#reply = null;
    this.#asked = reply;
    if (this.approvals.isAsking) return;
    if (this.#state.isPosted || this.#state.runningTurnId !== null) void this.rest();
  }

  /**
   * Cancels what runs and deletes the session, if the vendor answers within a few seconds. A session whose creation was
   * never answered has no ID to delete it by, and stays. One that is kept is only left: the process that continues it may
   * have a turn in it already, which a cancel from here would hit. Never rejects.
   */
  close(isKept: boolean): Promise<void> {
    this.#closing ??= this.#close(isKept);
    return this.#closing;
  }

  async #close(isKept: boolean): Promise<void> {
    this.#reply?.pipe.end();
    this.#reply = null;
    this.#cancelWatch();
    this.approvals.drop();
    await within(this.#clock, CLOSE_MS, isKept ? this.#inputs.posted : this.#delete(), undefined);
    this.#feed.close();
    this.#lost ??= failed('unavailable', 'closed');
    this.#state.close();
  }

  async #delete(): Promise<void> {
    await this.rest();
    const sessionId = await this.#feed.sessionId;
    if (sessionId === null) return;
    await this.#api.delete(sessionId).catch((error: unknown) => this.#note('not deleted', error));
  }

  async #bringToRest(): Promise<void> {
    await this.#inputs.settle(OVERDUE_MS);
    const sessionId = await this.#feed.sessionId;
    let cancelled: string | null = null;
    while (sessionId !== null && this.#lost === null && !this.#state.isAtRest) {
      const turnId = this.#state.runningTurnId;
      if (turnId !== null && turnId !== cancelled) {
        cancelled = turnId;
        const cancel = withDeadline(this.#clock, OVERDUE_MS, null, (soon) =>
          this.#inputs.send(sessionId, { type: 'agent.session.input.cancel' }, soon),
        );
        // The API refuses if the turn has just ended by itself, which its events then say.
        await cancel.catch((error: unknown) => this.#note('not cancelled', error));
      } else if (this.#isInDoubt || !(await this.#state.hasChangedWithin(OVERDUE_MS))) {
        const asking = this.#isInDoubt ? this.#look() : this.#catchUp();
        this.#isInDoubt = false;
        cancelled = null;
        // The next message reports better what is wrong with the session.
        if ((await asking.catch(() => 'idle')) === 'idle') this.#state.rest();
      }
    }
    await this.#feed.subscribed();
  }

  #hear(event: SessionEvent): void {
    this.#watch();
    switch (event.type) {
      case 'agent.session.turn.created':
      case 'agent.session.turn.in_progress':
        this.#begin(event.turn);
        return;
      case 'agent.session.turn.item.done':
        this.#readItem(event.item);
        return;
      case 'agent.session.turn.completed':
      case 'agent.session.turn.failed':
      case 'agent.session.turn.cancelled':
        this.#finish({ ...event.turn, usage: event.usage ?? event.turn.usage });
        return;
      case 'agent.session.idle':
        this.#isSpent = false;
        return this.#noteStatus('idle');
      case 'agent.session.budget_reached':
        return this.#noteStatus('budget_reached');
      case 'agent.session.requires_action':
        this.#act(event.session);
        return;
      case 'agent.session.failed':
        this.#lose(failed('unavailable', 'session failed'));
        return;
      case 'error':
        // A turn's own event, received or missed, says how it ended; without a turn, nothing else comes.
        if (this.#state.isPosted && this.#reply?.hasGap === false) {
          this.#reply.pipe.fail(failedWithCode(event.error.code));
        }
        return;
      default:
        this.#reply?.hear(event);
    }
  }

  #begin(turn: Turn): void {
    if (this.#state.begin(turn) && this.#reply !== null) this.#reply.turnId = turn.id;
  }

  #finish(turn: Turn): void {
    this.#begin(turn);
    if (this.#state.runningTurnId === turn.id) this.approvals.drop();
    this.#state.end(turn);
    const reply = this.#reply;
    if (reply === null || reply.turnId !== turn.id) return;
    if (reply.hasGap) void this.#readItems(turn.id).then(() => reply.conclude(turn));
    else reply.conclude(turn);
  }

  /** Another stream is open: looks for what happened while none was. */
  #resume(): void {
    this.#reply?.loseTrack();
    if (!this.#state.isAtRest) this.#look().catch((error: unknown) => this.#note('not caught up', error));
  }

  /** Counts the silence of the stream from now on, while a reply is read or its turn ends. */
  #watch(): void {
    this.#cancelWatch();
    if (this.#reply === null || this.#state.isAtRest || this.#closing !== null) return;
    this.#cancelWatch = this.#clock.after(QUIET_MS, () => {
      const caughtUp = this.#catchUp().catch((error: unknown) => this.#note('not caught up', error));
      void caughtUp.then(() => this.#watch());
    });
  }

  /** Asks as `look` does; if the session has gone on and the stream did not say so, another takes its place. */
  async #catchUp(): Promise<SessionStatus> {
    const known = this.#state.changes;
    const status = await this.#look();
    if (this.#state.changes !== known) this.#feed.renew();
    return status;
  }

  /** Asks for what the missed events said; returns the session's status. */
  async #look(): Promise<SessionStatus> {
    const sessionId = (await this.#feed.sessionId) ?? '';
    const { data } = await this.#api.turns.list(sessionId, { order: 'desc', limit: 20 });
    const turn = data.find((one) => one.subagent_id === null && !this.#state.hasEnded(one));
    if (turn !== undefined) {
      this.#begin(turn);
      await this.#readItems(turn.id);
    }
    for (const one of data) if (one.completed_at !== null) this.#finish(one);
    const session = await this.#api.retrieve(sessionId);
    this.#noteStatus(session.status);
    this.#act(session);
    return session.status;
  }

  #noteStatus(status: SessionStatus): void {
    if (status === 'idle') this.#state.noteIdle();
    if (status !== 'budget_reached') return;
    // No event says that the turn is over, and no message begins another.
    this.#isSpent = true;
    this.#state.rest();
    this.#reply?.pipe.fail(SPENT);
  }

  /** Never rejects. */
  async #readItems(turnId: string): Promise<void> {
    if (this.#reply?.turnId !== turnId) return;
    const query = { session_id: (await this.#feed.sessionId) ?? '', order: 'asc' } as const;
    try {
      for await (const item of this.#api.turns.items.list(turnId, query)) this.#readItem(item);
      if (this.#reply?.turnId === turnId) this.#reply.hasGap = false;
    } catch (error) {
      if (this.#closing === null) this.#note('items not read', error);
    }
  }

  #readItem(item: wire.AgentSessionItem): void {
    // A call that is not complete comes again once the session waits for it.
    if (item.type === 'function_call' && item.status === 'completed') this.#takeCall(item);
    this.#reply?.hearItem(item);
  }

  /** The session waits for something that only the application can give. */
  #act({ required_actions }: wire.AgentSession): void {
    const actions: readonly RequiredAction[] = required_actions;
    for (const action of actions) {
      if (action.type === 'function_call') this.#takeCall(action);
      else if (action.type === 'mcp_approval_request')
        this.approvals.take(action, this.#reply?.reads(action) === true ? this.#reply : null);
      else this.#reply?.pipe.fail(failed('refused', `asks for ${action.type}`));
    }
  }

  #takeCall(call: FunctionCall): void {
    // The event that began the turn was missed and is being looked up; then the call comes again.
    if (this.#reply?.turnId === null) return;
    this.#calls.take(call, this.#reply?.reads(call) === true ? this.#reply : null);
  }

  #lose(event: AgentFailed): void {
    this.#id = null;
    this.#lost ??= event;
    this.#reply?.pipe.fail(event);
    this.#cancelWatch();
    this.#feed.close();
    this.#state.close();
  }

  #note(what: string, error: unknown): void {
    this.#log(`agents-api: ${what}: ${failedWith(error).detail}`);
  }
}
