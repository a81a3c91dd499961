import { describe, expect, it } from 'vitest';
import { Playout } from '../../src/bridge/playout.ts';
import { type Tape, Taping } from '../../src/call/tape.ts';
import { soundOf } from '../../sandbox/tones.ts';
import { type Heard, laidOut, PhoneLine } from '../recording/phone-line.ts';
import { SteppedClock } from '../support/clock.ts';

class PaperTape implements Tape {
  readonly caller: Heard[] = [];
  readonly agent: Heard[] = [];
  ends = 0;

  hearCaller(audio: string, from: number): void {
    this.caller.push({ at: from, bytes: Buffer.from(audio, 'base64') });
  }

  hearAgent(audio: string, from: number): void {
    this.agent.push({ at: from, bytes: Buffer.from(audio, 'base64') });
  }

  end(): void {
    this.ends++;
  }
}

function call(wayMs = 0) {
  const clock = new SteppedClock();
  const startedAt = clock.now();
  const tape = new PaperTape();
  const taping = new Taping(tape, clock);
  const ledger = new Playout(clock, () => {}, taping.hearAgent);
  const line = new PhoneLine(clock, wayMs);
  line.onMark = (name) => ledger.markReached(name);
  ledger.attach(line);
  taping.beginStream();
  let said = 0;
  return {
    clock,
    tape,
    taping,
    ledger,
    line,
    speak: (text: string, pieceBytes = 480): void => {
      const id = `s${++said}`;
      const sound = soundOf(text);
      ledger.expect({ id, text });
      for (let at = 0; at < sound.length; at += pieceBytes)
        ledger.add(id, sound.subarray(at, at + pieceBytes).toString('base64'));
      ledger.finish(id);
    },
    /** What is on a side within the call's first ten seconds. */
    side: (pieces: readonly Heard[], shiftMs = 0) => laidOut(pieces, startedAt + shiftMs, 80_000),
    /** When each piece of a side began, since the call did. */
    begins: (pieces: readonly Heard[]) => pieces.map(({ at }) => at - startedAt),
  };
}

const frame = (byte: number, ms = 20): string => Buffer.alloc(ms * 8, byte).toString('base64');

describe('what the caller heard', () => {
  it('[B4] is what the line played, where it played it', () => {
    const { clock, line, side, speak, tape } = call();
    clock.step(100);
    speak('Good morning.', 333);
    clock.step(2000);
    speak('How are you?');
    clock.step(2000);
    expect(line.heard.length).toBe(25);
    expect(side(tape.agent)).toEqual(side(line.heard));
  });

  it('[B3] a held reply is not heard while it is held, and goes on where it went on', () => {
    const { clock, ledger, line, side, speak, tape } = call();
    speak('One two three four.');
    clock.step(120);
    ledger.hold();
    clock.step(500);
    ledger.resume();
    clock.step(80);
    ledger.hold();
    clock.step(300);
    ledger.resume();
    clock.step(2000);
    expect(Buffer.concat(tape.agent.map(({ bytes }) => bytes))).toEqual(soundOf('One two three four.'));
    expect(side(tape.agent)).toEqual(side(line.heard));
  });

  it('[B2] what an interruption cut off was not heard', () => {
    const { clock, ledger, line, side, speak, tape } = call();
    speak('One two three four.');
    clock.step(140);
    ledger.drop();
    clock.step(100);
    speak('Yes?');
    clock.step(2000);
    expect(Buffer.concat(tape.agent.map(({ bytes }) => bytes))).toEqual(
      Buffer.concat([soundOf('One two'), soundOf('Yes?')]),
    );
    expect(side(tape.agent)).toEqual(side(line.heard));
  });

  it('a line that is lost takes the rest with it until the next', () => {
    const { clock, ledger, speak, tape, begins } = call();
    speak('One two three.', 10_000);
    clock.step(60);
    ledger.detach();
    clock.step(1000);
    const next = new PhoneLine(clock);
    next.onMark = (name) => ledger.markReached(name);
    ledger.attach(next);
    clock.step(1000);
    expect(begins(tape.agent)).toEqual([0, 1060]);
    expect(Buffer.concat(tape.agent.map(({ bytes }) => bytes))).toEqual(soundOf('One two three.'));
  });

  it('is whole however long the way is: later by the way back, and without a break', () => {
    const { clock, line, side, speak, tape } = call(70);
    speak('A reply of several pieces.');
    clock.step(3000);
    expect(side(tape.agent, 70)).toEqual(side(line.heard));
  });

  it('marks that come back unevenly tear no hole into it', () => {
    const { begins, clock, line, speak, tape } = call(70);
    line.markDelayMs = (nth) => (nth % 3) * 30;
    speak('A reply of several pieces.');
    clock.step(3000);
    const [first = NaN, ...others] = begins(tape.agent);
    expect(first).toBe(140 + 30);
    expect(others).toEqual(others.map((_, nth) => first + 60 * (nth + 1)));
  });

  it('where the voice was too slow for the line there is the silence that the caller heard', () => {
    const { clock, ledger, line, side, tape } = call(70);
    ledger.expect({ id: 's1', text: 'ab cd' });
    ledger.add('s1', soundOf('ab ').toString('base64'));
    clock.step(400);
    ledger.add('s1', soundOf('cd').toString('base64'));
    ledger.finish('s1');
    clock.step(2000);
    expect(side(tape.agent, 70)).toEqual(side(line.heard));
  });

  it('audio whose marks are lost lies where it must have been heard', () => {
    const { begins, clock, line, speak, tape } = call();
    line.markDelayMs = () => null;
    speak('One two three.');
    clock.step(200);
    speak('Four.');
    clock.step(6000);
    expect(begins(tape.agent)).toEqual([0, 60, 120, 180, 240, 280, 340]);
  });
});

