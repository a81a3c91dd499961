// A socket on its way to another process. Node reads on from its own copy until the other process has it: what the client sends
// as soon as that one answers would be lost here.
import type { Socket } from 'node:net';

/** Reads nothing more from this copy of the socket. */
export function stopReading(socket: Socket): void {
  // Node has no public way: `pause` stops only once a buffer is full.
  const handle: { readonly readStop?: () => void } | null | undefined = Reflect.get(socket, '_handle');
  handle?.readStop?.();
}
