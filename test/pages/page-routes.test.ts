import express from 'express';
import { createServer } from 'node:http';
import { afterAll, describe, expect, it } from 'vitest';
import { guardedAnswers, nothingHere } from '../../src/http/headers.ts';
import { pageRoutes } from '../../src/pages/page-routes.ts';
import { listen } from '../support/listen.ts';

const server = createServer(express().use(guardedAnswers, pageRoutes({ isPlayed: false }), nothingHere));
const url = `http://127.0.0.1:${await listen(server)}`;
afterAll(() => void server.close());

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url + path, { headers, redirect: 'manual' });

describe('/', () => {
  it('leads a browser to the pages and a program to the description of the API', async () => {
    const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
    expect((await get('/', { accept })).headers.get('location')).toBe('/app');
    expect((await get('/')).headers.get('location')).toBe('/openapi.json');
    expect((await get('/', { accept: 'application/json' })).headers.get('location')).toBe('/openapi.json');
  });
});

describe('/app', () => {
  it.each(['/app', '/app/', '/app/calls', '/app/calls/ca-1', '/app/anything'])(
    'serves the one page at %s',
    async (path) => {
      const page = await get(path);
      expect(page.status).toBe(200);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    },
  );

  it('lets the page run its own scripts and nothing else', async () => {
    const { headers } = await get('/app');
    const csp = headers.get('content-security-policy');
    expect(csp).toMatch(/^default-src 'none'; script-src 'self' 'sha256-[\w+/]{43}='; style-src 'self';/);
    expect(csp).not.toMatch(/unsafe|https?:|\*/);
    expect(csp).toContain("require-trusted-types-for 'script'");
    expect(csp).toContain("frame-ancestors 'none'");
    expect(headers.get('permissions-policy')).toBe('microphone=(self), camera=(), geolocation=()');
  });

  it('serves every file that the page names, and every module that a module imports', async () => {
    const html = await (await get('/app')).text();
    const [, importMap = '{}'] = /<script type="importmap">(.+)<\/script>/.exec(html) ?? [];
    const { imports }: { imports: Record<string, string> } = JSON.parse(importMap);
    const waiting = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
    const seen = new Set<string>();
    for (const path of waiting) {
      if (seen.has(path)) continue;
      seen.add(path);
      const file = await get(path);
      expect([path, file.status]).toEqual([path, 200]);
      expect(file.headers.get('cache-control')).toBe('no-cache');
      if (!/javascript/.test(file.headers.get('content-type') ?? '')) continue;
      const specifiers = (await file.text()).matchAll(/(?:\bfrom|\bimport\(?)\s*["']([\w@./-]+)["']/g);
      for (const [, specifier = ''] of specifiers)
        waiting.push(imports[specifier] ?? new URL(specifier, url + path).pathname);
    }
    expect(seen.size).toBeGreaterThan(15);
  });

  it('serves modules without their types', async () => {
    const module = await get('/app/src/call/transcript.ts');
    expect(module.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const text = await module.text();
    expect(text).toContain('export function transcriptOf(');
    expect(text).not.toMatch(/export type|import type/);
  });

  it.each([
    '/app/src/pages/page-files.ts',
    '/app/src/call/wav.ts',
    '/app/src/pages/browser/tsconfig.json',
    '/app/src/pages/browser/..%2fpage-files.ts',
    '/app/m/express/index.js',
    '/app/m/preact/package.json',
    '/app/m/..%2f..%2fpackage.json',
    '/app/static/..%2fpage-files.ts',
    '/app/static',
  ])('has nothing at %s', async (path) => {
    expect((await get(path)).status).toBe(404);
  });
});
