// Counters that every process on the same call store shares, for limits that must hold across processes and restarts.

export interface Count {
  /** Unique over all counters. Names its window, so that a new window counts from zero. */
  readonly key: string;
  readonly points: number;
  /** From this instant on the counter may be removed. */
  readonly keptUntil: number;
}

export interface LimitedCount extends Count {
  /** The counter never exceeds this through `takeCounts`. */
  readonly most: number;
}

/** Methods reject with a StoreError only. */
export interface CountStore {
  /**
   * Adds all counts, or none of them where one would exceed its limit; returns the keys of those that would. However
   * many processes ask at once, no counter exceeds its limit. Keys must differ.
   */
  takeCounts(counts: readonly LimitedCount[], now: number): Promise<readonly string[]>;
  /** Those of these counters that are not zero. */
  counts(keys: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Adds counts whatever their limit; negative points give back what was taken. */
  addCounts(counts: readonly Count[]): Promise<void>;
}
