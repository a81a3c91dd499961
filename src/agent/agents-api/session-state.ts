// Where a session stands between two messages, by events that may come late, twice or not at all. A session takes a message
// at any time, but only at rest does the message begin a turn of its own.
import type { Turn } from 'openai/resources/beta/agents/sessions/turns/turns';
import type { Clock } from '../../call/ports.ts';
import { within } from '../../call/waiting.ts';

type State =
  | { readonly is: 'at-rest' }
  /** A message was sent; no event of its turn has come yet. */
  | { readonly is: 'posted' }
  | { readonly is: 'running'; readonly turnId: string }
  /** The turn is over, the session not yet idle. */
  | { readonly is: 'ending' };

export class SessionState {
  readonly #clock: Clock;
  /** A session is created with a message. */
  #state: State = { is: 'posted' };
  #lastTurnId: string | null = null;
  readonly #endedTurns = new Set<string>();
  #noteChange: () => void = () => {};
  #changes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isAtRest(): boolean {
    return this.#state.is === 'at-rest';
  }

  get isPosted(): boolean {
    return this.#state.is === 'posted';
  }

  get runningTurnId(): string | null {
    return this.#state.is === 'running' ? this.#state.turnId : null;
  }

  /** How often it has changed. */
  get changes(): number {
    return this.#changes;
  }

  /** The last that began. */
  get lastTurnId(): string | null {
    return this.#lastTurnId;
  }

  post(): void {
    this.#enter({ is: 'posted' });
  }

  /** Nothing runs, whatever the events said. */
  rest(): void {
    this.#enter({ is: 'at-rest' });
  }

  /** Returns whether this is the turn that answers the message. A subagent's turn never is. */
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

  /** The session is `idle`. A new stream begins with that, so it proves nothing about a turn whose end was missed. */
  noteIdle(): void {
    if (this.#state.is === 'ending') this.rest();
  }

  /** For one waiter at a time. */
  async hasChangedWithin(ms: number): Promise<boolean> {
    const changed = new Promise<true>((resolve) => (this.#noteChange = () => resolve(true)));
    return within(this.#clock, ms, changed, false);
  }

  /** Nothing will change any more. */
  close(): void {
    this.#noteChange();
  }

  #enter(state: State): void {
    this.#state = state;
    this.#changes++;
    this.#noteChange();
  }
}
