// Open sockets that have not named their call. The signature of an upgrade is the same for every call, so an attacker who
// has it can open sockets, but cannot start one. Twilio's sockets say `start` at once, so the oldest is dropped to make
// room: a flood drops itself, and callers still get through.
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

interface Waiting {
  readonly address: string;
  readonly drop: () => void;
}

export class UnstartedStreams {
  readonly #most: number;
  /** Oldest first. */
  readonly #waiting = new Set<Waiting>();

  /** `most` in all, and at most half of them from one address. */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Adds a socket; `drop` cuts it in favour of a younger one. Returns a function to call once it has started or is gone;
   * idempotent.
   */
  enter(address: string, drop: () => void): () => void {
    const entered: Waiting = { address, drop };
    this.#waiting.add(entered);
    const ofAddress = [...this.#waiting].filter((one) => one.address === address);
    if (ofAddress.length > Math.ceil(this.#most / 2)) this.#drop(ofAddress[0]);
    else if (this.#waiting.size > this.#most) this.#drop(this.#waiting.values().next().value);
    return () => this.#waiting.delete(entered);
  }

  #drop(waiting: Waiting | undefined): void {
    if (waiting === undefined) return;
    this.#waiting.delete(waiting);
    waiting.drop();
  }
}

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

function isInside(address: string): boolean {
  const version = isIP(address);
  return version !== 0 && INSIDE.check(address, version === 4 ? 'ipv4' : 'ipv6');
}
