// Which page a request comes from, by what browsers say of it and pages cannot change.
import type { IncomingMessage } from 'node:http';

type Headers = Pick<IncomingMessage, 'headers'>;

/**
 * Whether a page of ours sent it. A WebSocket's upgrade has no Sec-Fetch-Site, and neither has plain http: there the Origin
 * must name the host that was asked, or `publicUrl`, for a proxy that changes Host.
 */
export function isFromOurPages({ headers }: Headers, publicUrl: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const origin = URL.parse(headers.origin ?? '');
  if (origin === null || origin.host === '') return false;
  // Parsed alike, so that a default port is left out of both.
  const asked = URL.parse(`${origin.protocol}//${headers.host ?? ''}`);
  return origin.host === asked?.host || origin.origin === URL.parse(publicUrl)?.origin;
}

/** Whether it comes from a page for which browsers keep no Secure cookie: plain http from another machine. */
export function isFromInsecurePage({ headers }: Headers): boolean {
  const { protocol, hostname } = URL.parse(headers.origin ?? '') ?? {};
  if (protocol !== 'http:' || hostname === undefined) return false;
  return !/^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}
