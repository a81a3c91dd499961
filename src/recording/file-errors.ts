// Errors of files. Their messages name paths, and a path names a call: only their codes leave this folder.
import { codeOf } from '../call/error-code.ts';

export async function unlessGone<T>(doing: Promise<T>): Promise<T | null> {
  try {
    return await doing;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}
