import { describe, expect, it } from 'vitest';
import { Playout, type PlayoutEvent, wordsWithin } from '../../src/bridge/playout.ts';
import { soundOf } from '../../sandbox/tones.ts';
import { SteppedClock } from '../support/clock.ts';
import { PaperLine } from '../support/doubles.ts';

function playout() {
  const clock = new SteppedClock();
  const events: PlayoutEvent[] = [];
  const ledger = new Playout(clock, (event) => events.push(event));
  const line = new PaperLine();
  ledger.attach(line);
  const speak = (id: string, text: string, pieceBytes = 1_000_000): void => {
    ledger.expect({ id, text });
    const sound = soundOf(text);
    for (let at = 0; at < sound.length; at += pieceBytes) {
      ledger.add(id, sound.subarray(at, at + pieceBytes).toString('base64'));
    }
    ledger.finish(id);
  };
  return { clock, events, ledger, line, speak };
}

describe('cutting', () => {
  it('[L1] audio in whole frames is passed on as it came', () => {
    const { ledger, line } = playout();
    const audio = soundOf('ab').toString('base64');
    const played: string[] = [];
    line.play = (one) => played.push(one);
    ledger.expect({ id: 's1', text: 'ab' });
    ledger.add('s1', audio);
    expect(played).toEqual([audio]);
    expect(played[0]).toBe(audio);
  });

  it('[L1] any other size is cut to frames, and the rest padded with silence', () => {
    const { line, speak } = playout();
    const sizes: number[] = [];
    const play = line.play.bind(line);
    line.play = (audio) => {
      sizes.push(Buffer.from(audio, 'base64').length);
      play(audio);
    };
    speak('s1', 'hello', 333);
    expect(sizes.every((size) => size % 160 === 0)).toBe(true);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(5 * 160);
    expect(line.text).toBe('hello');
  });

  it('[L1] what is cut while time goes on is cut between two frames', () => {
    // Real time does not stand still between two looks at the clock.
    class RestlessClock extends SteppedClock {
      override now(): number {
        this.step(0.1);
        return super.now();
      }
    }
    const clock = new RestlessClock();
    const ledger = new Playout(clock, () => {});
    const line = new PaperLine();
    const sizes: number[] = [];
    line.play = (audio) => sizes.push(Buffer.from(audio, 'base64').length);
    ledger.attach(line);
    ledger.expect({ id: 's1', text: 'hello' });
    ledger.add('s1', Buffer.alloc(100 * 160).toString('base64'));
    for (let ms = 0; ms < 40; ms += 0.1) {
      clock.step(ms);
      ledger.hold();
      ledger.resume();
    }
    expect(sizes.filter((size) => size % 160 !== 0)).toEqual([]);
  });

  it('[L1] the padding is 0xFF', () => {
    const { ledger, line } = playout();
    const played: Buffer[] = [];
    line.play = (audio) => played.push(Buffer.from(audio, 'base64'));
    ledger.expect({ id: 's1', text: 'a' });
    ledger.add('s1', Buffer.alloc(100, 0x11).toString('base64'));
    ledger.finish('s1');
    expect(played).toEqual([Buffer.concat([Buffer.alloc(100, 0x11), Buffer.alloc(60, 0xff)])]);
  });
});

describe('heard and unheard', () => {
  it('[B4] the clock decides between two marks, and never beyond the next mark', () => {
    const { clock, ledger, speak } = playout();
    speak('s1', 'one two three', 160 * 4);
    clock.step(60);
    expect(ledger.heard()).toMatchObject([{ heard: 'one' }]);
    clock.step(1500);
    expect(ledger.heard()[0]?.heard).toBe('one');
  });

  it('[B4] a mark is proof; the clock starts again from it', () => {
    const { clock, ledger, line, speak } = playout();
    speak('s1', 'one two three', 160 * 4);
    clock.step(100);
    ledger.markReached(line.pendingMarks[0] ?? '');
    expect(ledger.heard()).toMatchObject([{ heard: 'one' }]);
    clock.step(60);
    expect(ledger.heard()).toMatchObject([{ heard: 'one two' }]);
  });

  it('[B5] a mark that a clear sent back is ignored', () => {
    const { ledger, line, speak } = playout();
    speak('s1', 'one two three');
    const [old] = line.pendingMarks;
    ledger.hold();
    ledger.resume();
    ledger.markReached(old ?? '');
    expect(ledger.isDrained).toBe(false);
    ledger.markReached(line.pendingMarks[1] ?? '');
    expect(ledger.isDrained).toBe(true);
  });

  it('[B3] a resumed reply is sent from where it was cut, in whole frames', () => {
    const { clock, ledger, line, speak } = playout();
    speak('s1', 'one two');
    clock.step(70);
    ledger.hold();
    const rest = new PaperLine();
    line.play = (audio) => rest.play(audio);
    ledger.resume();
    expect(rest.text).toBe(' two');
  });

  it('[B3] a second hold cuts again where it was then', () => {
    const { clock, ledger, line, speak } = playout();
    speak('s1', 'one two three');
    for (let cut = 0; cut < 2; cut++) {
      clock.step(80);
      ledger.hold();
      clock.step(1000);
      if (cut === 0) ledger.resume();
    }
    const rest = new PaperLine();
    line.play = (audio) => rest.play(audio);
    ledger.resume();
    expect(rest.text).toBe('three');
  });

  it('a lost mark does not hold up the call', () => {
    const { clock, events, speak } = playout();
    speak('s1', 'one');
    clock.step(60 + 2000);
    expect(events.at(-1)).toMatchObject({ type: 'drained', heard: [{ heard: 'one' }] });
  });

  it('a segment without any audio is over at once', () => {
    const { events, ledger } = playout();
    ledger.expect({ id: 's1', text: 'one' });
    ledger.finish('s1');
    expect(events).toMatchObject([{ type: 'drained', heard: [{ heard: '' }] }]);
  });

  it('audio that comes after the end of its segment is not played', () => {
    const { ledger, line, speak } = playout();
    ledger.expect({ id: 's0', text: 'zero' });
    speak('s1', 'one');
    ledger.add('s1', soundOf('two').toString('base64'));
    ledger.finish('s0');
    expect(line.text).toBe('one');
  });

  it('[B2] a drop ends the hold: the next segment is played', () => {
    const { ledger, line, speak } = playout();
    speak('s1', 'one');
    ledger.hold();
    ledger.drop();
    const { length } = line.sent;
    speak('s2', 'two');
    expect(line.sent.slice(length)).toEqual(['play 480', 'mark']);
  });

  it('audio of a segment that was dropped is not played', () => {
    const { ledger, line } = playout();
    ledger.expect({ id: 's1', text: 'one' });
    ledger.drop();
    ledger.add('s1', soundOf('one').toString('base64'));
    expect(line.sent).toEqual([]);
  });
});

describe('wordsWithin', () => {
  it.each([
    ['one two three', 0, ''],
    ['one two three', 0.22, ''],
    ['one two three', 0.24, 'one'],
    ['one two three', 0.6, 'one two'],
    ['one two three', 1, 'one two three'],
  ])('of %j, %f is %j', (text, share, words) => {
    expect(wordsWithin(text, share)).toBe(words);
  });
});
