// Push to talk, and another microphone in the middle of a talk. Every microphone plays the same question again and again, so
// what the relay hears says only when it was let through.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/call/system-clock.ts';
import { smoothSoundOf } from '../../../sandbox/tones.ts';
import { aStage } from '../stage.ts';
import { MICROPHONE_RATE, quiet, waveOf } from './microphone.ts';

const folder = mkdtempSync(join(tmpdir(), 'patchcord-microphone-'));
afterAll(() => rmSync(folder, { recursive: true }));
const wav = join(folder, 'microphone.wav');
writeFileSync(wav, waveOf([smoothSoundOf('When are you open?', MICROPHONE_RATE), quiet(1_500)]));

const { open, sandbox } = aStage({ clock: systemClock }, [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  `--use-file-for-fake-audio-capture=${wav}`,
]);

it('lets the microphone through only while Space is held, and goes on with another microphone', async (context) => {
  const page = await open(context, '/talk');
  await page.evaluate(`
    globalThis.opened = [];
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = (wanted) => {
      opened.push(wanted.audio.deviceId?.exact ?? '');
      return open(wanted);
    };
  `);
  const times = (type: string): number => sandbox().events.filter((event) => event.type === type).length;
  const happens = (type: string, n: number) =>
    vi.waitFor(() => expect([type, times(type) >= n]).toEqual([type, true]), 30_000);
  /** Resolves once the caller was heard once more. */
  const speaksWhileHeld = async (): Promise<void> => {
    const before = times('caller-began-speaking');
    await page.keyboard.down('Space');
    await page.getByRole('button', { name: 'Talking …', pressed: true }).waitFor();
    await happens('caller-began-speaking', before + 1);
    await page.keyboard.up('Space');
    await page.getByRole('button', { name: 'Hold to talk', pressed: false }).waitFor();
    await happens('caller-stopped-speaking', before + 1);
  };

  await page.getByText('You speak.').click();
  await page.getByText('Remove echo and noise').click();
  await page.getByText('Push to talk').click();
  await page.getByRole('button', { name: 'Call', exact: true }).click();
  await happens('greeting-heard', 1);
  expect(times('caller-began-speaking')).toBe(0);
  await speaksWhileHeld();

  await page.getByText('Devices').click();
  const picker = page.getByRole('combobox', { name: 'Microphone' });
  await picker.selectOption({ label: 'Fake Audio Input 2' });
  await expect.poll(() => page.evaluate('opened')).toEqual(['', await picker.inputValue()]);
  await speaksWhileHeld();
  await page.getByRole('button', { name: 'Hang up' }).click();
  await page.getByText('The talk is over').waitFor();
});
