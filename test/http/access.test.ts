import { createServer } from 'node:http';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { accessCheck, COOKIE, operatorOnly } from '../../src/http/access.ts';
import { sealed } from '../../src/http/seal.ts';
import { listen } from '../support/listen.ts';

const NOW = 1_795_000_000_000;
const TOKEN = 'open sesame';
const PUBLIC = 'https://relay.example';

const access = (token = async () => TOKEN) =>
  accessCheck({ token, clock: { now: () => NOW }, publicUrl: PUBLIC });

/** The status for a request from this machine with such headers. */
async function statusFor(headers: Record<string, string>, token = async () => TOKEN) {
  const app = express().use(operatorOnly(access(token)), (_req, res) => void res.send('secret'));
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

describe('the cookie of a browser that signed in', () => {
  const session = sealed(TOKEN, 'session', NOW + 1000);
  const cookie = `theme=dark; ${COOKIE}=${session}; last=1`;
  const ours = { 'sec-fetch-site': 'same-origin' };

  it('opens the API to a page of this server', async () => {
    expect(await statusFor({ cookie, ...ours })).toBe(200);
  });

  it.each([
    ['opens it by Origin where a browser says nothing else', { host: 'h:1', origin: 'http://h:1' }],
    ['leaves default ports out', { host: 'h:443', origin: 'https://h' }],
    ['knows the public address behind a proxy', { host: 'inside:8080', origin: PUBLIC }],
  ])('%s', async (_, headers) => {
    expect(await access()({ headers: { cookie, ...headers } })).toBe('granted');
  });

  it.each([
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }],
    ['a page of a subdomain', { 'sec-fetch-site': 'same-site' }],
    ['a link that somebody sent', { 'sec-fetch-site': 'none' }],
    ['another site that names our Origin', { 'sec-fetch-site': 'cross-site', origin: PUBLIC }],
    ['another Origin', { origin: 'https://evil.example', host: 'relay.example' }],
    ['another port', { origin: 'http://h:2', host: 'h:1' }],
    ['an Origin that says nothing', { origin: 'null', host: 'relay.example' }],
    ['no Origin at all', { host: 'relay.example' }],
  ])('does not count from %s', async (_, headers) => {
    expect(await access()({ headers: { cookie, ...headers } })).toBe('denied');
  });

  it.each([
    ['an old one', sealed(TOKEN, 'session', NOW)],
    ['one made with another token', sealed('another', 'session', NOW + 1000)],
    ['a sign-in code', sealed(TOKEN, 'code', NOW + 1000)],
    ['one with a later end', session.replace(/^\w+/, (until) => `${until.slice(0, -1)}z`)],
    ['a part of one', session.slice(0, -1)],
    ['the token itself', 'sesame'],
    ['an empty one', ''],
  ])('refuses %s', async (_, value) => {
    expect(await statusFor({ cookie: `${COOKIE}=${value}`, ...ours })).toBe(401);
  });

  it('does not make up for a wrong token', async () => {
    expect(await statusFor({ cookie, ...ours, authorization: 'Bearer sesame' })).toBe(401);
  });

  it('cannot be compared while there is no token', async () => {
    const away = () => Promise.reject(new Error('the database is down'));
    expect(await access(away)({ headers: { cookie, ...ours } })).toBe('unknown');
  });

  it('holds nothing of the token', () => {
    expect(session).not.toContain(TOKEN);
    expect(Buffer.from(session, 'base64url').toString('latin1')).not.toContain(TOKEN);
  });
});
