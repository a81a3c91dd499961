// What the relay's process tells of itself during a soak, once a second, as lines of JSON over a socket that this side
// listens on. Not over the bench's channel: that one answers every request with the bench's own figures.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

export interface Sample {
  /** On the relay's own clock. */
  readonly atMs: number;
  readonly rssBytes: number;
  /** In use right after a garbage collection. */
  readonly heapBytes: number;
  /** What keeps its event loop busy: sockets, timers, requests. */
  readonly resources: number;
  /** Of the second before; without the garbage collection that the sampling itself asked for. */
  readonly loopLateP99Ms: number;
}

/** Where the relay's process tells it, as a port on loopback. */
export const SAMPLES_PORT = 'SOAK_SAMPLES_PORT';

export interface SampleListener {
  readonly port: number;
  /** All so far. */
  readonly samples: readonly Sample[];
  close(): Promise<void>;
}

export async function listenForSamples(): Promise<SampleListener> {
  const samples: Sample[] = [];
  const server = createServer((socket) => {
    // However the relay's process ends: what it told stands.
    socket.on('error', () => {});
    createInterface({ input: socket }).on('line', (line) => samples.push(JSON.parse(line)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the soak has no port');
  return {
    port: address.port,
    samples,
    async close() {
      server.close();
      await once(server, 'close');
    },
  };
}
