import { expect, it } from 'vitest';
import type { AgentMessage } from '../../src/call/ports.ts';
import { TurnQueue } from '../../src/bridge/turn-queue.ts';
import { settled } from '../support/doubles.ts';

function queue() {
  const begun: AgentMessage[] = [];
  const endings: (() => void)[] = [];
  const signals: AbortSignal[] = [];
  const turns = new TurnQueue((message, signal) => {
    begun.push(message);
    signals.push(signal);
    return new Promise((resolve) => endings.push(resolve));
  });
  return { turns, begun, signals, endNext: () => endings.shift()?.() };
}

it('[T1] runs one turn at a time and joins what waits into one message', async () => {
  const { turns, begun, endNext } = queue();
  turns.add({ text: 'one', notes: ['[a]'], heardOfLast: null });
  await settled();
  turns.add({ text: 'two', notes: [], heardOfLast: null });
  turns.add({ text: 'three', notes: ['[b]'], heardOfLast: null });
  await settled();
  expect(begun).toHaveLength(1);
  endNext();
  await settled();
  expect(begun).toEqual([
    { text: 'one', notes: ['[a]'], heardOfLast: null },
    { text: 'two three', notes: ['[b]'], heardOfLast: null },
  ]);
  expect(turns.waiting).toBeNull();
});

it('[T1] an aborted turn keeps its place until its body has returned', async () => {
  const { turns, begun, signals, endNext } = queue();
  turns.add({ text: 'one', notes: [], heardOfLast: null });
  await settled();
  turns.abort();
  turns.add({ text: 'two', notes: [], heardOfLast: null });
  await settled();
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  expect(begun).toHaveLength(1);
  endNext();
  await settled();
  expect(begun).toHaveLength(2);
  expect(signals[1]?.aborted).toBe(false);
});

it('bounds what waits: the oldest of it goes', async () => {
  const { turns, begun, endNext } = queue();
  turns.add({ text: 'one', notes: [], heardOfLast: null });
  await settled();
  for (const letter of 'ab') turns.add({ text: letter.repeat(6000), notes: [], heardOfLast: null });
  endNext();
  await settled();
  expect(begun[1]?.text).toHaveLength(8000);
  expect(begun[1]?.text.endsWith('b')).toBe(true);
});

it('[E4] a closed queue aborts the running turn, forgets what waits and takes nothing more', async () => {
  const { turns, begun, signals, endNext } = queue();
  turns.add({ text: 'one', notes: [], heardOfLast: null });
  await settled();
  turns.add({ text: 'two', notes: [], heardOfLast: null });
  const closed = turns.close();
  turns.add({ text: 'three', notes: [], heardOfLast: null });
  expect(signals[0]?.aborted).toBe(true);
  endNext();
  await closed;
  expect(begun).toHaveLength(1);
});
