// What goes wrong with files. Their errors' messages name paths, and a path names a call: only codes leave this folder.

/** null where somebody else was faster to remove it. */
export async function unlessGone<T>(doing: Promise<T>): Promise<T | null> {
  try {
    return await doing;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** What may be logged of what went wrong: its code, and never its message, which names paths. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}
