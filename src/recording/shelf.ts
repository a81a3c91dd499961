// Where recordings are kept once they are whole, and under which names. A call that several processes had has as many parts;
// they are told apart by number, in the order in which they came to the shelf.
import type { Readable } from 'node:stream';
import type { CallId } from '../call/call.ts';

/** One recording of a call, or of the part of it that a process had. */
export interface Part {
  readonly bytes: number;
  /** From the first sample on: without the header. */
  readonly read: () => Promise<Readable>;
}

/** All of it may reject: with a status and a code, and nothing that anybody said. */
export interface Shelf {
  /** Takes a whole file over, which is then no longer where it was. */
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

/** What comes from outside may not lead out of the folder. */
export function isUsableId(callId: CallId): boolean {
  return /^[\w-]{1,64}$/.test(callId);
}

export function partName(callId: CallId, part: number): string {
  return part === 1 ? `${callId}.wav` : `${callId}.${part}.wav`;
}

/** null for what is none of ours. */
export function parsePartName(name: string): { readonly callId: CallId; readonly part: number } | null {
  const [, callId, part = '1'] = PART_NAME.exec(name) ?? [];
  return callId === undefined ? null : { callId, part: Number(part) };
}

/** Whose recording this is, which is being written or was left by a process that is gone; null for what is none. */
export function unfinishedOf(name: string): CallId | null {
  return UNFINISHED_NAME.exec(name)?.[1] ?? null;
}
