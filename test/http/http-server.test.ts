// What only the server itself can do: end, although clients still talk to it.
import { Agent, get } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/call/system-clock.ts';
import { HttpServer } from '../../src/http/http-server.ts';

it('close ends although a client asks on the same connection without a pause', async () => {
  let asked = 0;
  const server = new HttpServer({
    clock: systemClock,
    openRoutes: [
      (_req, res) => {
        asked++;
        void turn().then(() => res.end('answered'));
      },
    ],
    lock: (_req, _res, next) => next(),
    lockedRoutes: [],
    sockets: { options: {}, accept: {} },
    onSlow: () => {},
    onBug: () => {},
  });
  const port = await server.listen(0);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const begun = Promise.withResolvers<void>();
  const refused = new Promise<unknown>((resolve) => {
    const ask = (): void => {
      get({ port, agent }, (answer) => {
        if (asked === 3) begun.resolve();
        answer.resume().on('end', ask);
      }).on('error', resolve);
    };
    ask();
  });
  await begun.promise;
  await server.close();
  expect(await refused).toMatchObject({ code: expect.stringMatching(/ECONN/) });
  agent.destroy();
});
