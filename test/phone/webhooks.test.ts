import { createServer, type Server } from 'node:http';
import express from 'express';
import twilio from 'twilio';
import { afterEach, describe, expect, it } from 'vitest';
import { inboundIdOf } from '../../src/call/call-id.ts';
import type { PhoneListener } from '../../src/phone/phone-listener.ts';
import { twimlFor } from '../../src/phone/twiml.ts';
import { phoneUrls, RETRIES } from '../../src/phone/urls.ts';
import { phoneRoutes } from '../../src/phone/webhooks.ts';
import { WebhookLog } from '../../src/phone/webhook-log.ts';
import { systemClock } from '../../src/call/system-clock.ts';
import { TwilioWebhooks } from '../../sandbox/twilio/webhooks.ts';
import { listen } from '../support/listen.ts';

const TOKEN = 'the-token';
const WEBHOOK_URL = 'https://relay.example';
const CALL_OUT = `CO${'0f'.repeat(16)}`;
const CALL_IN = inboundIdOf('CA1f');
const CALL = { AccountSid: 'AC1', CallSid: 'CA1f', From: '+15550001', To: '+15550002' };

const servers: Server[] = [];

async function stage(handlers: Partial<PhoneListener> = {}, accountSid = '') {
  const noted: unknown[] = [];
  const log = new WebhookLog(systemClock);
  const listener: PhoneListener = {
    onIncoming: async (call) => {
      noted.push(call);
      return 'connect';
    },
    onAnswered: async (call) => {
      noted.push(call);
      return 'connect';
    },
    onMachine: (verdict) => noted.push(verdict),
    onNext: async (call, status, transfer) => {
      noted.push({ ...call, status, transfer });
      return 'hang-up';
    },
    onTransferAnswered: async (callId) => {
      noted.push({ answered: callId });
      return 'Ann calls.';
    },
    onStatus: (call, status) => noted.push({ ...call, status }),
    onStreamError: (callId) => noted.push({ streamErrorOf: callId }),
    onStream: () => () => {},
    ...handlers,
  };
  const app = express().use(
    phoneRoutes({
      authToken: TOKEN,
      webhookUrl: WEBHOOK_URL,
      accountSid,
      listener,
      log,
      twiml: (call, step, again = '') =>
        twimlFor(
          step,
          { ...call, callerId: null, token: () => 'the-stream-token', again },
          phoneUrls(WEBHOOK_URL),
        ),
      onRefused: (kind) => noted.push(kind),
      onBug: (error) => noted.push(error),
    }),
  );
  const server = createServer(app);
  servers.push(server);
  const relayUrl = `http://127.0.0.1:${await listen(server)}`;
  const webhooks = new TwilioWebhooks(TOKEN, WEBHOOK_URL, relayUrl);
  return {
    noted,
    log,
    relayUrl,
    ask: (path: string, form: object) => webhooks.ask(WEBHOOK_URL + path, { ...form }),
  };
}

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

