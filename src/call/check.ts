// One thing that a call needs, and what came of looking whether it is there. Texts hold no secret.

export interface Finding {
  /** `unknown`: it could not be checked, which is neither a failure nor a proof. */
  readonly is: 'fine' | 'wrong' | 'unknown';
  /** A short phrase without a full stop. */
  readonly saw: string;
  readonly todo: string | null;
}

export interface Check {
  readonly name: string;
  readonly run: () => Promise<Finding>;
}
