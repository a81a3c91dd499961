// The hearing half of a session: the input buffer, the VAD over it, and what the transcription model makes of a
// committed stretch. It hears nothing but the bytes it was sent: text is read back out of the sound (tones.ts).
import type {
  RealtimeConversationItemUserMessage,
  RealtimeSessionCreateRequest,
} from 'openai/resources/realtime/realtime';
import { msOf } from '../latencies.ts';
import type { FarEnd } from './realtime-far-end.ts';
import { CUT_OFF, NOISE, SAMPLES_PER_MS } from '../tones.ts';
import { Vad } from './vad.ts';

export interface EarsEvents {
  speechStarted(): void;
  committed(): void;
}

/** The vendor's bound below which a buffer counts as empty. */
const LEAST_COMMIT_BYTES = 100 * SAMPLES_PER_MS;
const HELD_BACK_AT_MOST_MS = 2_000;
const SIGNS = new RegExp(`[${CUT_OFF}${NOISE}]`, 'g');

export class Ears {
  readonly #farEnd: FarEnd;
  readonly #events: EarsEvents;
  readonly #timers = new Set<() => void>();
  #settings: RealtimeSessionCreateRequest;
  #vad: Vad | null = null;
  /** Offsets are bytes of audio since the session began. */
  #bytesHeard = 0;
  #chunks: Buffer[] = [];
  #chunksFrom = 0;
  #utterance: { readonly id: string; readonly from: number } | null = null;
  #heldBack: (() => void) | null = null;

  constructor(farEnd: FarEnd, settings: RealtimeSessionCreateRequest, events: EarsEvents) {
    this.#farEnd = farEnd;
    this.#events = events;
    this.#settings = settings;
  }

  adopt(settings: RealtimeSessionCreateRequest): void {
    const before = JSON.stringify(this.#settings.audio?.input?.turn_detection);
    this.#settings = settings;
    const detection = settings.audio?.input?.turn_detection;
    if (this.#vad !== null && JSON.stringify(detection) === before) return;
    this.#utterance = null;
    if (!detection) {
      this.#vad = null;
      return;
    }
    const {
      threshold = 0.5,
      prefix_padding_ms: prefixMs = 300,
      silence_duration_ms: silenceMs = 500,
    } = detection.type === 'server_vad' ? detection : {};
    const { leastSilenceMs } = this.#farEnd.faults;
    const heard = { threshold, prefixMs, silenceMs: Math.max(silenceMs, leastSilenceMs) };
    this.#vad = new Vad(heard, this.#bytesHeard / SAMPLES_PER_MS, {
      started: (startMs) => this.#speechStarted(startMs),
      stopped: (endMs) => this.#speechStopped(endMs),
    });
  }

