// Messages gone wrong, from a seed: the same seed makes the same of the same messages.

/** Odd things to find where something sensible was expected. */
const ODDITIES: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  0.5,
  2 ** 53,
  -(2 ** 40),
  '',
  ' ',
  'NaN',
  '-20',
  '1e400',
  '9007199254740991',
  '__proto__',
  '\0',
  '\uD800',
  '😀',
  '====',
  'AAA',
  [],
  [[null]],
  {},
  { toString: 1 },
];

/** A small generator of numbers that look random (mulberry32). */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0];
  }
}

export interface MutationOptions {
  /** One of so many is no longer JSON text; where that ends a call, little else would be tried. */
  readonly unreadableOneIn: number;
  readonly longestText: number;
}

/** What is sent in place of `message`; `strangers` are texts from other messages, such as ids. */
export function mutated(
  chance: Chance,
  message: object,
  strangers: readonly string[],
  { unreadableOneIn, longestText }: MutationOptions,
): string | Buffer {
  const text = JSON.stringify(message);
  if (chance.below(unreadableOneIn) === 0) {
    const cut = chance.below(text.length);
    return chance.pick<() => string | Buffer>([
      () => text.slice(0, cut),
      () => `${text.slice(0, cut)}\0${text.slice(cut + 1)}`,
      () => Buffer.from(text),
      () => Buffer.alloc(1 + chance.below(400), chance.below(256)),
      () => '',
    ])();
  }
  const oddity = (): unknown => {
    const kind = chance.below(8);
    if (kind === 0) return 'A'.repeat(chance.below(longestText));
    if (kind < 4 && strangers.length > 0) return strangers[chance.below(strangers.length)];
    // A copy: the next change may be inside it.
    return structuredClone(ODDITIES[chance.below(ODDITIES.length)]);
  };
  const copy: object = structuredClone(message);
  for (let changes = chance.below(3); changes >= 0; changes--) {
    const places = placesIn(copy);
    const place = places[chance.below(places.length)];
    if (place === undefined) break;
    const [owner, key] = place;
    if (chance.below(4) === 0) Reflect.deleteProperty(owner, key);
    else Reflect.set(owner, key, oddity());
  }
  return JSON.stringify(chance.below(50) === 0 ? oddity() : copy) ?? '';
}

/** All texts within a message. */
export function textsIn(message: object): string[] {
  return placesIn(message)
    .map(([owner, key]): unknown => Reflect.get(owner, key))
    .filter((value) => typeof value === 'string');
}

function placesIn(owner: object): [owner: object, key: string][] {
  return Object.entries(owner).flatMap(([key, value]): [object, string][] => [
    [owner, key],
    ...(typeof value === 'object' && value !== null ? placesIn(value) : []),
  ]);
}
