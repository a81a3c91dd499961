// Plays a call's recording, and knows which instant of the call is heard. One side can be heard alone, and silence skipped.
import { computed, signal } from '@preact/signals';
import { afterSilence, instantAt, type Peaks, placeOf } from './recording-clock.ts';

export type Side = 'both' | 'caller' | 'agent';

/** `timeupdate` comes four times a second, too seldom to move a mark smoothly or to stop in time. */
const TICK_MS = 50;

export class Player {
  readonly audio: HTMLAudioElement;
  readonly peaks: Peaks;
  readonly #origin: number;
  #stopAtMs = Infinity;
  #timer = 0;
  #sides: { readonly caller: GainNode; readonly agent: GainNode } | null = null;

  readonly placeMs = signal(0);
  readonly isPlaying = signal(false);
  readonly side = signal<Side>('both');
  readonly rate = signal(1);
  readonly skipsSilence = signal(false);
  readonly problem = signal('');
  readonly instant = computed(() => instantAt(this.placeMs.value, this.peaks, this.#origin));

  /** `origin`: where a recording begins that does not tell it. */
  constructor(callId: string, peaks: Peaks, origin: number) {
    this.peaks = peaks;
    this.#origin = origin;
    this.audio = new Audio();
    this.audio.preload = 'metadata';
    this.audio.src = `/calls/${encodeURIComponent(callId)}/recording`;
    this.audio.addEventListener('play', () => this.#began());
    this.audio.addEventListener('pause', () => this.#paused());
    this.audio.addEventListener('seeked', () => this.#look());
    this.audio.addEventListener('error', () => {
      this.problem.value = 'The recording cannot be played.';
    });
  }

  toggle(): void {
    if (this.isPlaying.value) this.audio.pause();
    else void this.#play(Infinity);
  }

  /** From this instant of the call, to `until` if there is one. */
  playFrom(at: number, until: number | null = null): void {
    this.seek(placeOf(at, this.peaks, this.#origin));
    void this.#play(until === null ? Infinity : placeOf(until, this.peaks, this.#origin));
  }

  seek(placeMs: number): void {
    const place = Math.min(Math.max(0, placeMs), this.peaks.lengthMs);
    this.audio.currentTime = place / 1000;
    this.placeMs.value = place;
    this.#stopAtMs = Infinity;
  }

  placeOf(at: number): number {
    return placeOf(at, this.peaks, this.#origin);
  }

  hear(side: Side): void {
    this.side.value = side;
    this.#balance();
  }

  setRate(rate: number): void {
    this.rate.value = rate;
    this.audio.playbackRate = rate;
  }

  close(): void {
    clearInterval(this.#timer);
    this.audio.pause();
    this.audio.removeAttribute('src');
    void this.#context?.close();
  }

  #context: AudioContext | null = null;

  async #play(stopAtMs: number): Promise<void> {
    this.#stopAtMs = stopAtMs;
    this.#balance();
    // Refused only if another command came first.
    await this.audio.play().catch(() => {});
  }

  /** The sides are taken apart only once somebody wants to hear one alone. */
  #balance(): void {
    const side = this.side.value;
    if (this.#sides === null && side !== 'both') this.#sides = this.#takeApart();
    if (this.#sides === null) return;
    this.#sides.caller.gain.value = side === 'agent' ? 0 : 1;
    this.#sides.agent.gain.value = side === 'caller' ? 0 : 1;
  }

  #takeApart() {
    const context = new AudioContext();
    this.#context = context;
    const splitter = context.createChannelSplitter(2);
    const [caller, agent] = [context.createGain(), context.createGain()];
    context.createMediaElementSource(this.audio).connect(splitter);
    splitter.connect(caller, 0).connect(context.destination);
    splitter.connect(agent, 1).connect(context.destination);
    return { caller, agent };
  }

  #began(): void {
    this.isPlaying.value = true;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#look(), TICK_MS);
  }

  #paused(): void {
    this.isPlaying.value = false;
    clearInterval(this.#timer);
    this.#look();
  }

  #look(): void {
    const place = this.audio.currentTime * 1000;
    this.placeMs.value = place;
    if (place >= this.#stopAtMs) this.audio.pause();
    const next = this.skipsSilence.value && this.isPlaying.value ? afterSilence(place, this.peaks) : null;
    if (next !== null) this.audio.currentTime = next / 1000;
  }
}
