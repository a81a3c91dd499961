// How a sound is fed to a session, by a clock that stands still; what is understood is in speech-requests.test.ts.
import { expect, test } from 'vitest';
import { type Heard, transcribe } from '../../src/engine/hearing.ts';
import { coughOf } from '../../sandbox/tones.ts';
import { SteppedClock } from '../support/clock.ts';
import { PaperSpeech, settled } from '../support/doubles.ts';

const PIECE = Buffer.from(coughOf(200));

function onPaper(pieces: number) {
  const clock = new SteppedClock();
  const leaving = new AbortController();
  const speeches: PaperSpeech[] = [];
  let heard: Heard | null = null;
  void transcribe({
    clock,
    vadSilenceMs: 500,
    signal: leaving.signal,
    sound: () => Array.from({ length: pieces }, () => PIECE),
    openSpeech: (onEvent) => {
      const speech = new PaperSpeech(onEvent);
      speeches.push(speech);
      return speech;
    },
  }).then((how) => (heard = how));
  /** Lets so much time pass, and whatever comes of it happen. */
  const passes = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 20) {
      clock.step(20);
      await settled();
    }
  };
  const latest = (): PaperSpeech => {
    const speech = speeches.at(-1);
    if (speech === undefined) throw new Error('no session was opened');
    return speech;
  };
  return { clock, leaving, speeches, latest, passes, result: () => heard };
}

test('feeds only once the session is ready, and no faster than it accepts', async () => {
  const { latest, passes } = onPaper(500);
  await passes(1_000);
  expect(latest().heardMs).toBe(0);
  latest().tell({ type: 'ready' });
  await passes(2_000);
  expect(latest().heardMs).toBeGreaterThan(15_000);
  expect(latest().heardMs).toBeLessThanOrEqual(20_200);
});

test('silence follows until every utterance is closed', async () => {
  const { latest, passes, result } = onPaper(5);
  latest().tell({ type: 'ready' });
  await settled();
  const utteranceId = latest().beginsSpeech();
  await passes(200);
  expect(latest().heardMs).toBe(1_000 + 1_000);
  await passes(2_200);
  expect(latest().heardMs).toBe(1_000 + 3 * 1_000);
  expect(result()).toBeNull();
  latest().transcribes('Hello', utteranceId);
  await passes(1_400);
  expect(result()).toBeNull();
  await passes(300);
  expect(result()).toEqual({ is: 'heard', text: 'Hello', unclear: 0 });
  expect(latest().isClosed).toBe(true);
});

test('waits for a late transcript', async () => {
  const { latest, passes, result } = onPaper(1);
  latest().tell({ type: 'ready' });
  await passes(1_400);
  const utteranceId = latest().beginsSpeech();
  await passes(3_000);
  expect(result()).toBeNull();
  latest().transcribes('Hello', utteranceId);
  await passes(1_700);
  expect(result()).toMatchObject({ text: 'Hello' });
});

test('a session that never transcribes fails after a minute', async () => {
  const { clock, latest, passes, result } = onPaper(1);
  latest().tell({ type: 'ready' });
  await settled();
  latest().beginsSpeech();
  await passes(59_900);
  expect(result()).toBeNull();
  await passes(200);
  expect(result()).toMatchObject({ is: 'failed', why: 'timeout' });
  expect([latest().isClosed, clock.waiting]).toEqual([true, 0]);
});

test('[R1] after a lost session a new one hears the whole recording, once', async () => {
  const { speeches, latest, passes, result } = onPaper(5);
  latest().tell({ type: 'ready' });
  await passes(20);
  latest().transcribes('Half');
  latest().tell({ type: 'away', reason: 'closed-1006' });
  await settled();
  expect(speeches.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  latest().tell({ type: 'ready' });
  await passes(200);
  expect(latest().heardMs).toBe(2_000);
  latest().transcribes('All of it');
  await passes(1_700);
  expect(result()).toEqual({ is: 'heard', text: 'All of it', unclear: 0 });
});

test('[E4] hearing stops when the client leaves', async () => {
  const { clock, leaving, latest, passes, result } = onPaper(50);
  latest().tell({ type: 'ready' });
  await passes(100);
  const fed = latest().heard.length;
  leaving.abort();
  await passes(200);
  expect(latest().heard).toHaveLength(fed);
  expect(result()).toMatchObject({ is: 'failed', why: 'left' });
  expect([latest().isClosed, clock.waiting]).toEqual([true, 0]);
});
