// Where a request comes from, be it straight or through a platform's proxy.
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Private networks: only a platform's proxies reach us from there. */
const INSIDE = new BlockList();
for (const [net, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
] as const)
  INSIDE.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  INSIDE.addSubnet(net, prefix, 'ipv6');

/**
 * The address that a request comes from: the peer's, unless that is a proxy's. Then it is the last hop of
 * X-Forwarded-For, which the proxy wrote; anybody can forge the hops before it.
 */
export function addressOf(req: IncomingMessage): string {
  const peer = (req.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  if (!isInside(peer)) return peer;
  const lastHop = [req.headers['x-forwarded-for'] ?? []].flat().join(',').split(',').at(-1)?.trim() ?? '';
  return isIP(lastHop) === 0 ? peer : lastHop;
}

/** The address; of IPv6 the /64, all of which one visitor may have. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  const parts = [...first, ...Array<string>(Math.max(0, zeros)).fill('0'), ...last];
  return `${parts
    .slice(0, 4)
    .map((part) => Number.parseInt(part, 16).toString(16))
    .join(':')}::/64`;
}

function isInside(address: string): boolean {
  const version = isIP(address);
  return version !== 0 && INSIDE.check(address, version === 4 ? 'ipv4' : 'ipv6');
}
