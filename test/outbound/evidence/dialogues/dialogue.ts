// One short call, the value that an agent brings back from it, and what a person who reads the call would say of that value.

export interface Dialogue {
  /** As in `talk` (test/outbound/outcome/some-talk.ts); the call is on Tuesday, 2026-12-01. */
  readonly lines: readonly string[];
  readonly value: string | number | boolean;
  /** The lines that the agent cites. */
  readonly cites?: readonly number[];
  /** A word of the schema's own list. */
  readonly isChoice?: true;
  readonly is: 'supported' | 'unsupported' | 'hedged' | 'retracted';
}

export interface Dialogues {
  /** The rules were written beside these. */
  readonly seen: readonly Dialogue[];
  /** Nobody looked at these while writing the rules. */
  readonly heldOut: readonly Dialogue[];
}
