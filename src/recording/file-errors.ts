// What goes wrong with files. Their errors' messages name paths, and a path names a call: only codes leave this folder.
import { codeOf } from '../call/error-code.ts';

/** null where somebody else was faster to remove it. */
export async function unlessGone<T>(doing: Promise<T>): Promise<T | null> {
  try {
    return await doing;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}
