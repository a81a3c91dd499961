// What a check found. `unknown` stands for "could not be checked": it is no failure, and no proof either.

export interface Finding {
  readonly is: 'fine' | 'wrong' | 'unknown';
  /** What was seen, as a short phrase without a full stop. */
  readonly saw: string;
  /** What to do about it, as sentences; null where there is nothing to do. */
  readonly todo: string | null;
}

export interface Check {
  readonly name: string;
  /** Takes as long as it may take: whoever waits is shown that it runs. */
  readonly run: () => Promise<Finding>;
}

export function fine(saw: string, todo: string | null = null): Finding {
  return { is: 'fine', saw, todo };
}

export function wrong(saw: string, todo: string): Finding {
  return { is: 'wrong', saw, todo };
}

export function unknown(saw: string, todo: string | null = null): Finding {
  return { is: 'unknown', saw, todo };
}
