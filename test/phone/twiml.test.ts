import { describe, expect, it } from 'vitest';
import { inboundIdOf } from '../../src/call/call-id.ts';
import { type TwimlCall, twimlFor, whisperTwiml } from '../../src/phone/twiml.ts';
import { phoneUrls, RETRIES } from '../../src/phone/urls.ts';
import { readTwiml } from '../../sandbox/twilio/twiml.ts';

const urls = phoneUrls('https://relay.example');
const INBOUND: TwimlCall = { id: inboundIdOf('CA1'), callerId: null, token: () => 'a.b-c_d', again: '' };
const OUTBOUND: TwimlCall = {
  id: `CO${'0f'.repeat(16)}`,
  callerId: '+15550002222',
  token: () => 't',
  again: '',
};
const TRANSFER = {
  type: 'transfer',
  to: '+15550100',
  summary: 'Ann calls.',
  say: '',
  otherwise: null,
} as const;

describe('TwiML', () => {
  it('[E2] [O3] connects the stream, with what to ask when it ends and the token of the call', () => {
    expect(twimlFor('connect', INBOUND, urls)).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response>' +
        '<Connect action="https://relay.example/voice/next#rc=2&amp;rp=ct,rt,5xx" method="POST">' +
        '<Stream url="wss://relay.example/media-stream" statusCallback="https://relay.example/voice/status#rc=2&amp;rp=ct,rt,5xx">' +
        '<Parameter name="token" value="a.b-c_d"/></Stream></Connect></Response>',
    );
  });

  it('[R5] turns a call away before it is answered', () => {
    expect(readTwiml(twimlFor('busy', INBOUND, urls))).toEqual([{ verb: 'reject', reason: 'busy' }]);
  });

  it('[E5] transfers, and asks what the human who answers is to hear', () => {
    const dial = {
      verb: 'dial',
      action: `https://relay.example/voice/next${RETRIES}`,
      number: '+15550100',
      callerId: null,
      timeoutS: 25,
      whisperUrl: `https://relay.example/voice/whisper?call=${INBOUND.id}${RETRIES}`,
    };
    expect(readTwiml(twimlFor(TRANSFER, INBOUND, urls))).toEqual([dial]);
    const say = 'I am connecting you.';
    expect(readTwiml(twimlFor({ ...TRANSFER, say }, INBOUND, urls))).toEqual([
      { verb: 'say', text: say },
      dial,
    ]);
  });

  it('[E5] lets the human who answers a transfer hear a summary, or nothing', () => {
    expect(readTwiml(whisperTwiml('Ann.'))).toEqual([{ verb: 'say', text: 'Ann.' }]);
    expect(readTwiml(whisperTwiml(''))).toEqual([]);
  });

  it.for<[what: string, text: string, said: string]>([
    ['a control character', 'Ann\u0000 calls\u001b about roses.', 'Ann calls about roses.'],
    ['half an emoji', 'Ann calls about roses \ud83d', 'Ann calls about roses '],
    ['a noncharacter', 'Ann\ufffe calls\uffff.', 'Ann calls.'],
    ['a whole emoji', 'Ann 💐', 'Ann 💐'],
    ['markup', 'Sorry & "good-bye" <soon> – Jörg', 'Sorry & "good-bye" <soon> – Jörg'],
  ])('[E5] says only what XML can carry: %s', ([, text, said]) => {
    expect(readTwiml(whisperTwiml(text))).toEqual([{ verb: 'say', text: said }]);
  });

  it('[E5] presses keys and connects the stream again', () => {
    const verbs = readTwiml(twimlFor({ type: 'send-digits', digits: '1w2#' }, INBOUND, urls));
    expect(verbs).toMatchObject([
      { verb: 'play-digits', digits: '1w2#' },
      { verb: 'connect', parameters: { token: 'a.b-c_d' } },
    ]);
  });

  it('[R6] has Twilio ask again, without answering a call that still rings', () => {
    const again = 'https://relay.example/voice?shop=2';
    expect(readTwiml(twimlFor('ask-again', { ...INBOUND, again }, urls))).toEqual([
      { verb: 'redirect', url: again },
    ]);
  });

  it('names an outbound call in every address, and nothing of it in the stream but the token', () => {
    const [connect] = readTwiml(twimlFor('connect', OUTBOUND, urls));
    expect(connect).toEqual({
      verb: 'connect',
      action: `https://relay.example/voice/next?call=${OUTBOUND.id}${RETRIES}`,
      streamUrl: 'wss://relay.example/media-stream',
      statusCallback: `https://relay.example/voice/status?call=${OUTBOUND.id}${RETRIES}`,
      parameters: { token: 't' },
    });
    const keys = twimlFor({ type: 'send-digits', digits: '1' }, OUTBOUND, urls);
    expect(readTwiml(keys)[1]).toEqual(connect);
    expect(readTwiml(twimlFor(TRANSFER, OUTBOUND, urls))).toMatchObject([
      {
        action: `https://relay.example/voice/next?call=${OUTBOUND.id}${RETRIES}`,
        whisperUrl: `https://relay.example/voice/whisper?call=${OUTBOUND.id}${RETRIES}`,
        callerId: '+15550002222',
      },
    ]);
  });

  it('hangs up', () => {
    expect(readTwiml(twimlFor('hang-up', INBOUND, urls))).toEqual([{ verb: 'hangup' }]);
  });

  it('[E6] apologises before it hangs up', () => {
    expect(readTwiml(twimlFor('apologise', INBOUND, urls))).toEqual([
      { verb: 'say', text: expect.stringContaining('sorry') },
      { verb: 'hangup' },
    ]);
  });
});
