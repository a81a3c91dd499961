// Reports the caller's utterances to the call, whichever session heard them. What one session had begun to hear
// and did not transcribe, the next hears again, and it takes the place of the first: the call learns of it once, by the
// name it knows. What was transcribed is behind us, and its audio is never sent to another session.
import { BYTES_PER_MS } from '../call/mulaw.ts';
import type { Base64Audio, Clock, SpeechEvent } from '../call/ports.ts';
import type { KeptAudio } from './kept-audio.ts';
import type { HearingEvent } from './realtime-wire.ts';
import { OVERDUE_MS, TranscriptOrder } from './transcript-order.ts';

export type UtteranceEvent = Extract<
  SpeechEvent,
  { type: 'speech-started' | 'speech-stopped' | 'words' | 'utterance' }
>;

/** As far back as a socket may have been dead before that is noticed, and a little more for the VAD to begin. */
const QUIET_KEPT_BYTES = 8_000 * BYTES_PER_MS;

/** So much before an utterance is kept with it; of a quiet caller, another process hears it again: they may just have begun. */
const LATEST_BYTES = 1_000 * BYTES_PER_MS;

/** Noise is often transcribed as "." or "…". */
const WORD = /[\p{L}\p{N}]/u;

interface Begun {
  /** By which the call knows it. */
  readonly id: string;
  readonly startAt: number;
  endAt: number | null;
  hasStopped: boolean;
  hasWords: boolean;
}

export class Utterances {
  readonly #clock: Clock;
  readonly #kept: KeptAudio;
  readonly #onEvent: (event: UtteranceEvent) => void;
  readonly #order: TranscriptOrder;
  /** Of this session, by its items. */
  readonly #begun = new Map<string, Begun>();
  /** The item that is not committed yet. */
  #open: string | null = null;
  /** What former sessions began, until this one hears it again. */
  #unheard: Begun[] = [];
  /** The place at which this session's audio began. */
  #base = 0;
  #settledTo = 0;
  #stopWaiting = (): void => {};
  readonly #vadSilenceMs: number;

