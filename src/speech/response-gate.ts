// Turns segments into responses, without a socket. Each segment is one out-of-band response; at most two are requested at a
// time, and the rest wait in order. A cancelled response is easily got wrong: its audio keeps coming after the cancel, and
// the cancel may be due before the vendor has sent the response's ID.
import type { ResponseCancelEvent, ResponseCreateEvent } from 'openai/resources/realtime/realtime';
import type { Segment } from '../call/call.ts';
import type { Clock, SpeechEvent } from '../call/ports.ts';
import { readingInstruction } from './reading.ts';
import type { ResponseEvent, ServerError } from './realtime-wire.ts';

export type SegmentEvent = Extract<SpeechEvent, { type: 'segment-audio' | 'segment-done' }>;

/** The one being spoken, and one ahead so that no gap is heard between them. */
const MAX_IN_FLIGHT = 2;
/** A response without any event for this long is given up. */
export const QUIET_MS = 10_000;
export const RETRY_AFTER_MS = 400;
/** A text on which this many sessions broke is not tried on another. */
const MAX_SESSIONS = 3;

interface Waiting {
  readonly segment: Segment;
  /** How many sessions were lost while the segment was requested. */
  readonly sessionsLost: number;
}

/** A segment requested from the vendor. */
interface Ask extends Waiting {
  /** Names this one attempt, in `event_id` and in the metadata: a segment may be asked for more than once. */
  name: string;
  isSecondTry: boolean;
  /** Known from `response.created` on. */
  responseId: string | null;
  hasAudio: boolean;
  hasAllAudio: boolean;
  spoken: string | null;
  lastEventAt: number;
  stopTimer: () => void;
}

export class ResponseGate {
  readonly #clock: Clock;
  readonly #send: (event: ResponseCreateEvent | ResponseCancelEvent) => void;
  readonly #onEvent: (event: SegmentEvent) => void;
  readonly #tone: string;
  #hasSession = false;
  #waiting: Waiting[] = [];
  #asks: Ask[] = [];
  #namesGiven = 0;

  constructor(
    clock: Clock,
    send: (event: ResponseCreateEvent | ResponseCancelEvent) => void,
    onEvent: (event: SegmentEvent) => void,
    tone = '',
  ) {
    this.#clock = clock;
    this.#send = send;
    this.#onEvent = onEvent;
    this.#tone = tone;
  }

  /** Whether nothing is left to speak. */
  get isIdle(): boolean {
    return this.#asks.length === 0 && this.#waiting.length === 0;
  }

  /** Whether the session has not finished everything that was requested. */
  get isAwaiting(): boolean {
    return this.#asks.length > 0;
  }

  /** Called with the rest of a segment, from within the event that reports its failure, it keeps that segment's place. */
  say(segment: Segment): void {
    this.#waiting.push({ segment, sessionsLost: 0 });
    this.#askNext();
  }

  cancel(segmentId: string): void {
    this.#waiting = this.#waiting.filter(({ segment }) => segment.id !== segmentId);
    const ask = this.#asks.find((one) => one.segment.id === segmentId);
    if (ask === undefined) return;
    this.#forget(ask);
    // Without an ID yet, the response is cancelled when `response-created` brings it.
    if (ask.responseId !== null) this.#sendCancel(ask.responseId);
    this.#askNext();
  }

  sessionReady(): void {
    this.#hasSession = true;
    this.#askNext();
  }

  /**
   * Requests segments again in the next session if none of their audio was passed on. The others are incomplete: the
   * voice decides what to say instead.
   */
  sessionLost(): void {
    this.#hasSession = false;
    const asks = this.#asks;
    const later = this.#waiting;
    this.#asks = [];
    this.#waiting = [];
    for (const ask of asks) {
      ask.stopTimer();
      const sessionsLost = ask.sessionsLost + 1;
      if (ask.hasAllAudio) this.#tellDone(ask, 'completed');
      else if (ask.hasAudio || sessionsLost >= MAX_SESSIONS) this.#tellDone(ask, 'failed');
      else this.#waiting.push({ segment: ask.segment, sessionsLost });
    }
    this.#waiting.push(...later);
  }

