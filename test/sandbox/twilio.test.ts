// The far end that the whole-call tests stand on, itself held to what Twilio documents, against a relay of a few lines.
import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TwilioWebhooks } from '../../sandbox/twilio/webhooks.ts';
import { listen } from '../support/listen.ts';
import type { AudioFrame } from '../../sandbox/twilio/stream.ts';
import { ACCOUNT_SID, apiOf, AUTH_TOKEN, CONNECT, stage } from '../support/tiny-relay.ts';

describe('the stream', () => {
  it('asks with a signed form, then connects with exactly what Twilio documents', async () => {
    const { relay, call } = await stage([CONNECT]);
    const { caller, stream } = await call({ from: '+15551112222', omitsSilence: false });
    await stream.until(({ media }) => media?.chunk === '3');
    expect(relay.asked[0]?.isSigned).toBe(true);
    expect(relay.asked[0]?.form.get('From')).toBe('+15551112222');
    const [connected, start, ...media] = stream.messages;
    expect(connected).toEqual({ event: 'connected', protocol: 'Call', version: '1.0.0' });
    expect(start).toEqual({
      event: 'start',
      sequenceNumber: '1',
      streamSid: stream.streamSid,
      start: {
        streamSid: stream.streamSid,
        accountSid: ACCOUNT_SID,
        callSid: caller.sid,
        tracks: ['inbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters: { token: 'a&b' },
      },
    });
    expect(media[2]).toEqual({
      event: 'media',
      sequenceNumber: '4',
      streamSid: stream.streamSid,
      media: { track: 'inbound', chunk: '3', timestamp: '40', payload: '/'.repeat(213) + 'w==' },
    });
  });

  it("carries the caller's voice and keys, paced at 20 ms", async () => {
    const { call } = await stage([CONNECT]);
    const { caller, stream } = await call();
    await Promise.all([caller.says('hello over there'), caller.presses('1*#')]);
    await stream.until(({ media }) => media?.chunk === '16');
    expect(stream.heard).toBe('hello over there');
    expect(stream.of('dtmf').map(({ dtmf }) => dtmf?.digit)).toEqual(['1', '*', '#']);
    const frames = stream.arrivals.slice(2);
    expect((frames.at(-1) ?? 0) - (frames[0] ?? 0)).toBeGreaterThan(200);
  });

  it('leaves silent frames out while the timestamps go on', async () => {
    const { call } = await stage([CONNECT]);
    const { caller, stream } = await call();
    await caller.says('a');
    await caller.hearsNothing({ forMs: 150 });
    await caller.says('b');
    await stream.until(({ media }) => media?.chunk === '2');
    const [first, second] = stream.of('media').map(({ media }) => Number(media?.timestamp));
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(100);
  });

  it('cuts the audio into odd sizes and holds it back for bursts without losing a byte', async () => {
    const { call } = await stage([CONNECT]);
    const { caller, stream } = await call({
      payloadBytes: [33, 240, 7],
      stalls: { everyMs: 200, forMs: 120 },
    });
    await caller.says('nothing of this is lost');
    await caller.presses('1234');
    await stream.until(({ dtmf }) => dtmf?.digit === '4');
    expect(stream.heard).toBe('nothing of this is lost');
    const media = stream.of('media').map((message) => message.media);
    expect(Buffer.from(media[1]?.payload ?? '', 'base64')).toHaveLength(240);
    let bytes = 0;
    const firstAt = Number(media[0]?.timestamp);
    for (const piece of media) {
      expect(Number(piece?.timestamp) - firstAt).toBe(Math.floor(bytes / 8));
      bytes += Buffer.from(piece?.payload ?? '', 'base64').length;
    }
    expect(bytes).toBe('nothing of this is lost'.length * 160);
  });

  it('gives raw frames and their instants where nobody listens', async () => {
    const frames: AudioFrame[] = [];
    const { call } = await stage([CONNECT]);
    const { caller, stream } = await call({ isAudible: false, onAudio: (frame) => frames.push(frame) });
    await caller.says('hi');
    stream.play('ho');
    stream.mark('end');
    await stream.markBack('end');
    expect(frames.map(({ direction }) => direction)).toEqual(['sent', 'sent', 'received']);
    expect(caller.heard).toBe('');
  });
});

describe('playing', () => {
  it('plays in real time, and returns a mark once what came before it was heard', async () => {
    const { call } = await stage([CONNECT]);
    const { caller, stream } = await call();
    const sentAt = performance.now();
    stream.play('ten sounds');
    stream.mark('end');
    await stream.markBack('end');
    const tookMs = performance.now() - sentAt;
    expect(tookMs).toBeGreaterThanOrEqual(199);
    expect(tookMs).toBeLessThan(300);
    expect(caller.heard).toBe('ten sounds');
  });

  it('returns a mark at once where nothing is buffered', async () => {
    const { call } = await stage([CONNECT]);
    const { stream } = await call();
    stream.mark('empty');
    expect(await stream.markBack('empty')).toMatchObject({ event: 'mark', streamSid: stream.streamSid });
  });

  it('[B5] clear drops what was not played and returns every pending mark, in order', async () => {
    const { call } = await stage([CONNECT]);
    const { caller, stream } = await call();
    stream.play('heard ');
    stream.mark('first');
    stream.play('and this is never heard to its end');
    stream.mark('second');
    stream.mark('third');
    await stream.markBack('first');
    stream.send({ event: 'clear' });
    await stream.markBack('third');
    await caller.says('hm');
    stream.play('after');
    expect(await caller.hears(/after$/)).toBe('after');
    expect(caller.heard).toMatch(/^heard .{0,3}after$/);
    expect(stream.of('mark').map(({ mark }) => mark?.name)).toEqual(['first', 'second', 'third']);
  });

  it('follows the conversation: every wait goes on where the last one found its words', async () => {
    const { call } = await stage([CONNECT]);
    const { caller, stream } = await call();
    stream.play('yes yes no');
    await caller.hears('yes');
    await caller.hears('yes');
    await expect(caller.hears('yes', { withinMs: 300 })).rejects.toThrow(/Heard before: "yes yes"/);
    expect(caller.heardLog.map(({ text }) => text).join('')).toBe('yes yes no');
    await expect(caller.hearsNothing({ forMs: 100 })).resolves.toBeUndefined();
    stream.play('!');
    await expect(caller.hearsNothing({ forMs: 1000 })).rejects.toThrow('heard "!"');
  });
});

describe('strictness', () => {
  const streamSid = 'taken from the stream';
  it.each([
    ['no JSON', 31951, 'nonsense'],
    ['an event that does not exist', 31951, { event: 'stop', streamSid }],
    ['a key too many', 31951, { event: 'clear', streamSid, why: 'barge-in' }],
    ['a key too few', 31951, { event: 'clear' }],
    ['another streamSid', 31951, { event: 'clear', streamSid: 'MZother' }],
    ['a track on media', 31951, { event: 'media', streamSid, media: { payload: 'AAAA', track: 'outbound' } }],
    ['no base64', 31951, { event: 'media', streamSid, media: { payload: 'not base64!' } }],
    ['base64 of base64url', 31951, { event: 'media', streamSid, media: { payload: '-_-_' } }],
    ['a mark without a name', 31951, { event: 'mark', streamSid, mark: { name: 7 } }],
    [
      'half a frame',
      'L1',
      { event: 'media', streamSid, media: { payload: Buffer.alloc(80).toString('base64') } },
    ],
    ['a binary frame', 31950, Buffer.from('{}')],
  ])('ends the call over %s', async (_, code, message) => {
    const { twilio, call } = await stage([CONNECT]);
    const { caller, stream } = await call();
    const json = JSON.stringify(message).replace(streamSid, stream.streamSid);
    stream.socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : json);
    expect(await caller.ended).toMatchObject({ how: 'failed', because: { code } });
    expect(twilio.violations.map((violation) => violation.code)).toEqual([code]);
  });

  it('continues after a violation if configured to, as Twilio would', async () => {
    const { twilio, call } = await stage([CONNECT], { goesOnAfterViolation: true });
    const { caller, stream } = await call();
    stream.socket.send('nonsense');
    stream.play('still here');
    await caller.hears('still here');
    expect(twilio.violations).toHaveLength(1);
  });

  it.each([
    ['an unknown verb', 12200, '<Dance/>'],
    ['an unknown attribute', 12200, '<Hangup now="1"/>'],
    ['a stream over https', 31922, '<Connect><Stream url="https://relay.example/media-stream"/></Connect>'],
    ['a query in the stream URL', 31920, '<Connect><Stream url="wss://relay.example/m?token=1"/></Connect>'],
    ['both tracks', 31941, '<Connect><Stream url="wss://relay.example/m" track="both_tracks"/></Connect>'],
    ['a <Reject> too late', 12200, '<Say>Hello</Say><Reject/>'],
    ['XML that does not fit together', 12100, '<Say>Hello<Hangup/>'],
    ['a stream to somebody else', 11200, '<Connect><Stream url="wss://other.example/m"/></Connect>'],
    [
      'a parameter of 500 characters',
      12200,
      `<Connect><Stream url="wss://relay.example/m"><Parameter name="t" value="${'x'.repeat(499)}"/></Stream></Connect>`,
    ],
  ])('ends the call over TwiML with %s', async (_, code, verbs) => {
    const { twilio } = await stage([verbs]);
    const caller = await twilio.call();
    expect(await caller.ended).toMatchObject({ how: 'failed', because: { code } });
  });

  it('ends the call over TwiML that is not called XML', async () => {
    const { relay, twilio } = await stage(['<Hangup/>']);
    relay.contentType = 'text/html';
    const caller = await twilio.call();
    expect(await caller.ended).toMatchObject({ how: 'failed', because: { code: 12300 } });
  });
});

