// The data of server-sent events in a body of bytes. An event's kind stands in its data, so its other fields are ignored.
import { createParser } from 'eventsource-parser';

/** In characters. No event that is worth speaking is longer. */
const LONGEST_EVENT = 1_000_000;

/** Leaves out an event that the body's end cuts off. Throws as the body does, and `EventTooLong`. */
export async function* eventData(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  const waiting: string[] = [];
  let isTooLong = false;
  const parser = createParser({
    maxBufferSize: LONGEST_EVENT,
    onEvent: ({ data }) => waiting.push(data),
    onError: ({ type }) => (isTooLong ||= type === 'max-buffer-size-exceeded'),
  });
  for await (const chunk of body) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* waiting.splice(0);
    if (isTooLong) throw new EventTooLong();
  }
}

export class EventTooLong extends Error {}
