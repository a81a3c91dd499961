// Server-sent events out of a body of bytes. Of an event only its data is read: what kind it is stands in there. Lines
// may end in any of three ways and a chunk anywhere, within a character too.

/** No event that is worth speaking is so long, in characters. */
const LONGEST_EVENT = 1_000_000;
/** A return at the very end may be the first half of a line's end. */
const LINE_END = /\r\n|\n|\r(?=[^])/;

/** The data of each event; one that the body's end cuts off is left out. Throws as the body does, or for its length. */
export async function* eventData(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = '';
  let data: string[] = [];
  let length = 0;
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(LINE_END);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) yield data.join('\n');
        data = [];
        length = 0;
      } else if (line.startsWith('data:')) {
        data.push(line.slice('data:'.length).replace(/^ /, ''));
        length += line.length;
      }
    }
    if (length + rest.length > LONGEST_EVENT) throw new EventTooLong();
  }
}

export class EventTooLong extends Error {}
