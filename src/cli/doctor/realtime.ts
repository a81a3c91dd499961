// Dials Realtime, sets a session up, has it speak and measures both. A session that is ready but mute is as bad as none:
// callers wait for the first audio.
import type { Clock, Speech, SpeechEvent } from '../../call/ports.ts';
import { fine, type Finding, wrong } from './finding.ts';

const GIVE_UP_MS = 15_000;
const SEGMENT = { id: 'doctor', text: 'Hello.' };

export interface RealtimeCheck {
  readonly dial: (onEvent: (event: SpeechEvent) => void) => Speech;
  readonly clock: Clock;
}

export function checkRealtime({ dial, clock }: RealtimeCheck): Promise<Finding> {
  const { promise, resolve } = Promise.withResolvers<Finding>();
  const dialledAt = clock.now();
  const sinceDial = (): number => Math.round(clock.now() - dialledAt);
  let readyMs: number | null = null;
  let firstAudioMs: number | null = null;
  /** The last error, which says more than the timeout. */
  let trouble: string | null = null;

  const finish = (finding: Finding): void => {
    stopWaiting();
    speech.close();
    resolve(finding);
  };
  const fail = (saw: string): void => {
    const reason = trouble === null ? '' : ` (${trouble})`;
    finish(wrong(saw + reason, adviceOn(trouble)));
  };
  const stopWaiting = clock.after(GIVE_UP_MS, () =>
    fail(readyMs === null ? 'no session within 15 s' : 'a session, but not a word within 15 s'),
  );
  const speech = dial((event) => {
    switch (event.type) {
      case 'ready':
        readyMs ??= sinceDial();
        return;
      case 'segment-audio':
        if (event.audio !== '') firstAudioMs ??= sinceDial();
        return;
      case 'segment-done':
        if (event.outcome === 'failed' || firstAudioMs === null)
          return fail('a session, but it does not speak');
        return finish(fine(`session after ${readyMs ?? '?'} ms, first audio after ${firstAudioMs} ms`));
      case 'refused':
        trouble = event.detail;
        return;
      case 'lost':
        if (event.reason !== 'not-reached') trouble = event.reason;
        return fail(readyMs === null ? 'no session' : 'the session was lost');
      case 'transcriber-replaced':
      case 'away':
      case 'speech-started':
      case 'speech-stopped':
      case 'words':
      case 'utterance':
        return;
    }
  });
  speech.say(SEGMENT);
  return promise;
}

/** `code`: how the dial or the session ended. */
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
