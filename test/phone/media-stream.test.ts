import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { Line, LineEvent } from '../../src/call/ports.ts';
import { acceptMediaStream, type StreamStart } from '../../src/phone/media-stream.ts';
import type { LineListener } from '../../src/phone/phone-listener.ts';
import { SteppedClock } from '../support/clock.ts';
import { listen } from '../support/listen.ts';

const SID = 'MZ1';
const FORMAT = { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 };
const START = {
  event: 'start',
  sequenceNumber: '1',
  streamSid: SID,
  start: {
    streamSid: SID,
    accountSid: 'AC1',
    callSid: 'CA1',
    tracks: ['inbound'],
    mediaFormat: FORMAT,
    customParameters: { token: 'the-token' },
  },
};
const FRAME = Buffer.alloc(160, 0xff).toString('base64');

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Twilio at one end, by hand; what the call sees at the other. */
async function stage({
  listener,
  onStart = () => {},
  autoPong = true,
}: { listener?: LineListener | null; onStart?: () => void; autoPong?: boolean } = {}) {
  const clock = new SteppedClock();
  const events: LineEvent[] = [];
  const refused: string[] = [];
  const bugs: unknown[] = [];
  const starts: StreamStart[] = [];
  const lines: Line[] = [];
  const waits: { wanted: number; reached: () => void }[] = [];
  const note = (event: LineEvent): void => {
    events.push(event);
    for (const { wanted, reached } of waits) if (events.length >= wanted) reached();
  };
  const server = createServer();
  const sockets = new WebSocketServer({ server, maxPayload: 64 * 1024 });
  const accepted = Promise.withResolvers<WebSocket>();
  sockets.on('connection', (socket, { socket: wire }) => {
    acceptMediaStream(socket, {
      wire,
      clock,
      onStart: (start, line) => {
        onStart();
        starts.push(start);
        lines.push(line);
        return listener === undefined ? note : listener;
      },
      onRefused: (kind) => refused.push(kind),
      onBug: (error) => bugs.push(error),
    });
    accepted.resolve(socket);
  });
  const twilio = new WebSocket(`ws://127.0.0.1:${await listen(server)}`, { autoPong });
  twilio.on('error', () => {});
  const received: unknown[] = [];
  twilio.on('message', (data: Buffer) => received.push(JSON.parse(data.toString())));
  const closed = once(twilio, 'close').then(([code]: unknown[]) => code);
  await once(twilio, 'open');
  const socket = await accepted.promise;
  closing.push(() => {
    twilio.terminate();
    sockets.close();
    server.close();
  });

  return {
    clock,
    events,
    refused,
    bugs,
    starts,
    socket,
    twilio,
    received,
    /** Resolves with the code with which the relay closed. */
    closed,
    send: (...messages: unknown[]): void => {
      for (const message of messages)
        twilio.send(typeof message === 'string' ? message : JSON.stringify(message));
    },
    untilEvents: (wanted: number): Promise<void> =>
      events.length >= wanted ? Promise.resolve() : new Promise((reached) => waits.push({ wanted, reached })),
    line: (): Line => {
      const [line] = lines;
      if (!line) throw new Error('the stream has not started');
      return line;
    },
  };
}

function media(timestamp: unknown, payload: unknown = FRAME, streamSid = SID): object {
  return { event: 'media', streamSid, media: { track: 'inbound', chunk: '1', timestamp, payload } };
}

const mark = (name: unknown): object => ({ event: 'mark', streamSid: SID, mark: { name } });
const STOP = { event: 'stop', streamSid: SID, stop: { accountSid: 'AC1', callSid: 'CA1' } };
const CONNECTED = { event: 'connected', protocol: 'Call', version: '1.0.0' };

