// The Speech port over OpenAI Realtime: one session at a time, a new one dialled when it is lost, caller audio kept in
// between. A new session knows nothing of the old: what was committed there and not yet transcribed is gone, and so is
// the last second or two that a dying socket took without a word (a confessed limit: it is not sent again).
import type { RefusedInput, Segment } from '../call/call.ts';
import type { Base64Audio, Speech, SpeechEvent } from '../call/ports.ts';
import { AudioBacklog } from './audio-backlog.ts';
import { RealtimeConnection, type ConnectionOptions } from './realtime-connection.ts';
import type { ServerEvent } from './realtime-wire.ts';
import { ResponseGate } from './response-gate.ts';
import { TranscriptOrder } from './transcript-order.ts';

export interface SpeechOptions extends Omit<ConnectionOptions, 'dialTimeoutMs' | 'pingMs'> {
  /** How long a call is worth waiting for a session, from the first dial or the loss on. Default 8 s. */
  readonly retryForMs?: number | undefined;
  /** Default 4 s. */
  readonly dialTimeoutMs?: number | undefined;
  /** Default 3 s. */
  readonly pingMs?: number | undefined;
}

const REDIAL_AFTER_MS = [100, 300, 1_000] as const;
const LONGEST_REDIAL_MS = 1_500;

/** Dials at once; never calls `onEvent` before it has returned. */
export function openSpeech(options: SpeechOptions, onEvent: (event: SpeechEvent) => void): Speech {
  return new RealtimeSpeech(options, onEvent);
}

type State =
  | { readonly is: 'dialling'; readonly connection: RealtimeConnection }
  | { readonly is: 'ready'; readonly connection: RealtimeConnection; readonly since: number }
  | { readonly is: 'pausing'; readonly stopTimer: () => void }
  | { readonly is: 'closed' };

class RealtimeSpeech implements Speech {
  readonly #options: ConnectionOptions;
  readonly #retryForMs: number;
  readonly #onEvent: (event: SpeechEvent) => void;
  readonly #backlog = new AudioBacklog();
  readonly #gate: ResponseGate;
  readonly #transcripts: TranscriptOrder;
  /** Utterances of which words were told already. */
  readonly #worded = new Set<string>();
  /** Begun and not yet committed. */
  #openUtterance: string | null = null;
  #state: State;
  #redials = 0;
  #stopGivingUp: () => void = () => {};

  constructor(options: SpeechOptions, onEvent: (event: SpeechEvent) => void) {
    const { retryForMs = 8_000, dialTimeoutMs = 4_000, pingMs = 3_000 } = options;
    this.#options = { ...options, dialTimeoutMs, pingMs };
    this.#retryForMs = retryForMs;
    this.#onEvent = onEvent;
    this.#gate = new ResponseGate(
      options.clock,
      (event) => {
        if (this.#state.is === 'ready') this.#state.connection.send(event);
      },
      (event) => this.#emit(event),
      options.tone,
    );
    this.#transcripts = new TranscriptOrder(options.clock, ({ id, transcript }) => {
      this.#worded.delete(id);
      this.#emit({ type: 'utterance', utteranceId: id, transcript });
    });
    this.#giveUpLater('not-reached');
    this.#state = { is: 'dialling', connection: this.#dial() };
  }

  hear(audio: Base64Audio): void {
    if (this.#state.is === 'ready' && this.#state.connection.isOpen) this.#state.connection.append(audio);
    else if (this.#state.is !== 'closed' && this.#backlog.keep(audio)) {
      this.#refuse('speech-error', 'no session for 10 s: the oldest caller audio is dropped');
    }
  }

  say(segment: Segment): void {
    if (this.#state.is !== 'closed') this.#gate.say(segment);
  }

  cancel(segmentId: string): void {
    this.#gate.cancel(segmentId);
  }

  close(): void {
    const state = this.#state;
    if (state.is === 'closed') return;
    this.#state = { is: 'closed' };
    this.#stopGivingUp();
    this.#gate.close();
    this.#transcripts.giveUp();
    if (state.is === 'pausing') state.stopTimer();
    else state.connection.close();
  }

  #emit(event: SpeechEvent): void {
    if (this.#state.is !== 'closed') this.#onEvent(event);
  }

  #refuse(kind: RefusedInput, detail: string): void {
    this.#emit({ type: 'refused', kind, detail });
  }

  #dial(): RealtimeConnection {
    const connection = new RealtimeConnection(this.#options, {
      ready: () => this.#ready(connection),
      heard: (event) => this.#heard(event),
      refused: (kind, detail) => this.#refuse(kind, detail),
      gone: (reason, isWorthRedialling) => this.#gone(reason, isWorthRedialling),
    });
    return connection;
  }

  #ready(connection: RealtimeConnection): void {
    this.#stopGivingUp();
    this.#state = { is: 'ready', connection, since: this.#options.clock.now() };
    for (const audio of this.#backlog.drain()) connection.append(audio);
    this.#emit({ type: 'ready' });
    this.#gate.sessionReady();
  }

  #gone(reason: string, isWorthRedialling: boolean): void {
    const { clock } = this.#options;
    if (this.#state.is === 'ready') {
      // A session that died young is no success: the pauses go on growing, so that a flapping vendor is not hammered.
      if (clock.now() - this.#state.since >= this.#retryForMs) this.#redials = 0;
      this.#giveUpLater(reason);
    }
    const pauseMs = REDIAL_AFTER_MS[this.#redials] ?? LONGEST_REDIAL_MS;
    this.#redials += 1;
    const stopTimer = clock.after(pauseMs, () => {
      this.#state = { is: 'dialling', connection: this.#dial() };
    });
    this.#state = { is: 'pausing', stopTimer };
    this.#gate.sessionLost();
    this.#endUtterances();
    this.#refuse('speech-error', reason);
    if (!isWorthRedialling) this.#lose(reason);
  }

  #giveUpLater(reason: string): void {
    this.#stopGivingUp = this.#options.clock.after(this.#retryForMs, () => this.#lose(reason));
  }

  #lose(reason: string): void {
    this.#emit({ type: 'lost', reason });
    this.close();
  }

  /** Whoever waits for the end of an utterance is told, since the next session will not know of it. */
  #endUtterances(): void {
    this.#transcripts.giveUp();
    const utteranceId = this.#openUtterance;
    if (utteranceId === null) return;
    this.#openUtterance = null;
    this.#emit({ type: 'speech-stopped', utteranceId });
    this.#emit({ type: 'utterance', utteranceId, transcript: '' });
  }

  #heard(event: ServerEvent): void {
    switch (event.type) {
      case 'session-created':
      case 'session-updated':
        return;
      case 'speech-started':
        this.#openUtterance = event.itemId;
        return this.#emit({ type: 'speech-started', utteranceId: event.itemId });
      case 'speech-stopped':
        return this.#emit({ type: 'speech-stopped', utteranceId: event.itemId });
      case 'committed':
        if (this.#openUtterance === event.itemId) this.#openUtterance = null;
        return this.#transcripts.committed(event.itemId, event.previousItemId);
      case 'transcript-delta':
        if (event.delta.trim() === '' || this.#worded.has(event.itemId)) return;
        this.#worded.add(event.itemId);
        return this.#emit({ type: 'words', utteranceId: event.itemId });
      case 'transcript':
        return this.#transcripts.transcribed(event.itemId, event.transcript);
      case 'response-created':
      case 'response-audio':
      case 'response-transcript':
      case 'response-done':
        return this.#gate.take(event);
      case 'error':
        if (!this.#gate.takeError(event)) this.#refuse('speech-error', event.code);
        return;
    }
  }
}
