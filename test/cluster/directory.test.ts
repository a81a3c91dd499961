import { describe, expect, it } from 'vitest';
import { browserIdOf } from '../../src/call/call-id.ts';
import { Directory } from '../../src/cluster/directory.ts';

describe('[R10] the directory of calls', () => {
  it('knows the process of a call until that process has forgotten it', () => {
    const directory = new Directory();
    expect(directory.of('a')).toBeNull();
    directory.note(1, 'a', 'live');
    directory.note(1, 'a', 'ended');
    expect(directory.of('a')).toBe(1);
    directory.note(1, 'a', 'gone');
    expect(directory.of('a')).toBeNull();
  });

  it('keeps a call that moved from what the process it left says of it', () => {
    const directory = new Directory();
    directory.note(1, 'a', 'live');
    directory.note(2, 'a', 'live');
    directory.note(1, 'a', 'ended');
    directory.note(1, 'a', 'gone');
    expect(directory.of('a')).toBe(2);
    expect(directory.count(1)).toEqual({ live: 0, waiting: 0, talks: 0 });
  });

  it('[R13] counts a call that was placed until it is refused, and no call twice', () => {
    const directory = new Directory();
    directory.place(1, 'a');
    directory.place(1, 'b');
    directory.note(1, 'a', 'live');
    directory.unplace(1, 'a');
    directory.unplace(1, 'b');
    directory.note(2, 'c', 'waiting');
    expect(directory.elsewhere(2)).toEqual({ live: 1, waiting: 0, talks: 0 });
    expect(directory.elsewhere(1)).toEqual({ live: 0, waiting: 1, talks: 0 });
    directory.note(2, 'c', 'live');
    expect(directory.elsewhere(1)).toEqual({ live: 1, waiting: 0, talks: 0 });
  });

  it('[W2] counts a talk apart, because it takes no place of MAX_CALLS', () => {
    const directory = new Directory();
    const talk = browserIdOf('a session');
    directory.note(1, talk, 'live');
    expect(directory.elsewhere(2)).toEqual({ live: 0, waiting: 0, talks: 1 });
    directory.note(1, talk, 'ended');
    expect(directory.elsewhere(2)).toEqual({ live: 0, waiting: 0, talks: 0 });
  });

  it('[R11] frees the calls of a process that died, and says how many were live', () => {
    const directory = new Directory();
    directory.note(1, 'a', 'live');
    directory.note(1, 'b', 'ended');
    directory.note(2, 'c', 'live');
    expect(directory.forget(1)).toBe(1);
    expect([directory.of('a'), directory.of('b'), directory.of('c')]).toEqual([null, null, 2]);
    expect(directory.elsewhere(2)).toEqual({ live: 0, waiting: 0, talks: 0 });
  });
});
