import { createServer } from 'node:http';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { guardedAnswers, lastResort, nothingHere } from '../../src/http/headers.ts';
import { listen } from '../support/listen.ts';

async function server() {
  const bugs: unknown[] = [];
  const app = express().disable('x-powered-by').use(guardedAnswers);
  app.get('/well', (_req, res) => void res.json({}));
  app.get('/bug', () => {
    throw new Error('the secret is out');
  });
  app.get('/late-bug', (_req, res) => {
    res.write('a beginning');
    throw new Error('the secret is out');
  });
  app.get('/named/:name', (_req, res) => void res.json({}));
  app.use(
    nothingHere,
    lastResort((error) => bugs.push(error)),
  );
  const http = createServer(app);
  const port = await listen(http);
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  return { bugs, get: (path: string) => fetch(`http://127.0.0.1:${port}${path}`) };
}

describe('HTTP answers', () => {
  it.each([
    ['/well', 200],
    ['/nothing/<script>', 404],
    ['/bug', 500],
    ['/named/%ff', 400],
  ])('carry the security headers and JSON at %s', async (path, status) => {
    const { get } = await server();
    const answer = await get(path);
    expect(answer.status).toBe(status);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'content-security-policy': expect.stringMatching(/^default-src 'none';/),
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'strict-transport-security': 'max-age=31536000',
    });
    expect(answer.headers.has('x-powered-by')).toBe(false);
  });

  it('do not repeat an unknown path', async () => {
    const { get, bugs } = await server();
    const text = await (await get('/nothing/<script>alert(1)</script>')).text();
    expect(text).toBe('{"error":{"code":"not_found","message":"There is nothing at this address."}}');
    expect(bugs).toEqual([]);
  });

  it('report a bug to the relay and hide it from the client', async () => {
    const { get, bugs } = await server();
    const text = await (await get('/bug')).text();
    expect(text).toBe('{"error":{"code":"internal","message":"Something went wrong on our side."}}');
    expect(bugs).toEqual([new Error('the secret is out')]);
  });

  it('break off after a late bug, which is reported', async () => {
    const { get, bugs } = await server();
    await expect(get('/late-bug').then((answer) => answer.text())).rejects.toThrow();
    expect(bugs).toHaveLength(1);
  });

  it('report no bug for an unreadable request', async () => {
    const { get, bugs } = await server();
    expect(await (await get('/named/%ff')).text()).not.toContain('%ff');
    expect(bugs).toEqual([]);
  });
});
