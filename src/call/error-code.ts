// The codes of errors, such as `ENOENT` or `ECONNREFUSED`. Only codes may be logged or shown: messages hold paths, URLs,
// phone numbers, or what the far end wrote.

/** The error's code, or the first one's where several addresses were tried. null: it has none that is a plain name. */
export function codeOf(error: unknown): string | null {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^[\w.-]{1,64}$/.test(code) ? code : null;
}
