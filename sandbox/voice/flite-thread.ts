// Reads texts aloud by flite, as WebAssembly, in a thread of its own: a sentence takes up to 300 ms, and audio must not wait for
// it. flite writes WAV files, so each goes through a folder that is removed with the thread.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WASI } from 'node:wasi';
import { parentPort, workerData } from 'node:worker_threads';
import { mulawByte } from '../../src/pages/browser/talk/mulaw.ts';
import { Resampler } from '../../src/pages/browser/talk/resampler.ts';

// Node's own; its types come with lib.dom only.
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: object): Promise<object>;
};

const VOICE = 'slt';
const VOICE_RATE = 16_000;
const TELEPHONE_RATE = 8_000;
const TAPS = 64;
const HEADER_BYTES = 44;

const folder = mkdtempSync(join(tmpdir(), 'patchcord-voice-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const flite = await WebAssembly.compile(readFileSync(String(workerData)));

async function read(text: string): Promise<Uint8Array> {
  const log = openSync(join(folder, 'log'), 'w');
  try {
    const wasi = new WASI({
      version: 'preview1',
      args: ['flite', '-voice', VOICE, '-t', text, '-o', '/out/speech.wav'],
      preopens: { '/out': folder },
      returnOnExit: true,
      stdout: log,
      stderr: log,
    });
    const code = wasi.start(await WebAssembly.instantiate(flite, { ...wasi.getImportObject() }));
    if (code !== 0) throw new Error(`flite ended with ${code}`);
  } finally {
    closeSync(log);
  }
  const pcm = readFileSync(join(folder, 'speech.wav')).subarray(HEADER_BYTES);
  const samples = Float32Array.from({ length: pcm.length >> 1 }, (_, at) => pcm.readInt16LE(at * 2) / 32_768);
  // The filter still holds the end of the last word.
  const whole = new Float32Array(samples.length + 4 * TAPS);
  whole.set(samples);
  return Uint8Array.from(new Resampler(VOICE_RATE, TELEPHONE_RATE, TAPS).push(whole), mulawByte);
}

parentPort?.on('message', ({ id, text }: { id: number; text: string }) => {
  read(text).then(
    (sound) => parentPort?.postMessage({ id, sound }),
    () => parentPort?.postMessage({ id, sound: null }),
  );
});
