import { expect, it } from 'vitest';
import { MAX_PAYLOAD_CHARS, MediaReader } from '../../src/phone/media-message.ts';
import { randomFrom } from '../../sandbox/chaos/random.ts';

const SID = 'MZ1';
const FRAME = Buffer.from(Array.from({ length: 160 }, (_, n) => n)).toString('base64');
const reader = new MediaReader(SID);
const read = (message: object | string) =>
  reader.read(Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)));

const media = { track: 'inbound', chunk: '2', timestamp: '5', payload: FRAME };
const USUAL = { event: 'media', sequenceNumber: '4', streamSid: SID, media };
const ID_LAST = { event: 'media', sequenceNumber: '4', media, streamSid: SID };

it.each([
  ['before', USUAL],
  ['behind', ID_LAST],
])("reads the usual form with the stream's ID %s the audio", (_where, message) => {
  expect(read(message)).toEqual({ type: 'audio', audio: FRAME, timestampMs: 5 });
});

it.each([1, 2, 3, 159, 160])('reads %d bytes with the padding that they have', (bytes) => {
  const payload = Buffer.alloc(bytes, 0x7f).toString('base64');
  expect(read({ ...USUAL, media: { ...media, payload } })).toMatchObject({ audio: payload });
});

it.each([
  ['another stream', { ...USUAL, streamSid: 'MZ2' }],
  ['a stream whose ID begins alike', { ...USUAL, streamSid: 'MZ11' }],
  ['another event', { ...USUAL, event: 'mark' }],
  ['a further field', { ...USUAL, more: 1 }],
  ['a further field of the audio', { ...USUAL, media: { ...media, more: 1 } }],
  ['numbers as numbers', { ...USUAL, media: { ...media, timestamp: 5 } }],
  ['no timestamp', { ...USUAL, media: { ...media, timestamp: '' } }],
  ['a timestamp beyond exact numbers', { ...USUAL, media: { ...media, timestamp: '1234567890123' } }],
  ['the other track', { ...USUAL, media: { ...media, track: 'outbound' } }],
  ['no audio', { ...USUAL, media: { ...media, payload: '' } }],
  ['text that is not base64', { ...USUAL, media: { ...media, payload: 'AA"A' } }],
  ['padding in the middle', { ...USUAL, media: { ...media, payload: 'A=AA' } }],
  ['nothing but padding', { ...USUAL, media: { ...media, payload: '====' } }],
  ['half a group', { ...USUAL, media: { ...media, payload: 'AAAAAA' } }],
  ['too much audio', { ...USUAL, media: { ...media, payload: 'A'.repeat(MAX_PAYLOAD_CHARS + 4) } }],
  ['spaces', JSON.stringify(USUAL, null, 1)],
  ['what is not whole', JSON.stringify(USUAL).slice(0, -1)],
  ['what goes on behind', `${JSON.stringify(USUAL)} `],
  ['nothing', ''],
])('leaves %s to the parser', (_what, message) => {
  expect(read(message)).toBeNull();
});

it('reads nothing that JSON would read otherwise, whatever is changed in the message', () => {
  const random = randomFrom(12);
  const usual = [USUAL, ID_LAST].map((message) => Buffer.from(JSON.stringify(message)));
  let reads = 0;
  for (let n = 0; n < 20_000; n++) {
    const message = Buffer.from(usual[n % 2] ?? '');
    message[random.whole(0, message.length - 1)] = random.whole(0, 255);
    const event = reader.read(message);
    if (event === null) continue;
    reads += 1;
    const parsed: typeof USUAL = JSON.parse(message.toString());
    const { timestamp, payload } = parsed.media;
    expect(parsed.streamSid).toBe(SID);
    expect(event).toEqual({ type: 'audio', audio: payload, timestampMs: Number(timestamp) });
  }
  expect(reads).toBeGreaterThan(1_000);
});
