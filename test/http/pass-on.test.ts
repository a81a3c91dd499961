import { createServer, type RequestListener } from 'node:http';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { passOn } from '../../src/http/pass-on.ts';
import { listen } from '../support/listen.ts';

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return listen(server);
}

/** The address of a process that passes everything on to the one that `other` is. */
async function passingOn(port: number, signal = new AbortController().signal): Promise<string> {
  const app = express();
  app.use('/below', async (req, res) => {
    if (!(await passOn(req, res, port, signal))) res.status(418).end();
  });
  return `http://127.0.0.1:${await serve(app)}`;
}

describe('a request that is passed on', () => {
  it('arrives whole, and so does its answer', async () => {
    const body = Buffer.alloc(3_000_000, 'audio');
    const url = await passingOn(
      await serve((req, res) => {
        res.writeHead(201, { 'x-asked': `${req.method} ${req.url} ${req.headers['authorization']}` });
        req.pipe(res);
      }),
    );
    const headers = { authorization: 'Bearer x' };
    const answer = await fetch(`${url}/below/it?a=1`, { method: 'POST', body, headers });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('x-asked')).toBe('POST /below/it?a=1 Bearer x');
    expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
  });

  it("is this process's to answer if the other ends before it answers", async () => {
    const url = await passingOn(await serve((req) => req.socket.destroy()));
    expect((await fetch(`${url}/below`, { method: 'POST', body: 'x' })).status).toBe(418);
  });

  it("is this process's to answer once this one stops", async () => {
    const stopping = new AbortController();
    const url = await passingOn(await serve(() => stopping.abort()), stopping.signal);
    expect((await fetch(`${url}/below`)).status).toBe(418);
  });

  it('breaks off where its answer breaks off', async () => {
    const url = await passingOn(
      await serve((_req, res) => {
        res.writeHead(200, { 'content-length': '100' });
        res.write('half', () => res.destroy());
      }),
    );
    const answer = await fetch(`${url}/below`);
    await expect(answer.text()).rejects.toThrow();
  });

  it('is given up there once its client is gone', async () => {
    const { promise: gone, resolve } = Promise.withResolvers<void>();
    const leaving = new AbortController();
    const url = await passingOn(
      await serve((_req, res) => {
        res.once('close', resolve);
        leaving.abort();
      }),
    );
    await expect(fetch(`${url}/below`, { signal: leaving.signal })).rejects.toThrow();
    await gone;
  });
});
