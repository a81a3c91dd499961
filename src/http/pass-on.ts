// Passes a request on to another process of this machine, and its answer back, both as they come in and no faster than they are
// taken: neither is kept here. The other process checks it as if it had come there, so it must have the same locks.
import { type IncomingMessage, request, type ServerResponse } from 'node:http';

/** About the connection, and not about what goes over it. */
const OF_CONNECTION = ['connection', 'keep-alive', 'expect', 'upgrade'];

/**
 * The body of `req` must not have been read. Resolves with whether an answer began; false if the other process is gone or
 * ended before it answered, and nothing was sent. `signal` cuts it off.
 */
export function passOn(
  req: IncomingMessage & { readonly originalUrl: string },
  res: ServerResponse,
  port: number,
  signal: AbortSignal,
): Promise<boolean> {
  const { method, originalUrl: path, headers } = req;
  return new Promise((resolve) => {
    const asking = request({
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: withoutConnection(headers),
      agent: false,
      signal,
    });
    // The client may disconnect before the answer.
    res.once('close', () => asking.destroy());
    asking.on('error', () => resolve(false));
    asking.once('response', (answer) => {
      resolve(true);
      res.writeHead(answer.statusCode ?? 502, withoutConnection(answer.headers));
      // A process that ends in the middle of its answer cuts it off here, too.
      answer.once('error', () => res.destroy());
      answer.pipe(res);
    });
    req.pipe(asking);
  });
}

function withoutConnection<Headers extends IncomingMessage['headers']>(headers: Headers): Headers {
  const kept = { ...headers };
  for (const name of OF_CONNECTION) delete kept[name];
  return kept;
}
