// Numbers that must not be called: a file with one number a line, read again after it changes. It fails closed: while the
// file cannot be read, or a line is no number, nobody is called, because that line may be the number in question.
import type { Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { ungrouped } from '../../call/phone-number.ts';
import { codeOf } from '../../call/error-code.ts';
import type { Refusal } from '../../call/assignment.ts';

/** About a million numbers. */
const MOST_BYTES = 16 * 1024 * 1024;
const LONGEST_LINE = 1000;
const TRY_AGAIN_S = 60;
/** File times are coarse: a file that changed a moment ago may change again without a new time. */
const SETTLED_AFTER_MS = 2000;

type Reading =
  | { readonly is: 'read'; readonly state: string | null; readonly numbers: ReadonlySet<string> }
  /** `why` is the end of a sentence. */
  | { readonly is: 'unreadable'; readonly why: string };

export class DoNotCallList {
  readonly #path: string;
  #known: Reading | null = null;
  #reading: Promise<Reading> | null = null;

  /** '' for no list. */
  constructor(path: string) {
    this.#path = path;
  }

  async refusal(e164: string): Promise<Refusal | null> {
    if (this.#path === '') return null;
    // Calls that are checked meanwhile wait for the same reading.
    this.#reading ??= this.#look().finally(() => (this.#reading = null));
    const list = await this.#reading;
    if (list.is === 'unreadable') {
      return {
        code: 'busy',
        message: `Nobody is called while the list of DO_NOT_CALL_FILE ${list.why}.`,
        retryAfterS: TRY_AGAIN_S,
      };
    }
    return list.numbers.has(e164)
      ? { code: 'do_not_call', message: 'The number is on the list of DO_NOT_CALL_FILE.', field: 'to' }
      : null;
  }

  async #look(): Promise<Reading> {
    try {
      await using file = await open(this.#path);
      const state = stateOf(await file.stat());
      const known = this.#known;
      if (known?.is === 'read' && known.state !== null && known.state === state) return known;
      return (this.#known = await read(file, state));
    } catch (error) {
      return { is: 'unreadable', why: `cannot be read (${codeOf(error) ?? 'no code'})` };
    }
  }
}

/** Taken before the file is read, so that the next call sees a write during the read. null: not reliable yet. */
function stateOf({ dev, ino, size, mtimeMs }: Stats): string | null {
  return Date.now() - mtimeMs < SETTLED_AFTER_MS ? null : [dev, ino, size, mtimeMs].join(' ');
}

/** Reads in pieces: a long list must not block the audio of live calls. */
async function read(file: FileHandle, state: string | null): Promise<Reading> {
  const numbers = new Set<string>();
  let bytes = 0;
  let lineNumber = 0;
  let rest = '';
  let wrongLine = 0;
  const take = (line: string): void => {
    lineNumber++;
    const number = numberOn(line);
    if (number === null) wrongLine ||= lineNumber;
    else if (number !== '') numbers.add(number);
  };

  for await (const piece of file.createReadStream({ encoding: 'utf8', autoClose: false })) {
    const text = String(piece);
    bytes += Buffer.byteLength(text);
    if (bytes > MOST_BYTES) return { is: 'unreadable', why: `has more than ${MOST_BYTES} bytes` };
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
    if (rest.length > LONGEST_LINE || wrongLine > 0) break;
  }
  take(rest);
  return wrongLine === 0
    ? { is: 'read', state, numbers }
    : {
        is: 'unreadable',
        why: `has no number with its country code, such as +15551234567, in line ${wrongLine}`,
      };
}

/** '' for a line without a number; null for a line that is no number. */
function numberOn(line: string): string | null {
  const written = line
    .replace(/^\uFEFF/, '')
    .replace(/#.*/, '')
    .trim();
  if (written === '') return '';
  // No (0) in between: it is not part of the number, and would make it another.
  const number = ungrouped(written).replaceAll('/', '');
  return /^\+[1-9]\d{4,14}$/.test(number) && !written.includes('(0)') ? number : null;
}
