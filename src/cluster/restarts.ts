// How soon a process that died is started again: at once if it had lived, later and later if it keeps dying at its start, so
// that a loop of restarts takes no processor time from the processes that carry calls.

/** One that dies sooner than this after its start counts as one that cannot start. */
const LIVED_MS = 10_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/** Of one process's place. */
export class Restarts {
  #inARow = 0;

  /** How often in a row it died at its start. */
  get inARow(): number {
    return this.#inARow;
  }

  /** It died after `livedMs`. Returns how long to wait until it is started again, in ms. */
  waitAfter(livedMs: number): number {
    if (livedMs >= LIVED_MS) {
      this.#inARow = 0;
      return 0;
    }
    this.#inARow++;
    return this.#inARow === 1 ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (this.#inARow - 2), LONGEST_WAIT_MS);
  }
}

/** Why a process ended, for the log. */
export function causeOf(code: number | null, signal: string | null): string {
  if (signal === 'SIGABRT' || code === 134) return 'SIGABRT: often out of memory';
  if (signal === 'SIGKILL') return 'SIGKILL: killed by somebody, or by the system for want of memory';
  return signal ?? `exit code ${code ?? 'unknown'}`;
}
