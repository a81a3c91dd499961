// Dials Realtime, has it speak, plays its own words back to it as a caller's, and measures both. A session that is ready but
// mute or deaf is as bad as none: callers wait for the voice, and the agent for their words.
import { silence } from '../../call/mulaw.ts';
import type { Base64Audio, Clock, Speech, SpeechEvent } from '../../call/ports.ts';
import type { Finding } from '../../call/check.ts';
import { fine, wrong } from './finding.ts';
import type { Waits } from './waits.ts';

const GIVE_UP_MS = 15_000;
const SEGMENT = { id: 'doctor', text: 'Hello, can you hear me?' };
/** Added to the silence that ends an utterance, so that the VAD surely hears it. */
const SILENCE_BEYOND_MS = 500;

export interface RealtimeCheck {
  readonly dial: (onEvent: (event: SpeechEvent) => void) => Speech;
  readonly clock: Clock;
  /** Of the voice detection. */
  readonly vadSilenceMs: number;
  /** Where the two times go. */
  readonly waits: Pick<Waits, 'voiceMs' | 'transcriptMs'>;
}

export function checkRealtime(check: RealtimeCheck): Promise<Finding> {
  return new RealtimeExamination(check).finding;
}

class RealtimeExamination {
  readonly finding: Promise<Finding>;
  readonly #check: RealtimeCheck;
  readonly #resolve: (finding: Finding) => void;
  readonly #dialledAt: number;
  readonly #speech: Speech;
  readonly #voice: Base64Audio[] = [];
  #readyAt: number | null = null;
  #spokeAt: number | null = null;
  #stoppedAt: number | null = null;
  /** The model that brought no transcript. */
  #deafModel: string | null = null;
  /** The last error, which says more than the timeout. */
  #trouble: string | null = null;
  #stopWaiting: () => void;

  constructor(check: RealtimeCheck) {
    this.#check = check;
    this.#dialledAt = check.clock.now();
    ({ promise: this.finding, resolve: this.#resolve } = Promise.withResolvers<Finding>());
    this.#stopWaiting = check.clock.after(GIVE_UP_MS, () =>
      this.#fail(this.#readyAt === null ? 'no session within 15 s' : 'a session, but not a word within 15 s'),
    );
    this.#speech = check.dial((event) => this.#take(event));
    this.#speech.say(SEGMENT);
  }

  #take(event: SpeechEvent): void {
    const now = this.#check.clock.now();
    switch (event.type) {
      case 'ready':
        this.#readyAt ??= now;
        return;
      case 'segment-audio':
        if (event.audio === '') return;
        this.#spokeAt ??= now;
        this.#voice.push(event.audio);
        return;
      case 'segment-done':
        if (event.outcome === 'failed' || this.#spokeAt === null)
          return this.#fail('a session, but it does not speak');
        return this.#playBack();
      case 'speech-stopped':
        this.#stoppedAt = now;
        return;
      case 'utterance':
        if (event.transcript !== '') return this.#finish(this.#summary(now));
        if (event.isLost) this.#fail('the session speaks, but does not transcribe');
        return;
      case 'transcriber-replaced':
        this.#deafModel = event.model;
        return;
      case 'refused':
        this.#trouble = event.detail;
        return;
      case 'lost':
        if (event.reason !== 'not-reached') this.#trouble = event.reason;
        return this.#fail(this.#readyAt === null ? 'no session' : 'the session was lost');
      case 'away':
      case 'speech-started':
      case 'words':
      case 'usage-counted':
        return;
    }
  }

  #playBack(): void {
    const { clock, vadSilenceMs } = this.#check;
    this.#stopWaiting();
    this.#stopWaiting = clock.after(GIVE_UP_MS, () =>
      this.#fail('the session speaks, but transcribes nothing within 15 s'),
    );
    for (const audio of this.#voice) this.#speech.hear(audio);
    this.#speech.hear(silence(vadSilenceMs + SILENCE_BEYOND_MS));
  }

  #summary(now: number): Finding {
    const { waits } = this.#check;
    const readyAt = this.#readyAt ?? this.#dialledAt;
    waits.voiceMs = Math.round((this.#spokeAt ?? now) - readyAt);
    waits.transcriptMs = Math.round(now - (this.#stoppedAt ?? now));
    const sessionMs = Math.round(readyAt - this.#dialledAt);
    const model = this.#deafModel;
    return fine(
      `session after ${sessionMs} ms, voice after ${waits.voiceMs} ms more, a transcript ${waits.transcriptMs} ms after speech`,
      model &&
        `${model} brought no transcript, another model did: set TRANSCRIPTION_MODEL=gpt-4o-transcribe.`,
    );
  }

  #fail(saw: string): void {
    const reason = this.#trouble === null ? '' : ` (${this.#trouble})`;
    this.#finish(wrong(saw + reason, adviceOn(this.#trouble)));
  }

  #finish(finding: Finding): void {
    this.#stopWaiting();
    this.#speech.close();
    this.#resolve(finding);
  }
}

function adviceOn(code: string | null): string {
  const model = "Check REALTIME_MODEL, and whether the key's project may use it.";
  switch (code) {
    case 'http-401':
      return 'OpenAI rejects OPENAI_API_KEY: copy all of it from https://platform.openai.com/api-keys.';
    case 'http-403':
      return 'The key may not use Realtime: give it that permission, or use a key of a project that has it.';
    case 'http-404':
      return `Nothing serves Realtime there. ${model} If OPENAI_BASE_URL is set, that server must serve /realtime.`;
    case 'http-429':
    case 'insufficient_quota':
    case 'rate_limit_exceeded':
      return 'Check credit and limits: https://platform.openai.com/settings/organization/limits.';
    case 'invalid_model':
    case 'model_not_found':
      return model;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'ECONNREFUSED':
    case 'ETIMEDOUT':
    case 'dial-timeout':
      return "Check this machine's network, and OPENAI_BASE_URL if it is set; a firewall must let WebSockets out.";
    default:
      return 'Check REALTIME_MODEL, REALTIME_VOICE and TRANSCRIPTION_MODEL; https://status.openai.com reports outages.';
  }
}
