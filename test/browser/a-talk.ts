// One socket of a session, its page played by hand, and what the call sees of it.
import { TalkSocket, type TalkAnswer, type TalkSocketOptions } from '../../src/browser/talk-socket.ts';
import type { TalkStart } from '../../src/browser/talk-wire.ts';
import type { EndReason } from '../../src/call/call.ts';
import type { Line, LineEvent } from '../../src/call/ports.ts';
import { SteppedClock } from '../support/clock.ts';
import { EventLog, socketPair } from '../support/socket-pair.ts';

export interface TalkStageOptions {
  /** Sent at once; null for none. */
  readonly start?: object | null;
  readonly answer?: TalkAnswer | null;
  readonly onStart?: TalkSocketOptions['onStart'];
  readonly isReplaced?: boolean;
}

export async function talkStage({
  start = { type: 'start', mode: 'voice' },
  answer = { is: 'joined' },
  isReplaced = false,
  ...options
}: TalkStageOptions = {}) {
  const clock = new SteppedClock();
  const log = new EventLog<LineEvent>();
  const refused: string[] = [];
  const bugs: unknown[] = [];
  const starts: TalkStart[] = [];
  const lines: Line[] = [];
  const end: { reason: EndReason | null } = { reason: null };
  const pair = await socketPair(
    (socket) =>
      new TalkSocket(socket, {
        clock,
        streamId: 'CB1-1',
        callId: 'CB1',
        onStart:
          options.onStart ??
          ((asked, line, hear) => {
            starts.push(asked);
            lines.push(line);
            if (answer !== null) hear(answer);
            return log.note;
          }),
        endOf: () => end.reason,
        isReplaced: () => isReplaced,
        onRefused: (kind) => refused.push(kind),
        onBug: (error) => bugs.push(error),
      }),
  );
  const send = (...messages: readonly (object | string)[]): void => {
    for (const message of messages)
      pair.far.send(
        typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message),
      );
  };
  if (start !== null) {
    send(start);
    if (answer?.is === 'joined' && options.onStart === undefined) await pair.until(1);
  }
  return {
    ...pair,
    clock,
    events: log.events,
    untilEvents: log.until,
    refused,
    bugs,
    starts,
    end,
    send,
    line: (): Line => {
      const [line] = lines;
      if (!line) throw new Error('the talk has not started');
      return line;
    },
    /** What the page was told, without audio. */
    told: () =>
      pair.received.flatMap(({ data, isBinary }) => (isBinary ? [] : [JSON.parse(data.toString())])),
  };
}
