import { afterAll, describe, expect, it } from 'vitest';
import { anOperator } from '../operator/an-operator.ts';

const { ask } = await anOperator({ whenDone: afterAll });
const asAnybody = (path: string) => ask(path, { headers: { authorization: '' } });

describe('/docs', () => {
  it('serves everyone a page that may run no script but its own', async () => {
    const page = await asAnybody('/docs');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const csp = page.headers.get('content-security-policy');
    expect(csp).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
    expect(csp).not.toContain('unsafe');
    expect(csp).toContain("frame-ancestors 'none'");
    expect(page.headers.get('x-frame-options')).toBe('DENY');
    expect(page.text).not.toMatch(/<script(?! type="module" src=)|<style|\s(?:on\w+|style)=/);
  });

  it('serves every file that the page names', async () => {
    const { text } = await asAnybody('/docs');
    const named = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
    expect(named).toHaveLength(3);
    for (const path of named) {
      const answer = await asAnybody(path);
      expect([path, answer.status]).toEqual([path, 200]);
      expect(answer.headers.get('content-type')).toMatch(/^(?:text\/(?:css|javascript)|image\/svg\+xml)/);
      expect(answer.headers.get('cache-control')).toBe('no-cache');
      expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; frame-ancestors/);
    }
  });

  it('shows the document of the same server', async () => {
    expect((await asAnybody('/docs/docs.js')).text).toContain("fetch('/openapi.json')");
  });

  it.each([
    '/docs/index.html',
    '/docs/..%2fdocs.ts',
    '/docs/docs.ts',
    '/docs/package.json',
    '/docs/docs.js/x',
  ])('has nothing at %s', async (path) => {
    expect((await asAnybody(path)).status).toBe(401);
  });
});
