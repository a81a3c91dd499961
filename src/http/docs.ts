// The API's document and a page that shows it. Both are open to everyone: neither holds a secret, and a browser sends no token
// when it opens a page. The page may run our script and ask this server, nothing else; its reader types the token in.
import { fileURLToPath } from 'node:url';
import express, { type Response, type Router } from 'express';
import type { ApiDocument } from './openapi-document.ts';

const PAGE = 'index.html';
const FILES: ReadonlySet<string> = new Set(['docs.js', 'docs.css', 'icon.svg']);

/** A recording plays from a blob: URL. */
const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  'media-src blob:',
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** `document` is made at the first request for it. */
export function docsRoutes(document: () => Promise<ApiDocument>): Router {
  const router = express.Router();
  router.get('/openapi.json', async (_req, res) => {
    res.json(await document());
  });
  router.get('/docs', (_req, res) => {
    res.set('Content-Security-Policy', CSP);
    sendStored(res, PAGE);
  });
  router.get('/docs/:file', (req, res, next) => {
    if (FILES.has(req.params.file)) sendStored(res, req.params.file);
    else next();
  });
  return router;
}

/** Browsers may keep it, and ask each time whether it has changed. */
function sendStored(res: Response, file: string): void {
  const path = fileURLToPath(new URL(`docs-page/${file}`, import.meta.url));
  res.set('Cache-Control', 'no-cache');
  // The project may stand below a folder whose name begins with a dot.
  res.sendFile(path, { cacheControl: false, dotfiles: 'allow' });
}
