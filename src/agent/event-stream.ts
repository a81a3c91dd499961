// The pieces of a body of bytes: server-sent events, or lines. An event's kind stands in its data, so its other fields are
// ignored, and so is a line that is no field at all (Flowise writes such lines).
import { createParser } from 'eventsource-parser';

/** In characters. No event that is worth speaking is longer. */
const LONGEST_EVENT = 1_000_000;

/** Leaves out an event that the body's end cuts off. Throws as the body does, and `EventTooLong`. */
export function eventData(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  return events(body, (data) => data);
}

/** The same, of events that are JSON; also throws `SyntaxError`. */
export function jsonEvents<T>(body: AsyncIterable<Uint8Array>): AsyncGenerator<T, void> {
  return events<T>(body, (data) => JSON.parse(data));
}

/** One generator, because a turn passes hundreds of events through it. */
async function* events<T>(
  body: AsyncIterable<Uint8Array>,
  read: (data: string) => T,
): AsyncGenerator<T, void> {
  const decoder = new TextDecoder();
  let waiting: string[] = [];
  let isTooLong = false;
  const parser = createParser({
    maxBufferSize: LONGEST_EVENT,
    onEvent: ({ data }) => waiting.push(data),
    onError: ({ type }) => (isTooLong ||= type === 'max-buffer-size-exceeded'),
  });
  for await (const chunk of body) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    const whole = waiting;
    waiting = [];
    for (const data of whole) yield read(data);
    if (isTooLong) throw new EventTooLong();
  }
}

/** Lines without their ends; the last one may have none. Throws as the body does, and `EventTooLong`. */
export async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  let rest = '';
  for await (const text of textOf(body)) {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop() ?? '';
    yield* lines;
    if (rest.length > LONGEST_EVENT) throw new EventTooLong();
  }
  if (rest !== '') yield rest;
}

/** Text as it comes; no character is cut. */
export async function* textOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  for await (const chunk of body) yield decoder.decode(chunk, { stream: true });
}

export class EventTooLong extends Error {}
