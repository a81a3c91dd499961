// One session of the Agents API and the turn that runs in it. A message that is sent while a turn runs does not wait:
// it steers that turn. So the session is brought to rest before each message. `idle` alone tells nothing, for a failed
// turn ends in it too, and a new stream begins with it: how a turn ended is told by its own event.
import { setTimeout as pause } from 'node:timers/promises';
import { type OpenAI, APIError } from 'openai';
import type * as wire from 'openai/resources/beta/agents/agents';
import type { Turn } from 'openai/resources/beta/agents/sessions/turns/turns';
import type { PhoneTools } from '../../call/phone-tools.ts';
import { type AgentFailed, failed, failedWith, failedWithCode } from '../failures.ts';
import { conclude, type Reply } from './reply.ts';
import { type FunctionCall, SessionCalls } from './session-calls.ts';
import { SessionFeed, type SessionSource } from './session-feed.ts';
import { SessionState } from './session-state.ts';
import { takenSince } from './session-words.ts';

/** How long an event that must come is awaited before the session is asked whether it was missed. */
const OVERDUE_MS = 2000;
const CLOSE_MS = 4000;

export interface AgentSessionOptions {
  readonly client: OpenAI;
  readonly source: SessionSource;
  /** The session was created, but only with the agent as it was saved. */
  readonly onSavedOnly: () => void;
  readonly tools: PhoneTools;
  /** Reads the answer to the session's first message; null where nobody does. */
  readonly reply: Reply | null;
  readonly log: (line: string) => void;
}

export class AgentSession {
  readonly #api: OpenAI['beta']['agents']['sessions'];
  readonly #log: (line: string) => void;
  readonly #feed: SessionFeed;
  readonly #state = new SessionState();
  #reply: Reply | null;
  #resting: Promise<void> | null = null;
  /** What must be over before the session can be brought to rest. */
  #posting: Promise<unknown> = Promise.resolve();
  #giveUpPosting: () => void = () => {};
  #closing: Promise<void> | null = null;
  #lost: AgentFailed | null = null;
  #id: string | null = null;
  /** What the session is doing is known to nobody here, and must be asked. */
  #isInDoubt = false;
  readonly #calls: SessionCalls;

