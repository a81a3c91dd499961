// Sockets that stand and have not said which call they are. The signature of an upgrade is the same for every call, so
// that one who got hold of it can open sockets; what they cannot do is start one. Twilio's say `start` at once: so room
// is made by dropping the oldest, and a flood drops itself while callers go on getting through.
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

interface Waiting {
  readonly address: string;
  readonly drop: () => void;
}

export class UnstartedStreams {
  readonly #most: number;
  /** In the order in which they came. */
  readonly #waiting = new Set<Waiting>();

  /** `most` in all; no address has more than half of it. */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * One more waits. `drop` cuts it, in favour of a younger one. Returns what must be called when it has started, or is
   * gone; idempotent.
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

/** Where the proxies of platforms are: nobody else reaches us from there. */
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
 * Where a request comes from. The peer's own address is the truth; only where that is a proxy's does X-Forwarded-For
 * count, and of it only the last hop, which the proxy wrote: what stands before, anybody could have sent.
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
