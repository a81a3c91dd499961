// Requests to agents over `node:http`, against a server that counts its connections.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { agentFetch } from '../../src/agent/agent-fetch.ts';
import { piecesOf } from '../../src/agent/body-pieces.ts';
import { listen } from '../support/listen.ts';

async function serve(answer: RequestListener) {
  const server = createServer(answer);
  let connections = 0;
  server.on('connection', () => connections++);
  const port = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${port}`,
    server,
    get connections() {
      return connections;
    },
  };
}

describe('a request to an agent', () => {
  it('carries method, headers and text there, and status, headers and body back', async () => {
    const { url } = await serve((req, res) => {
      const { method, url: path, headers } = req;
      res.writeHead(201, { 'x-two': ['a', 'b'] });
      res.write(`${method} ${path} ${String(headers['x-mine'])} ${headers['content-length']} `);
      req.pipe(res);
    });
    const answer = await agentFetch(`${url}/a?b=1`, {
      method: 'POST',
      headers: { 'x-mine': 'mine' },
      body: 'né',
    });
    expect([answer.status, answer.ok, answer.headers.get('x-two')]).toEqual([201, true, 'a, b']);
    expect(await answer.text()).toBe('POST /a?b=1 mine 3 né');
  });

  it('leaves its connection to the next one, also after an empty answer', async () => {
    const far = await serve((req, res) => {
      if (req.url === '/empty') res.writeHead(202, { 'content-length': '0' }).end();
      else if (req.url === '/none') res.writeHead(204).end();
      else res.end('some');
    });
    for (let n = 0; n < 30; n++) {
      const path = ['/empty', '/none', '/some'][n % 3];
      const answer = await agentFetch(`${far.url}${path}`, { method: 'POST', body: '{}' });
      if (path === '/some') await answer.text();
    }
    // It is free a few ticks after the answer.
    expect(far.connections).toBeLessThan(5);
  });

  it('follows a redirect unless it must not', async () => {
    const { url } = await serve((req, res) => {
      if (req.url === '/old') res.writeHead(307, { location: '/new' }).end();
      else req.pipe(res);
    });
    const init = { method: 'POST', body: 'words' };
    expect(await (await agentFetch(`${url}/old`, init)).text()).toBe('words');
    expect((await agentFetch(`${url}/old`, { ...init, redirect: 'manual' })).status).toBe(307);
  });

  it('ends with the reason of its signal: before, while it waits, and in mid-body', async () => {
    const { url } = await serve((req, res) => {
      if (req.url === '/body') res.write('beginning');
    });
    const isOver = new AbortController();
    isOver.abort();
    await expect(agentFetch(url, { signal: isOver.signal })).rejects.toBe(isOver.signal.reason);

    const waiting = new AbortController();
    const asked = agentFetch(url, { signal: waiting.signal });
    setImmediate(() => waiting.abort());
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });

    const reading = new AbortController();
    const read: number[] = [];
    const reads = async (): Promise<void> => {
      for await (const piece of piecesOf(await agentFetch(`${url}/body`, { signal: reading.signal })) ?? []) {
        read.push(piece.length);
        reading.abort();
      }
    };
    await expect(reads()).rejects.toMatchObject({ name: 'AbortError' });
    expect(read).toEqual(['beginning'.length]);
  });

  it('fails when the far end goes away: before its answer, and in mid-body', async () => {
    const { url } = await serve((req, res) => {
      if (req.url === '/body') res.write('beginning', () => req.socket.destroy());
      else req.socket.destroy();
    });
    await expect(agentFetch(url)).rejects.toThrow(/hang up|ECONNRESET/);
    await expect(agentFetch(`${url}/body`).then((answer) => answer.text())).rejects.toThrow(/aborted/);
  });

  it('closes its connection when its body is left, begun or not', async () => {
    const { url, server } = await serve((_, res) => void res.write('beginning'));
    const leave = [
      async (answer: Response) => {
        for await (const _ of piecesOf(answer) ?? []) break;
      },
      async (answer: Response) => answer.body?.cancel(),
    ];
    for (const leaveBody of leave) {
      const connected = once(server, 'connection');
      const answer = await agentFetch(url);
      const [socket] = await connected;
      const closed = once(socket, 'close');
      await leaveBody(answer);
      await closed;
    }
  });

  it('reads a body of any size whole, however slowly', async () => {
    const whole = 'x'.repeat(3_000_000);
    const { url } = await serve((_, res) => res.end(whole));
    let length = 0;
    for await (const piece of piecesOf(await agentFetch(url)) ?? []) {
      length += piece.length;
      await new Promise(setImmediate);
    }
    expect(length).toBe(whole.length);
  });
});
