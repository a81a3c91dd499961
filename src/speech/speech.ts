// The Speech port over OpenAI Realtime. A new session knows nothing of the old one, so it receives again the audio that was
// not transcribed and the segments that were not spoken. Nothing may be heard or spoken twice: audio is dropped from the
// kept audio in the moment its transcript is reported.
import type { Segment } from '../call/call.ts';
import type { Base64Audio, Speech, SpeechEvent } from '../call/ports.ts';
import type { Usage } from '../call/usage.ts';
import { HearingWatch } from './hearing-watch.ts';
import { KeptAudio } from './kept-audio.ts';
import { MuteWatch } from './mute-watch.ts';
import type { ConnectionOptions, RealtimeConnection } from './realtime-connection.ts';
import type { ServerEvent } from './realtime-wire.ts';
import { ResponseGate } from './response-gate.ts';
import { SessionKeeper } from './session-keeper.ts';
import { Utterances } from './utterances.ts';

/** Transcribes where the configured model turns out not to; alive until 2027-02-26. */
export const FALLBACK_TRANSCRIBER = 'gpt-4o-transcribe';

export interface SpeechOptions extends Omit<ConnectionOptions, 'dialTimeoutMs' | 'pingMs'> {
  /** How long a call is worth waiting for a session, from the first dial or the loss on. Default 8 s. */
  readonly retryForMs?: number | undefined;
  /** Default 4 s. */
  readonly dialTimeoutMs?: number | undefined;
  /** Default 3 s. */
  readonly pingMs?: number | undefined;
}

/**
 * Dials at once; calls nothing before it has returned. `onReachable` says whether the vendor could be reached, at every
 * `ready` and `lost`: for code that watches the vendor rather than one call.
 */
export function openSpeech(
  options: SpeechOptions,
  onEvent: (event: SpeechEvent) => void,
  onReachable: (isThere: boolean) => void = () => {},
): Speech {
  return new RealtimeSpeech(options, onEvent, onReachable);
}

class RealtimeSpeech implements Speech {
  readonly #onEvent: (event: SpeechEvent) => void;
  readonly #onReachable: (isThere: boolean) => void;
  readonly #kept = new KeptAudio();
  readonly #utterances: Utterances;
  readonly #gate: ResponseGate;
  readonly #hearingWatch: HearingWatch;
  readonly #muteWatch: MuteWatch;
  readonly #keeper: SessionKeeper;
  #isAway = true;
  /** Since a session last was of use: dialling again helps once, and not against a vendor who is merely slow. */
  #hasBeenMute = false;
  #hasToldOfLoss = false;
  readonly #model: string;
  #transcriber: string;

