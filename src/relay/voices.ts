// The voices of all profiles: dials speech for calls, and synthesises the fixed lines once at the start. Each dial also
// shows whether Realtime can be reached.
import { type FixedLineSounds, synthesise } from '../call/fixed-lines.ts';
import type { Clock, Speech, SpeechEvent } from '../call/ports.ts';
import type { Config } from '../config/environment.ts';
import { type Profile, type Profiles, soundKey } from '../config/profiles.ts';
import { linesOf, speechOf } from './call-setup.ts';
import { RingingVoices, type RingingVoicesParts } from './ringing-voices.ts';
import { openSpeech } from '../speech/speech.ts';

const RETRY_MS = 15_000;
/** R9: for this long after a model brought no transcripts, further calls begin with the other. */
const REMEMBER_MS = 10 * 60_000;

export interface VoicesParts {
  readonly config: Config;
  readonly profiles: Profiles;
  readonly clock: Clock;
  readonly profileOf: RingingVoicesParts['profileOf'];
  /** `reason` holds no secret. */
  readonly onUnreachable: (reason: string) => void;
}

export class Voices {
  /** For outbound calls that were not answered yet. */
  readonly ringing: RingingVoices;
  /** Resolves after the first attempt to synthesise the fixed lines, whether it succeeded or not. */
  readonly warmed: Promise<void>;
  readonly #warmed = Promise.withResolvers<void>();
  readonly #parts: VoicesParts;
  /** Synthesised lines by `soundKey`: profiles that sound alike share them. */
  readonly #sounds: ReadonlyMap<string, FixedLineSounds>;
  #isThere = false;
  /** What replaced the configured transcription model, for how long. */
  #transcriber = { model: '', until: 0 };
  #isClosed = false;
  #cancelRetry = (): void => {};

  constructor(parts: VoicesParts) {
    this.#parts = parts;
    this.#sounds = new Map(parts.profiles.all.map((profile) => [soundKey(profile), new Map()]));
    this.warmed = this.#warmed.promise;
    const { clock, profileOf, profiles } = parts;
    this.ringing = new RingingVoices({
      clock,
      profileOf,
      dial: (name, onEvent) =>
        this.dial(profiles.all.find((one) => one.name === name) ?? profiles.default, onEvent),
    });
  }

  /** Whether the last dial reached Realtime. */
  get isThere(): boolean {
    return this.#isThere;
  }

  soundsOf(profile: Profile): FixedLineSounds {
    return this.#sounds.get(soundKey(profile)) ?? new Map();
  }

  dial(profile: Profile, onEvent: (event: SpeechEvent) => void): Speech {
    const { config, clock } = this.#parts;
    const options = speechOf(config, profile, clock);
    const { model, until } = this.#transcriber;
    const transcriptionModel = clock.now() < until ? model : options.transcriptionModel;
    const hear = (event: SpeechEvent): void => {
      if (event.type === 'transcriber-replaced')
        this.#transcriber = { model: event.by, until: clock.now() + REMEMBER_MS };
      onEvent(event);
    };
    return openSpeech({ ...options, transcriptionModel }, hear, (isThere) => {
      this.#isThere = isThere;
      // A relay that is not ready receives no calls, so only this dials again.
      if (!isThere) this.#warmLater();
    });
  }

  /** Synthesises the fixed lines that are still missing. */
  async warm(): Promise<void> {
    const { config, profiles, onUnreachable } = this.#parts;
    const isPending = (profile: Profile): boolean =>
      Object.values(linesOf(config, profile)).some(
        (text) => text !== '' && !this.soundsOf(profile).has(text),
      );
    const pending = profiles.all.filter(isPending);
    for (const profile of pending.length === 0 ? [profiles.default] : pending) {
      const dial = (onEvent: (event: SpeechEvent) => void): Speech => this.dial(profile, onEvent);
      const problem = await synthesise(linesOf(config, profile), this.soundsOf(profile), dial);
      if (problem === null) continue;
      onUnreachable(problem);
      break;
    }
    this.#warmed.resolve();
  }

  close(): void {
    this.#isClosed = true;
    this.ringing.close();
    this.#cancelRetry();
  }

  #warmLater(): void {
    this.#cancelRetry();
    if (this.#isClosed) return;
    this.#cancelRetry = this.#parts.clock.after(RETRY_MS, () => void this.warm());
  }
}