  close(): void {
    for (const ask of this.#asks) ask.stopTimer();
    this.#asks = [];
    this.#waiting = [];
    this.#hasSession = false;
  }

  take(event: ResponseEvent): void {
    if (event.type === 'response-created') {
      const asked = this.#asks.find((one) => one.name === event.ask);
      if (asked === undefined) return this.#sendCancel(event.responseId);
      asked.responseId = event.responseId;
      asked.lastEventAt = this.#clock.now();
      return;
    }
    const ask = this.#asks.find((one) => one.responseId === event.responseId);
    if (ask === undefined) return;
    ask.lastEventAt = this.#clock.now();
    switch (event.type) {
      case 'response-audio':
        ask.hasAudio = true;
        this.#onEvent({ type: 'segment-audio', segmentId: ask.segment.id, audio: event.audio });
        return;
      case 'response-audio-done':
        ask.hasAllAudio = ask.hasAudio;
        return;
      case 'response-transcript':
        ask.spoken = ask.spoken === null ? event.transcript : `${ask.spoken} ${event.transcript}`;
        return;
      case 'response-done':
        if (event.status === 'failed' && isPassing(event.errorCode) && !ask.isSecondTry && !ask.hasAudio) {
          return this.#tryAgain(ask);
        }
        // A response cut off at the token cap or by the filter (`incomplete`) said nearly all: an apology would be worse,
        // and `spoken` shows what is missing. Without audio it has failed, whatever its status.
        return this.#settle(
          ask,
          ask.hasAudio && (event.status === 'completed' || event.status === 'incomplete')
            ? 'completed'
            : 'failed',
        );
    }
  }

  /** Takes an `error` event. True if it needs no report: a cancel may arrive after the response's end. */
  takeError(error: ServerError): boolean {
    if (error.code === 'response_cancel_not_active') return true;
    const ask = this.#asks.find((one) => one.name === error.eventId);
    if (ask !== undefined) {
      if (isPassing(error.code) && !ask.isSecondTry) this.#tryAgain(ask);
      else this.#settle(ask, 'failed');
    }
    return false;
  }

  #askNext(): void {
    while (this.#hasSession && this.#asks.length < MAX_IN_FLIGHT) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      const ask: Ask = {
        ...next,
        name: this.#newName(),
        isSecondTry: false,
        responseId: null,
        hasAudio: false,
        hasAllAudio: false,
        spoken: null,
        lastEventAt: 0,
        stopTimer: () => {},
      };
      this.#asks.push(ask);
      this.#sendCreate(ask);
    }
  }

  #sendCreate(ask: Ask): void {
    ask.lastEventAt = this.#clock.now();
    this.#watch(ask);
    this.#send(responseCreate(ask.segment, ask.name, this.#tone));
  }

  #sendCancel(responseId: string): void {
    this.#send({ type: 'response.cancel', response_id: responseId });
  }

  /** Keeps its place and slot, so that the next segment cannot overtake it. */
  #tryAgain(ask: Ask): void {
    ask.stopTimer();
    ask.isSecondTry = true;
    ask.name = this.#newName();
    ask.responseId = null;
    ask.stopTimer = this.#clock.after(RETRY_AFTER_MS, () => this.#sendCreate(ask));
  }

  /** One timer a response instead of one an event: when it fires, it checks how long ago the last event was. */
  #watch(ask: Ask): void {
    const leftMs = ask.lastEventAt + QUIET_MS - this.#clock.now();
    if (leftMs > 0) {
      ask.stopTimer = this.#clock.after(leftMs, () => this.#watch(ask));
      return;
    }
    if (ask.responseId !== null) this.#sendCancel(ask.responseId);
    this.#settle(ask, 'failed');
  }

  #settle(ask: Ask, outcome: 'completed' | 'failed'): void {
    this.#forget(ask);
    const later = this.#waiting.splice(0);
    this.#tellDone(ask, outcome);
    this.#waiting.push(...later);
    this.#askNext();
  }

  #forget(ask: Ask): void {
    ask.stopTimer();
    this.#asks = this.#asks.filter((one) => one !== ask);
  }

  #tellDone(ask: Ask, outcome: 'completed' | 'failed'): void {
    this.#onEvent({ type: 'segment-done', segmentId: ask.segment.id, outcome, spoken: ask.spoken });
  }

  #newName(): string {
    this.#namesGiven += 1;
    return `say_${this.#namesGiven}`;
  }
}

function responseCreate(segment: Segment, name: string, tone: string): ResponseCreateEvent {
  return {
    type: 'response.create',
    event_id: name,
    response: {
      conversation: 'none',
      input: [],
      output_modalities: ['audio'],
      instructions: readingInstruction(segment.text, tone),
      tools: [],
      tool_choice: 'none',
      metadata: { segment: segment.id, ask: name },
      max_output_tokens: tokenCap(segment.text),
    },
  };
}

/** A guard against a voice that runs away, not a budget: digits read one by one take about 8 tokens a character. */
function tokenCap(text: string): number {
  return Math.min(4096, 256 + 12 * text.length);
}

/** Whether a refusal may pass within a moment. */
function isPassing(code: string | null): boolean {
  return (
    code !== null &&
    (/rate_limit|server_error|overloaded/.test(code) || code === 'conversation_already_has_active_response')
  );
}
