// Chance that can be had again: the same seed gives the same run, as far as what is done goes. When exactly it falls into
// a conversation is the machine's business.

export interface Random {
  /** From `least` up to `most`, a whole number. */
  whole(least: number, most: number): number;
  oneOf<T>(items: readonly [T, ...T[]]): T;
}

/** Mulberry32: 32 bits of state, plenty for this. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  return { whole, oneOf: (items) => items[whole(0, items.length - 1)] ?? items[0] };
}
