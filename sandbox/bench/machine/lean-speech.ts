// Realtime with as little work as a far end can have. It listens to nothing: the bench says when the caller begins and
// ends, and it sends what Realtime would. The voice is stamped pieces at four times the pace of speech.
import type { IncomingMessage } from 'node:http';
import type { RealtimeClientEvent, RealtimeServerEvent } from 'openai/resources/realtime/realtime';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Server } from 'node:http';
import { textToSay } from '../../openai/realtime-voice.ts';
import { FRAME_MS } from './lean-line.ts';
import { loudTail, stampAt, stampOf } from './stamp.ts';
import type { Ways } from './ways.ts';

/** As in the rest of the bench: short, and whole frames. */
const DELTA_BYTES = 640;
const TAIL = loudTail(DELTA_BYTES);
/** Kept by a relay and played to many callers: it would arrive more than once. */
const UNSTAMPED = Buffer.alloc(DELTA_BYTES, 0x80).toString('base64');
/** A delta is 80 ms of sound, so one each beat is four times as fast as it sounds. */
const MS_PER_CHARACTER = 14;
const BYTES_PER_MS = 8;
/** From the request to its first sound. */
const FIRST_AUDIO_BEATS = 150 / FRAME_MS;
const APPEND = '{"type":"input_audio_buffer.append","audio":"';
const SESSION_S = 3600;
const TEXT = { binary: false };

interface Response {
  readonly id: string;
  readonly text: string;
  readonly isTimed: boolean;
  waits: number;
  deltas: number;
}

type UnsentEvent = RealtimeServerEvent extends infer Event
  ? Event extends RealtimeServerEvent
    ? Omit<Event, 'event_id'>
    : never
  : never;

let ids = 0;

export class LeanSession {
  readonly #socket: WebSocket;
  /** null while nobody's call is known to be here: a relay that has its fixed lines spoken. */
  ways: Ways | null = null;
  #heardMs = 0;
  #item = '';
  readonly #responses: Response[] = [];
  /** Whether something was read aloud since the caller spoke. */
  hasReplied = false;

  constructor(socket: WebSocket, onSetUp: () => void) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => {
      const now = performance.now();
      if (data[9] === APPEND.charCodeAt(9) && data.toString('latin1', 0, APPEND.length) === APPEND) {
        this.#heardMs += FRAME_MS;
        return this.ways?.up.arrived(stampAt(data, APPEND.length), now);
      }
      const event: RealtimeClientEvent = JSON.parse(data.toString());
      if (event.type === 'session.update') {
        this.#send({ type: 'session.updated', session: event.session });
        onSetUp();
      } else if (event.type === 'response.create') this.#respond(event.response ?? {});
    });
    const expires_at = Math.floor(Date.now() / 1000) + SESSION_S;
    const session = { type: 'realtime', id: `sess_${++ids}`, expires_at } as const;
    this.#send({ type: 'session.created', session });
  }

  /** Whether a reply is being generated. */
  get isSpeaking(): boolean {
    return this.#responses.length > 0;
  }

  callerBegan(): void {
    this.#item = `item_${++ids}`;
    const type = 'input_audio_buffer.speech_started';
    this.#send({ type, item_id: this.#item, audio_start_ms: this.#heardMs });
  }

  callerEnded(): void {
    const [item_id, audio_end_ms] = [this.#item, this.#heardMs];
    this.#send({ type: 'input_audio_buffer.speech_stopped', item_id, audio_end_ms });
    this.#send({ type: 'input_audio_buffer.committed', item_id, previous_item_id: null });
  }

  callerSaid(transcript: string): void {
    this.hasReplied = false;
    const type = 'conversation.item.input_audio_transcription.completed';
    const usage = { type: 'duration', seconds: 1 } as const;
    this.#send({ type, item_id: this.#item, content_index: 0, transcript, usage });
  }

  /** To be called every 20 ms of the call. */
  beat(): void {
    for (const response of this.#responses) {
      if (response.waits > 0) response.waits -= 1;
      else this.#speak(response);
    }
  }

  #respond({ instructions, metadata = null }: { instructions?: string; metadata?: object | null }): void {
    const isTimed = this.#responses.length === 0;
    const id = `resp_${++ids}`;
    const text = textToSay(instructions);
    this.#responses.push({ id, text, isTimed, waits: FIRST_AUDIO_BEATS, deltas: 0 });
    const response = { id, object: 'realtime.response', status: 'in_progress', metadata };
    this.#sendAny({ type: 'response.created', response });
  }

  #speak(response: Response): void {
    const about = {
      response_id: response.id,
      item_id: `item_${response.id}`,
      output_index: 0,
      content_index: 0,
    };
    if (response.deltas * DELTA_BYTES < response.text.length * MS_PER_CHARACTER * BYTES_PER_MS) {
      response.deltas += 1;
      const delta = this.#nextDelta(response.isTimed);
      return this.#send({ type: 'response.output_audio.delta', ...about, delta });
    }
    this.#responses.splice(this.#responses.indexOf(response), 1);
    this.hasReplied = true;
    this.#send({ type: 'response.output_audio.done', ...about });
    this.#send({ type: 'response.output_audio_transcript.done', ...about, transcript: response.text });
    const done = { id: response.id, object: 'realtime.response', status: 'completed', output: [] };
    this.#sendAny({ type: 'response.done', response: done });
  }

  #nextDelta(isTimed: boolean): string {
    if (this.ways === null) return UNSTAMPED;
    return stampOf({ sentAt: isTimed ? performance.now() : null, order: this.ways.down.sent() }) + TAIL;
  }

  #send(event: UnsentEvent): void {
    this.#sendAny(event);
  }

  #sendAny(event: object): void {
    this.#socket.send(Buffer.from(JSON.stringify({ event_id: `event_${++ids}`, ...event })), TEXT);
  }
}

/** Takes every Realtime dial of this server. */
export function attachLeanSpeech(http: Server, onSetUp: (session: LeanSession) => void) {
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const uncalled = new Set<LeanSession>();
  const beat = setInterval(() => {
    for (const session of uncalled) if (session.ways === null) session.beat();
  }, FRAME_MS);
  http.on('upgrade', (request: IncomingMessage, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      const session = new LeanSession(accepted, () => onSetUp(session));
      uncalled.add(session);
      accepted.on('error', () => {});
      accepted.on('close', () => uncalled.delete(session));
    }),
  );
  http.on('close', () => clearInterval(beat));
  return {
    get openSessions() {
      return sockets.clients.size;
    },
  };
}
