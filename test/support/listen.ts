import { once } from 'node:events';
import type { Server } from 'node:http';

/** Makes the server listen on a free port; resolves with the port. */
export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('listening without a port');
  return address.port;
}
