// The result of a check. `unknown` means that it could not be checked: neither a failure nor a proof.

export interface Finding {
  readonly is: 'fine' | 'wrong' | 'unknown';
  /** A short phrase without a full stop. */
  readonly saw: string;
  readonly todo: string | null;
}

export interface Check {
  readonly name: string;
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
