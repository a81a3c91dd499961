import type { Line, LineEvent } from '../../src/call/ports.ts';
import { fieldsOf, textOf } from '../../src/call/json.ts';
import { acceptMediaStream } from '../../src/phone/media-stream.ts';
import { type FromLine, lineContract } from '../call/line-contract.ts';
import { SteppedClock } from '../support/clock.ts';
import { EventLog, socketPair } from '../support/socket-pair.ts';

const SID = 'MZ1';

lineContract('a telephone', async () => {
  const clock = new SteppedClock();
  const log = new EventLog<LineEvent>();
  const opened = Promise.withResolvers<Line>();
  const { far, until, closed } = await socketPair((socket, wire) =>
    acceptMediaStream(socket, {
      wire,
      clock,
      onStart: (_, line) => {
        opened.resolve(line);
        return log.note;
      },
      onRefused: () => {},
      onBug: opened.reject,
    }),
  );
  const send = (message: object): void => far.send(JSON.stringify({ streamSid: SID, ...message }));
  send({
    event: 'start',
    start: {
      streamSid: SID,
      callSid: 'CA1',
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
    },
  });
  const line = await opened.promise;
  let spokenMs = 0;
  return {
    clock,
    line: () => line,
    events: log.events,
    untilEvents: log.until,
    received: async (wanted) => (await until(wanted)).map(({ data }) => fromTwilioWords(data)),
    speak: (payload) => {
      send({ event: 'media', media: { timestamp: String(spokenMs), payload } });
      spokenMs += 20;
    },
    press: (digit) => send({ event: 'dtmf', dtmf: { digit } }),
    returnMark: (name) => send({ event: 'mark', mark: { name } }),
    hangUp: () => send({ event: 'stop' }),
    vanish: () => far.terminate(),
    garble: () => far.send('{'),
    digress: () => send({ event: 'weather' }),
    stall: () => far.pause(),
    closed,
  };
});

function fromTwilioWords(data: Buffer): FromLine {
  const { event, media, mark } = fieldsOf(JSON.parse(data.toString()));
  if (event === 'media') return { is: 'audio', audio: textOf(fieldsOf(media)['payload']) };
  return event === 'mark' ? { is: 'mark', name: textOf(fieldsOf(mark)['name']) } : { is: 'clear' };
}