  constructor(
    options: SpeechOptions,
    onEvent: (event: SpeechEvent) => void,
    onReachable: (isThere: boolean) => void,
  ) {
    const { clock, retryForMs = 8_000, dialTimeoutMs = 4_000, pingMs = 3_000 } = options;
    this.#model = options.model;
    this.#transcriber = options.transcriptionModel;
    this.#onEvent = onEvent;
    this.#onReachable = onReachable;
    this.#utterances = new Utterances(clock, this.#kept, options.vad.silenceMs, (event) => this.#emit(event));
    this.#gate = new ResponseGate(
      clock,
      (event) => this.#keeper.serving?.send(event),
      (event) => this.#emit(event),
      options.tone,
    );
    this.#hearingWatch = new HearingWatch({
      clock,
      onUncommitted: () => this.#keeper.serving?.send({ type: 'input_audio_buffer.commit' }),
      onUntranscribed: () => this.#replaceTranscriber(),
    });
    this.#muteWatch = new MuteWatch({
      clock,
      owes: () => !this.#isAway && !this.#hasBeenMute && this.#gate.isAwaiting,
      quietMs: () => this.#keeper.serving?.quietMs ?? 0,
      onMute: () => {
        this.#hasBeenMute = true;
        this.#keeper.serving?.abandon('mute');
      },
    });
    this.#keeper = new SessionKeeper({
      connection: { ...options, dialTimeoutMs, pingMs },
      retryForMs,
      isIdle: () => this.#gate.isIdle && this.#utterances.isIdle,
      onServing: (connection) => this.#serve(connection),
      onHeard: (event) => {
        this.#heard(event);
        this.#look();
      },
      onRefused: (kind, detail) => this.#emit({ type: 'refused', kind, detail }),
      onAway: (reason) => {
        this.#isAway = true;
        this.#sessionLost();
        this.#emit({ type: 'away', reason });
      },
      onGivenUp: (reason) => {
        this.#onReachable(false);
        this.#onEvent({ type: 'lost', reason });
        this.close();
      },
    });
  }

  hear(audio: Base64Audio): void {
    if (this.#keeper.isClosed) return;
    const hasRoom = this.#kept.keep(audio);
    const connection = this.#keeper.serving;
    if (connection?.isOpen) {
      connection.append(audio);
      this.#utterances.audioSent();
    } else if (!hasRoom && !this.#hasToldOfLoss) {
      this.#hasToldOfLoss = true;
      const detail = 'no session for 30 s: the oldest caller audio is dropped';
      this.#emit({ type: 'refused', kind: 'speech-error', detail });
    }
  }

  say(segment: Segment): void {
    if (this.#keeper.isClosed) return;
    this.#gate.say(segment);
    this.#look();
  }

  cancel(segmentId: string): void {
    this.#gate.cancel(segmentId);
    this.#look();
  }

  unheard(): readonly Base64Audio[] {
    return this.#isAway ? this.#kept.since(0) : this.#utterances.unheard();
  }

  close(): void {
    this.#keeper.close();
    this.#gate.close();
    this.#utterances.close();
    this.#hearingWatch.stop();
    this.#muteWatch.stop();
  }

  #emit(event: SpeechEvent): void {
    if (!this.#keeper.isClosed) this.#onEvent(event);
  }

  #count(owner: 'voice' | 'ears', model: string, usage: Usage | null): void {
    if (usage !== null) this.#emit({ type: 'usage-counted', owner, model, usage });
  }

  #look(): void {
    this.#muteWatch.look();
    this.#keeper.look();
  }

  #serve(connection: RealtimeConnection): void {
    this.#sessionLost();
    const { startAt, pieces } = this.#kept.from(0);
    this.#utterances.sessionBegun(startAt);
    for (const audio of pieces) connection.append(audio);
    if (this.#keeper.serving !== connection) return;
    this.#hasToldOfLoss = false;
    if (this.#isAway) {
      this.#isAway = false;
      this.#onReachable(true);
      this.#emit({ type: 'ready' });
    }
    this.#gate.sessionReady();
    this.#look();
  }

  /** Of what it began, nothing more will come. */
  #sessionLost(): void {
    this.#hearingWatch.stop();
    this.#muteWatch.stop();
    this.#utterances.sessionLost();
    this.#gate.sessionLost();
  }

  /** R9: the next session hears the same audio with another model. Once: a vendor who is merely slow is then waited for. */
  #replaceTranscriber(): void {
    if (this.#hasBeenMute) return;
    this.#hasBeenMute = true;
    const former = this.#keeper.transcribeWith(FALLBACK_TRANSCRIBER);
    this.#transcriber = FALLBACK_TRANSCRIBER;
    if (former !== FALLBACK_TRANSCRIBER)
      this.#emit({ type: 'transcriber-replaced', model: former, by: FALLBACK_TRANSCRIBER });
    this.#keeper.serving?.abandon('no-transcript');
  }

  #heard(event: ServerEvent): void {
    switch (event.type) {
      case 'session-created':
      case 'session-updated':
        return;
      case 'speech-started':
      case 'speech-stopped':
      case 'committed':
      case 'transcript-delta':
        this.#hearingWatch.take(event);
        return this.#utterances.take(event);
      case 'transcript':
        this.#hasBeenMute = false;
        this.#hearingWatch.take(event);
        this.#utterances.take(event);
        return this.#count('ears', this.#transcriber, event.usage);
      case 'response-audio':
        this.#hasBeenMute = false;
        return this.#gate.take(event);
      case 'response-created':
      case 'response-audio-done':
      case 'response-transcript':
        return this.#gate.take(event);
      case 'response-done':
        // One that was cancelled counts too: it is billed.
        this.#count('voice', this.#model, event.usage);
        return this.#gate.take(event);
      case 'error':
        // The session had committed after all.
        if (event.code === 'input_audio_buffer_commit_empty') return;
        if (!this.#gate.takeError(event)) {
          this.#emit({ type: 'refused', kind: 'speech-error', detail: event.code });
        }
        return;
    }
  }
}