describe('a well-behaved stream', () => {
  it('arrives as events, in order, until the call hangs up', async () => {
    const { send, untilEvents, events, starts, refused, closed, clock } = await stage();
    const dtmf = { event: 'dtmf', streamSid: SID, dtmf: { track: 'inbound_track', digit: '#' } };
    send(CONNECTED, START, media('0'), media('20'), media(5000), dtmf, mark('g1:a'), STOP);
    await untilEvents(6);
    expect(starts).toEqual([{ sid: 'CA1', streamId: SID, token: 'the-token' }]);
    expect(events).toEqual([
      { type: 'audio', audio: FRAME, timestampMs: 0 },
      { type: 'audio', audio: FRAME, timestampMs: 20 },
      { type: 'audio', audio: FRAME, timestampMs: 5000 },
      { type: 'digit', digit: '#' },
      { type: 'mark-reached', name: 'g1:a' },
      { type: 'closed', how: 'hung-up' },
    ]);
    expect(await closed).toBe(1000);
    expect(events).toHaveLength(6);
    expect(refused).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  it('loses nothing that comes together with the handshake', async () => {
    const { send, untilEvents, events } = await stage();
    send(START, ...Array.from({ length: 200 }, (_, n) => media(String(n * 20))));
    await untilEvents(200);
    expect(events.at(-1)).toEqual({ type: 'audio', audio: FRAME, timestampMs: 199 * 20 });
  });

  it('plays, marks and clears with exactly the documented keys', async () => {
    const { send, untilEvents, line, received, twilio } = await stage();
    send(START, media('0'));
    await untilEvents(1);
    line().play(FRAME);
    line().mark('g1:end "quoted"');
    line().clear();
    while (received.length < 3) await once(twilio, 'message');
    expect(line().streamId).toBe(SID);
    expect(received).toEqual([
      { event: 'media', streamSid: SID, media: { payload: FRAME } },
      { event: 'mark', streamSid: SID, mark: { name: 'g1:end "quoted"' } },
      { event: 'clear', streamSid: SID },
    ]);
  });

  it('[E2] closes without an event when the relay closes it, and accepts nothing more', async () => {
    const { send, untilEvents, line, events, closed, clock } = await stage();
    send(START, media('0'));
    await untilEvents(1);
    line().close();
    line().close();
    line().play(FRAME);
    send(media('20'), STOP);
    expect(await closed).toBe(1000);
    expect(events).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });

  it('reports once that it broke when the socket vanishes', async () => {
    const { send, untilEvents, twilio, events, clock } = await stage();
    send(START, media('0'));
    await untilEvents(1);
    twilio.terminate();
    await untilEvents(2);
    expect(events.slice(1)).toEqual([{ type: 'closed', how: 'broken' }]);
    expect(clock.waiting).toBe(0);
  });

  it('reports that it broke when the socket closes without a stop', async () => {
    const { send, untilEvents, twilio, events } = await stage();
    send(START);
    twilio.close(1000);
    await untilEvents(1);
    expect(events).toEqual([{ type: 'closed', how: 'broken' }]);
  });
});

describe('[O3] the token of a stream', () => {
  it('is passed on, or is empty', async () => {
    const { send, starts, closed } = await stage({ listener: null });
    send({ ...START, start: { ...START.start, customParameters: {} } });
    await closed;
    expect(starts).toEqual([{ sid: 'CA1', streamId: SID, token: '' }]);
  });

  it('closes the stream if it is refused, and nothing after it is heard', async () => {
    const { send, refused, closed, clock } = await stage({ listener: null });
    send(START, media('0'), STOP);
    expect(await closed).toBe(1008);
    expect(refused).toEqual(['stream-token']);
    expect(clock.waiting).toBe(0);
  });

  it('must come within 5 s', async () => {
    const { send, socket, clock, refused, closed } = await stage();
    send(CONNECTED);
    await once(socket, 'message');
    clock.step(4_999);
    expect(socket.readyState).toBe(WebSocket.OPEN);
    clock.step(1);
    expect(await closed).toBe(1008);
    expect(refused).toEqual(['stream-no-start']);
    expect(clock.waiting).toBe(0);
  });
});

describe('[R4] what ends the stream', () => {
  it.each([
    ['media', media('0')],
    ['a mark', mark('a')],
    ['a stop', STOP],
  ])('%s before the start', async (_, message) => {
    const { send, refused, starts, closed } = await stage();
    send(CONNECTED, message, START);
    expect(await closed).toBe(1008);
    expect(refused).toEqual(['stream-before-start']);
    expect(starts).toEqual([]);
  });

  it.each([
    ['no start at all in it', undefined, 'stream-malformed'],
    ['no call', { ...START.start, callSid: undefined }, 'stream-malformed'],
    ['no stream', { ...START.start, streamSid: 7 }, 'stream-malformed'],
    ['no format', { ...START.start, mediaFormat: null }, 'stream-codec'],
    ['linear PCM', { ...START.start, mediaFormat: { ...FORMAT, encoding: 'audio/x-l16' } }, 'stream-codec'],
    ['16 kHz', { ...START.start, mediaFormat: { ...FORMAT, sampleRate: 16_000 } }, 'stream-codec'],
    ['two channels', { ...START.start, mediaFormat: { ...FORMAT, channels: 2 } }, 'stream-codec'],
  ])('a start with %s', async (_, start, kind) => {
    const { send, refused, starts, closed } = await stage();
    send({ ...START, start });
    expect(await closed).toBe(1008);
    expect(refused).toEqual([kind]);
    expect(starts).toEqual([]);
  });

  it.each([
    ['a second start', JSON.stringify(START), 'stream-second-start', 1008],
    ['what is no JSON', '{"event":', 'stream-malformed', 1008],
    ['a binary frame', Buffer.from(JSON.stringify(media('0'))), 'stream-binary', 1008],
    ['a frame over 64 KiB', JSON.stringify(media('0', 'A'.repeat(1_000_000))), 'stream-too-large', 1009],
  ])('%s, in the middle of a call', async (_, message, kind, code) => {
    const { send, twilio, untilEvents, events, closed, clock } = await stage();
    send(START, media('0'));
    twilio.send(message);
    send(media('20'));
    await untilEvents(3);
    expect(events.slice(1)).toMatchObject([
      { type: 'refused', kind },
      { type: 'closed', how: 'bad-input' },
    ]);
    expect(await closed).toBe(code);
    expect(events).toHaveLength(3);
    expect(clock.waiting).toBe(0);
  });

  it('a frame that breaks the rules of WebSocket itself', async () => {
    const { send, twilio, untilEvents, events, closed } = await stage();
    send(START);
    twilio.send(Buffer.from([0xff, 0xfe]), { binary: false });
    await untilEvents(2);
    expect(events).toEqual([
      { type: 'refused', kind: 'stream-malformed', detail: 'WS_ERR_INVALID_UTF8' },
      { type: 'closed', how: 'bad-input' },
    ]);
    expect(await closed).toBe(1007);
  });
});

describe('[R4] what a stream ignores', () => {
  it.each([
    ['media of another stream', media('0', FRAME, 'MZ2'), 'stream-foreign'],
    ['a stop of another stream', { ...STOP, streamSid: 'MZ2' }, 'stream-foreign'],
    ['media without media', { event: 'media', streamSid: SID }, 'stream-malformed'],
    ['a negative timestamp', media('-20'), 'stream-malformed'],
    ['a timestamp that is no number', media('NaN'), 'stream-malformed'],
    ['a timestamp beyond all calls', media('1e300'), 'stream-malformed'],
    ['an empty timestamp', media(''), 'stream-malformed'],
    ['a payload that is no text', media('0', { $: 1 }), 'stream-malformed'],
    ['a payload that is no base64', media('0', '!'.repeat(216)), 'stream-malformed'],
    ['a payload cut short', media('0', FRAME.slice(0, 215)), 'stream-malformed'],
    ['an empty payload', media('0', ''), 'stream-malformed'],
    ['a payload of more than a second', media('0', 'A'.repeat(20_000)), 'stream-malformed'],
    ['a mark without a name', mark(null), 'stream-malformed'],
    ['a key that no phone has', { event: 'dtmf', streamSid: SID, dtmf: { digit: '12' } }, 'stream-malformed'],
    ['an event that we do not know', { event: 'weather', streamSid: SID }, 'stream-unknown-event'],
    ['an event without a name', { event: { toString: 1 }, streamSid: SID }, 'stream-unknown-event'],
    ['null', null, 'stream-unknown-event'],
    ['a number', 7, 'stream-unknown-event'],
    ['a list', [[]], 'stream-unknown-event'],
  ])('counts %s once, and the call goes on', async (_, message, kind) => {
    const { send, untilEvents, events } = await stage();
    send(START, message, message, media('40'));
    await untilEvents(2);
    expect(events).toMatchObject([
      { type: 'refused', kind },
      { type: 'audio', timestampMs: 40 },
    ]);
  });

  it('counts an unknown event before the start too', async () => {
    const { send, untilEvents, events, refused } = await stage();
    send({ event: 'weather' }, { event: 'weather' }, START, media('0'));
    await untilEvents(1);
    expect(refused).toEqual(['stream-unknown-event']);
    expect(events).toMatchObject([{ type: 'audio' }]);
  });

  it('ignores unknown fields', async () => {
    const { send, untilEvents, events } = await stage();
    send({ ...START, more: 1 }, { ...media('0'), more: { of: 'it' } });
    await untilEvents(1);
    expect(events).toEqual([{ type: 'audio', audio: FRAME, timestampMs: 0 }]);
  });
});

describe('[R4] when our own side fails', () => {
  it('reports a bug in onStart and cuts the stream; nothing is thrown', async () => {
    const { send, closed, bugs, clock } = await stage({
      onStart: () => {
        throw new Error('a bug');
      },
    });
    send(START);
    await closed;
    expect(bugs).toEqual([new Error('a bug')]);
    expect(clock.waiting).toBe(0);
  });

  it('ends a stream that does not take our audio', async () => {
    const { send, untilEvents, line, events, twilio, socket } = await stage();
    send(START, media('0'));
    await untilEvents(1);
    twilio.pause();
    const second = 'A'.repeat(10_668);
    for (let n = 0; n < 10_000 && socket.readyState === WebSocket.OPEN; n++) line().play(second);
    expect(socket.bufferedAmount).toBeLessThan(1.1 * 1024 * 1024);
    await untilEvents(3);
    expect(events.slice(1)).toMatchObject([
      { type: 'refused', kind: 'stream-slow' },
      { type: 'closed', how: 'broken' },
    ]);
  });
});

describe('a silent peer', () => {
  it('is pinged every 20 s, and kept while it answers', async () => {
    const { clock, send, socket, twilio, untilEvents } = await stage();
    send(START, media('0'));
    await untilEvents(1);
    for (let n = 0; n < 5; n++) {
      clock.step(20_000);
      await once(socket, 'pong');
    }
    expect(twilio.readyState).toBe(WebSocket.OPEN);
  });

  it('is cut after two unanswered pings', async () => {
    const { clock, send, socket, events, untilEvents } = await stage({ autoPong: false });
    send(START, media('0'));
    await untilEvents(1);
    clock.step(40_000);
    expect(socket.readyState).toBe(WebSocket.OPEN);
    clock.step(20_000);
    await untilEvents(2);
    expect(events[1]).toEqual({ type: 'closed', how: 'broken' });
    expect(clock.waiting).toBe(0);
  });
});
