import { describe, expect, it } from 'vitest';
import { twimlFor } from '../../src/phone/twiml.ts';
import { phoneUrls } from '../../src/phone/urls.ts';
import { readTwiml } from '../../sandbox/twilio/twiml.ts';

const urls = phoneUrls('https://relay.example');
const CALL = 'CA1';
const CALL_OUT = `CO${'0f'.repeat(16)}`;

describe('TwiML', () => {
  it('[E2] [O3] connects the stream, with what to ask when it ends and the token of the call', () => {
    expect(twimlFor({ type: 'connect', callId: CALL, token: 'a.b-c_d' }, urls)).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response>' +
        '<Connect action="https://relay.example/voice/next" method="POST">' +
        '<Stream url="wss://relay.example/media-stream" statusCallback="https://relay.example/voice/status">' +
        '<Parameter name="token" value="a.b-c_d"/></Stream></Connect></Response>',
    );
  });

  it('[R5] turns a call away before it is answered', () => {
    expect(readTwiml(twimlFor({ type: 'busy' }, urls))).toEqual([{ verb: 'reject', reason: 'busy' }]);
  });

  it('[E1] transfers, and lets whoever answers be told first', () => {
    const answer = { type: 'transfer', callId: CALL, to: '+15550100', say: '', callerId: null } as const;
    const dial = {
      verb: 'dial',
      action: 'https://relay.example/voice/next',
      number: '+15550100',
      callerId: null,
      timeoutS: 25,
      whisperUrl: 'https://relay.example/voice/whisper?call=CA1',
    };
    expect(readTwiml(twimlFor(answer, urls))).toEqual([dial]);
    const say = 'I am connecting you.';
    expect(readTwiml(twimlFor({ ...answer, say }, urls))).toEqual([{ verb: 'say', text: say }, dial]);
    expect(readTwiml(twimlFor({ type: 'whisper', text: 'Ann.' }, urls))).toEqual([
      { verb: 'say', text: 'Ann.' },
    ]);
    expect(readTwiml(twimlFor({ type: 'whisper', text: '' }, urls))).toEqual([]);
  });

  it.for<[what: string, text: string, said: string]>([
    ['a control character', 'Ann\u0000 calls\u001b about roses.', 'Ann calls about roses.'],
    ['half an emoji', 'Ann calls about roses \ud83d', 'Ann calls about roses '],
    ['a noncharacter', 'Ann\ufffe calls\uffff.', 'Ann calls.'],
    ['a whole emoji', 'Ann 💐', 'Ann 💐'],
  ])('[E1] leaves out what XML cannot carry: %s', ([, text, said]) => {
    expect(readTwiml(twimlFor({ type: 'whisper', text }, urls))).toEqual([{ verb: 'say', text: said }]);
  });

  it('[E1] presses keys and connects the stream again', () => {
    const answer = { type: 'send-digits', callId: CALL, digits: '1w2#', token: 'again' } as const;
    const verbs = readTwiml(twimlFor(answer, urls));
    expect(verbs).toMatchObject([
      { verb: 'play-digits', digits: '1w2#' },
      { verb: 'connect', parameters: { token: 'again' } },
    ]);
  });

  it('[R2] has Twilio ask again in a second', () => {
    expect(readTwiml(twimlFor({ type: 'ask-again', callId: CALL }, urls))).toEqual([
      { verb: 'pause', seconds: 1 },
      { verb: 'redirect', url: 'https://relay.example/voice/next' },
    ]);
  });

  it('names a call out in every address, and nothing of it in the stream but the token', () => {
    const [connect] = readTwiml(twimlFor({ type: 'connect', callId: CALL_OUT, token: 't' }, urls));
    expect(connect).toEqual({
      verb: 'connect',
      action: `https://relay.example/voice/next?call=${CALL_OUT}`,
      streamUrl: 'wss://relay.example/media-stream',
      statusCallback: `https://relay.example/voice/status?call=${CALL_OUT}`,
      parameters: { token: 't' },
    });
    const keys = { type: 'send-digits', callId: CALL_OUT, digits: '1', token: 't' } as const;
    expect(readTwiml(twimlFor(keys, urls))[1]).toEqual(connect);
    expect(readTwiml(twimlFor({ type: 'ask-again', callId: CALL_OUT }, urls))).toMatchObject([
      { verb: 'pause' },
      { verb: 'redirect', url: `https://relay.example/voice/next?call=${CALL_OUT}` },
    ]);
    const transfer = {
      type: 'transfer',
      callId: CALL_OUT,
      to: '+15550100',
      say: '',
      callerId: '+15550002222',
    };
    expect(readTwiml(twimlFor({ ...transfer, type: 'transfer' }, urls))).toMatchObject([
      {
        action: `https://relay.example/voice/next?call=${CALL_OUT}`,
        whisperUrl: `https://relay.example/voice/whisper?call=${CALL_OUT}`,
        callerId: '+15550002222',
      },
    ]);
  });

  it('hangs up', () => {
    expect(readTwiml(twimlFor({ type: 'hang-up' }, urls))).toEqual([{ verb: 'hangup' }]);
  });

  it('says a last word, whatever characters are in it', () => {
    const text = 'Sorry & "good-bye" <soon> – Jörg';
    expect(readTwiml(twimlFor({ type: 'say-and-hang-up', text }, urls))).toEqual([
      { verb: 'say', text },
      { verb: 'hangup' },
    ]);
  });
});