describe('the caller', () => {
  it('is placed by the clock of the stream, and not by when the network brings it', () => {
    const { begins, clock, tape, taping } = call();
    for (let nth = 0; nth < 20; nth++) {
      // Every fifth frame comes with the one after it.
      clock.step(nth % 5 === 3 ? 40 : nth % 5 === 4 ? 0 : 20);
      taping.hearCaller(frame(nth), nth * 20);
    }
    expect(begins(tape.caller)).toEqual(Array.from({ length: 20 }, (_, nth) => nth * 20));
    expect(tape.caller.map(({ bytes }) => bytes[0])).toEqual(Array.from({ length: 20 }, (_, nth) => nth));
  });

  it('[L5] silence that was left out is silence', () => {
    const { begins, clock, tape, taping } = call();
    for (const timestampMs of [0, 20, 40, 3000, 3020]) {
      clock.step(timestampMs === 3000 ? 2960 : 20);
      taping.hearCaller(frame(1), timestampMs);
    }
    expect(begins(tape.caller)).toEqual([0, 20, 40, 3000, 3020]);
  });

  it('what had to wait for its call, and came all at once, lies before that', () => {
    const { begins, clock, tape, taping } = call();
    clock.step(1000);
    for (let nth = 0; nth < 50; nth++) taping.hearCaller(frame(1), nth * 20);
    for (let nth = 50; nth < 65; nth++) {
      clock.step(20);
      taping.hearCaller(frame(1), nth * 20);
    }
    expect(begins(tape.caller)).toEqual(Array.from({ length: 65 }, (_, nth) => nth * 20));
  });

  it('where the first frames all came late, the later ones set it right', () => {
    const { begins, clock, tape, taping } = call();
    clock.step(500);
    for (let nth = 0; nth < 20; nth++) {
      clock.step(20);
      taping.hearCaller(frame(1), nth * 20);
    }
    // A second late until now; from here on as they are spoken.
    taping.hearCaller(frame(1), 880);
    clock.step(20);
    taping.hearCaller(frame(1), 900);
    expect(begins(tape.caller).slice(-2)).toEqual([880, 900]);
  });

  it('a clock of the stream that begins anew does not leave the caller in the past', () => {
    const { begins, clock, tape, taping } = call();
    for (const timestampMs of [20_000, 20_020, 20_240, 0]) {
      clock.step(timestampMs === 20_240 ? 220 : 20);
      taping.hearCaller(frame(1), timestampMs);
    }
    expect(begins(tape.caller)).toEqual([0, 20, 240, 260]);
  });

  it('a second stream has a clock of its own', () => {
    const { begins, clock, tape, taping } = call();
    clock.step(20);
    taping.hearCaller(frame(1), 400);
    clock.step(3000);
    taping.beginStream();
    clock.step(20);
    taping.hearCaller(frame(2), 0);
    taping.end();
    expect(begins(tape.caller)).toEqual([0, 3020]);
    expect(tape.ends).toBe(1);
  });
});

it('a call without a tape keeps nothing', () => {
  const clock = new SteppedClock();
  const taping = new Taping(null, clock);
  taping.beginStream();
  for (let nth = 0; nth < 1000; nth++) taping.hearCaller(frame(1), nth * 20);
  taping.hearAgent(frame(1), 0, 20);
  taping.end();
  expect(clock.waiting).toBe(0);
});
