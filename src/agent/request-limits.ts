// The limits of every request to an agent: for its first byte, and between two bytes. The SDK has no limit of the second
// kind, and its only one ends with the headers. A subscription is exempt: it is silent for as long as the caller is, so
// who follows it watches it.
import type { Clock } from '../call/ports.ts';
import { within } from '../call/waiting.ts';
import { piecesOf, responseOf } from './body-pieces.ts';

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
    const signal = init?.signal;
    signal?.throwIfAborted();
    // Cheaper than `AbortSignal.any`, and for one request as good.
    signal?.addEventListener('abort', () => overdue.abort(signal.reason), { once: true });
    const asking = ask(input, { ...init, signal: overdue.signal });
    const answer = await within(clock, limitMs, asking, null);
    if (answer === null) {
      asking.catch(() => {});
      overdue.abort();
      throw tooLate();
    }
    const pieces = piecesOf(answer);
    return pieces === null ? answer : responseOf(limited(pieces, clock, limitMs, overdue), answer);
  };
}

function limited(
  pieces: AsyncIterable<Uint8Array<ArrayBuffer>>,
  clock: Clock,
  limitMs: number,
  overdue: AbortController,
): AsyncIterable<Uint8Array<ArrayBuffer>> {
  return {
    [Symbol.asyncIterator]() {
      let reading: AsyncIterator<Uint8Array<ArrayBuffer>> | null = null;
      return {
        async next() {
          reading ??= pieces[Symbol.asyncIterator]();
          const piece = await within(clock, limitMs, reading.next(), null);
          if (piece !== null) return piece;
          overdue.abort();
          throw tooLate();
        },
        // Frees the connection of a body that was not read to its end.
        async return() {
          overdue.abort();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

function isSubscription(init: RequestInit | undefined): boolean {
  return (
    init?.method?.toUpperCase() === 'GET' && new Headers(init.headers).get('accept') === 'text/event-stream'
  );
}

/** The SDK takes an error of this name for a timeout; an `AbortError` within a body would end a stream as if it were whole. */
function tooLate(): DOMException {
  return new DOMException('The request timed out.', 'TimeoutError');
}
