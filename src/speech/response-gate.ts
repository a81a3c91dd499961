// Segments to responses and back, without a socket. Every segment is one out-of-band response; two are asked for at a
// time, the rest waits in order. The thing to get right is the response nobody wants any more: its audio keeps coming
// after the cancel, and a cancel may be due before the vendor has even told the response's id.
import type { ResponseCancelEvent, ResponseCreateEvent } from 'openai/resources/realtime/realtime';
import type { Segment } from '../call/call.ts';
import type { Clock, SpeechEvent } from '../call/ports.ts';
import { orderToRead } from './reading.ts';
import type { ResponseEvent, ServerError } from './realtime-wire.ts';

export type SegmentEvent = Extract<SpeechEvent, { type: 'segment-audio' | 'segment-done' }>;

/** The one being spoken, and one ahead so that no gap is heard between them. */
const MAX_IN_FLIGHT = 2;
/** A response without any event for so long is given up. */
export const QUIET_MS = 10_000;
export const RETRY_AFTER_MS = 400;
/** Sessions may come and go; a text on which they break is not asked of yet another. */
const MAX_SESSIONS = 3;

interface Waiting {
  readonly segment: Segment;
  /** How many sessions went while they were asked for it. */
  readonly sessionsLost: number;
}

/** A segment that the vendor was asked for. */
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

  /** Whether there is nothing to be spoken. */
  get isIdle(): boolean {
    return this.#asks.length === 0 && this.#waiting.length === 0;
  }

  /** Whether the session was asked for something, and has not said all of it. */
  get isAwaiting(): boolean {
    return this.#asks.length > 0;
  }

  /** Called while a segment is told to have failed, with the rest of it, it takes that one's place. */
  say(segment: Segment): void {
    this.#waiting.push({ segment, sessionsLost: 0 });
    this.#askNext();
  }

  cancel(segmentId: string): void {
    this.#waiting = this.#waiting.filter(({ segment }) => segment.id !== segmentId);
    const ask = this.#asks.find((one) => one.segment.id === segmentId);
    if (ask === undefined) return;
    this.#forget(ask);
    // With no id yet, `response-created` will find that nobody waits for it and cancel it there.
    if (ask.responseId !== null) this.#sendCancel(ask.responseId);
    this.#askNext();
  }

  sessionReady(): void {
    this.#hasSession = true;
    this.#askNext();
  }

  /**
   * Segments of which nothing was passed on are asked for again, whole, in the next session. Of the others some is
   * missing, and what to say instead is for the voice to know.
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
        // Cut off at the token cap or by the filter (`incomplete`), nearly all was said: an apology on top would be the
        // worse call, and `spoken` tells what is missing. But whatever the status, no audio is nothing said.
        return this.#settle(
          ask,
          ask.hasAudio && (event.status === 'completed' || event.status === 'incomplete')
            ? 'completed'
            : 'failed',
        );
    }
  }

  /** An `error` event. True when it is nothing to report: a cancel that came after the end is how it goes. */
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

  /** Keeps its place and its slot: the next segment must not overtake it. */
  #tryAgain(ask: Ask): void {
    ask.stopTimer();
    ask.isSecondTry = true;
    ask.name = this.#newName();
    ask.responseId = null;
    ask.stopTimer = this.#clock.after(RETRY_AFTER_MS, () => this.#sendCreate(ask));
  }

  /** One timer a response, not one an event: it looks when it rings how long ago the last event was. */
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
      instructions: orderToRead(segment.text, tone),
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

/** Refusals that may be over in a moment. */
function isPassing(code: string | null): boolean {
  return (
    code !== null &&
    (/rate_limit|server_error|overloaded/.test(code) || code === 'conversation_already_has_active_response')
  );
}
