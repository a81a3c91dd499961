// Finds a port for a sandbox that people call from another terminal. Macs have AirPlay on 5000, so the usual one may be taken.
import { once } from 'node:events';
import { createServer } from 'node:net';

const MOST_TRIES = 100;

/** `wanted`, or the next port above it that is free; 0 stays 0. */
export async function portFrom(wanted: number): Promise<number> {
  for (let port = wanted; port < wanted + MOST_TRIES; port++) if (await isFree(port)) return port;
  throw new Error(`All ports from ${wanted} to ${wanted + MOST_TRIES - 1} are taken.`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port), 'listening');
  } catch {
    return false;
  }
  await new Promise((resolve) => server.close(resolve));
  return true;
}