  /** `vadSilenceMs`: the silence by which the VAD recognises an end; it counts it in. */
  constructor(clock: Clock, kept: KeptAudio, vadSilenceMs: number, onEvent: (event: UtteranceEvent) => void) {
    this.#clock = clock;
    this.#vadSilenceMs = vadSilenceMs;
    this.#kept = kept;
    this.#onEvent = onEvent;
    this.#order = new TranscriptOrder(clock, (itemId, transcript, isOverdue) =>
      this.#settle(itemId, transcript, isOverdue),
    );
  }

  /** Whether nothing is being heard, or waits to be transcribed. */
  get isIdle(): boolean {
    return this.#begun.size === 0 && this.#unheard.length === 0;
  }

  /** A session begins to hear, from this place on. */
  sessionBegun(base: number): void {
    this.#base = base;
    if (this.#unheard.length > 0) this.#waitForUnheard();
  }

  /** Nothing that it began will be transcribed any more. */
  sessionLost(): void {
    this.#stopWaiting();
    this.#order.forget();
    this.#unheard.unshift(...this.#begun.values());
    this.#begun.clear();
    this.#open = null;
  }

  /** What has no transcript yet; of a quiet caller, their last second. */
  unheard(): readonly Base64Audio[] {
    return this.#kept.since(Math.min(this.#kept.endAt, this.#pendingFrom) - LATEST_BYTES);
  }

  close(): void {
    this.#stopWaiting();
    this.#order.forget();
  }

  /** The last of the audio went to a session that is there: what was quiet for long enough is needed no more. */
  audioSent(): void {
    if (this.isIdle) this.#kept.forgetBefore(this.#kept.endAt - QUIET_KEPT_BYTES);
  }

  take(event: HearingEvent): void {
    switch (event.type) {
      case 'speech-started':
        return this.#start(event.itemId, event.startMs);
      case 'speech-stopped':
        return this.#stop(event.itemId, event.endMs);
      case 'committed':
        return this.#commit(event.itemId, event.previousItemId);
      case 'transcript-delta': {
        const begun = this.#begun.get(event.itemId);
        if (!WORD.test(event.delta) || begun === undefined || begun.hasWords) return;
        begun.hasWords = true;
        return this.#onEvent({ type: 'words', utteranceId: begun.id });
      }
      case 'transcript':
        return this.#order.transcribed(event.itemId, WORD.test(event.transcript) ? event.transcript : '');
    }
  }

  #start(itemId: string, startMs: number | null): void {
    if (this.#begun.has(itemId)) return;
    if (this.#open !== null) this.#settleEmpty(this.#open, null);
    this.#open = itemId;
    const startAt = this.#placeOf(startMs);
    const again = this.#unheard.shift();
    if (again !== undefined) {
      this.#begun.set(itemId, { ...again, startAt, endAt: null });
      return;
    }
    this.#begun.set(itemId, { id: itemId, startAt, endAt: null, hasStopped: false, hasWords: false });
    // The session was there to hear it begin, and heard nothing before.
    this.#kept.forgetBefore(this.#pendingFrom - LATEST_BYTES);
    this.#onEvent({ type: 'speech-started', utteranceId: itemId });
  }

  /** Where the first that has no transcript began; Infinity for none. */
  get #pendingFrom(): number {
    return Math.min(...[...this.#begun.values(), ...this.#unheard].map(({ startAt }) => startAt));
  }

  #stop(itemId: string, endMs: number | null): void {
    const begun = this.#begun.get(itemId);
    if (begun === undefined) return;
    begun.endAt = this.#placeOf(endMs);
    this.#tellStopped(begun);
  }

  #commit(itemId: string, previousItemId: string | null): void {
    if (!this.#begun.has(itemId)) this.#start(itemId, null);
    if (this.#open === itemId) this.#open = null;
    const begun = this.#begun.get(itemId);
    if (begun === undefined) return;
    const endAt = (begun.endAt ??= this.#kept.endAt);
    this.#order.committed(itemId, previousItemId);
    // The VAD of this session may have heard as one what was two before.
    let previous = itemId;
    for (let next = this.#unheard[0]; next !== undefined && next.startAt < endAt; next = this.#unheard[0]) {
      this.#unheard.shift();
      this.#begun.set(next.id, next);
      this.#settleEmpty(next.id, previous);
      previous = next.id;
    }
  }

  /** In its turn. */
  #settleEmpty(itemId: string, previousItemId: string | null): void {
    this.#order.committed(itemId, previousItemId);
    this.#order.transcribed(itemId, '');
  }

  #settle(itemId: string, transcript: string, isOverdue: boolean): void {
    const begun = this.#begun.get(itemId);
    if (begun === undefined) return;
    this.#begun.delete(itemId);
    this.#tellOver(begun, transcript, isOverdue);
  }

  #tellOver(begun: Begun, transcript: string, isLost: boolean): void {
    this.#settledTo = Math.max(this.#settledTo, begun.endAt ?? begun.startAt);
    this.#kept.forgetBefore(Math.min(this.#settledTo, this.#pendingFrom));
    this.#tellStopped(begun);
    this.#onEvent({
      type: 'utterance',
      utteranceId: begun.id,
      transcript,
      endMs: (begun.endAt ?? this.#kept.endAt) / BYTES_PER_MS - this.#vadSilenceMs,
      ...(isLost ? { isLost: true } : {}),
    });
  }

  #tellStopped(begun: Begun): void {
    if (begun.hasStopped) return;
    begun.hasStopped = true;
    this.#onEvent({ type: 'speech-stopped', utteranceId: begun.id });
  }

  /** Reports an empty utterance if this session finds none where the last one did, so that nothing waits for its end. */
  #waitForUnheard(): void {
    this.#stopWaiting = this.#clock.after(OVERDUE_MS, () => {
      if (this.#open !== null) return this.#waitForUnheard();
      for (const begun of this.#unheard.splice(0)) this.#tellOver(begun, '', false);
    });
  }

  /** Of a time of this session. What the vendor says is not trusted further than the audio it was sent. */
  #placeOf(ms: number | null): number {
    const endAt = this.#kept.endAt;
    return ms === null ? endAt : Math.min(endAt, this.#base + Math.max(0, ms) * BYTES_PER_MS);
  }
}
