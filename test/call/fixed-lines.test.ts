import { expect, it } from 'vitest';
import { fixedLineTexts, type FixedLineSounds, synthesise } from '../../src/call/fixed-lines.ts';
import { PaperSpeech } from '../support/doubles.ts';

function synthesising(sounds: FixedLineSounds = new Map()) {
  const texts = fixedLineTexts('Hi.');
  const { promise, resolve } = Promise.withResolvers<PaperSpeech>();
  const done = synthesise(texts, sounds, (onEvent) => {
    const speech = new PaperSpeech(onEvent);
    resolve(speech);
    return speech;
  });
  return { texts, sounds, done, opened: promise };
}

it('[O5] every fixed line is asked for once, kept, and its session closed', async () => {
  const { texts, sounds, done, opened } = synthesising();
  const speech = await opened;
  const wanted = Object.values(texts).filter((text) => text !== '');
  expect(speech.asked.map(({ text }) => text)).toEqual(wanted);
  speech.speaks();
  expect(await done).toBeNull();
  expect(wanted.filter((text) => sounds.get(text) === undefined)).toEqual([]);
  expect(speech.isClosed).toBe(true);

  const again = synthesising(sounds);
  const nothingToDo = await again.opened;
  expect(nothingToDo.asked).toEqual([]);
  nothingToDo.tell({ type: 'ready' });
  expect(await again.done).toBeNull();
});

it('[O5] [T6] a line that was not read as written is left for the call that needs it', async () => {
  const { texts, sounds, done, opened } = synthesising();
  const speech = await opened;
  const [greeting] = speech.asked.splice(0, 1);
  speech.tell({
    type: 'segment-done',
    segmentId: greeting?.id ?? '',
    outcome: 'completed',
    spoken: 'Hello!',
  });
  speech.speaks();
  expect(await done).toBeNull();
  expect(sounds.get(texts.greeting)).toBeUndefined();
  expect(sounds.get(texts.apology)).toBeDefined();
});

it('a voice that cannot be reached is said', async () => {
  const { done, opened } = synthesising();
  (await opened).tell({ type: 'lost', reason: 'http-401' });
  expect(await done).toBe('http-401');
});
