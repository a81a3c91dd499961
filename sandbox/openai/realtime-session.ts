// One stand-in Realtime session over its socket: takes client events as strictly as the GA interface documents it, and
// hands them to ears and voice. It knows nothing of the relay; all it goes by is what came over the wire.
import type {
  ConversationItem,
  RealtimeClientEvent,
  RealtimeServerEvent,
  RealtimeSessionCreateRequest,
} from 'openai/resources/realtime/realtime';
import type { RawData, WebSocket } from 'ws';
import type { Clock } from '../../src/call/ports.ts';
import { refusalOf } from './realtime-checks.ts';
import { Ears } from './realtime-ears.ts';
import type { FarEnd, RealtimeFaults, Refusal, UnsentEvent } from './realtime-far-end.ts';
import { freshSettings, updated, updateRefusal } from './realtime-update.ts';
import { VoiceOut } from './realtime-voice.ts';

export interface SessionSurroundings {
  readonly clock: Clock;
  readonly faults: RealtimeFaults;
  readonly newId: (prefix: string) => string;
  /** The vendor's limit is an hour. */
  readonly sessionMs: number;
  readonly onClientEvent: (event: RealtimeClientEvent, sessionId: string) => void;
  readonly onServerEvent: (event: RealtimeServerEvent, sessionId: string) => void;
}

export class RealtimeSandboxSession {
  readonly id: string;
  readonly #socket: WebSocket;
  readonly #around: SessionSurroundings;
  readonly #farEnd: FarEnd;
  readonly #ears: Ears;
  readonly #voice: VoiceOut;
  readonly #items = new Map<string, ConversationItem>();
  #lastItemId: string | null = null;
  #settings: RealtimeSessionCreateRequest;
  #isStalled = false;
  #isMute = false;

