// What keeping the numbers' former webhooks must guarantee, on either database.
import { expect, it } from 'vitest';
import type { NumberChange, Webhooks } from '../../src/call/number-webhooks.ts';
import { chooseStore } from '../../src/store/choose-store.ts';

const NUMBER = '+15550002222';

function asking(voiceUrl: string): Webhooks {
  return {
    voiceUrl,
    voiceMethod: 'POST',
    voiceFallbackUrl: '',
    voiceFallbackMethod: 'POST',
    statusCallback: '',
    statusCallbackMethod: 'POST',
    voiceApplicationSid: '',
  };
}

function change(id: string): NumberChange {
  return {
    id,
    changedAt: 1_700_000_000_123,
    before: asking('https://user:secret@before.example/ü?a=1#rc=2'),
    after: asking(`https://${id}.example`),
  };
}

export function describeNumberChanges(kind: string, freshUrl: () => Promise<string>): void {
  it(`${kind}: a number’s change is kept once, whichever process asks, and only its own process replaces it`, async () => {
    const url = await freshUrl();
    const stores = [1, 2, 3].map(() => chooseStore(url));
    const [one, two] = stores;
    if (one === undefined || two === undefined) throw new Error('no stores');
    expect(await one.numberChanges()).toEqual(new Map());
    const kept = await Promise.all(
      stores.map((store, at) => store.keepNumberChange(NUMBER, change(`c${at}`), null)),
    );
    expect(kept.filter((isKept) => isKept)).toHaveLength(1);
    const first = `c${kept.indexOf(true)}`;
    expect(await two.numberChanges()).toEqual(new Map([[NUMBER, change(first)]]));

    expect(await one.keepNumberChange('+15550003333', change('other'), null)).toBe(true);
    expect(await one.keepNumberChange(NUMBER, change('next'), first)).toBe(true);
    expect(await two.keepNumberChange(NUMBER, change('late'), first)).toBe(false);
    await two.forgetNumberChange(NUMBER, first);
    expect((await two.numberChanges()).get(NUMBER)).toEqual(change('next'));
    await two.forgetNumberChange(NUMBER, 'next');
    expect(await one.numberChanges()).toEqual(new Map([['+15550003333', change('other')]]));
    await Promise.all(stores.map((store) => store.close()));
  });
}
