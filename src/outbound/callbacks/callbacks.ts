// Reports what happens to calls to other servers. A callback is written to the store, then sent from there by any process
// until it is delivered or given up. A receiver may get the same one twice, with the same ID.
import { randomUUID } from 'node:crypto';
import type { LookupFunction } from 'node:net';
import { pause, within } from '../../call/waiting.ts';
import type { Callback, CallbackState, CallbackStore } from '../../call/callback-store.ts';
import { StoreError } from '../../call/call-store.ts';
import type { CallId } from '../../call/call.ts';
import type { Clock } from '../../call/ports.ts';
import type { CallbackSender, Delivery } from './callback-sender.ts';

export interface CallbacksParts {
  readonly clock: Clock;
  readonly store: CallbackStore;
  /** '' turns callbacks off: a receiver could not tell an unsigned one from a forgery. */
  readonly secret: string;
  readonly allowPrivate: boolean;
  readonly log: (line: string) => void;
  readonly lookup?: LookupFunction;
}

/** For everything, from the DNS look-up to the last byte. */
const SENT_WITHIN_MS = 10_000;
/** The pause after each failed attempt. After the last one the callback is given up. */
const RETRY_AFTER_MS = [5000, 30_000, 120_000, 600_000, 3_600_000, 21_600_000] as const;
/** The random share added to each pause, so that a receiver that returns does not get everything at once. */
const JITTER = 0.2;
/** In parallel, each of another call. */
const MOST_AT_ONCE = 32;
/** No other process takes a callback that is being sent; if the sending process dies, it stays until then. */
const TAKEN_FOR_MS = SENT_WITHIN_MS + 20_000;
/** To find the callbacks that other processes left. */
const LOOK_EVERY_MS = 30_000;
const MOST_LOOKS = 1000;
/** A timer may fire this much early, and would find nothing due. */
const EARLY_MS = 5;
const STORE_AGAIN_MS = 1000;
const CLOSED_WITHIN_MS = SENT_WITHIN_MS + 1000;

/** Retries of the write: a call's row may lag behind its first event, and the database may be down. */
const WRITE_AGAIN_MS = 200;
const LONGEST_WRITE_PAUSE_MS = 10_000;
const WRITE_FOR_MS = 600_000;
const MOST_UNWRITTEN = 5000;
const MOST_BODY_BYTES = 1024 * 1024;

export class Callbacks {
  readonly #parts: CallbacksParts;
  /** Loads with undici at the start, when nobody is on the line; null: callbacks are off. */
  readonly #sender: Promise<CallbackSender> | null;
  /** The last write of each call: the callbacks of a call are written one after another. */
  readonly #writing = new Map<CallId, Promise<void>>();
  #unwritten = 0;
  readonly #sending = new Set<Promise<void>>();
  #isLooking = false;
  #hasNews = false;
  #isClosed = false;
  readonly #looks = new Map<number, () => void>();
  #cancelPeriodicLook: () => void = () => {};
  readonly #closing = new AbortController();

  constructor(parts: CallbacksParts) {
    this.#parts = parts;
    this.#sender = parts.secret === '' ? null : senderOf(parts);
    this.#lookIn(0);
  }

