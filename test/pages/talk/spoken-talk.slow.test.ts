// A spoken talk in a real browser: its microphone plays the sandbox's tones, once, from the moment in which it is opened. What
// the relay understands went through the browser's sound, our worklet and the socket. One file, one microphone.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import type { CallEvent } from '../../../src/call/call.ts';
import { systemClock } from '../../../src/call/system-clock.ts';
import { RATE } from '../../../src/pages/browser/talk/mulaw.ts';
import { smoothSoundOf } from '../../../sandbox/tones.ts';
import { aStage } from '../stage.ts';
import { MICROPHONE_RATE, quiet, waveOf } from './microphone.ts';

const QUESTION = 'Tell me about your shop.';
const INTERRUPTION = 'Stop. What do roses cost, please?';

const folder = mkdtempSync(join(tmpdir(), 'patchcord-microphone-'));
afterAll(() => rmSync(folder, { recursive: true }));
const wav = join(folder, 'microphone.wav');
writeFileSync(
  wav,
  waveOf([
    quiet(4_000),
    smoothSoundOf(QUESTION, MICROPHONE_RATE),
    // The reply takes more than five seconds; the cough comes into it, and so do the words.
    quiet(1_800),
    cough(160),
    quiet(1_200),
    smoothSoundOf(INTERRUPTION, MICROPHONE_RATE),
    quiet(30_000),
  ]),
);

const { open, sandbox } = aStage({ clock: systemClock }, [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  `--use-file-for-fake-audio-capture=${wav}%noloop`,
]);

it('[W5] [B2] [B3] is understood to the letter; a cough holds the reply, and words interrupt it', async (context) => {
  const page = await open(context, '/talk');
  await page.getByText('You speak.').click();
  // The browser's own removal of noise takes tones for it.
  await page.getByText('Remove echo and noise').click();
  await page.getByRole('button', { name: 'Call', exact: true }).click();
  const happened = <T extends CallEvent['type']>(type: T, n = 1) =>
    vi.waitFor(() => {
      const found = sandbox().events.filter((event) => event.type === type)[n - 1];
      if (found === undefined) throw new Error(`not yet ${n} × ${type}`);
      return found as Extract<CallEvent, { type: T }>;
    }, 30_000);
  await happened('greeting-heard');
  expect(await happened('caller-said')).toMatchObject({ transcript: QUESTION });
  await happened('reply-resumed');
  expect(await happened('caller-said', 2)).toMatchObject({ transcript: INTERRUPTION });
  const { outcome, said, heard } = await happened('turn-finished');
  expect(outcome).toBe('interrupted');
  expect(heard).not.toBe('');
  expect(said.startsWith(heard)).toBe(true);
  expect(heard.length).toBeLessThan(said.length);
  const last = await happened('turn-finished', 2);
  expect(last).toMatchObject({ outcome: 'done', heard: last.said });
  await page.getByRole('list', { name: 'Conversation' }).getByText(INTERRUPTION).waitFor();
  await page.getByRole('button', { name: 'Hang up' }).click();
  await page.getByText('The talk is over').waitFor();
});

/** Noise that a telephone carries. */
function cough(ms: number): Float32Array {
  const perSample = MICROPHONE_RATE / RATE;
  const noise = quiet(ms).map(() => Math.random() - 0.5);
  return noise.map((_, at) => noise[at - (at % perSample)] ?? 0);
}
