// The API's document and a page to read it: for everybody, since neither holds a secret and a browser brings no token when
// it opens a page. The page may run our two scripts and ask this server, and nothing else; what it asks needs the token,
// which the reader types in.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import express, { type Response, type Router } from 'express';
import type { ApiDocument } from './openapi.ts';

const require = createRequire(import.meta.url);
const ours = (file: string): string => fileURLToPath(new URL(`docs-page/${file}`, import.meta.url));

/** All that there is below /docs. */
const FILES: ReadonlyMap<string, string> = new Map([
  ['start.js', ours('start.js')],
  ...['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'].map((file): [string, string] => [
    file,
    require.resolve(`swagger-ui-dist/${file}`),
  ]),
]);

/** Swagger UI writes `style` attributes, and its icons are data: URLs. */
const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

export function docsRoutes(document: ApiDocument): Router {
  const router = express.Router();
  router.get('/openapi.json', (_req, res) => {
    res.json(document);
  });
  router.get('/docs', (_req, res) => {
    res.set('Content-Security-Policy', CSP);
    sendStored(res, ours('index.html'));
  });
  router.get('/docs/:file', (req, res, next) => {
    const path = FILES.get(req.params.file);
    if (path === undefined) next();
    else sendStored(res, path);
  });
  return router;
}

/** The same for everybody: it may be kept, and is asked for again when it has changed. */
function sendStored(res: Response, path: string): void {
  res.set('Cache-Control', 'no-cache');
  // It may stand below a folder whose name begins with a dot.
  res.sendFile(path, { cacheControl: false, dotfiles: 'allow' });
}
