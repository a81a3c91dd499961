// Where whole recordings are kept, and under which names. A call that several processes had has as many parts, numbered in the
// order in which they came to the shelf.
import type { Readable } from 'node:stream';
import type { CallId } from '../call/call.ts';

/** The recording of a call, or of the part of it that one process had. */
export interface Part {
  readonly bytes: number;
  /** From byte `from` up to and with byte `to`, the header counted. */
  readonly read: (from: number, to: number) => Promise<Readable>;
}

/** Errors hold a status and a code, and nothing that anybody said. */
export interface Shelf {
  /** Moves a whole file onto the shelf. */
  keep(path: string, callId: CallId): Promise<void>;
  parts(callId: CallId): Promise<readonly Part[]>;
  erase(callId: CallId): Promise<void>;
  eraseOlderThan(at: number): Promise<void>;
  /** Resolves within a few seconds; never rejects. */
  close(): Promise<void>;
}

export const MOST_PARTS = 99;

const PART_NAME = /^([\w-]{1,64})(?:\.([2-9]|[1-9]\d))?\.wav$/;
const UNFINISHED_NAME = /^([\w-]{1,64})\.[0-9a-f]{8}\.part$/;

/** An ID from outside must not lead out of the folder. */
export function isUsableId(callId: CallId): boolean {
  return /^[\w-]{1,64}$/.test(callId);
}

export function partName(callId: CallId, part: number): string {
  return part === 1 ? `${callId}.wav` : `${callId}.${part}.wav`;
}

/** null: not a name of ours. */
export function parsePartName(name: string): { readonly callId: CallId; readonly part: number } | null {
  const [, callId, part = '1'] = PART_NAME.exec(name) ?? [];
  return callId === undefined ? null : { callId, part: Number(part) };
}

/** The call of a recording that is being written, or was left by a dead process; null if it is none. */
export function unfinishedOf(name: string): CallId | null {
  return UNFINISHED_NAME.exec(name)?.[1] ?? null;
}
