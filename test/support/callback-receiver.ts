// Somebody's server, that takes callbacks from whole calls.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'vitest';
import { listen } from './listen.ts';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What it gets comes in `received`, in order. */
export async function aReceiver({ onTestFinished }: TestContext) {
  const received: Received[] = [];
  const result = Promise.withResolvers<void>();
  const server = createServer((req, res) => {
    void text(req).then((body) => {
      received.push({ headers: req.headers, body });
      res.writeHead(204).end();
      if (body.includes('"call.result"')) result.resolve();
    });
  });
  const port = await listen(server);
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${port}/patchcord`, received, hasResult: result.promise };
}
