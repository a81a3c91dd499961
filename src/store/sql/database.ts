// What both databases have in common, so that the same SQL serves either: statements with $1, $2 …, rows back. Both run the
// statements of one `run` as one transaction, but in Postgres each of them sees the state before all of them.
import type { z } from 'zod';
import { StoreError } from '../../call/call-store.ts';

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
   * Joined in a FROM, lets one writer through at a time. Without it, Postgres would show events out of the order of their
   * positions, and a reader that remembers the last one would miss some. '' if writers queue anyway.
   */
  readonly gate: string;
  /** Returns once the writers that were in the gate have passed; null if there is no gate. */
  readonly waitForGate: string | null;
  readonly json: (value: string) => string;
  /**
   * Appended to a SELECT from calls that feeds an INSERT: the call cannot be erased before that row exists, so it is erased
   * with it. '' if writers queue anyway.
   */
  readonly keepCall: string;
  /**
   * Run after words were erased: until then the database's log of changes has them, too. It leaves them there if another
   * process is reading at that moment; the next one takes them along. null if a server keeps the log.
   */
  readonly emptyLog: string | null;
  /** Appended to a SELECT of rows to take: skips rows that another process is taking. '' if writers queue anyway. */
  readonly skipTaken: string;
}

/** A row as its reader expects it. Throws a StoreError: another version of the relay may have written it. */
export function readRow<T>(schema: z.ZodType<T>, row: unknown): T {
  const { data, success } = schema.safeParse(row);
  if (success) return data;
  throw new StoreError('MALFORMED_ROW');
}

/** JSON without what Postgres refuses in a text: NUL, and lone surrogates. */
export function jsonOf(value: unknown): string {
  const text = JSON.stringify(value);
  if (!/\\u(?:0000|d[89a-f])/.test(text)) return text;
  return JSON.stringify(value, (_name, part: unknown) =>
    typeof part === 'string' ? part.replaceAll('\0', '').toWellFormed() : part,
  );
}
