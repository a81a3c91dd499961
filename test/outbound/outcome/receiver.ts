// Somebody's server, as it receives callbacks: over real HTTP, and strict. It takes a callback only with the signature that
// it works out itself, from README's description; what it answers is up to the test.
import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { listen } from '../../support/listen.ts';

export interface Received {
  readonly id: string;
  readonly url: string;
  readonly signature: string;
  readonly body: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** A status, or what is done instead of answering. */
export type Reaction = number | ((request: IncomingMessage, response: ServerResponse) => void);

export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** What the next requests come to; then 204. */
  readonly reactions: Reaction[];
  readonly wrong: readonly string[];
  until(isThere: () => boolean): Promise<void>;
  connections(): Promise<number>;
}

export async function startReceiver(secret: string): Promise<Receiver> {
  const received: Received[] = [];
  const reactions: Reaction[] = [];
  const wrong: string[] = [];
  let waiting: { isThere: () => boolean; resolve: () => void }[] = [];

  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    const { 'patchcord-id': id, 'patchcord-signature': signature } = request.headers;
    const [, at = '', given = ''] = /^t=(\d+),v1=(\w+)$/.exec(String(signature)) ?? [];
    const expected = createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
    if (given !== expected) wrong.push('signature');
    if (Math.abs(Number(at) - Date.now() / 1000) > 60) wrong.push('time');
    if (request.method !== 'POST') wrong.push(`method ${request.method}`);
    if (request.headers['content-type'] !== 'application/json') wrong.push('content-type');
    if (request.headers['content-length'] === undefined) wrong.push('content-length');
    received.push({
      id: String(id),
      url: request.url ?? '',
      signature: String(signature),
      body,
      payload: JSON.parse(body),
    });
    const reaction = reactions.shift() ?? 204;
    if (typeof reaction === 'number') response.writeHead(reaction).end('No, Ann.');
    else reaction(request, response);
    const done = waiting.filter(({ isThere }) => isThere());
    waiting = waiting.filter((one) => !done.includes(one));
    for (const { resolve } of done) resolve();
  };

  const server = createServer((request, response) => {
    take(request, response).catch((error: unknown) => {
      wrong.push(String(error));
      response.destroy();
    });
  });
  const port = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${port}/calls?a=1`,
    received,
    reactions,
    wrong,
    until: (isThere) =>
      isThere() ? Promise.resolve() : new Promise((resolve) => void waiting.push({ isThere, resolve })),
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
      ),
  };
}
