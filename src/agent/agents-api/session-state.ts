// Where a session of the Agents API stands between two messages, out of events that may come late, twice or not at all.
// A message is taken at any time, but only at rest does it begin a turn of its own.
import { setTimeout as pause } from 'node:timers/promises';
import type { Turn } from 'openai/resources/beta/agents/sessions/turns/turns';

type State =
  | { readonly is: 'at-rest' }
  /** A message was sent; its turn has not been seen yet. */
  | { readonly is: 'posted' }
  | { readonly is: 'running'; readonly turnId: string }
  /** The turn is over, the session not yet idle. */
  | { readonly is: 'ending' };

export class SessionState {
  /** A session is created with a message. */
  #state: State = { is: 'posted' };
  #lastTurnId: string | null = null;
  readonly #endedTurns = new Set<string>();
  #noteChange: () => void = () => {};

  get isAtRest(): boolean {
    return this.#state.is === 'at-rest';
  }

  /** A message was sent whose turn has not been seen. */
  get isPosted(): boolean {
    return this.#state.is === 'posted';
  }

  get runningTurnId(): string | null {
    return this.#state.is === 'running' ? this.#state.turnId : null;
  }

  /** The last that began. */
  get lastTurnId(): string | null {
    return this.#lastTurnId;
  }

  post(): void {
    this.#enter({ is: 'posted' });
  }

  /** Nothing runs, whatever was or was not told. */
  rest(): void {
    this.#enter({ is: 'at-rest' });
  }

  /** Tells whether this is the turn that answers the message. A subagent's turn never is. */
  begin(turn: Turn): boolean {
    if (!this.isPosted || turn.subagent_id !== null || this.hasEnded(turn)) return false;
    this.#lastTurnId = turn.id;
    this.#enter({ is: 'running', turnId: turn.id });
    return true;
  }

  end(turn: Turn): void {
    this.#endedTurns.add(turn.id);
    if (this.runningTurnId === turn.id) this.#enter({ is: 'ending' });
  }

  hasEnded({ id }: Turn): boolean {
    return this.#endedTurns.has(id);
  }

  /** `idle` was told. A new stream begins with it, so it proves nothing about a turn whose end was not told. */
  noteIdle(): void {
    if (this.#state.is === 'ending') this.rest();
  }

  /** For one waiter at a time. */
  async hasChangedWithin(ms: number): Promise<boolean> {
    const timer = new AbortController();
    const changed = new Promise<true>((resolve) => (this.#noteChange = () => resolve(true)));
    const overdue = pause(ms, false, { signal: timer.signal }).catch(() => false);
    const hasChanged = await Promise.race([changed, overdue]);
    timer.abort();
    return hasChanged;
  }

  /** Nothing will change any more. */
  close(): void {
    this.#noteChange();
  }

  #enter(state: State): void {
    this.#state = state;
    this.#noteChange();
  }
}