  /** What is not µ-law, or came before the session said so, is not understood at all. */
  append(audio: string): void {
    if (this.#settings.audio?.input?.format?.type !== 'audio/pcmu') return;
    const bytes = Buffer.from(audio, 'base64');
    this.#chunks.push(bytes);
    this.#bytesHeard += bytes.length;
    this.#vad?.hear(bytes);
    if (this.#vad !== null && this.#utterance === null && !this.#vad.isSpeech)
      this.#forgetBefore(this.#bytesHeard - this.#keptBytes());
  }

  /** False when there is nothing worth committing. */
  commit(): boolean {
    if (this.#bytesHeard - this.#chunksFrom < LEAST_COMMIT_BYTES) return false;
    const id = this.#utterance?.id ?? this.#farEnd.newId('item');
    this.#commit(id, this.#utterance?.from ?? this.#chunksFrom, this.#bytesHeard);
    return true;
  }

  clear(): void {
    this.#vad?.reset();
    this.#utterance = null;
    this.#forgetBefore(this.#bytesHeard);
    this.#farEnd.send({ type: 'input_audio_buffer.cleared' });
  }

  close(): void {
    for (const stopTimer of this.#timers) stopTimer();
  }

  #speechStarted(startMs: number): void {
    // The prefix never reaches back into what was committed before.
    const from = Math.max(startMs * SAMPLES_PER_MS, this.#chunksFrom);
    const id = this.#farEnd.newId('item');
    this.#utterance = { id, from: this.#utterance?.from ?? from };
    this.#farEnd.send({
      type: 'input_audio_buffer.speech_started',
      audio_start_ms: Math.round(from / SAMPLES_PER_MS),
      item_id: id,
    });
    this.#events.speechStarted();
  }

  #speechStopped(endMs: number): void {
    if (this.#utterance === null) return;
    const { id, from } = this.#utterance;
    this.#farEnd.send({
      type: 'input_audio_buffer.speech_stopped',
      audio_end_ms: Math.round(endMs),
      item_id: id,
    });
    if (!this.#farEnd.faults.withholdCommits) this.#commit(id, from, endMs * SAMPLES_PER_MS);
  }

  #commit(id: string, from: number, to: number): void {
    const audio = Buffer.concat(this.#chunks).subarray(from - this.#chunksFrom, to - this.#chunksFrom);
    this.#vad?.reset();
    this.#utterance = null;
    this.#forgetBefore(to);
    const item: RealtimeConversationItemUserMessage = {
      id,
      type: 'message',
      object: 'realtime.item',
      role: 'user',
      status: 'completed',
      content: [{ type: 'input_audio' }],
    };
    const previous = this.#farEnd.addItem(id, item);
    this.#farEnd.send({ type: 'input_audio_buffer.committed', item_id: id, previous_item_id: previous });
    this.#farEnd.send({ type: 'conversation.item.added', item, previous_item_id: previous });
    this.#farEnd.send({ type: 'conversation.item.done', item, previous_item_id: previous });
    const { faults } = this.#farEnd;
    const transcriber = this.#settings.audio?.input?.transcription?.model;
    if (transcriber !== undefined && !faults.deafTranscribers.includes(transcriber)) {
      this.#after(msOf(faults.transcriptionMs), () => this.#transcribe(id, audio));
    }
    this.#events.committed();
  }

  #transcribe(id: string, audio: Uint8Array): void {
    const { faults } = this.#farEnd;
    if (faults.loseTranscripts > 0) {
      faults.loseTranscripts -= 1;
      return;
    }
    if (faults.transcriptsOutOfOrder && this.#heldBack === null) {
      const tell = () => {
        if (this.#heldBack !== tell) return;
        this.#heldBack = null;
        this.#tellTranscript(id, audio);
      };
      this.#heldBack = tell;
      this.#after(HELD_BACK_AT_MOST_MS, tell);
      return;
    }
    this.#tellTranscript(id, audio);
    this.#heldBack?.();
  }

  #tellTranscript(id: string, audio: Uint8Array): void {
    const { faults, send } = this.#farEnd;
    const about = { item_id: id, content_index: 0 };
    if (faults.failTranscripts > 0) {
      faults.failTranscripts -= 1;
      send({
        ...about,
        type: 'conversation.item.input_audio_transcription.failed',
        error: {
          type: 'transcription_error',
          code: 'audio_unintelligible',
          message: 'Not to be understood.',
        },
      });
      return;
    }
    const listener = faults.voice.newListener();
    listener.hear(audio);
    listener.pause();
    const transcript = listener.text.replace(SIGNS, '').trim();
    for (const delta of transcript.match(/\S+\s*/g) ?? []) {
      send({ ...about, type: 'conversation.item.input_audio_transcription.delta', delta });
    }
    send({
      ...about,
      type: 'conversation.item.input_audio_transcription.completed',
      transcript,
      usage: { type: 'duration', seconds: Math.ceil(audio.length / SAMPLES_PER_MS / 1_000) },
    });
  }

  /** How much quiet audio is kept, in case the next window turns out to be speech. */
  #keptBytes(): number {
    const detection = this.#settings.audio?.input?.turn_detection;
    const prefixMs = detection?.type === 'server_vad' ? (detection.prefix_padding_ms ?? 300) : 300;
    return (prefixMs + 40) * SAMPLES_PER_MS;
  }

  #forgetBefore(offset: number): void {
    for (let first = this.#chunks[0]; first !== undefined; first = this.#chunks[0]) {
      const surplus = offset - this.#chunksFrom;
      if (surplus <= 0) return;
      this.#chunks.shift();
      this.#chunksFrom += Math.min(surplus, first.length);
      if (surplus < first.length) this.#chunks.unshift(first.subarray(surplus));
    }
  }

  #after(ms: number, run: () => void): void {
    const stopTimer = this.#farEnd.clock.after(ms, () => {
      this.#timers.delete(stopTimer);
      run();
    });
    this.#timers.add(stopTimer);
  }
}
