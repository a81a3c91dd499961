import { describe, expect, it } from 'vitest';
import { eventData, EventTooLong } from '../../src/agent/event-stream.ts';

async function* inChunks(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

const told = (text: string, size = 1000) =>
  Array.fromAsync(eventData(inChunks(new TextEncoder().encode(text), size)));

describe('events out of a body', () => {
  const text = ': ping\n\nevent: a\nid: 7\ndata: {"a":1}\n\ndata:grün\ndata: 🌹\n\nretry: 3\n\n';

  it.each(['\n', '\r\n', '\r'])('are the same for every line end and chunk size: %j', async (end) => {
    for (const size of [1, 2, 3, 7, 1000])
      expect(await told(text.replaceAll('\n', end), size)).toEqual(['{"a":1}', 'grün\n🌹']);
  });

  it('leave out one that the end cuts off', async () => {
    expect(await told('data: one\n\ndata: two\n')).toEqual(['one']);
  });

  it('may each be as long as the limit', async () => {
    const long = 'x'.repeat(600_000);
    expect(await told(`data: ${long}\n\ndata: ${long}\n\n`)).toEqual([long, long]);
  });

  it.each([
    ['a line', `data: ${'x'.repeat(1_000_001)}`],
    ['lines', 'data: x\n'.repeat(510_000)],
  ])('are bounded: %s without end', async (_, endless) => {
    await expect(told(endless, 64_000)).rejects.toBeInstanceOf(EventTooLong);
  });
});
