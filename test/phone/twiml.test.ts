import { describe, expect, it } from 'vitest';
import { twimlFor } from '../../src/phone/twiml.ts';
import { phoneUrls } from '../../src/phone/urls.ts';
import { readTwiml } from '../../src/sandbox/twilio/twiml.ts';

const urls = phoneUrls('https://relay.example');

describe('TwiML', () => {
  it('[E2] [O3] connects the stream, with what to ask when it ends and the token of the call', () => {
    expect(twimlFor({ type: 'connect', token: 'a.b-c_d' }, urls)).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response>' +
        '<Connect action="https://relay.example/voice/next" method="POST">' +
        '<Stream url="wss://relay.example/media-stream" statusCallback="https://relay.example/voice/status">' +
        '<Parameter name="token" value="a.b-c_d"/></Stream></Connect></Response>',
    );
  });

  it('[R5] turns a call away before it is answered', () => {
    expect(readTwiml(twimlFor({ type: 'busy' }, urls))).toEqual([{ verb: 'reject', reason: 'busy' }]);
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
