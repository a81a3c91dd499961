// Follows a call's events to its end, over any number of broken connections. A connection that stays silent for longer than
// the relay's heartbeat counts as broken.
import { setTimeout as pause } from 'node:timers/promises';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { z } from 'zod';
import { type RelayApi, RelayRefusal } from './relay-api.ts';

const eventSchema = z.looseObject({
  type: z.string(),
  at: z.iso.datetime().transform((at) => Date.parse(at)),
});

/** `at` is in ms since the epoch; the type decides what else it holds. */
export type ToldEvent = z.infer<typeof eventSchema>;

const RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 30_000;
/** The relay's heart beats every 15 s. */
const SILENT_MS = 45_000;
/** A restarting relay may be away for this long. */
const AWAY_MS = 60_000;
const MOST_BUFFERED = 1_000_000;

/** Ends with the call or with `leaving`; throws the API's error once the relay is away for AWAY_MS. */
export async function* callFeed(
  api: Pick<RelayApi, 'feed'>,
  callId: string,
  leaving: AbortSignal,
): AsyncGenerator<ToldEvent, void> {
  let lastEventId = '';
  let retryMs = RETRY_MS;
  let toldAt = performance.now();
  while (!leaving.aborted) {
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(), SILENT_MS);
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
        timer.refresh();
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
      clearTimeout(timer);
    }
    await pause(retryMs, undefined, { signal: leaving }).catch(() => {});
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
