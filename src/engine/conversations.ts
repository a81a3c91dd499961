// The conversations of programs with the agents: how many at a time, one turn at a time in each, and how long an idle one
// lives. A turn can lose its conversation at any moment, by DELETE or because the process stops.
import type { Note } from '../call/notes.ts';
import type { Clock, Conversation } from '../call/ports.ts';
import type { EngineProfile } from './engine-profile.ts';

export interface Talk {
  readonly id: string;
  readonly profile: EngineProfile;
  readonly conversation: Conversation;
  notes: Note[];
  /** Whether the client was gone before the last reply was complete. */
  hasLostReply: boolean;
}

export interface TurnLease {
  readonly talk: Talk;
  /** Aborts when the conversation is closed. */
  readonly signal: AbortSignal;
  /** Call it once the agent's reply has returned. */
  readonly end: () => void;
}

interface Entry {
  readonly talk: Talk;
  turn: AbortController | null;
  stopTimer: () => void;
}

export class Conversations {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #idleMs: number;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock, most: number, idleMs: number) {
    this.#clock = clock;
    this.#most = most;
    this.#idleMs = idleMs;
  }

  get isFull(): boolean {
    return this.#entries.size >= this.#most;
  }

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  /** A conversation begins with a turn, because the agent may speak first. */
  begin(talk: Talk): TurnLease {
    const entry: Entry = { talk, turn: null, stopTimer: () => {} };
    this.#entries.set(talk.id, entry);
    return this.#lease(entry);
  }

  /** null while another turn runs, or if there is no such conversation. */
  takeTurn(id: string): TurnLease | null {
    const entry = this.#entries.get(id);
    return entry === undefined || entry.turn !== null ? null : this.#lease(entry);
  }

  close(id: string): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    this.#entries.delete(id);
    entry.stopTimer();
    entry.turn?.abort();
    void entry.talk.conversation.close();
    return true;
  }

  closeAll(): void {
    for (const id of this.#entries.keys()) this.close(id);
  }

  #lease(entry: Entry): TurnLease {
    const { talk } = entry;
    const turn = new AbortController();
    entry.turn = turn;
    entry.stopTimer();
    return {
      talk,
      signal: turn.signal,
      end: () => {
        entry.turn = null;
        if (!this.#entries.has(talk.id)) return;
        entry.stopTimer = this.#clock.after(this.#idleMs, () => this.close(talk.id));
      },
    };
  }
}
