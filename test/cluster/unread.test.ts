// A socket that two processes have for a moment: what its client sends is for the one that it goes to.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { stopReading } from '../../src/cluster/unread.ts';

it('[R10] leaves what a client sends to the process that gets its socket', async ({ onTestFinished }) => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const pair = async (): Promise<{ readonly client: Socket; readonly near: Socket }> => {
    const client = connect(port, '127.0.0.1');
    const [near]: Socket[] = await once(server, 'connection');
    if (near === undefined) throw new Error('no connection');
    onTestFinished(() => void client.destroy());
    return { client, near };
  };
  const passed = await pair();
  const kept = await pair();
  stopReading(passed.near);
  for (const { client } of [passed, kept]) client.write('start');
  // Both have arrived by then: loopback keeps the order.
  await once(kept.near, 'readable');
  expect(kept.near.bytesRead).toBe(5);
  expect(passed.near.bytesRead).toBe(0);
});
