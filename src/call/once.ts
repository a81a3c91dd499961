// What is made with its first use, and then kept. For packages that the relay loads when somebody needs them: each takes
// megabytes and the time of a start, and while it loads no call's audio moves.

export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
