// A call out over the whole telephone side and the sandbox's Twilio: placed under a name of ours, answered, joined to its
// stream, and asked about again, by that name all the while.
import { once } from 'node:events';
import { createServer } from 'node:http';
import express from 'express';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import type { Line, LineEvent } from '../../src/call/ports.ts';
import { systemClock } from '../../src/call/system-clock.ts';
import { acceptMediaStream } from '../../src/phone/media-stream.ts';
import { StreamTokens } from '../../src/phone/stream-token.ts';
import { twimlFor } from '../../src/phone/twiml.ts';
import { phoneUrls } from '../../src/phone/urls.ts';
import { phoneRoutes, type PhoneRoutesOptions, type StatusReport } from '../../src/phone/webhooks.ts';
import { soundOf } from '../../sandbox/tones.ts';
import type { Behaviour, CalleeOptions } from '../../sandbox/twilio/callee.ts';
import { ACCOUNT_SID, apiOf, AUTH_TOKEN, OUR_NUMBER, stage, WEBHOOK_URL } from '../support/tiny-relay.ts';
import { listen } from '../support/listen.ts';

const CALL_OUT = `CO${'0f'.repeat(16)}`;
const CALLEE = '+15550001234';
const TO_PLACE = {
  callId: CALL_OUT,
  from: OUR_NUMBER,
  to: CALLEE,
  ringTimeoutS: 25,
  maxMinutes: 10,
  detect: 'message-end',
} as const;

type Told = Pick<Partial<PhoneRoutesOptions>, 'onMachine' | 'onNext'>;

/** The telephone side without a call behind it: every answered call is connected, and its lines are handed out. */
async function telephoneSide(told: Told, whenCalled: Behaviour = 'answers', its: CalleeOptions = {}) {
  const { twilio } = await stage([]);
  const tokens = new StreamTokens(AUTH_TOKEN);
  const lines: { callId: string; line: Line }[] = [];
  const heard: LineEvent[] = [];
  const statuses: StatusReport[] = [];
  const problems: unknown[] = [];
  const app = express().use(
    phoneRoutes({
      authToken: AUTH_TOKEN,
      webhookUrl: WEBHOOK_URL,
      accountSid: ACCOUNT_SID,
      onIncoming: () => ({ type: 'busy' }),
      onAnswered: ({ callId, sid }) => ({
        type: 'connect',
        callId,
        token: tokens.issue({ id: callId, sid }, Date.now()),
      }),
      onMachine: () => {},
      onNext: () => ({ type: 'hang-up' }),
      onTransferAnswered: () => ({ type: 'hang-up' }),
      onStatus: (report) => statuses.push(report),
      onRefused: (kind) => problems.push(kind),
      onBug: (error) => problems.push(error),
      ...told,
    }),
  );
  const server = createServer(app);
  const sockets = new WebSocketServer({ server });
  const joined = once(sockets, 'joined');
  sockets.on('connection', (socket) =>
    acceptMediaStream(socket, {
      clock: systemClock,
      onStart: ({ sid, token }, line) => {
        const callId = tokens.verify(token, sid, Date.now());
        if (callId === null) return null;
        lines.push({ callId, line });
        sockets.emit('joined');
        return (event) => heard.push(event);
      },
      onRefused: (kind) => problems.push(kind),
      onBug: (error) => problems.push(error),
    }),
  );
  twilio.routeTo(`http://127.0.0.1:${await listen(server)}`);
  onTestFinished(async () => {
    await twilio.close();
    expect(twilio.violations).toEqual([]);
    expect(problems).toEqual([]);
    sockets.close();
    server.close();
  });
  const callee = twilio.callee(CALLEE, whenCalled, its);
  const placed = await apiOf(twilio).place(TO_PLACE);
  if (placed.is !== 'placed') throw new Error(`the call was not placed: ${placed.is}`);
  return { twilio, callee, sid: placed.sid, lines, joined, heard, statuses };
}

it('a call out keeps its name from the first ring to the last report', async () => {
  const asked: unknown[] = [];
  const { twilio, callee, sid, lines, joined, statuses } = await telephoneSide({
    onNext: (call, report) => {
      asked.push({ call, report });
      return { type: 'hang-up' };
    },
  });
  await joined;
  const [first] = lines;
  expect(first?.callId).toBe(CALL_OUT);
  first?.line.play(soundOf('Hello Ann.').toString('base64'));
  const caller = await callee.answered;
  await caller.hears('Hello Ann.');
  first?.line.close();
  expect(await caller.ended).toEqual({ how: 'relay-hung-up' });
  await twilio.close();
  expect(asked).toEqual([
    {
      call: { id: CALL_OUT, carrier: { sid }, from: OUR_NUMBER, to: CALLEE, parameters: {} },
      report: { sid, callStatus: 'in-progress', dialled: null },
    },
  ]);
  expect(new Set(statuses.map((report) => `${report.callId} ${report.sid}`))).toEqual(
    new Set([`${CALL_OUT} ${sid}`]),
  );
  const last = statuses.reduce((one, other) =>
    (other.sequenceNumber ?? -1) > (one.sequenceNumber ?? -1) ? other : one,
  );
  expect(last).toMatchObject({ callStatus: 'completed', sequenceNumber: 3, sipResponseCode: 200 });
  expect(statuses.some(({ streamEvent }) => streamEvent === 'stream-stopped')).toBe(true);
});

it('[E1] goes on over REST by its CallSid, and comes back to a stream of its own', async () => {
  const { twilio, callee, sid, lines, joined } = await telephoneSide({});
  await joined;
  const caller = await callee.answered;
  const token = new StreamTokens(AUTH_TOKEN).issue({ id: CALL_OUT, sid }, Date.now());
  const keys = { type: 'send-digits', callId: CALL_OUT, digits: '1w2', token } as const;
  await apiOf(twilio).redirect(sid, twimlFor(keys, phoneUrls(WEBHOOK_URL)));
  await caller.says('And now?');
  expect(caller.keysHeard).toEqual(['1w2']);
  expect(lines.map(({ callId }) => callId)).toEqual([CALL_OUT, CALL_OUT]);
  await apiOf(twilio).hangUp(sid);
  expect(await caller.ended).toEqual({ how: 'relay-hung-up' });
});

it('is told when a machine begins to record', async () => {
  const verdict = Promise.withResolvers<unknown>();
  const { callee, sid, lines, joined } = await telephoneSide({ onMachine: verdict.resolve }, 'machine', {
    says: 'Ann here.',
    detectedAfterMs: 0,
  });
  await joined;
  expect(await verdict.promise).toEqual({
    callId: CALL_OUT,
    sid,
    answeredBy: 'machine',
    isMessageOver: true,
  });
  lines[0]?.line.play(soundOf('See you on Monday.').toString('base64'));
  const caller = await callee.answered;
  await caller.hears('Monday.');
  caller.hangsUp();
  expect(await callee.recorded).toBe('See you on Monday.');
});
