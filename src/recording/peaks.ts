// How loud a recording is, stretch by stretch, for a picture of it. It reads the whole recording, a piece at a time, so that no
// piece holds up the audio of a call; pictures are made one after another, and the last few are remembered.
import PQueue from 'p-queue';
import alawmulaw from 'alawmulaw';
import type { Peaks } from '../call/stored-recording.ts';
import { MULAW_HEADER_BYTES } from '../call/wav.ts';
import { BYTES_PER_PAIR } from './two-sides.ts';
import type { WholeRecording } from './whole-recording.ts';

const MOST_WAITING = 10;
const MOST_REMEMBERED = 50;
const FULL_SCALE = 32_124;
/** By µ-law byte: percent of full scale. */
const LOUDNESS = Uint8Array.from(
  alawmulaw.mulaw.decode(Uint8Array.from({ length: 256 }, (_, byte) => byte)),
  (sample) => Math.round((Math.abs(sample) / FULL_SCALE) * 100),
);

export class PeaksMaker {
  readonly #queue = new PQueue({ concurrency: 1 });
  /** The oldest first. */
  readonly #made = new Map<string, Promise<Peaks>>();

  /** `key` names the recording as it is now. Rejects if the recording cannot be read. */
  async make(key: string, recording: WholeRecording, stretches: number): Promise<Peaks | 'busy'> {
    const name = `${key} ${recording.bytes} ${stretches}`;
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    if (this.#queue.size >= MOST_WAITING) return 'busy';
    const making = this.#queue.add(() => peaksOf(recording, stretches));
    this.#made.set(name, making);
    for (const oldest of this.#made.keys()) {
      if (this.#made.size <= MOST_REMEMBERED) break;
      this.#made.delete(oldest);
    }
    return making.catch((error: unknown) => {
      this.#made.delete(name);
      throw error;
    });
  }

  forget(key: string): void {
    for (const name of this.#made.keys()) if (name.startsWith(`${key} `)) this.#made.delete(name);
  }
}

export async function peaksOf(recording: WholeRecording, stretches: number): Promise<Peaks> {
  const { bytes } = recording;
  const pairs = (bytes - MULAW_HEADER_BYTES) / BYTES_PER_PAIR;
  const sides = [new Uint8Array(stretches), new Uint8Array(stretches)] as const;
  let byte = 0;
  for await (const chunk of recording.read(MULAW_HEADER_BYTES, bytes - 1)) {
    if (!Buffer.isBuffer(chunk)) continue;
    for (const sample of chunk) {
      const side = sides[(byte % BYTES_PER_PAIR) as 0 | 1];
      const stretch = Math.floor((Math.floor(byte / BYTES_PER_PAIR) * stretches) / pairs);
      const loudness = LOUDNESS[sample] ?? 0;
      if (loudness > (side[stretch] ?? 0)) side[stretch] = loudness;
      byte++;
    }
  }
  return { caller: [...sides[0]], agent: [...sides[1]] };
}
