// The naive design, as one would write it in an afternoon: every frame decoded to PCM16 and encoded again, the agent
// asked without streaming and looked after once a second, the whole reply spoken at once.
import { setTimeout as pause } from 'node:timers/promises';
import alawmulaw from 'alawmulaw';
import type * as wire from 'openai/resources/beta/agents/agents';
import type { RealtimeServerEvent } from 'openai/resources/realtime/realtime';
import {
  AGENT_WORKFLOW_ID,
  answerCalls,
  OPENAI_API_KEY,
  OPENAI_BASE_URL,
  say,
  type TwilioMessage,
} from './yardstick.ts';

const POLL_EVERY_MS = 1000;
const { mulaw } = alawmulaw;

answerCalls((phone, speech) => {
  let streamSid = '';
  const sessionId = openSession();
  phone.on('message', (data: Buffer) => {
    const message: TwilioMessage = JSON.parse(data.toString());
    if (message.event === 'start') streamSid = message.streamSid;
    if (message.event !== 'media') return;
    const audio = encoded(decoded(message.media.payload));
    speech.send(JSON.stringify({ type: 'input_audio_buffer.append', audio }));
  });
  speech.on('message', (data: Buffer) => {
    const event: RealtimeServerEvent = JSON.parse(data.toString());
    if (event.type === 'response.output_audio.delta') {
      const payload = encoded(decoded(event.delta));
      phone.send(JSON.stringify({ event: 'media', streamSid, media: { payload } }));
    } else if (event.type === 'conversation.item.input_audio_transcription.completed') {
      void answer(event.transcript);
    }
  });

  async function answer(text: string): Promise<void> {
    const path = `/agents/sessions/${await sessionId}`;
    const input = [{ role: 'user', content: [{ type: 'input_text', text }] }];
    await request('POST', `${path}/events`, { events: [{ type: 'agent.session.input.message', input }] });
    let session: wire.AgentSession;
    do {
      await pause(POLL_EVERY_MS);
      session = JSON.parse(await request('GET', path));
    } while (session.status !== 'idle');
    const items: { data: wire.AgentSessionItem[] } = JSON.parse(await request('GET', `${path}/items`));
    const reply = items.data.find((item) => item.type === 'message' && item.role === 'assistant');
    if (reply?.type !== 'message') return;
    say(speech, reply.content.map((part) => ('text' in part ? part.text : '')).join(''));
  }
});

async function openSession(): Promise<string> {
  const input = 'A phone call has begun.';
  const body = { agent_id: AGENT_WORKFLOW_ID, environment: { type: 'none' }, input };
  const session: wire.AgentSession = JSON.parse(await request('POST', '/agents/sessions', body));
  return session.id;
}

async function request(method: string, path: string, body?: object): Promise<string> {
  const response = await fetch(OPENAI_BASE_URL + path, {
    method,
    headers: {
      authorization: `Bearer ${OPENAI_API_KEY}`,
      'content-type': 'application/json',
      'openai-beta': 'agents=v1',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return response.text();
}

function decoded(audio: string): Int16Array {
  return mulaw.decode(Buffer.from(audio, 'base64'));
}

function encoded(samples: Int16Array): string {
  return Buffer.from(mulaw.encode(samples)).toString('base64');
}