describe('ending', () => {
  it('[E4] the caller hangs up: stop, close, and the action URL is asked with a call that is over', async () => {
    const { relay, twilio, call } = await stage([CONNECT, CONNECT]);
    const { caller, stream } = await call();
    caller.hangsUp();
    expect(await caller.ended).toEqual({ how: 'caller-hung-up' });
    await stream.closed;
    expect(stream.messages.at(-1)).toMatchObject({ event: 'stop', stop: { callSid: caller.sid } });
    await expect(caller.says('too late')).rejects.toThrow('caller-hung-up');
    await expect(caller.hears('anything')).rejects.toThrow('caller-hung-up');
    await twilio.close();
    const next = relay.asked.find(({ path }) => path === '/voice/next');
    expect(next?.form.get('CallStatus')).toBe('completed');
    expect(next?.isSigned).toBe(true);
    expect(twilio.streamErrors).toEqual([]);
  });

  it('[E2] a closed stream is no hang-up: the action URL says what next, here another stream and then the end', async () => {
    const { relay, twilio, call } = await stage([CONNECT, CONNECT, '<Say>Good &amp; bye</Say><Hangup/>']);
    const { caller, stream } = await call();
    stream.play('one ');
    await caller.hears('one ');
    stream.socket.close();
    const second = await relay.stream();
    await second.until(({ event }) => event === 'start');
    expect(second.streamSid).not.toBe(stream.streamSid);
    second.play('two');
    await caller.hears('two');
    second.socket.terminate();
    expect(await caller.ended).toEqual({ how: 'relay-hung-up' });
    expect(caller.heard).toBe('one two');
    expect(caller.twimlSaid).toEqual(['Good & bye']);
    expect(twilio.streamErrors.map(({ code }) => code)).toEqual([31921, 31903]);
  });

  it('a line that drops without a word leads to the action URL too', async () => {
    const { relay, call } = await stage([CONNECT, CONNECT]);
    const { caller, stream } = await call();
    caller.dropsLine();
    expect(await stream.closed).toBe(1006);
    expect(stream.of('stop')).toEqual([]);
    const second = await relay.stream();
    await second.until(({ event }) => event === 'start');
    expect(relay.asked.find(({ path }) => path === '/voice/next')?.form.get('CallStatus')).toBe(
      'in-progress',
    );
  });

  it('hangs up over REST, and knows no call that is over', async () => {
    const { twilio, call } = await stage([CONNECT]);
    const { caller, stream } = await call();
    await apiOf(twilio).hangUp(caller.sid);
    expect(await caller.ended).toEqual({ how: 'relay-hung-up' });
    await stream.closed;
    expect(stream.messages.at(-1)?.event).toBe('stop');
    const path = `${twilio.apiUrl}/2010-04-01/Accounts/${ACCOUNT_SID}/Calls/${caller.sid}.json`;
    const authorization = `Basic ${Buffer.from(`${ACCOUNT_SID}:${AUTH_TOKEN}`).toString('base64')}`;
    const again = await fetch(path, { method: 'POST', headers: { authorization }, body: 'Status=completed' });
    expect(again.status).toBe(400);
    expect(await again.json()).toMatchObject({ code: 21220 });
    const stranger = await fetch(path, { method: 'POST', body: 'Status=completed' });
    expect(stranger.status).toBe(401);
  });

  it('[R5] a busy line is heard as one', async () => {
    const { twilio } = await stage(['<Reject reason="busy"/>']);
    const caller = await twilio.call();
    expect(await caller.ended).toEqual({ how: 'busy' });
  });

  it('an upgrade that is refused is no stream: the action URL is asked', async () => {
    const { relay, twilio } = await stage([CONNECT, '<Hangup/>']);
    const caller = await twilio.call({ upgradeSignature: 'wrong' });
    expect(await caller.ended).toEqual({ how: 'relay-hung-up' });
    expect(twilio.streamErrors).toMatchObject([{ code: 31920 }]);
    await twilio.close();
    expect(relay.statuses()).toContain('stream-error');
  });

  it('tells of the call late, twice and out of order', async () => {
    const { relay, twilio, call } = await stage([CONNECT]);
    const { caller, stream } = await call();
    stream.socket.close();
    await caller.ended;
    await twilio.close();
    const streamEvents = ['stream-stopped', 'stream-started', 'stream-stopped', 'stream-started'];
    expect(relay.statuses()).toEqual([...streamEvents, 'completed', 'completed']);
    expect(relay.asked.every(({ isSigned }) => isSigned)).toBe(true);
  });

  it.for([
    ['as the address says', 503, '#rc=2&rp=ct,rt,5xx', 3],
    ['not a broken server where nothing says so', 503, '', 1],
    ['not what was refused', 404, '#rc=2&rp=ct,rt,5xx', 1],
  ] as const)('[R8] asks again %s', async ([, status, fragment, times]) => {
    const asked: { url: string | undefined; token: unknown }[] = [];
    const server = createServer((req, res) => {
      asked.push({ url: req.url, token: req.headers['i-twilio-idempotency-token'] });
      res.writeHead(status).end();
    });
    const relayUrl = `http://127.0.0.1:${await listen(server)}`;
    onTestFinished(() => void server.close());
    const webhooks = new TwilioWebhooks(AUTH_TOKEN, 'https://relay.example', relayUrl);
    await expect(webhooks.ask(`https://relay.example/voice${fragment}`, {})).rejects.toThrow('voice');
    expect(asked.map(({ url }) => url)).toEqual(Array.from({ length: times }, () => '/voice'));
    expect(new Set(asked.map(({ token }) => token)).size).toBe(1);
  });

  it('[R3] goes where it is routed', async () => {
    const first = await stage([CONNECT]);
    const second = await stage([CONNECT]);
    const { caller, stream } = await first.call();
    first.twilio.routeTo(second.relayUrl);
    stream.socket.terminate();
    const taken = await second.relay.stream();
    await taken.until(({ event }) => event === 'start');
    taken.play('hello again');
    await caller.hears('hello again');
  });
});