  constructor(socket: WebSocket, model: string, around: SessionSurroundings) {
    this.id = around.newId('sess');
    this.#socket = socket;
    this.#around = around;
    this.#farEnd = {
      clock: around.clock,
      faults: around.faults,
      newId: around.newId,
      send: (event) => this.#send(event),
      addItem: (id, item) => this.#addItem(id, item),
    };
    this.#settings = freshSettings(model);
    this.#voice = new VoiceOut(this.#farEnd);
    this.#ears = new Ears(this.#farEnd, this.#settings, {
      speechStarted: () => {
        if (this.#settings.audio?.input?.turn_detection?.interrupt_response !== false) {
          this.#voice.cancel(undefined, 'turn_detected');
        }
      },
      committed: () => {
        const detection = this.#settings.audio?.input?.turn_detection;
        if (detection && detection.create_response !== false) this.#voice.respond({});
      },
    });
    const stopTimer = around.clock.after(around.sessionMs, () => this.#expire());
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('ping', (data) => {
      if (!this.#isStalled) socket.pong(data);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      stopTimer();
      this.#ears.close();
      this.#voice.close();
    });
    const expiresAt = Math.floor((around.clock.now() + around.sessionMs) / 1_000);
    const described = { ...this.#settings, id: this.id, object: 'realtime.session', expires_at: expiresAt };
    this.#send({ type: 'session.created', session: described });
    this.#send({
      type: 'conversation.created',
      conversation: { id: 'conv_sandbox', object: 'realtime.conversation' },
    });
  }

  /** As the updates have left it: language, hints, voice, speed and all. */
  get settings(): RealtimeSessionCreateRequest {
    return this.#settings;
  }

  /** The socket stays open and nothing comes over it any more, not even a pong: half a network. */
  stall(): void {
    this.#isStalled = true;
  }

  /** Nothing comes from the session any more; the socket is well. */
  mute(): void {
    this.#isMute = true;
  }

  drop(): void {
    this.#socket.terminate();
  }

  sendRaw(frame: string | Buffer): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(frame);
  }

  #send(event: UnsentEvent): void {
    this.#write({ event_id: this.#around.newId('event'), ...event });
  }

  #refuse(refusal: Refusal, eventId: string | undefined): void {
    this.#write({
      type: 'error',
      event_id: this.#around.newId('event'),
      error: { type: 'invalid_request_error', ...refusal, event_id: eventId ?? null },
    });
  }

  #write(event: RealtimeServerEvent): void {
    if (this.#isStalled || this.#isMute || this.#socket.readyState !== this.#socket.OPEN) return;
    this.#around.onServerEvent(event, this.id);
    this.#socket.send(JSON.stringify(event));
  }

  #receive(data: RawData, isBinary: boolean): void {
    let event: RealtimeClientEvent;
    try {
      if (isBinary || !Buffer.isBuffer(data)) throw new TypeError('a text frame was expected');
      event = JSON.parse(data.toString());
    } catch {
      this.#refuse(
        { code: 'invalid_json', param: null, message: 'The event could not be parsed.' },
        undefined,
      );
      return;
    }
    const refusal = refusalOf(event) ?? this.#take(event);
    if (refusal !== null) this.#refuse(refusal, idOf(event));
  }

  /** The event has passed its checks. */
  #take(event: RealtimeClientEvent): Refusal | null {
    this.#around.onClientEvent(event, this.id);
    switch (event.type) {
      case 'input_audio_buffer.append':
        this.#ears.append(event.audio);
        return null;
      case 'session.update':
        return event.session.type === 'realtime' ? this.#update(event.session) : null;
      case 'response.create':
        return this.#voice.respond(event.response ?? {});
      case 'response.cancel':
        return this.#voice.cancel(event.response_id, 'client_cancelled');
      case 'input_audio_buffer.commit':
        if (this.#ears.commit()) return null;
        return {
          code: 'input_audio_buffer_commit_empty',
          param: null,
          message: 'Error committing input audio buffer: buffer too small.',
        };
      case 'input_audio_buffer.clear':
        this.#ears.clear();
        return null;
      case 'conversation.item.create': {
        const item = { ...event.item, id: event.item.id ?? this.#around.newId('item') };
        const previous = this.#addItem(item.id, item);
        this.#send({ type: 'conversation.item.added', item, previous_item_id: previous });
        this.#send({ type: 'conversation.item.done', item, previous_item_id: previous });
        return null;
      }
      case 'conversation.item.delete':
      case 'conversation.item.retrieve':
      case 'conversation.item.truncate':
        return this.#touchItem(event);
      case 'output_audio_buffer.clear':
        return null;
    }
  }

  #update(update: RealtimeSessionCreateRequest): Refusal | null {
    const circumstances = {
      hasSpoken: this.#voice.hasSpoken,
      refusedPart: this.#around.faults.refuseUpdatePart,
      takesOneLanguage: this.#around.faults.takesOneLanguage,
    };
    const refusal = updateRefusal(this.#settings, update, circumstances);
    if (refusal !== null) return refusal;
    this.#settings = updated(this.#settings, update);
    this.#ears.adopt(this.#settings);
    this.#send({ type: 'session.updated', session: this.#settings });
    return null;
  }

  /** Out-of-band speech is in no conversation, so none of these can reach it. */
  #touchItem(event: Extract<RealtimeClientEvent, { item_id: string }>): Refusal | null {
    const item = this.#items.get(event.item_id);
    if (item === undefined) {
      const message = `Item with item_id not found: ${event.item_id}.`;
      return { code: 'item_not_found', param: 'item_id', message };
    }
    switch (event.type) {
      case 'conversation.item.delete':
        this.#items.delete(event.item_id);
        this.#send({ type: 'conversation.item.deleted', item_id: event.item_id });
        return null;
      case 'conversation.item.retrieve':
        this.#send({ type: 'conversation.item.retrieved', item });
        return null;
      case 'conversation.item.truncate':
        this.#send({
          type: 'conversation.item.truncated',
          item_id: event.item_id,
          content_index: event.content_index,
          audio_end_ms: event.audio_end_ms,
        });
        return null;
    }
  }

  #addItem(id: string, item: ConversationItem): string | null {
    const previous = this.#lastItemId;
    this.#items.set(id, item);
    this.#lastItemId = id;
    return previous;
  }

  #expire(): void {
    const message = 'Your session hit the maximum duration of 60 minutes.';
    this.#refuse({ code: 'session_expired', param: null, message }, undefined);
    this.#socket.close(1001);
  }
}

function idOf(event: unknown): string | undefined {
  if (typeof event !== 'object' || event === null || !('event_id' in event)) return undefined;
  return typeof event.event_id === 'string' ? event.event_id : undefined;
}
