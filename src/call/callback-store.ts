// Callbacks: what the relay sends to a customer's server about a call, stored until delivered or given up. One process at a
// time sends each.
import type { CallId } from './call.ts';

export interface Callback {
  /** Also told to the receiver, who may get the same one twice. */
  readonly id: string;
  readonly callId: CallId;
  readonly url: string;
  readonly body: string;
  readonly createdAt: number;
}

/** How far the telling has come; `lastProblem` is a status or a code, never what the receiver wrote. */
export interface CallbackState extends Callback {
  readonly attempts: number;
  /** null: delivered, or given up. */
  readonly nextAt: number | null;
  readonly deliveredAt: number | null;
  readonly lastProblem: string | null;
}

export interface CallbackStore {
  /** The same ID twice is one callback. Rejects (`UNKNOWN_CALL`) where the call's record is not written yet. */
  addCallback(callback: Callback): Promise<void>;
  /**
   * Callbacks that are due by `now`, the oldest first, one for each call; they are not due again before `until`, so that
   * another process leaves them alone. Those of one call go out in the order in which they were added.
   */
  takeDueCallbacks(now: number, until: number, limit: number): Promise<CallbackState[]>;
  /** After an attempt: `nextAt` null with a problem gives it up. */
  noteAttempt(
    id: string,
    attempt: Pick<CallbackState, 'nextAt' | 'deliveredAt' | 'lastProblem'>,
  ): Promise<void>;
  callbacksOf(callId: CallId): Promise<CallbackState[]>;
}
