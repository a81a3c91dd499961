import { describe, expect, it } from 'vitest';
import { UnstartedStreams } from '../../src/phone/unstarted-streams.ts';

function stage(most: number) {
  const streams = new UnstartedStreams(most);
  const dropped: string[] = [];
  return {
    streams,
    dropped,
    enter: (address: string, name: string) => streams.enter(address, () => dropped.push(name)),
  };
}

describe('[R5] streams that have not named their call', () => {
  it('are bounded in all: the oldest is dropped for the youngest', () => {
    const { streams, dropped, enter } = stage(3);
    for (const name of ['a', 'b', 'c']) enter(name, name);
    expect(dropped).toEqual([]);
    enter('d', 'd');
    expect(dropped).toEqual(['a']);
    enter('e', 'e');
    expect(dropped).toEqual(['a', 'b']);
    expect(streams.size).toBe(3);
  });

  it('are at most half from one address: a flood drops its own', () => {
    const { streams, dropped, enter } = stage(6);
    enter('twilio', 'call');
    for (const name of ['f1', 'f2', 'f3', 'f4', 'f5']) enter('flood', name);
    expect(dropped).toEqual(['f1', 'f2']);
    expect(streams.size).toBe(4);
  });

  it('are neither counted nor dropped once they have started', () => {
    const { streams, dropped, enter } = stage(2);
    const leave = enter('a', 'a');
    leave();
    leave();
    expect(streams.size).toBe(0);
    for (const name of ['b', 'c', 'd']) enter(name, name);
    expect(dropped).toEqual(['b']);
  });

  it('keep the only one, whatever the bound', () => {
    const { dropped, enter } = stage(1);
    enter('a', 'a');
    expect(dropped).toEqual([]);
    enter('a', 'b');
    expect(dropped).toEqual(['a']);
  });
});
