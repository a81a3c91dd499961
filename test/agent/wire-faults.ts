// What goes wrong on the wire of a server of the user's own, as one suite over AG-UI, AI SDK and webhooks.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Agent } from '../../src/call/ports.ts';
import { FarEnd, GREETED, message, patience, type Reach, read, textOf } from './far-end.ts';

export function wireFaults(name: string, reach: (farEnd: Reach) => Agent, { hasEnd = true } = {}): void {
  describe(`a turn with ${name}`, () => {
    let farEnd: FarEnd;

    beforeEach(async () => {
      farEnd = await FarEnd.start();
    });

    afterEach(() => farEnd.stop());

    const said = async (agent = reach(farEnd)): Promise<string> => {
      const conversation = agent.open(GREETED);
      const text = textOf(await read(conversation.reply(message('Hi.'), patience())));
      await conversation.close();
      return text;
    };

    if (hasEnd)
      it("[T10] is broken without the dialect's own end, after what was said", async () => {
        farEnd.wire.fault = 'no-end';
        farEnd.replies = [{ text: 'So far.' }];
        expect(await said()).toBe('So far.<unavailable>');
      });

    it('[T7] takes an empty delta for nothing', async () => {
      farEnd.wire.fault = 'empty-first';
      farEnd.replies = [{ text: 'Roses are red.' }];
      expect(await said()).toBe('Roses are red.');
    });

    it('[T7] puts characters and lines together that come cut', async () => {
      farEnd.wire.fault = 'split-bytes';
      farEnd.replies = [{ text: 'Grüß Gott 🌹, señora.' }];
      expect(await said()).toBe('Grüß Gott 🌹, señora.');
    });

    it('[T4] fails in time if nothing follows the headers', async () => {
      farEnd.wire.fault = 'silence';
      const { baseUrl, apiKey } = farEnd;
      expect(await said(reach({ baseUrl, apiKey, agentTimeoutMs: 1000 }))).toBe('<timeout>');
    });

    it.each([null, 'late-text'] as const)('[B1] is closed when the caller interrupts: %s', async (fault) => {
      farEnd.wire.fault = fault;
      farEnd.replies = [{ text: 'One two three four', perTokenMs: 20 }, { text: 'Next.' }];
      const conversation = reach(farEnd).open(GREETED);
      const stop = new AbortController();
      for await (const _ of conversation.reply(message('Count.'), stop.signal)) stop.abort();
      await farEnd.until(() => farEnd.wire.aborts === 1);
      expect(textOf(await read(conversation.reply(message('Go on.'), patience())))).toBe('Next.');
      await conversation.close();
    });

    it('[T4] waits through keep-alives for no longer than the call does', async () => {
      farEnd.wire.fault = 'keep-alives';
      const conversation = reach(farEnd).open(GREETED);
      const stop = new AbortController();
      const reading = read(conversation.reply(message('Hi.'), stop.signal));
      await farEnd.until(() => farEnd.requests.length === 1);
      stop.abort();
      expect(await reading).toEqual([]);
      await conversation.close();
    });

    it('[T8] follows no redirect with the key', async () => {
      farEnd.faults.refuseNext = 1;
      farEnd.faults.refuseWith = { status: 307, code: 'moved' };
      expect(await said()).toBe('<refused>');
      expect(farEnd.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
    });
  });
}
