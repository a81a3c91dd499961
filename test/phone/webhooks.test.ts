import { createServer, type Server } from 'node:http';
import express from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { inboundIdOf } from '../../src/call/call-id.ts';
import { phoneRoutes, type PhoneRoutesOptions } from '../../src/phone/webhooks.ts';
import { TwilioWebhooks } from '../../sandbox/twilio/webhooks.ts';
import { listen } from '../support/listen.ts';

const TOKEN = 'the-token';
const WEBHOOK_URL = 'https://relay.example';
const CALL_OUT = `CO${'0f'.repeat(16)}`;
const CALL_IN = inboundIdOf('CA1f');
const CALL = { AccountSid: 'AC1', CallSid: 'CA1f', From: '+15550001', To: '+15550002' };

const servers: Server[] = [];

async function stage(handlers: Partial<PhoneRoutesOptions> = {}) {
  const noted: unknown[] = [];
  const app = express().use(
    phoneRoutes({
      authToken: TOKEN,
      webhookUrl: WEBHOOK_URL,
      onIncoming: (call) => {
        noted.push(call);
        return { type: 'connect', callId: call.id, token: 'the-stream-token' };
      },
      onAnswered: (call) => {
        noted.push(call);
        return { type: 'connect', callId: call.callId, token: 'the-stream-token' };
      },
      onMachine: (verdict) => noted.push(verdict),
      onNext: (call, report) => {
        noted.push({ ...call, ...report });
        return { type: 'hang-up' };
      },
      onTransferAnswered: (callId) => {
        noted.push({ answered: callId });
        return { type: 'whisper', text: 'Ann calls.' };
      },
      onStatus: (report) => noted.push(report),
      onRefused: (kind) => noted.push(kind),
      onBug: (error) => noted.push(error),
      ...handlers,
    }),
  );
  const server = createServer(app);
  servers.push(server);
  const relayUrl = `http://127.0.0.1:${await listen(server)}`;
  const twilio = new TwilioWebhooks(TOKEN, WEBHOOK_URL, relayUrl);
  return {
    noted,
    relayUrl,
    ask: (path: string, form: object) => twilio.ask(WEBHOOK_URL + path, { ...form }),
  };
}

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

