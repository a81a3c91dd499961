// R1: when a session is replaced before the vendor ends it. Its hour cannot be lengthened, so another session is dialled
// while the first still serves, and takes over in a pause of the conversation.

/** What the vendor gives a session. */
const LIFETIME_MS = 60 * 60_000;
const SHORTEST_LIFETIME_MS = 1_000;

export interface Rollover {
  /** From now to the dialling of the next session. */
  readonly dialAfterMs: number;
  /** From then on a pause is waited for; then it is done without one. */
  readonly pauseWithinMs: number;
}

/** When a session ends that has just begun; `expiresAt` is what the vendor says, null where it does not. */
export function endOf(now: number, expiresAt: number | null): number {
  const toldMs = (expiresAt ?? 0) - now;
  // A clock that disagrees with the vendor's tells nothing: then it is the documented hour.
  return now + (toldMs > SHORTEST_LIFETIME_MS && toldMs < LIFETIME_MS ? toldMs : LIFETIME_MS);
}

/** Of an hour: after 55 minutes, and 4 more for the pause. */
export function rolloverOf(leftMs: number): Rollover {
  return { dialAfterMs: (leftMs * 55) / 60, pauseWithinMs: (leftMs * 4) / 60 };
}
