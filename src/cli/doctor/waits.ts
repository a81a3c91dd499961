// What a caller will wait for an answer: the parts as this account's vendors took them a moment ago. One sample each, so an
// order of magnitude; /metrics shows the real ones.
import type { Agent, Clock } from '../../call/ports.ts';
import { phoneTools } from '../../call/phone-tools.ts';
import { vadSilenceWithin } from '../../speech/realtime-session.ts';
import type { Finding } from '../../call/check.ts';
import { fine, unknown, wrong } from './finding.ts';

/** Milliseconds; null where not measured. */
export interface Waits {
  /** From the end of speech, by the VAD, to its transcript. */
  transcriptMs: number | null;
  /** From a message to the agent's first word. */
  agentMs: number | null;
  /** From `response.create` to the first audio. */
  voiceMs: number | null;
}

/** A caller does not take more for a conversation. */
const LONG_MS = 3_500;
const ASK_WITHIN_MS = 20_000;
const NOTE = '[This is a test of the connection, not a call. Answer with one word.]';

/** Asks the agent one question, as a caller would: it costs a turn, and an agent with tools of its own may use them. */
export async function checkFirstWord(agent: Agent, clock: Clock, waits: Waits): Promise<Finding> {
  const call = { id: 'CIdoctor', from: 'anonymous', to: '', parameters: {}, carrier: null };
  const tools = phoneTools({ usual: null, allowed: [] });
  const conversation = agent.open({ call, note: NOTE, greeting: null, tools });
  const stop = new AbortController();
  const stopTimer = clock.after(ASK_WITHIN_MS, () => stop.abort());
  const askedAt = clock.now();
  try {
    const message = { text: 'Hello, can you hear me?', notes: [], heardOfLast: null };
    for await (const event of conversation.reply(message, stop.signal)) {
      if (event.type === 'failed')
        return wrong(`the agent failed (${event.failure}: ${event.detail})`, 'See docs/agents.md.');
      if (event.type !== 'text') continue;
      waits.agentMs = Math.round(clock.now() - askedAt);
      return fine(`its first word after ${waits.agentMs} ms, in a new conversation`);
    }
    return wrong('the agent wrote nothing within 20 s', 'See docs/agents.md.');
  } finally {
    stopTimer();
    stop.abort();
    await conversation.close();
  }
}

export function checkWait({ transcriptMs, agentMs, voiceMs }: Waits, vadSilenceMs: number): Finding {
  if (transcriptMs === null || voiceMs === null) return unknown('not measured: Realtime did not answer');
  // L6: the transcript is made in the silence.
  const beyondMs = Math.max(0, vadSilenceWithin(vadSilenceMs) + transcriptMs - vadSilenceMs);
  const known = vadSilenceMs + beyondMs + voiceMs;
  const parts = `${vadSilenceMs} silence + ${beyondMs} more for the transcript`;
  if (agentMs === null) {
    const saw = `${known} ms and the agent's first sentence (${parts} + ${voiceMs} voice)`;
    return fine(
      saw,
      'npm run doctor -- --ask-agent measures the agent, too: it costs a turn, and may use its tools.',
    );
  }
  const saw = `about ${known + agentMs} ms after the last word (${parts} + ${agentMs} agent + ${voiceMs} voice)`;
  const advice =
    'Callers notice: look for a faster model or region; docs/operations.md says which part to look at.';
  return fine(saw, known + agentMs > LONG_MS ? advice : null);
}
