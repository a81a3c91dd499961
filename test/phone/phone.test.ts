// An outbound call over the whole `Phone` and the sandbox's Twilio: placed, answered, joined to its stream and asked about
// again, under the same ID of ours.
import { createServer } from 'node:http';
import express from 'express';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import type { Line, LineEvent } from '../../src/call/ports.ts';
import { systemClock } from '../../src/call/system-clock.ts';
import type { CallFacts } from '../../src/call/call.ts';
import { Phone } from '../../src/phone/phone.ts';
import type { PhoneListener } from '../../src/phone/phone-listener.ts';
import { soundOf } from '../../sandbox/tones.ts';
import type { Behaviour, CalleeOptions } from '../../sandbox/twilio/callee.ts';
import { ACCOUNT_SID, AUTH_TOKEN, OUR_NUMBER, stage, WEBHOOK_URL } from '../support/tiny-relay.ts';
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

type Told = Partial<Pick<PhoneListener, 'onMachine' | 'onNext'>>;

/** A phone without a relay behind it: connects every answered call, and returns its lines. */
async function telephoneSide(told: Told, whenCalled: Behaviour = 'answers', its: CalleeOptions = {}) {
  const { twilio } = await stage([]);
  const lines: { callId: string; line: Line }[] = [];
  const heard: LineEvent[] = [];
  const statuses: string[] = [];
  const problems: unknown[] = [];
  const phone = new Phone({
    clock: systemClock,
    authToken: AUTH_TOKEN,
    sharedKeys: [],
    accountSid: ACCOUNT_SID,
    apiUrl: twilio.apiUrl,
    webhookUrl: WEBHOOK_URL,
    maxCalls: 10,
    isLeaving: () => false,
    hasCall: () => true,
    passOn: null,
    onRefused: (kind) => problems.push(kind),
    onNotTold: (_, error) => problems.push(error),
    onBug: (error) => problems.push(error),
  });
  const joined = Promise.withResolvers<void>();
  const listener: PhoneListener = {
    onIncoming: async () => 'busy',
    onAnswered: async () => 'connect',
    onMachine: () => {},
    onNext: async () => 'hang-up',
    onTransferAnswered: async () => '',
    onStatus: ({ callId, sid }, status) => statuses.push(`${callId} ${sid} ${status}`),
    onStreamError: (callId) => problems.push(callId),
    onStream: ({ callId }, line) => {
      lines.push({ callId, line });
      joined.resolve();
      return (event) => heard.push(event);
    },
    ...told,
  };
  const server = createServer(express().use(phone.router(listener)));
  const sockets = new WebSocketServer({ server, ...phone.socketOptions });
  sockets.on('connection', (socket, { socket: wire }) =>
    phone.acceptStream(socket, { wire, address: '127.0.0.1' }, listener),
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
  const placed = await phone.place(TO_PLACE);
  if (placed.is !== 'placed') throw new Error(`the call was not placed: ${placed.is}`);
  return { twilio, phone, callee, sid: placed.sid, lines, joined: joined.promise, heard, statuses };
}

it('an outbound call keeps its ID from the first ring to the last report', async () => {
  const asked: unknown[] = [];
  const { twilio, callee, sid, lines, joined, statuses } = await telephoneSide({
    onNext: async (call, status, transfer) => {
      asked.push({ call, status, transfer });
      return 'hang-up';
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
      status: 'under-way',
      transfer: null,
    },
  ]);
  const ofCall = (status: string): string => `${CALL_OUT} ${sid} ${status}`;
  expect(new Set(statuses)).toEqual(new Set(['under-way', 'ringing', 'no-stream'].map(ofCall)));
});

it('[E5] redirects an outbound call over REST, and connects it to a new stream', async () => {
  const { phone, callee, sid, lines, joined } = await telephoneSide({});
  await joined;
  const caller = await callee.answered;
  const call: CallFacts = { id: CALL_OUT, carrier: { sid }, from: OUR_NUMBER, to: CALLEE, parameters: {} };
  expect(await phone.tell(call, { type: 'send-digits', digits: '1w2' })).toBe(true);
  await caller.says('And now?');
  expect(caller.keysHeard).toEqual(['1w2']);
  expect(lines.map(({ callId }) => callId)).toEqual([CALL_OUT, CALL_OUT]);
  await phone.carrierOf(call)?.hangUp();
  expect(await caller.ended).toEqual({ how: 'relay-hung-up' });
});

it('reports when a machine begins to record', async () => {
  const verdict = Promise.withResolvers<unknown>();
  const { callee, lines, joined } = await telephoneSide({ onMachine: verdict.resolve }, 'machine', {
    says: 'Ann here.',
    detectedAfterMs: 0,
  });
  await joined;
  expect(await verdict.promise).toEqual({
    callId: CALL_OUT,
    answeredBy: 'machine',
    isMessageOver: true,
  });
  lines[0]?.line.play(soundOf('See you on Monday.').toString('base64'));
  const caller = await callee.answered;
  await caller.hears('Monday.');
  caller.hangsUp();
  expect(await callee.recorded).toBe('See you on Monday.');
});
