// What keeping the operator's token must guarantee, on either database.
import { expect, it } from 'vitest';
import { chooseStore } from '../../src/store/choose-store.ts';
import { findKeptToken, keptToken } from '../../src/store/kept-token.ts';

export function describeToken(kind: string, freshUrl: () => Promise<string>): void {
  it(`${kind}: of processes that start at once one makes the token, all get it, and a command finds it`, async () => {
    const url = await freshUrl();
    expect(await findKeptToken(url)).toBeNull();
    const stores = [1, 2, 3, 4].map(() => chooseStore(url));
    const found = await Promise.all(stores.map((store) => keptToken(url, store).findOrMake()));
    expect(new Set(found.map(({ token }) => token)).size).toBe(1);
    expect(found.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(await findKeptToken(url)).toBe(found[0]?.token);
    await Promise.all(stores.map((store) => store.close()));
  });
}