describe('the webhooks', () => {
  it('[O3] connects an incoming call to the stream with its token', async () => {
    const { ask, noted } = await stage();
    const [connect] = await ask('/voice', { ...CALL, CallStatus: 'ringing' });
    expect(connect).toEqual({
      verb: 'connect',
      action: `${WEBHOOK_URL}/voice/next${RETRIES}`,
      streamUrl: 'wss://relay.example/media-stream',
      statusCallback: `${WEBHOOK_URL}/voice/status${RETRIES}`,
      parameters: { token: 'the-stream-token' },
    });
    expect(noted).toEqual([
      { id: CALL_IN, carrier: { sid: 'CA1f' }, from: '+15550001', to: '+15550002', parameters: {} },
    ]);
  });

  it('[E2] passes on all that a process without the call must know when a stream ends', async () => {
    const { ask, noted } = await stage();
    expect(await ask('/voice/next', { ...CALL, CallStatus: 'in-progress' })).toEqual([{ verb: 'hangup' }]);
    expect(noted).toEqual([
      {
        id: CALL_IN,
        carrier: { sid: 'CA1f' },
        from: '+15550001',
        to: '+15550002',
        parameters: {},
        status: 'under-way',
        transfer: null,
      },
    ]);
  });

  it('connects an answered outbound call, named by its address alone', async () => {
    const { ask, noted } = await stage();
    const path = `/voice/outgoing?call=${CALL_OUT}`;
    expect(await ask(path, { ...CALL, CallStatus: 'in-progress' })).toMatchObject([
      { verb: 'connect', action: `${WEBHOOK_URL}/voice/next?call=${CALL_OUT}${RETRIES}` },
    ]);
    expect(noted).toEqual([{ callId: CALL_OUT, sid: 'CA1f' }]);
  });

  it('[E2] names an outbound call that comes back by its address, and gives it no parameters', async () => {
    const { ask, noted } = await stage();
    await ask(`/voice/next?call=${CALL_OUT}`, { ...CALL, CallStatus: 'in-progress' });
    // What is no name of ours is none at all.
    await ask(`/voice/next?call=CA2`, { ...CALL, CallStatus: 'in-progress' });
    expect(noted).toMatchObject([
      { id: CALL_OUT, carrier: { sid: 'CA1f' }, parameters: {} },
      { id: CALL_IN, carrier: { sid: 'CA1f' }, parameters: {} },
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
  ])('reports the detection %s as %s', async (word, answeredBy, isMessageOver) => {
    const { ask, noted } = await stage();
    const form = { AccountSid: 'AC1', CallSid: 'CA1f', AnsweredBy: word, MachineDetectionDuration: '2400' };
    expect(await ask(`/voice/machine?call=${CALL_OUT}`, form)).toEqual([]);
    expect(noted).toEqual([{ callId: CALL_OUT, answeredBy, isMessageOver }]);
  });

  it.each([
    ['none', ''],
    ['a CallSid', '?call=CA1f'],
    ['an ID of another form', '?call=CO1'],
    ['two', `?call=${CALL_OUT}&call=${CALL_OUT}`],
    ['an ID with something behind', `?call=${CALL_OUT}0`],
  ])('[R4] refuses an outbound call whose address names %s', async (_, query) => {
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
  ])('[E5] reports a transfer that was %s as %s', async (status, transfer) => {
    const { ask, noted } = await stage();
    await ask('/voice/next', { ...CALL, CallStatus: 'in-progress', DialCallStatus: status });
    expect(noted).toMatchObject([{ transfer }]);
  });

  it('[R6] brings what came of a transfer along where Twilio is to ask again', async () => {
    const transfers: unknown[] = [];
    const { ask, noted } = await stage({
      onNext: async (_, __, transfer) => {
        transfers.push(transfer);
        return 'ask-again';
      },
    });
    const [again] = await ask('/voice/next', { ...CALL, CallStatus: 'in-progress', DialCallStatus: 'busy' });
    expect(again).toEqual({ verb: 'redirect', url: `${WEBHOOK_URL}/voice/next?transfer=busy${RETRIES}` });
    expect(await ask('/voice/next?transfer=busy', { ...CALL, CallStatus: 'in-progress' })).toEqual([again]);
    expect([transfers, noted]).toEqual([['busy', 'busy'], []]);
  });

  it('[R8] answers the same to the same request, and asks the relay once', async () => {
    const { ask, relayUrl, noted } = await stage();
    const url = `${WEBHOOK_URL}/voice/next`;
    const asked = async (token: string): Promise<string> => {
      const headers = {
        'X-Twilio-Signature': twilio.getExpectedTwilioSignature(TOKEN, url, CALL),
        'I-Twilio-Idempotency-Token': token,
      };
      const body = new URLSearchParams(CALL);
      const response = await fetch(`${relayUrl}/voice/next`, { method: 'POST', headers, body });
      return response.text();
    };
    expect(await asked('one')).toBe(await asked('one'));
    expect(noted).toHaveLength(1);
    await asked('two');
    expect(noted).toHaveLength(2);
    await ask('/voice/next', CALL);
    expect(noted).toHaveLength(3);
  });

  it('[R8] takes a request for signed whose address has a fragment, which nobody signs', async () => {
    const { ask, noted } = await stage();
    await ask(`/voice/status${RETRIES}`, { ...CALL, CallStatus: 'completed' });
    expect(noted).toMatchObject([{ callId: CALL_IN }]);
  });

  it('[E5] lets the human who answers a transfer hear about the call that the URL names', async () => {
    const { ask, noted } = await stage();
    expect(await ask(`/voice/whisper?call=${CALL_IN}`, { ...CALL, CallSid: 'CA2' })).toEqual([
      { verb: 'say', text: 'Ann calls.' },
    ]);
    await ask(`/voice/whisper?call=${CALL_OUT}`, { ...CALL, CallSid: 'CA2' });
    expect(await ask('/voice/whisper?call=..', CALL)).toEqual([{ verb: 'hangup' }]);
    expect(noted).toEqual([{ answered: CALL_IN }, { answered: CALL_OUT }]);
  });

  it('[R3] lets the human who answers a transfer wait for what they are to hear', async () => {
    const { ask } = await stage({
      onTransferAnswered: async () => {
        await Promise.resolve();
        return 'Bob calls.';
      },
    });
    expect(await ask(`/voice/whisper?call=${CALL_IN}`, CALL)).toEqual([{ verb: 'say', text: 'Bob calls.' }]);
  });

  it('passes on the query of the webhook as parameters, within bounds', async () => {
    const { ask, noted } = await stage();
    await ask(`/voice?campaign=spring%20sale&${'x'.repeat(300)}=1&twice=1&twice=2`, CALL);
    expect(noted).toMatchObject([{ parameters: { campaign: 'spring sale', ['x'.repeat(200)]: '1' } }]);
    expect(noted).not.toMatchObject([{ parameters: { twice: expect.anything() } }]);
  });

  it.each([
    ['queued', 'under-way'],
    ['initiated', 'under-way'],
    ['ringing', 'ringing'],
    ['in-progress', 'under-way'],
    ['busy', 'callee-busy'],
    ['no-answer', 'no-answer'],
    ['failed', 'unreachable'],
    ['canceled', 'canceled'],
    ['completed', 'no-stream'],
    ['something-new', 'under-way'],
  ])('[C5] reports the status %s as %s', async (word, status) => {
    const { ask, noted } = await stage();
    expect(await ask(`/voice/status?call=${CALL_OUT}`, { ...CALL, CallStatus: word })).toEqual([]);
    expect(await ask('/voice/status', { ...CALL, CallStatus: word })).toEqual([]);
    expect(noted).toEqual([
      { callId: CALL_OUT, sid: 'CA1f', status },
      { callId: CALL_IN, sid: 'CA1f', status },
    ]);
  });

  it('[E4] reports an error of the stream', async () => {
    const { ask, noted } = await stage();
    await ask('/voice/status', { ...CALL, StreamEvent: 'stream-error', StreamError: '31920' });
    expect(noted).toEqual([{ streamErrorOf: CALL_IN }]);
  });

  it('[O1] answers 403 to an unsigned request, and asks nobody', async () => {
    const { relayUrl, noted } = await stage();
    const paths = ['', '/next', '/status', '/whisper?call=CA1', '/outgoing?call=CO1', '/machine?call=CO1'];
    for (const path of paths.map((path) => `/voice${path}`)) {
      const response = await fetch(relayUrl + path, { method: 'POST', body: new URLSearchParams(CALL) });
      expect(response.status).toBe(403);
    }
    expect(noted).toEqual(Array(6).fill('webhook-unsigned'));
  });

  it('accepts a caller who withholds the number', async () => {
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
  ])('[R4] turns a call away unanswered whose CallSid is %s', async (_, form) => {
    const { ask, noted } = await stage();
    expect(await ask('/voice', form)).toEqual([{ verb: 'reject', reason: 'busy' }]);
    expect(await ask('/voice/next', form)).toEqual([{ verb: 'hangup' }]);
    expect(await ask('/voice/status', form)).toEqual([]);
    expect(noted).toEqual(['webhook-malformed', 'webhook-malformed', 'webhook-malformed']);
  });

  it('turns calls of another account away', async () => {
    const { ask, noted } = await stage({}, 'AC1');
    expect(await ask('/voice', { ...CALL, AccountSid: 'AC2' })).toEqual([{ verb: 'reject', reason: 'busy' }]);
    expect(noted).toEqual(['webhook-malformed']);
    expect(await ask('/voice', CALL)).toMatchObject([{ verb: 'connect' }]);
  });

  it('[E5] drops half an emoji and a control character from a transfer summary', async () => {
    const { ask, noted } = await stage({ onTransferAnswered: async () => 'Roses\u0000 \ud83d' });
    expect(await ask(`/voice/whisper?call=${CALL_IN}`, CALL)).toEqual([{ verb: 'say', text: 'Roses ' }]);
    expect(noted).toEqual([]);
  });

  it('answers a bug of ours with an apology, not with an application error', async () => {
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
    const apology = [{ verb: 'say', text: expect.stringContaining('sorry') }, { verb: 'hangup' }];
    expect(await ask('/voice', CALL)).toEqual(apology);
    expect(await ask('/voice/next', CALL)).toEqual(apology);
    expect(await ask('/voice/status', { ...CALL, CallStatus: 'completed' })).toEqual([]);
    expect(await ask(`/voice/outgoing?call=${CALL_OUT}`, CALL)).toEqual(apology);
    expect(await ask(`/voice/machine?call=${CALL_OUT}`, CALL)).toEqual([]);
    expect(noted).toEqual(Array(5).fill(new Error('a bug')));
  });
});

describe('the log of webhooks', () => {
  /** A request is logged once its answer is closed, which its sender does not see. */
  const logged = (log: WebhookLog, count: number) =>
    expect.poll(() => log.all.length, { timeout: 5_000, interval: 5 }).toBe(count);

  it('says what was asked and answered, with no whole number', async () => {
    const { ask, log } = await stage({}, 'AC1');
    await ask('/voice', { ...CALL, From: '+15551234567', CallStatus: 'ringing' });
    await ask('/voice/status', { ...CALL, From: 'sip:ann@example.com', CallStatus: 'completed' });
    await ask('/voice', { ...CALL, AccountSid: 'AC2' });
    await logged(log, 3);
    expect(log.all).toMatchObject([
      {
        route: '/voice',
        is: 'answered',
        refused: { kind: 'webhook-malformed', detail: 'not our AccountSid' },
        answer: 'Reject',
      },
      { route: '/voice/status', refused: null, answer: '', callStatus: 'completed', from: '' },
      {
        route: '/voice',
        refused: null,
        answer: 'Connect',
        callStatus: 'ringing',
        callId: CALL_IN,
        from: '4567',
      },
    ]);
    expect(JSON.stringify(log.all)).not.toMatch(/1234567|ann@/);
  });

  it('keeps the last twenty of Twilio, however many a stranger sends, and nothing that they wrote', async () => {
    const { ask, relayUrl, log } = await stage();
    for (let n = 0; n < 22; n++)
      await ask('/voice/status', { ...CALL, CallSid: `CA${n}`, CallStatus: 'completed' });
    for (let n = 0; n < 30; n++) {
      const answer = await fetch(`${relayUrl}/voice`, {
        method: 'POST',
        body: new URLSearchParams({ From: 'me' }),
      });
      await answer.body?.cancel();
    }
    await expect.poll(() => log.all.filter(({ is }) => is === 'refused').length).toBe(20);
    const signed = log.all.filter(({ is }) => is === 'answered');
    expect(signed).toHaveLength(20);
    expect(signed.at(-1)?.callId).toBe(inboundIdOf('CA2'));
    expect(log.all[0]).toMatchObject({
      is: 'refused',
      refused: { kind: 'webhook-unsigned', detail: 'no signature' },
      callStatus: '',
      callId: null,
      from: '',
    });
  });
});
