// The limits of every request to an agent: for its first byte, and between two bytes. The SDK has no limit of the second
// kind, and its only one ends with the headers. A subscription is exempt: it is silent for as long as the caller is, so
// who follows it watches it.
import type { Clock } from '../call/ports.ts';
import { within } from '../call/waiting.ts';

export interface RequestLimits {
  readonly clock: Clock;
  /** For the answer to a message: an agent may think before its headers, and between two bytes. */
  readonly answerMs: number;
  /** Every other request is answered from the server's own records. */
  readonly recordMs: number;
}

/** `ask` with limits: what exceeds one rejects with a `TimeoutError`, before or within the body. */
export function limitedFetch(ask: typeof fetch, { clock, answerMs, recordMs }: RequestLimits): typeof fetch {
  return async (input, init) => {
    if (isSubscription(init)) return ask(input, init);
    const limitMs = init?.method?.toUpperCase() === 'POST' ? answerMs : recordMs;
    const overdue = new AbortController();
    const signals = [overdue.signal, ...(init?.signal ? [init.signal] : [])];
    const asking = ask(input, { ...init, signal: AbortSignal.any(signals) });
    const answer = await within(clock, limitMs, asking, null);
    if (answer === null) {
      asking.catch(() => {});
      overdue.abort();
      throw tooLate();
    }
    const { body, status, statusText, headers } = answer;
    if (body === null) return answer;
    const limited = ReadableStream.from(chunksOf(body, clock, limitMs, overdue));
    return new Response(limited, { status, statusText, headers });
  };
}

async function* chunksOf(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  clock: Clock,
  limitMs: number,
  overdue: AbortController,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const reader = body.getReader();
  try {
    for (;;) {
      const chunk = await within(clock, limitMs, reader.read(), null);
      if (chunk === null) throw tooLate();
      if (chunk.done) return;
      yield chunk.value;
    }
  } finally {
    // Frees the connection of a body that was not read to its end; after its end this does nothing.
    overdue.abort();
  }
}

function isSubscription(init: RequestInit | undefined): boolean {
  const accept = new Headers(init?.headers).get('accept');
  return init?.method?.toUpperCase() === 'GET' && accept === 'text/event-stream';
}

/** The SDK takes an error of this name for a timeout; an `AbortError` within a body would end a stream as if it were whole. */
function tooLate(): DOMException {
  return new DOMException('The request timed out.', 'TimeoutError');
}
