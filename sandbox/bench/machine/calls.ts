// Many calls on one subject, driven by one clock: each call has its own beat of 20 ms and its own place in the five seconds
// of a turn, so that neither frames nor turns come in bursts. What is not driven stands still: two subjects can be up at
// once and be measured by turns.
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { SANDBOX_ENV } from '../../sandbox.ts';
import { TwilioWebhooks } from '../../twilio/webhooks.ts';
import { sentenceOf } from '../script.ts';
import { FRAME_MS, LeanLine } from './lean-line.ts';
import type { LeanSession } from './lean-speech.ts';
import { type Delays, Way, type Ways } from './ways.ts';

const TURN_EVERY_BEATS = 5000 / FRAME_MS;
/** The caller speaks for a second; then the VAD's silence, then the time of a transcription. */
const SPEAKS_FOR = 1000 / FRAME_MS;
const VAD_CLOSES_AT = SPEAKS_FOR + 240 / FRAME_MS;
const TRANSCRIBED_AT = VAD_CLOSES_AT + 160 / FRAME_MS;
/** A caller who hears nothing for so long is answered no more. */
const GIVES_UP_AT = 12_000 / FRAME_MS;
const SETTLES_MS = 300;
const SETTLES_WITHIN_MS = 13_000;

export interface Call {
  readonly number: number;
  readonly line: LeanLine;
  readonly session: LeanSession;
  readonly ways: Ways;
  /** Beats since its present turn began; null between turns. */
  turnBeat: number | null;
}

/** `session` resolves with the next session that is set up. */
export type NextSession = () => Promise<LeanSession>;

export class Calls {
  readonly delays: Delays = { isOpen: false, upMs: [], downMs: [] };
  readonly #webhooks: TwilioWebhooks;
  readonly #nextSession: NextSession;
  readonly #all: Call[] = [];
  #beats = 0;
  #startedAt = 0;
  #isTalking = false;
  #timer: NodeJS.Timeout | null = null;
  /** Turns that began, and those whose reply was heard to its end. */
  turns = 0;
  answered = 0;

  constructor(url: string, nextSession: NextSession) {
    this.#webhooks = new TwilioWebhooks(SANDBOX_ENV.TWILIO_AUTH_TOKEN, SANDBOX_ENV.WEBHOOK_URL, url);
    this.#nextSession = nextSession;
  }

  get count(): number {
    return this.#all.length;
  }

  get frames(): number {
    return this.#sum(({ ways }) => ways.up.frames + ways.down.frames);
  }

  get lost(): number {
    return this.#sum(({ ways }) => ways.up.lost + ways.down.lost);
  }

  get broken(): number {
    return this.#sum(({ line }) => (line.isOpen ? 0 : 1));
  }

  /** One at a time, so that it is known which session belongs to which call. */
  async join(count: number): Promise<void> {
    while (this.#all.length < count) {
      const number = this.#all.length;
      const ways = { up: new Way(this.delays, 'upMs'), down: new Way(this.delays, 'downMs') };
      const session = this.#nextSession();
      const line = await LeanLine.dial(this.#webhooks, formOf(number), ways);
      const call = { number, line, session: await session, ways, turnBeat: null };
      call.session.ways = ways;
      this.#all.push(call);
    }
  }

  /** Frames flow from now on; with `isTalking`, each call begins a turn every five seconds. */
  start(isTalking: boolean): void {
    this.#isTalking = isTalking;
    this.#startedAt = performance.now() - this.#beats;
    const tick = (): void => {
      const due = performance.now() - this.#startedAt;
      for (; this.#beats < due; this.#beats++) this.#beat(this.#beats);
      this.#timer = setTimeout(tick, 1);
    };
    tick();
  }

  /** No new turns; resolves when those that had begun are over, and nothing flows any more. */
  async stop(): Promise<void> {
    this.#isTalking = false;
    const deadline = performance.now() + SETTLES_WITHIN_MS;
    while (this.#all.some(isBusy) && performance.now() < deadline) await pause(FRAME_MS);
    if (this.#timer !== null) clearTimeout(this.#timer);
    await pause(SETTLES_MS);
  }

  hangUp(): void {
    for (const { line } of this.#all) line.hangUp();
  }

  /** One millisecond: the calls whose beat it is. */
  #beat(ms: number): void {
    const tick = Math.floor(ms / FRAME_MS);
    for (let i = ms % FRAME_MS; i < this.#all.length; i += FRAME_MS) {
      const call = this.#all[i];
      if (call !== undefined) this.#beatOf(call, tick);
    }
  }

  #beatOf(call: Call, tick: number): void {
    const { line, session } = call;
    if (call.turnBeat === null && this.#isTalking) {
      const place = Math.floor((call.number / this.#all.length) * TURN_EVERY_BEATS);
      if ((tick + place) % TURN_EVERY_BEATS === 0) {
        call.turnBeat = 0;
        this.turns += 1;
      }
    }
    const beat = call.turnBeat;
    line.beat(beat !== null && beat < SPEAKS_FOR);
    session.beat();
    if (beat === null) return;
    if (beat === 0) session.callerBegan();
    else if (beat === VAD_CLOSES_AT) session.callerEnded();
    else if (beat === TRANSCRIBED_AT) session.callerSaid(sentenceOf(call.number));
    // The caller says nothing before they have heard the reply out.
    const hasHeardOut = session.hasReplied && !session.isSpeaking && !line.isSounding(performance.now());
    if (beat < TRANSCRIBED_AT || (!hasHeardOut && beat < GIVES_UP_AT)) call.turnBeat = beat + 1;
    else {
      call.turnBeat = null;
      if (hasHeardOut) this.answered += 1;
    }
  }

  #sum(of: (call: Call) => number): number {
    return this.#all.reduce((sum, call) => sum + of(call), 0);
  }
}

function isBusy({ turnBeat, session, line }: Call): boolean {
  return turnBeat !== null || session.isSpeaking || line.isSounding(performance.now());
}

function formOf(number: number): Record<string, string> {
  return {
    AccountSid: SANDBOX_ENV.TWILIO_ACCOUNT_SID,
    CallSid: `CA${randomBytes(16).toString('hex')}`,
    ApiVersion: '2010-04-01',
    CallStatus: 'ringing',
    Direction: 'inbound',
    From: `+1555${String(1_000_000 + number)}`,
    To: SANDBOX_ENV.TWILIO_PHONE_NUMBER,
  };
}
