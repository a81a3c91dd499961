// A stream that reached a process which does not have its call yet, as where one of several machines is asked by chance:
// what comes over it waits until the call has come here too.
import type { Line, LineEvent } from '../call/ports.ts';

/** Five seconds of audio; longer than the call is waited for. */
const MOST_EVENTS = 250;

/** `arriving` resolves with what attaches the line to its call, or null where the call cannot be had; it never rejects. */
export function listenLater(
  line: Line,
  arriving: Promise<((line: Line) => (event: LineEvent) => void) | null>,
): (event: LineEvent) => void {
  const waiting: LineEvent[] = [];
  let listener: ((event: LineEvent) => void) | null = null;
  void arriving.then((attach) => {
    if (attach === null) return line.close();
    listener = attach(line);
    for (const event of waiting.splice(0)) listener(event);
  });
  return (event) => {
    if (listener !== null) listener(event);
    // The end of the stream must not be lost, however much came before it.
    else if (waiting.length < MOST_EVENTS || event.type === 'closed') waiting.push(event);
  };
}
