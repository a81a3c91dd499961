import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { post } from '../../src/agent/agent-post.ts';
import { warmUp } from '../../src/agent/warm-up.ts';
import { systemClock } from '../../src/call/system-clock.ts';
import { SteppedClock } from '../support/clock.ts';

/** An agent's server that notes every request and the connection it came over. */
async function aServer(answer: RequestListener = (_, response) => void response.writeHead(404).end('{}')) {
  const requests: {
    readonly line: string;
    readonly key: string | undefined;
    readonly over: number | undefined;
  }[] = [];
  const server = createServer((request, response) => {
    const { method, url, headers, socket } = request;
    requests.push({ line: `${method} ${url}`, key: headers.authorization, over: socket.remotePort });
    request.resume();
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : null;
  return { url: `http://127.0.0.1:${port}/agents/shop?key=secret`, requests };
}

describe('[O9] an agent whose server is warm', () => {
  it('is asked over the connection that was opened before, and nobody was asked anything by that', async () => {
    const { url, requests } = await aServer();
    warmUp(url, { clock: systemClock })();
    await expect.poll(() => requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ line: 'OPTIONS /', key: undefined });
    const options = { agentApiKey: 'a key', agentTimeoutMs: 5_000, clock: systemClock };
    await expect
      .poll(async () => {
        await post({ url, headers: {}, body: {} }, options, new AbortController().signal);
        return requests.at(-1);
      })
      .toMatchObject({ line: 'POST /agents/shop?key=secret', over: requests[0]?.over });
  });

  it('is warmed at most once a second, however many calls it has', async () => {
    const { url, requests } = await aServer();
    const clock = new SteppedClock();
    const warm = warmUp(url, { clock });
    for (let call = 0; call < 5; call++) warm();
    await expect.poll(() => requests).toHaveLength(1);
    clock.step(999);
    warm();
    clock.step(1);
    warm();
    await expect.poll(() => requests).toHaveLength(2);
  });

  it('lets go after 3 s if the server does not answer', async () => {
    const closed = Promise.withResolvers<void>();
    const { url, requests } = await aServer(({ socket }) => void socket.on('close', () => closed.resolve()));
    const clock = new SteppedClock();
    warmUp(url, { clock })();
    await expect.poll(() => requests).toHaveLength(1);
    clock.step(3_000);
    await closed.promise;
  });

  it('takes no harm from a server that is not there', async () => {
    const asked = Promise.withResolvers<void>();
    const refusing: typeof fetch = async () => {
      asked.resolve();
      throw new TypeError('fetch failed');
    };
    warmUp('https://agent.example', { clock: systemClock, requests: { retries: 0, fetch: refusing } })();
    await asked.promise;
  });
});