describe('the webhooks', () => {
  it('[O3] an incoming call is connected to the stream with its token', async () => {
    const { ask, noted } = await stage();
    const [connect] = await ask('/voice', { ...CALL, CallStatus: 'ringing' });
    expect(connect).toEqual({
      verb: 'connect',
      action: `${WEBHOOK_URL}/voice/next`,
      streamUrl: 'wss://relay.example/media-stream',
      statusCallback: `${WEBHOOK_URL}/voice/status`,
      parameters: { token: 'the-stream-token' },
    });
    expect(noted).toEqual([
      { id: CALL_IN, carrier: { sid: 'CA1f' }, from: '+15550001', to: '+15550002', parameters: {} },
    ]);
  });

  it('[E2] when a stream has ended, asks what next, with all that a process that never saw the call must know', async () => {
    const { ask, noted } = await stage();
    expect(await ask('/voice/next', { ...CALL, CallStatus: 'in-progress' })).toEqual([{ verb: 'hangup' }]);
    expect(noted).toEqual([
      {
        id: CALL_IN,
        carrier: { sid: 'CA1f' },
        from: '+15550001',
        to: '+15550002',
        parameters: {},
        sid: 'CA1f',
        callStatus: 'in-progress',
        dialled: null,
      },
    ]);
  });

  it('a call out that was answered is connected, and named by its address alone', async () => {
    const { ask, noted } = await stage();
    const path = `/voice/outgoing?call=${CALL_OUT}`;
    expect(await ask(path, { ...CALL, CallStatus: 'in-progress' })).toMatchObject([
      { verb: 'connect', action: `${WEBHOOK_URL}/voice/next?call=${CALL_OUT}` },
    ]);
    expect(noted).toEqual([{ callId: CALL_OUT, sid: 'CA1f', from: '+15550001', to: '+15550002' }]);
  });

  it('[E2] a call out that comes back is named by its address, and has no parameters from there', async () => {
    const { ask, noted } = await stage();
    await ask(`/voice/next?call=${CALL_OUT}`, { ...CALL, CallStatus: 'in-progress' });
    // What is no name of ours is none at all.
    await ask(`/voice/next?call=CA2`, { ...CALL, CallStatus: 'in-progress' });
    expect(noted).toMatchObject([
      { id: CALL_OUT, sid: 'CA1f', parameters: {} },
      { id: CALL_IN, sid: 'CA1f', parameters: {} },
    ]);
    expect(noted).not.toMatchObject([{ parameters: { call: expect.anything() } }, {}]);
  });

  it.each([
    ['machine_start', 'machine', false],
    ['machine_end_beep', 'machine', true],
    ['machine_end_silence', 'machine', true],
    ['machine_end_other', 'machine', true],
    ['human', 'human', false],
    ['fax', 'fax', false],
    ['unknown', 'unknown', false],
    ['something_new', 'unknown', false],
  ])('a detection of %s is told as %s', async (word, answeredBy, isMessageOver) => {
    const { ask, noted } = await stage();
    const form = { AccountSid: 'AC1', CallSid: 'CA1f', AnsweredBy: word, MachineDetectionDuration: '2400' };
    expect(await ask(`/voice/machine?call=${CALL_OUT}`, form)).toEqual([]);
    expect(noted).toEqual([{ callId: CALL_OUT, sid: 'CA1f', answeredBy, isMessageOver }]);
  });

  it.each([
    ['none', ''],
    ['a CallSid', '?call=CA1f'],
    ['an ID of another form', '?call=CO1'],
    ['two', `?call=${CALL_OUT}&call=${CALL_OUT}`],
    ['an ID with something behind', `?call=${CALL_OUT}0`],
  ])('[R4] a call out whose address names %s is nobody’s', async (_, query) => {
    const { ask, noted } = await stage();
    expect(await ask(`/voice/outgoing${query}`, CALL)).toEqual([{ verb: 'hangup' }]);
    expect(await ask(`/voice/machine${query}`, { ...CALL, AnsweredBy: 'human' })).toEqual([]);
    expect(noted).toEqual(['webhook-malformed', 'webhook-malformed']);
  });

  it.each([
    ['completed', 'answered'],
    ['answered', 'answered'],
    ['busy', 'busy'],
    ['no-answer', 'no-answer'],
    ['canceled', 'failed'],
    ['something-new', 'failed'],
  ])('[E1] a transfer that was %s is told as %s', async (status, dialled) => {
    const { ask, noted } = await stage();
    await ask('/voice/next', { ...CALL, CallStatus: 'in-progress', DialCallStatus: status });
    expect(noted).toMatchObject([{ dialled }]);
  });

  it('[E1] whoever answers a transfer hears of the call that the URL names', async () => {
    const { ask, noted } = await stage();
    expect(await ask(`/voice/whisper?call=${CALL_IN}`, { ...CALL, CallSid: 'CA2' })).toEqual([
      { verb: 'say', text: 'Ann calls.' },
    ]);
    await ask(`/voice/whisper?call=${CALL_OUT}`, { ...CALL, CallSid: 'CA2' });
    expect(await ask('/voice/whisper?call=..', CALL)).toEqual([{ verb: 'hangup' }]);
    expect(noted).toEqual([{ answered: CALL_IN }, { answered: CALL_OUT }]);
  });

  it('[R3] whoever answers a transfer waits until it is known what they are to hear', async () => {
    const { ask } = await stage({
      onTransferAnswered: async () => {
        await Promise.resolve();
        return { type: 'whisper', text: 'Bob calls.' };
      },
    });
    expect(await ask(`/voice/whisper?call=${CALL_IN}`, CALL)).toEqual([{ verb: 'say', text: 'Bob calls.' }]);
  });

  it('the query of the webhook is told as parameters, so much of it as is bounded', async () => {
    const { ask, noted } = await stage();
    await ask(`/voice?campaign=spring%20sale&${'x'.repeat(300)}=1&twice=1&twice=2`, CALL);
    expect(noted).toMatchObject([{ parameters: { campaign: 'spring sale', ['x'.repeat(200)]: '1' } }]);
    expect(noted).not.toMatchObject([{ parameters: { twice: expect.anything() } }]);
  });

  it('[E4] reports what became of call and stream', async () => {
    const { ask, noted } = await stage();
    const reported = {
      callId: CALL_IN,
      sid: 'CA1f',
      callStatus: null,
      sequenceNumber: null,
      sipResponseCode: null,
      streamEvent: null,
      streamError: null,
    };
    const ended = { ...CALL, CallStatus: 'busy', SequenceNumber: '2', SipResponseCode: '486' };
    await ask(`/voice/status?call=${CALL_OUT}`, ended);
    await ask('/voice/status', { ...CALL, SequenceNumber: '-1', SipResponseCode: '4860' });
    expect(await ask('/voice/status', { ...CALL, CallStatus: 'completed' })).toEqual([]);
    await ask('/voice/status', { ...CALL, StreamEvent: 'stream-error', StreamError: '31920' });
    expect(noted).toEqual([
      { ...reported, callId: CALL_OUT, callStatus: 'busy', sequenceNumber: 2, sipResponseCode: 486 },
      reported,
      { ...reported, callStatus: 'completed' },
      { ...reported, streamEvent: 'stream-error', streamError: '31920' },
    ]);
  });

  it('[O1] whoever is not Twilio gets 403, and nobody is asked', async () => {
    const { relayUrl, noted } = await stage();
    const paths = ['', '/next', '/status', '/whisper?call=CA1', '/outgoing?call=CO1', '/machine?call=CO1'];
    for (const path of paths.map((path) => `/voice${path}`)) {
      const response = await fetch(relayUrl + path, { method: 'POST', body: new URLSearchParams(CALL) });
      expect(response.status).toBe(403);
    }
    expect(noted).toEqual(Array(6).fill('webhook-unsigned'));
  });

  it('takes a caller who withholds the number', async () => {
    const { ask, noted } = await stage();
    await ask('/voice', { ...CALL, From: 'anonymous' });
    await ask('/voice', { CallSid: 'CA2', To: '+15550002' });
    expect(noted).toMatchObject([{ from: 'anonymous' }, { from: '' }]);
  });

  it.each([
    ['none', {}],
    ['an empty one', { CallSid: '' }],
    ['a path', { CallSid: 'CA/../../etc' }],
    ['a very long one', { CallSid: `CA${'0'.repeat(65)}` }],
  ])('[R4] a call whose CallSid is %s is turned away unanswered', async (_, form) => {
    const { ask, noted } = await stage();
    expect(await ask('/voice', form)).toEqual([{ verb: 'reject', reason: 'busy' }]);
    expect(await ask('/voice/next', form)).toEqual([{ verb: 'hangup' }]);
    expect(await ask('/voice/status', form)).toEqual([]);
    expect(noted).toEqual(['webhook-malformed', 'webhook-malformed', 'webhook-malformed']);
  });

  it('turns calls of another account away', async () => {
    const { ask, noted } = await stage({ accountSid: 'AC1' });
    expect(await ask('/voice', { ...CALL, AccountSid: 'AC2' })).toEqual([{ verb: 'reject', reason: 'busy' }]);
    expect(noted).toEqual(['webhook-malformed']);
    expect(await ask('/voice', CALL)).toMatchObject([{ verb: 'connect' }]);
  });

  it('[E1] a transfer summary with half an emoji and a control character reaches the human without them', async () => {
    const { ask, noted } = await stage({
      onTransferAnswered: () => ({ type: 'whisper', text: 'Roses\u0000 \ud83d' }),
    });
    expect(await ask(`/voice/whisper?call=${CALL_IN}`, CALL)).toEqual([{ verb: 'say', text: 'Roses ' }]);
    expect(noted).toEqual([]);
  });

  it('a bug of ours is an apology in the ear of the caller, not an application error', async () => {
    const fail = (): never => {
      throw new Error('a bug');
    };
    const { ask, noted } = await stage({
      onIncoming: fail,
      onNext: fail,
      onStatus: fail,
      onAnswered: () => Promise.reject(new Error('a bug')),
      onMachine: fail,
    });
    const apology = [{ verb: 'say', text: expect.stringContaining('Sorry') }, { verb: 'hangup' }];
    expect(await ask('/voice', CALL)).toEqual(apology);
    expect(await ask('/voice/next', CALL)).toEqual(apology);
    expect(await ask('/voice/status', CALL)).toEqual([]);
    expect(await ask(`/voice/outgoing?call=${CALL_OUT}`, CALL)).toEqual(apology);
    expect(await ask(`/voice/machine?call=${CALL_OUT}`, CALL)).toEqual([]);
    expect(noted).toEqual(Array(5).fill(new Error('a bug')));
  });
});