  /** Creates the session, or brings one that another process had to rest. */
  constructor({ client, source, onSavedOnly, tools, reply, log }: AgentSessionOptions) {
    this.#api = client.beta.agents.sessions;
    this.#log = log;
    this.#reply = reply;
    this.#feed = new SessionFeed({
      api: this.#api,
      source,
      onSavedOnly,
      onEvent: (event) => this.#hear(event),
      onResumed: () => this.#resume(),
      onLost: (error) => this.#lose(failedWith(error)),
    });
    this.#calls = new SessionCalls({
      tools,
      send: async (result) => this.#input((await this.#feed.sessionId) ?? '', result),
      onNotSent: (error) => this.#note('tool not answered', error),
      log,
    });
    if ('sessionId' in source) {
      this.#id = source.sessionId;
      this.#isInDoubt = true;
      this.#posting = this.#feed.subscribed();
      void this.rest();
    } else {
      void this.#feed.sessionId.then((id) => (this.#id = id));
    }
  }

  /** null where there is no session yet, or none any more. */
  get id(): string | null {
    return this.#id;
  }

  /** The last turn that is known of; what was told in it was told before what is sent from now on. */
  get lastTurnId(): string | null {
    return this.#state.lastTurnId;
  }

  /** There is no such session any more, or there never was. */
  get isLost(): boolean {
    return this.#lost !== null;
  }

  /** Resolves when a message would begin a turn of its own: a turn that still runs is cancelled. Never rejects. */
  rest(): Promise<void> {
    this.#resting ??= this.#bringToRest().finally(() => (this.#resting = null));
    return this.#resting;
  }

  /**
   * Sends messages, only ever at rest; its answer goes to `reply`, and so does a failure. Tells whether the agent
   * need not be told again: it has taken them, or would refuse them every time.
   */
  async post(input: wire.AgentSessionInputMessageParam[], reply: Reply): Promise<boolean> {
    const sessionId = await this.#feed.sessionId;
    if (sessionId === null || this.#lost !== null) {
      reply.pipe.fail(this.#lost ?? failed('unavailable', 'closed'));
      return false;
    }
    this.#reply = reply;
    this.#state.post();
    const givingUp = new AbortController();
    const message = { type: 'agent.session.input.message', input } as const;
    const posting = this.#input(sessionId, message, givingUp.signal);
    this.#posting = posting.catch(() => {});
    this.#giveUpPosting = () => givingUp.abort();
    try {
      await posting;
      return true;
    } catch (error) {
      const event = failedWith(error);
      if (error instanceof APIError && error.status === 404) this.#lose(event);
      // It may have been taken all the same; if the vendor has answered, it is done with it and can be asked at once.
      else this.#isInDoubt = error instanceof APIError && error.status !== undefined;
      reply.pipe.fail(event);
      return event.failure === 'refused' && !this.isLost;
    }
  }

  /** Which of these messages were taken in turns after this one. Rejects as the SDK does. */
  async takenSince(turnId: string | null, messages: readonly (readonly string[])[]): Promise<boolean[]> {
    const sessionId = await this.#feed.sessionId;
    if (sessionId === null || this.#lost !== null) return messages.map(() => false);
    return takenSince(this.#api, { sessionId, turnId }, messages);
  }

  /** Nobody reads this reply any more; if it is still being written, it is cancelled. */
  leave(reply: Reply): void {
    if (this.#reply !== reply) return;
    this.#reply = null;
    if (this.#state.isPosted || this.#state.runningTurnId !== null) void this.rest();
  }

  /**
   * Cancels what runs and deletes the session, if the vendor lets us within a few seconds; one whose creation was never
   * answered has no name to delete it by, and stays. One that is kept is only left: whoever goes on with it may have a turn
   * in it already, which a cancel from here would hit. Never rejects.
   */
  close(isKept: boolean): Promise<void> {
    this.#closing ??= this.#close(isKept);
    return this.#closing;
  }

  async #close(isKept: boolean): Promise<void> {
    this.#reply?.pipe.end();
    this.#reply = null;
    const timer = new AbortController();
    await Promise.race([
      isKept ? this.#posting : this.#delete(),
      pause(CLOSE_MS, null, { signal: timer.signal }).catch(() => {}),
    ]);
    timer.abort();
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
    await this.#awaitPosting();
    const sessionId = await this.#feed.sessionId;
    let cancelled: string | null = null;
    while (sessionId !== null && this.#lost === null && !this.#state.isAtRest) {
      const turnId = this.#state.runningTurnId;
      if (turnId !== null && turnId !== cancelled) {
        cancelled = turnId;
        const soon = AbortSignal.timeout(OVERDUE_MS);
        const cancel = this.#input(sessionId, { type: 'agent.session.input.cancel' }, soon);
        // Refused if the turn has just ended by itself, which its events then tell.
        await cancel.catch((error: unknown) => this.#note('not cancelled', error));
      } else if (this.#isInDoubt || !(await this.#state.hasChangedWithin(OVERDUE_MS))) {
        this.#isInDoubt = false;
        cancelled = null;
        // Whatever is wrong with the session, the next message will tell better.
        if ((await this.#look().catch(() => 'idle')) === 'idle') this.#state.rest();
      }
    }
    await this.#feed.subscribed();
  }

  /** A message that nobody waits for any more, and that hangs, must not hold up the next one. */
  async #awaitPosting(): Promise<void> {
    const isTaken = new AbortController();
    const overdue = pause(OVERDUE_MS, null, { signal: isTaken.signal }).then(
      () => this.#giveUpPosting(),
      () => {},
    );
    await this.#posting;
    isTaken.abort();
    await overdue;
  }

  #hear(event: wire.AgentSessionEvent): void {
    switch (event.type) {
      case 'agent.session.turn.created':
      case 'agent.session.turn.in_progress':
        this.#begin(event.turn);
        return;
      case 'agent.session.turn.item.added':
        if (isMessage(event.item) && this.#isRead(event.item)) this.#reply?.text.begin(event.item);
        return;
      case 'agent.session.turn.output_text.delta':
        this.#reply?.pipe.write(this.#reply.text.delta(event, event.delta));
        return;
      case 'agent.session.turn.output_text.done':
        this.#reply?.pipe.write(this.#reply.text.wholePart(event, event.text));
        return;
      case 'agent.session.turn.item.done':
        this.#readItem(event.item);
        return;
      case 'agent.session.turn.completed':
      case 'agent.session.turn.failed':
      case 'agent.session.turn.cancelled':
        this.#finish(event.turn);
        return;
      case 'agent.session.idle':
        this.#state.noteIdle();
        return;
      case 'agent.session.requires_action':
        this.#act(event.session);
        return;
      case 'agent.session.failed':
        this.#lose(failed('unavailable', 'session failed'));
        return;
      case 'error':
        // With a turn, its own event tells, seen or missed; without one, nothing else will come.
        if (this.#state.isPosted && this.#reply?.hasGap === false) {
          this.#reply.pipe.fail(failedWithCode(event.error.code));
        }
        return;
      default:
        return;
    }
  }

  #begin(turn: Turn): void {
    if (this.#state.begin(turn) && this.#reply !== null) this.#reply.turnId = turn.id;
  }

  #finish(turn: Turn): void {
    this.#begin(turn);
    this.#state.end(turn);
    const reply = this.#reply;
    if (reply === null || reply.turnId !== turn.id) return;
    if (reply.hasGap) void this.#readItems(turn.id).then(() => conclude(reply, turn));
    else conclude(reply, turn);
  }

  /** A further stream is open: looks what happened while there was none. */
  #resume(): void {
    if (this.#reply !== null) {
      this.#reply.hasGap = true;
      this.#reply.text.loseTrack();
    }
    if (!this.#state.isAtRest) this.#look().catch((error: unknown) => this.#note('not caught up', error));
  }

  /** Asks for what the events would have told; returns the session's status. */
  async #look(): Promise<wire.AgentSession['status']> {
    const sessionId = (await this.#feed.sessionId) ?? '';
    const { data } = await this.#api.turns.list(sessionId, { order: 'desc', limit: 20 });
    const turn = data.find((one) => one.subagent_id === null && !this.#state.hasEnded(one));
    if (turn !== undefined) {
      this.#begin(turn);
      await this.#readItems(turn.id);
    }
    for (const one of data) if (one.completed_at !== null) this.#finish(one);
    const session = await this.#api.retrieve(sessionId);
    if (session.status === 'idle') this.#state.noteIdle();
    this.#act(session);
    return session.status;
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
    // One that is not complete is told again once the session waits for it.
    if (item.type === 'function_call' && item.status === 'completed') this.#takeCall(item);
    if (isMessage(item) && this.#isRead(item)) this.#reply?.pipe.write(this.#reply.text.wholeItem(item));
  }

  #isRead({ turn_id }: { readonly turn_id: string }): boolean {
    return this.#reply !== null && this.#reply.turnId === turn_id;
  }

  /** The session waits for something that only an application can give. */
  #act({ required_actions }: wire.AgentSession): void {
    for (const action of required_actions) {
      if (action.type === 'function_call') this.#takeCall(action);
      else this.#reply?.pipe.fail(failed('refused', `asks for ${action.type}`));
    }
  }

  #takeCall(call: FunctionCall): void {
    // Whose turn this is was missed, and is about to be looked up; then the call is told again.
    if (this.#reply?.turnId === null) return;
    this.#calls.take(call, this.#isRead(call) ? this.#reply : null);
  }

  async #input(sessionId: string, event: wire.AgentSessionInputParam, signal?: AbortSignal): Promise<void> {
    const params = { events: [event], 'Idempotency-Key': crypto.randomUUID() };
    await this.#api.events.create(sessionId, params, { signal });
  }

  #lose(event: AgentFailed): void {
    this.#id = null;
    this.#lost ??= event;
    this.#reply?.pipe.fail(event);
    this.#feed.close();
    this.#state.close();
  }

  #note(what: string, error: unknown): void {
    this.#log(`agents-api: ${what}: ${failedWith(error).detail}`);
  }
}

type AssistantMessage = wire.AgentSessionMessage & { readonly id: string };

/** A message of the agent. One without an ID could not be told from another, and is left to events that have one. */
function isMessage(item: wire.AgentSessionItem): item is AssistantMessage {
  return item.type === 'message' && item.role === 'assistant' && item.id !== null;
}
