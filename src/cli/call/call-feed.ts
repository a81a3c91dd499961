// What happens in a call, as it happens: read to its end however often the connection breaks on the way. A connection that
// says nothing for longer than the relay's heartbeat is broken, too, though nobody has told us.
import { setTimeout as pause } from 'node:timers/promises';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { z } from 'zod';
import { type RelayApi, RelayRefusal } from './relay-api.ts';

const eventSchema = z.looseObject({
  type: z.string(),
  at: z.iso.datetime().transform((at) => Date.parse(at)),
});

/** `at` is in milliseconds since the epoch; what else it holds goes by its type. */
export type ToldEvent = z.infer<typeof eventSchema>;

const RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 30_000;
/** The relay's heart beats every 15 s. */
const SILENT_MS = 45_000;
/** So long a relay may be away, as one that is started again. */
const AWAY_MS = 60_000;
const MOST_BUFFERED = 1_000_000;

/** Ends with the call, or with `leaving`; throws as the API does, once the relay is away for too long. */
export async function* callFeed(
  api: Pick<RelayApi, 'feed'>,
  callId: string,
  leaving: AbortSignal,
): AsyncGenerator<ToldEvent, void> {
  let lastEventId = '';
  let retryMs = RETRY_MS;
  let toldAt = performance.now();
  while (!leaving.aborted) {
    const silence = new Silence(SILENT_MS);
    try {
      const body = await api.feed(callId, lastEventId, AbortSignal.any([leaving, silence.signal]));
      if (body === null) return;
      const messages: EventSourceMessage[] = [];
      const parser = createParser({
        maxBufferSize: MOST_BUFFERED,
        onRetry: (ms) => (retryMs = Math.min(ms, LONGEST_RETRY_MS)),
        onEvent: (message) => messages.push(message),
      });
      const decoder = new TextDecoder();
      for await (const chunk of body) {
        silence.isBroken();
        toldAt = performance.now();
        parser.feed(decoder.decode(chunk, { stream: true }));
        for (const { id, data } of messages.splice(0)) {
          lastEventId = id ?? lastEventId;
          const event = eventIn(data);
          if (event !== null) yield event;
          if (event?.type === 'call-settled') return;
        }
      }
    } catch (error) {
      const isFinal = error instanceof RelayRefusal && error.status < 500;
      if (!leaving.aborted && (isFinal || performance.now() - toldAt > AWAY_MS)) throw error;
    } finally {
      silence.end();
    }
    await pause(retryMs, undefined, { signal: leaving }).catch(() => {});
  }
}

/** Aborts `signal` once nothing has broken the silence for so long. */
class Silence {
  readonly #longestMs: number;
  readonly #tooLong = new AbortController();
  #timer: NodeJS.Timeout;

  constructor(longestMs: number) {
    this.#longestMs = longestMs;
    this.#timer = this.#wait();
  }

  get signal(): AbortSignal {
    return this.#tooLong.signal;
  }

  isBroken(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#wait();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #wait(): NodeJS.Timeout {
    return setTimeout(() => this.#tooLong.abort(), this.#longestMs);
  }
}

function eventIn(data: string): ToldEvent | null {
  try {
    const parsed = eventSchema.safeParse(JSON.parse(data));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