  /** Never throws, and needs no waiting. The payload's ID becomes the callback's. */
  tell(
    callId: CallId,
    url: string,
    payload: { readonly id: string; readonly [name: string]: unknown },
  ): void {
    if (this.#isClosed || this.#parts.secret === '') return;
    const body = JSON.stringify(payload);
    if (this.#unwritten >= MOST_UNWRITTEN) return this.#drop(callId, 'TOO_MANY');
    if (Buffer.byteLength(body) > MOST_BODY_BYTES) return this.#drop(callId, 'TOO_LONG');
    const callback = { id: payload.id, callId, url, body, createdAt: this.#parts.clock.now() };
    this.#unwritten++;
    const writing = this.#write(callback, this.#writing.get(callId)).finally(() => {
      this.#unwritten--;
      if (this.#writing.get(callId) === writing) this.#writing.delete(callId);
    });
    this.#writing.set(callId, writing);
  }

  /** Posts a sample once and keeps nothing; null: callbacks are off. Never rejects. */
  async sendSample(url: string): Promise<Delivery | null> {
    const id = randomUUID();
    const at = new Date(this.#parts.clock.now()).toISOString();
    const body = JSON.stringify({ id, type: 'sample', at });
    return (await (await this.#sender)?.send({ id, url, body })) ?? null;
  }

  /** Resolves when what is under way is over, which is soon. Unsent callbacks stay in the store. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelPeriodicLook();
    for (const cancel of this.#looks.values()) cancel();
    this.#closing.abort();
    const working = Promise.all([...this.#writing.values(), ...this.#sending]);
    await within(this.#parts.clock, CLOSED_WITHIN_MS, working, undefined);
    (await this.#sender)?.close();
  }

  // ---- writing ----

  async #write(callback: Callback, before: Promise<void> | undefined): Promise<void> {
    await before;
    const { store, clock } = this.#parts;
    for (let pauseMs = WRITE_AGAIN_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_WRITE_PAUSE_MS)) {
      const isLast = this.#isClosed || clock.now() - callback.createdAt > WRITE_FOR_MS;
      try {
        await store.addCallback(callback);
        return this.#lookIn(0);
      } catch (error) {
        if (isLast || (error instanceof StoreError && error.isAboutData))
          return this.#drop(callback.callId, error instanceof StoreError ? error.code : 'UNKNOWN');
      }
      await this.#pause(pauseMs);
    }
  }

  #drop(callId: CallId, code: string): void {
    this.#parts.log(`lost a callback of call ${callId} (${code})`);
  }

  // ---- sending ----

  #lookIn(ms: number): void {
    const at = Math.ceil(this.#parts.clock.now() + ms);
    if (this.#isClosed || this.#parts.secret === '' || this.#looks.has(at)) return;
    // Beyond these, the periodic look is soon enough.
    if (ms > 0 && this.#looks.size >= MOST_LOOKS) return;
    const cancel = this.#parts.clock.after(ms, () => {
      this.#looks.delete(at);
      void this.#look();
    });
    this.#looks.set(at, cancel);
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    if (this.#isClosed) return;
    if (this.#isLooking) {
      this.#hasNews = true;
      return;
    }
    const room = MOST_AT_ONCE - this.#sending.size;
    // The next callback that finishes looks again.
    if (room <= 0) return;
    this.#isLooking = true;
    this.#hasNews = false;
    this.#cancelPeriodicLook();
    this.#cancelPeriodicLook = this.#parts.clock.after(LOOK_EVERY_MS, () => void this.#look());
    try {
      const now = this.#parts.clock.now();
      const due = await this.#parts.store.takeDueCallbacks(now, now + TAKEN_FOR_MS, room);
      // What was taken in vain is due again soon.
      if (!this.#isClosed) for (const callback of due) this.#begin(callback);
      if (due.length === room) this.#hasNews = true;
    } catch {
      this.#lookIn(STORE_AGAIN_MS);
    } finally {
      this.#isLooking = false;
      if (this.#hasNews) this.#lookIn(0);
    }
  }

  #begin(callback: CallbackState): void {
    const sending = this.#send(callback).finally(() => {
      this.#sending.delete(sending);
      // The next callback of this call may be due.
      this.#lookIn(0);
    });
    this.#sending.add(sending);
  }

  /** Never rejects. */
  async #send(callback: CallbackState): Promise<void> {
    const delivery = await (await this.#sender)?.send(callback);
    if (delivery === undefined) return;
    const now = this.#parts.clock.now();
    const attempt = attemptOf(delivery, callback.attempts, now);
    if (attempt.nextAt !== null) this.#lookIn(attempt.nextAt - now + EARLY_MS);
    if (attempt.nextAt === null && attempt.deliveredAt === null)
      this.#parts.log(`a callback of call ${callback.callId} was given up (${attempt.lastProblem})`);
    // Until then no other process takes it; if this cannot be written, it is sent once more.
    const until = now + TAKEN_FOR_MS - SENT_WITHIN_MS;
    for (;;) {
      try {
        return await this.#parts.store.noteAttempt(callback.id, attempt);
      } catch {
        if (this.#isClosed || this.#parts.clock.now() >= until) return;
      }
      await this.#pause(STORE_AGAIN_MS);
    }
  }

  #pause(ms: number): Promise<void> {
    return pause(this.#parts.clock, ms, this.#closing.signal);
  }
}

async function senderOf(parts: CallbacksParts): Promise<CallbackSender> {
  const { CallbackSender } = await import('./callback-sender.ts');
  return new CallbackSender({ ...parts, withinMs: SENT_WITHIN_MS });
}

type Attempt = Pick<CallbackState, 'nextAt' | 'deliveredAt' | 'lastProblem'>;

function attemptOf(delivery: Delivery, attempts: number, now: number): Attempt {
  if (delivery.is === 'delivered') return { nextAt: null, deliveredAt: now, lastProblem: null };
  const waitMs = delivery.isFinal ? undefined : RETRY_AFTER_MS[attempts];
  return {
    nextAt: waitMs === undefined ? null : now + Math.round(waitMs * (1 + JITTER * Math.random())),
    deliveredAt: null,
    lastProblem: delivery.problem,
  };
}
