// The pages of an operator at /app: one HTML document for every view, its modules and its styles. All of it is open to
// everybody, because it holds nothing of anybody's calls; the pages ask the API for those, and the API asks who they are.
import { createHash } from 'node:crypto';
import express, { type Response, type Router } from 'express';
import { IMPORTS, LIBRARY_FILES, MAIN_MODULE, PageModules, STATIC_FILES } from './page-files.ts';

const IMPORT_MAP = JSON.stringify({ imports: IMPORTS });

const pageOf = (isPlayed: boolean): string => `<!doctype html>
<html lang="en"${isPlayed ? ' data-played' : ''}>
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Patchcord</title>
    <link rel="icon" type="image/svg+xml" href="/app/static/icon.svg">
    <link rel="stylesheet" href="/app/m/@picocss/pico/css/pico.min.css">
    <link rel="stylesheet" href="/app/m/uplot/dist/uPlot.min.css">
${[...STATIC_FILES.keys()]
  .filter((name) => name.endsWith('.css'))
  .map((name) => `    <link rel="stylesheet" href="/app/static/${name}">`)
  .join('\n')}
    <script src="/app/static/scheme.js"></script>
    <script type="importmap">${IMPORT_MAP}</script>
    <script type="module" src="/app/src/${MAIN_MODULE}"></script>
  </head>
  <body>
    <noscript>These pages need JavaScript. The API is described at /openapi.json.</noscript>
  </body>
</html>
`;

const HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    // Browsers take no import map from a file of its own.
    `script-src 'self' 'sha256-${createHash('sha256').update(IMPORT_MAP).digest('base64')}'`,
    "style-src 'self'",
    // Pico draws its arrows and ticks from data: addresses.
    "img-src 'self' data:",
    "connect-src 'self'",
    "media-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'Permissions-Policy': 'microphone=(self), camera=(), geolocation=()',
  'Cross-Origin-Opener-Policy': 'same-origin',
} as const;

export interface PageOptions {
  /** The telephone network is played on this machine, so nobody is really called: the pages say so. */
  readonly isPlayed: boolean;
}

/** Goes before the lock. */
export function pageRoutes({ isPlayed }: PageOptions): Router {
  const page = pageOf(isPlayed);
  const modules = new PageModules();
  const router = express.Router();

  /** A person reads the pages, a program the description of the API. */
  router.get('/', (req, res) => {
    res.vary('Accept');
    res.redirect(req.accepts(['json', 'html']) === 'html' ? '/app' : '/openapi.json');
  });

  router.get('/app/src/*path', (req, res, next) => {
    const source = modules.sourceOf(req.params.path.join('/'));
    if (source === null) return next();
    res.set('Cache-Control', 'no-cache').type('text/javascript').send(source);
  });
  router.get('/app/m/*path', (req, res, next) => {
    sendFrom(LIBRARY_FILES, req.params.path.join('/'), res, next);
  });
  router.get('/app/static/:file', (req, res, next) => sendFrom(STATIC_FILES, req.params.file, res, next));

  // The view is the page's business: each has an address that can be sent as a link.
  router.get('/app{/*view}', (req, res, next) => {
    const [first = ''] = req.params.view ?? [];
    if (['src', 'm', 'static'].includes(first)) return next();
    res.set(HEADERS).set('Cache-Control', 'no-cache').type('html').send(page);
  });
  return router;
}

/** Browsers may keep it, and ask each time whether it has changed. */
function sendFrom(files: ReadonlyMap<string, string>, name: string, res: Response, next: () => void): void {
  const path = files.get(name);
  if (path === undefined) return next();
  res.set('Cache-Control', 'no-cache');
  // The project may stand below a folder whose name begins with a dot.
  res.sendFile(path, { cacheControl: false, dotfiles: 'allow' });
}
