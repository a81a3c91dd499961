import { createServer } from 'node:http';
import express from 'express';
import { expect, it, onTestFinished } from 'vitest';
import { operatorOnly } from '../../src/http/access.ts';
import { listen } from '../support/listen.ts';

/** The status for a request from this machine with such headers. */
async function statusFor(headers: Record<string, string>, token = async () => 'open sesame') {
  const app = express().use(operatorOnly(token), (_req, res) => void res.send('secret'));
  const server = createServer(app);
  onTestFinished(() => void server.close());
  const port = await listen(server);
  const answer = await fetch(`http://127.0.0.1:${port}/`, { headers });
  expect((await answer.text()).includes('secret')).toBe(answer.status === 200);
  return answer.status;
}

it.each([
  ['none', {}],
  ['another', { authorization: 'Bearer open sesamE' }],
  ['a part of it', { authorization: 'Bearer open' }],
  ['more than it', { authorization: 'Bearer open sesame!' }],
  ['it without saying what it is', { authorization: 'open sesame' }],
  ['an empty one', { authorization: 'Bearer ' }],
  ['one that a proxy claims for this machine', { 'x-forwarded-for': '127.0.0.1', host: 'localhost' }],
])('refuses %s', async (_, headers) => {
  expect(await statusFor(headers)).toBe(401);
});

it('answers to the token', async () => {
  expect(await statusFor({ authorization: 'Bearer open sesame' })).toBe(200);
});

it('refuses everybody while there is no token to compare with', async () => {
  const away = () => Promise.reject(new Error('the database is down'));
  expect(await statusFor({ authorization: 'Bearer open sesame' }, away)).toBe(503);
  expect(await statusFor({}, away)).toBe(401);
});
