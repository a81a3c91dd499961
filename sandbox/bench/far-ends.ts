// Both far ends of the bench, and everything they see told to the call that it belongs to. Which design stands between
// them makes no difference here: a caller's line is known by the words they say, and a Realtime session belongs to the
// call that was being placed when it was set up.
import { systemClock } from '../../src/call/system-clock.ts';
import type { Caller } from '../caller/caller.ts';
import type { Latencies } from '../latencies.ts';
import type { Mind } from '../openai/mind.ts';
import { type OpenAiSandbox, startOpenAi } from '../openai/openai.ts';
import { SANDBOX_ENV } from '../sandbox.ts';
import { startTwilio, type TwilioSandbox } from '../twilio/twilio.ts';
import type { CallWatch } from './call-watch.ts';
import { AGENT_ID, answerTo, lineIn, PARTS } from './script.ts';

const SETS_UP_WITHIN_MS = 10_000;
const REALTIME_FAULTS = {
  transcriptionMs: PARTS.transcriptionMs,
  firstAudioMs: PARTS.firstAudioMs,
  // Whole frames, so that no design must cut them anew; short, because a sentence takes a third of its usual time here and
  // must still come in as many pieces.
  deltaBytes: [640],
};

export interface FarEnds {
  readonly openAi: OpenAiSandbox;
  readonly twilio: TwilioSandbox;
  /** What a design under measurement is started with. */
  readonly env: Readonly<Record<string, string>>;
  /** Somebody calls; resolves once they are joined to the design and the design to Realtime. One at a time. */
  call(watch: CallWatch): Promise<Caller>;
}

const now = (): number => systemClock.now();

/** `latencies` replace those of the script; `leastSilenceMs`: the VAD takes no shorter silence for an end. */
export async function startFarEnds(latencies?: Latencies, leastSilenceMs = 0): Promise<FarEnds> {
  const byLine = new Map<number, CallWatch>();
  const bySession = new Map<string, CallWatch>();
  const byAgentSession = new Map<string, CallWatch>();
  let onSetUp = (_sessionId: string): void => {};

  const mind: Mind = (heard) => {
    const watch = byLine.get(lineIn(heard.text) ?? -1);
    if (watch !== undefined) byAgentSession.set(heard.sessionId, watch);
    return answerTo(heard);
  };
  const openAi = await startOpenAi({
    apiKey: SANDBOX_ENV.OPENAI_API_KEY,
    agents: { [AGENT_ID]: mind },
    realtimeFaults: { ...REALTIME_FAULTS, leastSilenceMs },
    ...(latencies && { latencies }),
    onRequest: ({ method, path, body }) => {
      if (method !== 'POST' || !path.endsWith('/events')) return;
      byLine.get(lineIn(JSON.stringify(body)) ?? -1)?.agentRequested(now());
    },
    onAgentEvent: (event) => {
      if (event.type !== 'agent.session.turn.output_text.delta') return;
      byAgentSession.get(event.session_id)?.agentWrote(event.delta, now());
    },
    onRealtimeEvent: (event, sessionId) => {
      const watch = bySession.get(sessionId);
      if (event.type === 'input_audio_buffer.append') watch?.appended(event.audio, now());
      else if (event.type === 'response.create') watch?.responseAsked(now());
      else if (event.type === 'session.update') onSetUp(sessionId);
    },
    onRealtimeServerEvent: (event, sessionId) => {
      const watch = bySession.get(sessionId);
      if (event.type === 'response.output_audio.delta')
        watch?.voiceSent(event.response_id, event.delta, now());
      else if (event.type === 'input_audio_buffer.speech_stopped') watch?.vadClosed(now());
      else if (event.type === 'response.created') watch?.readingBegan(event.response.id ?? '');
      else if (event.type === 'response.done') watch?.readingEnded(event.response.id ?? '');
    },
  });
  const twilio = await startTwilio({
    accountSid: SANDBOX_ENV.TWILIO_ACCOUNT_SID,
    authToken: SANDBOX_ENV.TWILIO_AUTH_TOKEN,
    webhookUrl: SANDBOX_ENV.WEBHOOK_URL,
  });

  return {
    openAi,
    twilio,
    env: {
      ...SANDBOX_ENV,
      AGENT_WORKFLOW_ID: AGENT_ID,
      OPENAI_BASE_URL: openAi.baseUrl,
      TWILIO_API_URL: twilio.apiUrl,
      REALTIME_MODEL: 'gpt-realtime-2.1-mini',
      VAD_SILENCE_MS: String(PARTS.silenceMs),
    },
    async call(watch) {
      byLine.set(watch.line, watch);
      const { promise: isSetUp, resolve, reject } = Promise.withResolvers<void>();
      onSetUp = (sessionId) => {
        onSetUp = () => {};
        bySession.set(sessionId, watch);
        resolve();
      };
      const takeBack = systemClock.after(SETS_UP_WITHIN_MS, () =>
        reject(new Error(`line ${watch.line}: no Realtime session was set up`)),
      );
      const caller = await twilio.call({
        // Fifty frames a second, whether anybody speaks or not.
        omitsSilence: false,
        isAudible: false,
        onAudio: ({ direction, audio, at }) =>
          direction === 'sent' ? watch.callerSent(audio, at) : watch.callerReceived(audio, at),
      });
      await isSetUp;
      takeBack();
      return caller;
    },
  };
}
