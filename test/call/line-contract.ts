// What every line does, whatever carries it: one suite, run over Twilio's media stream and a browser's socket.
import { describe, expect, it } from 'vitest';
import type { Line, LineEvent } from '../../src/call/ports.ts';
import type { SteppedClock } from '../support/clock.ts';

/** 20 ms of something, as base64. */
export const FRAME = Buffer.from(Array.from({ length: 160 }, (_, n) => n)).toString('base64');

export type FromLine =
  | { readonly is: 'audio'; readonly audio: string }
  | { readonly is: 'mark'; readonly name: string }
  | { readonly is: 'clear' };

/** One line of the call and its far end, played by hand. */
export interface LineStage {
  readonly clock: SteppedClock;
  readonly line: () => Line;
  readonly events: readonly LineEvent[];
  /** Resolves once so many events have come. */
  readonly untilEvents: (wanted: number) => Promise<void>;
  /** What the far end received of the line, once it is so much. */
  readonly received: (wanted: number) => Promise<readonly FromLine[]>;
  readonly speak: (frame: string) => void;
  readonly press: (digit: string) => void;
  readonly returnMark: (name: string) => void;
  readonly hangUp: () => void;
  /** The connection goes without a word. */
  readonly vanish: () => void;
  /** Sends what is no message at all. */
  readonly garble: () => void;
  /** Sends a message that the relay does not know. */
  readonly digress: () => void;
  /** The far end reads nothing more. */
  readonly stall: () => void;
  /** Resolves with the code with which the relay closed. */
  readonly closed: Promise<number>;
}

/** @param open a line whose far end has said that it is there, and no more. */
export function lineContract(what: string, open: () => Promise<LineStage>): void {
  describe(`the line of ${what}`, () => {
    it('delivers what the caller says and presses, in order, on a clock of its own', async () => {
      const { speak, press, untilEvents, events } = await open();
      speak(FRAME);
      speak(FRAME);
      press('#');
      speak(FRAME);
      await untilEvents(4);
      expect(events).toEqual([
        { type: 'audio', audio: FRAME, timestampMs: 0 },
        { type: 'audio', audio: FRAME, timestampMs: 20 },
        { type: 'digit', digit: '#' },
        { type: 'audio', audio: FRAME, timestampMs: 40 },
      ]);
    });

    it('plays, marks and clears in order, and tells when a mark comes back', async () => {
      const { line, received, returnMark, untilEvents, events } = await open();
      line().play(FRAME);
      line().mark('m1');
      line().clear();
      expect(await received(3)).toEqual([
        { is: 'audio', audio: FRAME },
        { is: 'mark', name: 'm1' },
        { is: 'clear' },
      ]);
      returnMark('m1');
      await untilEvents(1);
      expect(events).toEqual([{ type: 'mark-reached', name: 'm1' }]);
    });

    it('says once, last, that the caller hung up', async () => {
      const { speak, hangUp, vanish, untilEvents, events, closed, clock } = await open();
      speak(FRAME);
      hangUp();
      vanish();
      await untilEvents(2);
      await closed;
      expect(events.slice(1)).toEqual([{ type: 'closed', how: 'hung-up' }]);
      expect(clock.waiting).toBe(0);
    });

    it('says once, last, that it broke', async () => {
      const { speak, vanish, untilEvents, events, clock } = await open();
      speak(FRAME);
      await untilEvents(1);
      vanish();
      await untilEvents(2);
      expect(events.slice(1)).toEqual([{ type: 'closed', how: 'broken' }]);
      expect(clock.waiting).toBe(0);
    });

    it('[E2] closes without an event when the call closes it, once, and takes nothing more', async () => {
      const { line, speak, untilEvents, events, closed, clock } = await open();
      speak(FRAME);
      await untilEvents(1);
      line().close();
      line().close();
      line().play(FRAME);
      line().mark('m1');
      line().clear();
      speak(FRAME);
      await closed;
      expect(events).toHaveLength(1);
      expect(clock.waiting).toBe(0);
    });

    it('[R4] ends as bad input after what is no message at all', async () => {
      const { speak, garble, untilEvents, events, closed, clock } = await open();
      speak(FRAME);
      garble();
      speak(FRAME);
      await untilEvents(3);
      expect(events.slice(1)).toMatchObject([{ type: 'refused' }, { type: 'closed', how: 'bad-input' }]);
      expect(await closed).toBe(1008);
      expect(events).toHaveLength(3);
      expect(clock.waiting).toBe(0);
    });

    it('[R4] counts an unknown message once, and goes on', async () => {
      const { digress, speak, untilEvents, events } = await open();
      digress();
      digress();
      speak(FRAME);
      await untilEvents(2);
      expect(events).toMatchObject([{ type: 'refused', kind: 'stream-unknown-event' }, { type: 'audio' }]);
    });

    it('[R4] breaks off with a far end that reads nothing', async () => {
      const { line, stall, untilEvents, events } = await open();
      stall();
      const second = Buffer.alloc(8_000, 0xff).toString('base64');
      for (let seconds = 0; seconds < 2_000 && events.length < 2; seconds++) line().play(second);
      await untilEvents(2);
      expect(events).toMatchObject([
        { type: 'refused', kind: 'stream-slow' },
        { type: 'closed', how: 'broken' },
      ]);
    });

    it('notices a far end that answers no ping', async () => {
      const { clock, events, untilEvents, stall } = await open();
      stall();
      for (let pings = 0; pings < 3; pings++) clock.step(20_000);
      await untilEvents(1);
      expect(events).toEqual([{ type: 'closed', how: 'broken' }]);
    });
  });
}
