// What both yardsticks share, in the fewest lines that work: Twilio's webhooks answered, the caller's socket, a Realtime
// session. Nothing here is checked, kept, retried or logged: it measures the least, and is no relay to copy.
import { createServer } from 'node:http';
import type { RealtimeServerEvent, SessionUpdateEvent } from 'openai/resources/realtime/realtime';
import { WebSocket, WebSocketServer } from 'ws';

export const { OPENAI_API_KEY = '', OPENAI_BASE_URL = '', AGENT_WORKFLOW_ID = '' } = process.env;
const { WEBHOOK_URL = '', REALTIME_MODEL = '', VAD_SILENCE_MS = '' } = process.env;

/** What comes of Twilio's messages, as far as a yardstick looks at them. */
export interface TwilioMessage {
  readonly event: string;
  readonly streamSid: string;
  readonly media: { readonly payload: string };
}

const XML = '<?xml version="1.0" encoding="UTF-8"?>';
const STREAM_URL = `${WEBHOOK_URL.replace(/^http/, 'ws')}/media-stream`;
const CONNECT = `${XML}<Response><Connect action="${WEBHOOK_URL}/voice/next"><Stream url="${STREAM_URL}"/></Connect></Response>`;
const HANG_UP = `${XML}<Response><Hangup/></Response>`;

const SESSION_UPDATE: SessionUpdateEvent = {
  type: 'session.update',
  session: {
    type: 'realtime',
    output_modalities: ['audio'],
    audio: {
      input: {
        format: { type: 'audio/pcmu' },
        transcription: { model: 'gpt-transcribe' },
        turn_detection: {
          type: 'server_vad',
          silence_duration_ms: Number(VAD_SILENCE_MS),
          create_response: false,
          interrupt_response: false,
        },
      },
      output: { format: { type: 'audio/pcmu' } },
    },
  },
};

/** Joins every caller to a Realtime session of their own; `join` is called once both are there. */
export function answerCalls(join: (phone: WebSocket, speech: WebSocket) => void): void {
  const http = createServer((request, response) => {
    request.resume();
    response.setHeader('content-type', 'text/xml').end(request.url === '/voice' ? CONNECT : HANG_UP);
  });
  const phones = new WebSocketServer({ server: http, perMessageDeflate: false });
  phones.on('connection', (phone) => {
    // What the caller sends meanwhile waits in the socket.
    phone.pause();
    const speech = new WebSocket(
      `${OPENAI_BASE_URL.replace(/^http/, 'ws')}/realtime?model=${REALTIME_MODEL}`,
      { headers: { Authorization: `Bearer ${OPENAI_API_KEY}` }, perMessageDeflate: false },
    );
    speech.on('open', () => speech.send(JSON.stringify(SESSION_UPDATE)));
    const awaitUpdate = (data: Buffer): void => {
      const event: RealtimeServerEvent = JSON.parse(data.toString());
      if (event.type !== 'session.updated') return;
      speech.off('message', awaitUpdate);
      join(phone, speech);
      phone.resume();
    };
    speech.on('message', awaitUpdate);
    phone.on('close', () => speech.close());
  });
  http.listen(0, '127.0.0.1', () => {
    const address = http.address();
    const port = typeof address === 'object' ? address?.port : null;
    console.log(JSON.stringify({ port, msg: 'listening' }));
  });
}

export function say(speech: WebSocket, text: string): void {
  speech.send(
    JSON.stringify({
      type: 'response.create',
      response: { conversation: 'none', input: [], instructions: `Say exactly: ${text}` },
    }),
  );
}
