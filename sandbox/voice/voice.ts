// How the far ends speak, and how they are understood. The tones are the truth of every test; a voice that people understand
// takes their place where somebody listens.
import { soundOf, ToneListener } from '../tones.ts';

/** Reads text back out of sound, whatever the size of the pieces it comes in. */
export interface Listener {
  hear(audio: Uint8Array): void;
  /** Ends what is still sounding, as silence would. */
  pause(): void;
  /** All that was heard so far. */
  readonly text: string;
}

export interface Voice {
  /** µ-law, 8000 Hz. */
  soundOf(text: string): Buffer | Promise<Buffer>;
  newListener(): Listener;
}

export const TONES: Voice = { soundOf, newListener: () => new ToneListener() };
