// The feed as somebody at a terminal reads it, from a server that breaks off as servers do.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { callFeed } from '../../../src/cli/call/call-feed.ts';
import { relayApi, RelayAway, RelayRefusal } from '../../../src/cli/call/relay-api.ts';
import { listen } from '../../support/listen.ts';

type Handler = (req: IncomingMessage, res: ServerResponse) => void;

async function aServer(handler: Handler): Promise<{ readonly port: number }> {
  const server = createServer(handler);
  const port = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port };
}

/** Answers one request after another, each in its own way; the last way is for all that follow. */
async function aFeed(...handlers: readonly Handler[]) {
  const lastIds: (string | undefined)[] = [];
  const { port } = await aServer((req, res) => {
    const handler = handlers[Math.min(lastIds.length, handlers.length - 1)];
    lastIds.push(req.headers['last-event-id']?.toString());
    handler?.(req, res);
  });
  const leaving = new AbortController();
  const api = relayApi(`http://127.0.0.1:${port}`, 'token');
  const read = async (): Promise<string[]> => {
    const types: string[] = [];
    for await (const { type } of callFeed(api, 'CO1', leaving.signal)) types.push(type);
    return types;
  };
  return { read, lastIds, leaving };
}

const begin = (res: ServerResponse): ServerResponse =>
  res.writeHead(200, { 'content-type': 'text/event-stream' });
const event = (id: number, type: string): string =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify({ callId: 'CO1', at: '2026-11-21T08:00:00.000Z', type })}\n\n`;
const refuse =
  (status: number, code: string): Handler =>
  (_req, res) =>
    void res
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify({ error: { code, message: 'No.' } }));

describe('the feed of a call', () => {
  it('goes on behind the last event, however it breaks off, and ends with the call', async () => {
    const { read, lastIds } = await aFeed(
      (_req, res) =>
        begin(res).end(`retry: 1\nid: 0\n\n${event(3, 'call-queued')}${event(4, 'call-rang').slice(0, 20)}`),
      refuse(503, 'unavailable'),
      (req) => req.socket.destroy(),
      (_req, res) => {
        begin(res).write(event(4, 'call-rang'), () => res.destroy());
      },
      // Nobody ends this one: the call does.
      (_req, res) => void begin(res).write(`:\n\n${event(7, 'call-ended')}${event(9, 'call-settled')}`),
    );
    expect(await read()).toEqual(['call-queued', 'call-rang', 'call-ended', 'call-settled']);
    expect(lastIds).toEqual([undefined, '3', '3', '3', '4']);
  });

  it('ends where the relay says that all was told', async () => {
    const { read, lastIds } = await aFeed(
      (_req, res) => begin(res).end(`retry: 1\n\n${event(3, 'call-ended')}`),
      (_req, res) => res.writeHead(204).end(),
    );
    expect(await read()).toEqual(['call-ended']);
    expect(lastIds).toHaveLength(2);
  });

  it('skips what it cannot read', async () => {
    const { read } = await aFeed((_req, res) =>
      begin(res).end(`data: {"type": 1}\n\ndata: no JSON\n\n${event(3, 'call-settled')}`),
    );
    expect(await read()).toEqual(['call-settled']);
  });

  it('is given up at once where the relay does not want us', async () => {
    await expect((await aFeed(refuse(401, 'unauthorized'))).read()).rejects.toThrow(RelayRefusal);
    await expect((await aFeed(refuse(404, 'not_found'))).read()).rejects.toThrow(RelayRefusal);
  });

  it('ends when the reader leaves, even while the relay is away', async () => {
    const { read, leaving, lastIds } = await aFeed((_req, res) => {
      begin(res).end('retry: 30000\n\n');
      res.once('close', () => leaving.abort());
    });
    expect(await read()).toEqual([]);
    expect(lastIds).toHaveLength(1);
  });

  it('asks nobody behind a redirect', async () => {
    const elsewhere: string[] = [];
    const { port: other } = await aServer((req, res) => {
      elsewhere.push(req.url ?? '');
      res.end('{}');
    });
    const { port } = await aServer((_req, res) =>
      res.writeHead(307, { location: `http://127.0.0.1:${other}/calls` }).end(),
    );
    await expect(relayApi(`http://127.0.0.1:${port}`, 'token').view('CO1')).rejects.toThrow(RelayAway);
    expect(elsewhere).toEqual([]);
  });
});
