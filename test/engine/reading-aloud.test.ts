// Races and bounds that real sockets would show only by luck; what is heard in the end is in speech-requests.test.ts.
import { expect, test } from 'vitest';
import { ReadingAloud } from '../../src/engine/reading-aloud.ts';
import { coughOf } from '../../sandbox/tones.ts';
import { SteppedClock } from '../support/clock.ts';
import { PaperSpeech } from '../support/doubles.ts';

function onPaper() {
  const clock = new SteppedClock();
  const leaving = new AbortController();
  const speeches: PaperSpeech[] = [];
  const reading = new ReadingAloud({
    clock,
    signal: leaving.signal,
    openSpeech: (onEvent) => {
      const speech = new PaperSpeech(onEvent);
      speeches.push(speech);
      return speech;
    },
  });
  const [speech] = speeches;
  if (speech === undefined) throw new Error('no session was opened');
  return { clock, leaving, reading, speech };
}

const audio = (byte: number): string => Buffer.alloc(160, byte).toString('base64');

function done(segmentId: string, spoken: string | null) {
  return { type: 'segment-done', segmentId, outcome: 'completed', spoken } as const;
}

test('[T2] audio that arrives out of order is put in the order of the text', async () => {
  const { reading, speech } = onPaper();
  reading.say('One.');
  reading.say('Two.');
  const [one, two] = speech.asked.map(({ id }) => id);
  if (one === undefined || two === undefined) throw new Error('two segments were to be asked for');
  for (const [segmentId, byte] of [
    [two, 2],
    [one, 1],
    [two, 2],
  ] as const)
    speech.tell({ type: 'segment-audio', segmentId, audio: audio(byte) });
  speech.tell(done(two, 'Two.'));
  speech.tell(done(one, 'One.'));
  const read = await reading.finish();
  if (read.is !== 'spoken') throw new Error(read.detail);
  expect([...read.audio].filter((_, at) => at % 160 === 0)).toEqual([1, 2, 2]);
});

test.each([
  ['yes', ['One.', 'two']],
  ['no', ['One.', 'Twenty.']],
  ['unknown', ['One.', null]],
  ['no', ['Eleven.', null]],
] as const)('[T6] the verdict on all of it is %s', async (verbatim, spoken) => {
  const { reading, speech } = onPaper();
  reading.say('One.');
  reading.say('Two.');
  const read = reading.finish();
  for (const [at, { id }] of speech.asked.entries()) speech.tell(done(id, spoken[at] ?? null));
  expect(await read).toMatchObject({ is: 'spoken', verbatim });
});

test('a voice that is not done in time fails, and its session closes', async () => {
  const { clock, reading, speech } = onPaper();
  reading.say('One.');
  const read = reading.finish();
  clock.step(300_000);
  expect(await read).toMatchObject({ is: 'failed', why: 'timeout' });
  expect(speech.isClosed).toBe(true);
  reading.close();
  expect(clock.waiting).toBe(0);
});

test('a voice that never ends is cut off', async () => {
  const { reading, speech } = onPaper();
  reading.say('One.');
  const minute = coughOf(60_000).toString('base64');
  const segmentId = speech.asked[0]?.id ?? '';
  for (let minutes = 0; minutes < 16; minutes++)
    speech.tell({ type: 'segment-audio', segmentId, audio: minute });
  expect(await reading.finish()).toMatchObject({ is: 'failed', why: 'unavailable' });
  expect(speech.isClosed).toBe(true);
});

test('cancelled texts are left out, and so is their late audio', async () => {
  const { reading, speech } = onPaper();
  reading.say('One.');
  const one = speech.asked[0]?.id ?? '';
  reading.cancel();
  expect(speech.cancelled).toEqual([one]);
  reading.say('Two.');
  speech.tell({ type: 'segment-audio', segmentId: one, audio: audio(1) });
  speech.tell(done(one, 'One.'));
  const read = reading.finish();
  speech.speaks('Two.');
  expect(await read).toMatchObject({ is: 'spoken', verbatim: 'yes', audio: { length: 4 * 160 } });
});

test.each(['before', 'after'])('[E4] reading stops when the client leaves %s it began', async (when) => {
  const { clock, leaving, reading, speech } = onPaper();
  reading.say('One.');
  const read = reading.finish();
  if (when === 'after') speech.tell({ type: 'segment-audio', segmentId: 'e1', audio: audio(1) });
  leaving.abort();
  expect(await read).toMatchObject({ is: 'failed', why: 'left' });
  reading.close();
  expect([speech.isClosed, clock.waiting]).toEqual([true, 0]);
});
