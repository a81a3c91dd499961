// Connects to addresses of the public internet only. The address is checked at connection time, after the DNS look-up, so a
// name that resolves to another address the second time is checked the second time.
import dns from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';

/** https://www.iana.org/assignments/iana-ipv4-special-registry, with multicast and reserved networks. */
const NOT_PUBLIC_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  // Carrier-grade NAT; also Tailscale, and Alibaba's metadata service.
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // Link-local: 169.254.169.254 serves a cloud's credentials.
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // Azure's host, which answers its own guests.
  ['168.63.129.16', 32],
];

/** Within 2000::/3; nothing outside of it is public. */
const NOT_PUBLIC_V6: readonly (readonly [string, number])[] = [
  // Protocol assignments, with Teredo, which embeds an IPv4 address.
  ['2001::', 23],
  ['2001:db8::', 32],
  // 6to4, which embeds one, too.
  ['2002::', 16],
  ['3fff::', 20],
];

/** How an IPv6-only network reaches IPv4: this prefix, then the IPv4 address. */
const NAT64 = '64:ff9b::';

const unicast = new BlockList();
unicast.addSubnet('2000::', 3, 'ipv6');
unicast.addSubnet(NAT64, 96, 'ipv6');

const special = new BlockList();
for (const [net, prefix] of NOT_PUBLIC_V4) {
  special.addSubnet(net, prefix, 'ipv4');
  special.addSubnet(`${NAT64}${net}`, 96 + prefix, 'ipv6');
}
for (const [net, prefix] of NOT_PUBLIC_V6) special.addSubnet(net, prefix, 'ipv6');

export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !special.check(address, 'ipv4');
    case 6:
      // With a zone (`fe80::1%eth0`) it is an address of this machine's links, and BlockList does not read it.
      return !address.includes('%') && unicast.check(address, 'ipv6') && !special.check(address, 'ipv6');
    default:
      return false;
  }
}

export const PRIVATE_ADDRESS = 'PRIVATE_ADDRESS';

class PrivateAddressError extends Error {
  readonly code = PRIVATE_ADDRESS;
}

/** Resolves to the public addresses of a name; an error if it has none. */
export function publicOnly(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found, family) => {
      if (error !== null) return callback(error, '');
      const addresses =
        typeof found === 'string' ? [{ address: found, family: family ?? isIP(found) }] : found;
      const open = addresses.filter(({ address }) => isPublicAddress(address));
      const [first] = open;
      if (first === undefined) return callback(new PrivateAddressError(), '');
      if (options.all === true) callback(null, open);
      else callback(null, first.address, first.family);
    });
  };
}

export function connectorTo(
  where: 'public' | 'any',
  timeoutMs: number,
  lookup: LookupFunction = dns.lookup,
): buildConnector.connector {
  const connect = buildConnector({
    timeout: timeoutMs,
    allowH2: false,
    lookup: where === 'any' ? lookup : publicOnly(lookup),
  });
  if (where === 'any') return connect;
  return (options, callback) => {
    // An address in the URL itself is never looked up.
    const host = options.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !isPublicAddress(host)) callback(new PrivateAddressError(), null);
    else connect(options, callback);
  };
}
