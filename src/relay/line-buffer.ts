// Buffers a stream that reaches a process before its call does, as when a load balancer sends each request to any machine:
// its events wait until this process has claimed the call.
import type { Line, LineEvent } from '../call/ports.ts';

/** Five seconds of audio; a claim takes less. */
const MOST_EVENTS = 250;

/** `arriving` resolves with a function that attaches the line to its call; null closes the line. It never rejects. */
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
    // The end of the stream must not be lost, even when the buffer is full.
    else if (waiting.length < MOST_EVENTS || event.type === 'closed') waiting.push(event);
  };
}
