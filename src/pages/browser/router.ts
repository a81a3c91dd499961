// Which view is open, by the address alone: every state of the pages can be sent as a link and kept as a bookmark.
import { computed, signal } from '@preact/signals';

const ROOT = '/app';

/** What follows /app, and the query. */
const here = signal(readAddress());

/** The parts of the path below /app: `['calls', 'ca-1']`. */
export const path = computed(() => here.value.path.split('/').filter((part) => part !== ''));
export const query = computed(() => new URLSearchParams(here.value.query));

export function addressOf(parts: readonly string[], params: URLSearchParams | string = ''): string {
  const asked = params.toString();
  return [ROOT, ...parts.map(encodeURIComponent)].join('/') + (asked === '' ? '' : `?${asked}`);
}

export function go(address: string): void {
  history.pushState(null, '', address);
  here.value = readAddress();
}

/** Changes the query in place: going back leaves the view instead of undoing one filter after the other. */
export function replaceQuery(params: URLSearchParams): void {
  history.replaceState(null, '', addressOf(path.peek(), params) + location.hash);
  here.value = readAddress();
}

/** Follows the browser's history, and opens links to other views without loading the page anew. */
export function startRouter(): void {
  addEventListener('popstate', () => {
    here.value = readAddress();
  });
  document.addEventListener('click', (event) => {
    const isPlain =
      event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!isPlain || event.defaultPrevented || !(event.target instanceof Element)) return;
    const link = event.target.closest('a');
    if (link === null || link.target !== '' || link.hasAttribute('download')) return;
    const isOurs = link.origin === location.origin && /^\/app(\/|$)/.test(link.pathname);
    // A link within the page is the browser's.
    if (!isOurs || (link.hash !== '' && link.pathname === location.pathname)) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}

function readAddress(): { readonly path: string; readonly query: string } {
  const { pathname, search } = location;
  return { path: decodePath(pathname.slice(ROOT.length)), query: search };
}

function decodePath(written: string): string {
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}
