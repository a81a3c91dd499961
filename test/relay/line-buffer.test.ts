import { expect, it } from 'vitest';
import { listenLater } from '../../src/relay/line-buffer.ts';
import type { Line, LineEvent } from '../../src/call/ports.ts';
import { PaperLine, settled } from '../support/doubles.ts';

const key = (digit: string): LineEvent => ({ type: 'digit', digit });

it('[R3] delivers what comes before the call in order, the end of the stream included', async () => {
  const arrival = Promise.withResolvers<((line: Line) => (event: LineEvent) => void) | null>();
  const line = new PaperLine();
  const heard: LineEvent[] = [];
  const listener = listenLater(line, arrival.promise);
  for (let press = 0; press < 1000; press++) listener(key('1'));
  listener({ type: 'closed', how: 'hung-up' });
  arrival.resolve(() => (event) => heard.push(event));
  await settled();
  listener(key('2'));
  expect(heard.at(-2)).toEqual({ type: 'closed', how: 'hung-up' });
  expect(heard.at(-1)).toEqual(key('2'));
  expect(heard).toHaveLength(252);
  expect(line.isClosed).toBe(false);
});

it('[O3] closes the stream if this process cannot claim its call', async () => {
  const line = new PaperLine();
  listenLater(line, Promise.resolve(null));
  await settled();
  expect(line.isClosed).toBe(true);
});
