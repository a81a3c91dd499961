// What both databases have in common, so that one SqlCallStore speaks to either: statements with $1, $2 …, rows back.
// Both run the statements of one `run` as one transaction, but in Postgres these see the state before all of them.

export type Value = string | number | null;
export type Row = Readonly<Record<string, unknown>>;

/** All statements share `values`. Returns the rows of the last one. Rejects with a StoreError only. */
export type Run = (statements: readonly string[], values: readonly Value[]) => Promise<Row[]>;

export interface Database {
  readonly kind: 'sqlite' | 'postgres';
  readonly dialect: Dialect;
  /** Connects, and creates or migrates the schema. Concurrent openers wait for each other. */
  open(): Promise<void>;
  readonly run: Run;
  close(): Promise<void>;
}

export interface Dialect {
  /** A table made of a JSON array of objects, for a FROM. */
  readonly rows: (value: string, columns: Readonly<Record<string, 'text' | 'number' | 'json'>>) => string;
  /** A table of one column `value`, made of a JSON array of texts, for a FROM. */
  readonly texts: (value: string) => string;
  /**
   * To be joined in a FROM: lets one writer through at a time. Without it, Postgres would show events out of the order
   * of their positions, and a reader who remembers the last one would miss some. '' where writers queue anyway.
   */
  readonly gate: string;
  /** Returns once those have passed who were in the gate; null where there is none. */
  readonly waitForGate: string | null;
  readonly json: (value: string) => string;
  /**
   * Behind a SELECT from calls that a row is made of: the call cannot be erased until that row is there to be erased
   * with it. '' where writers queue anyway.
   */
  readonly keepCall: string;
  /** Behind a SELECT of what is to be taken: leaves out what another process is taking. '' where writers queue anyway. */
  readonly skipTaken: string;
}

/** JSON without what Postgres takes for no text at all: NUL, and halves of characters. */
export function jsonOf(value: unknown): string {
  const text = JSON.stringify(value);
  if (!/\\u(?:0000|d[89a-f])/.test(text)) return text;
  return JSON.stringify(value, (_name, part: unknown) =>
    typeof part === 'string' ? part.replaceAll('\0', '').toWellFormed() : part,
  );
}
