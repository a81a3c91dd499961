// So many calls at a time, for as long as it takes: each has a few turns and ends, and another comes in its place. They
// talk over each other and hang up in the middle of a sentence, each in its turn, for that is where things are left lying
// about.
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../src/call/system-clock.ts';
import { CallWatch, newMeasurements } from '../bench/call-watch.ts';
import type { FarEnds } from '../bench/far-ends.ts';
import { sentenceOf } from '../bench/script.ts';
import type { Caller } from '../caller/caller.ts';

/** No divisor or multiple of a frame's 20 ms: the calls' frames shall not all leave in the same instant. */
const BETWEEN_CALLS_MS = 47;
/** Long enough for a greeting. */
const BEFORE_FIRST_WORDS_MS = 1000;
/** A reply is over once nothing has sounded for so long. */
const HEARD_OUT_MS = 1000;
const BETWEEN_TURNS_MS = 1500;
const INTERRUPTS_AFTER_MS = 400;
const ANSWERS_WITHIN_MS = 15_000;
const MOST_TURNS = 4;
/** After a call that broke, so that a relay that is down is not run down by new calls. */
const AFTER_FAILURE_MS = 1000;

export class Callers {
  readonly failures: string[] = [];
  /** Calls that came to their end, and replies that were heard in all of them. */
  callsEnded = 0;
  replies = 0;
  readonly #farEnds: FarEnds;
  /** Of what is measured of a call, a soak needs none. */
  readonly #measurements = newMeasurements();
  #lines = 0;
  /** One call is placed at a time: the far ends tell sessions apart by that. */
  #placing: Promise<unknown> = Promise.resolve();

  constructor(farEnds: FarEnds) {
    this.#farEnds = farEnds;
  }

  /** Once `signal` aborts all hang up; resolves when the last call is over. */
  async hold(calls: number, signal: AbortSignal): Promise<void> {
    await Promise.all(Array.from({ length: calls }, () => this.#keepTalking(signal)));
  }

  /** One place at a telephone. Never rejects. */
  async #keepTalking(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const line = ++this.#lines;
      try {
        await this.#call(line, signal);
        if (!signal.aborted) this.callsEnded += 1;
      } catch (error) {
        if (signal.aborted) return;
        this.failures.push(`call ${line}: ${String(error)}`);
        await pause(AFTER_FAILURE_MS, null, { signal }).catch(() => {});
      }
    }
  }

  async #call(line: number, signal: AbortSignal): Promise<void> {
    const watch = new CallWatch(line, this.#measurements);
    const caller = await this.#place(watch, signal);
    if (caller === null) return;
    const endedTooSoon = caller.ended.then(({ how }) => {
      throw new Error(`the call ended: ${how}`);
    });
    try {
      await Promise.race([this.#converse(caller, watch, signal), endedTooSoon]);
    } finally {
      // It is over, and not too soon any more.
      endedTooSoon.catch(() => {});
      caller.hangsUp();
    }
    await caller.ended;
  }

  /** null where it is too late for another. */
  #place(watch: CallWatch, signal: AbortSignal): Promise<Caller | null> {
    const placed = this.#placing.then(async () => {
      if (signal.aborted) return null;
      const caller = await this.#farEnds.call(watch);
      await pause(BETWEEN_CALLS_MS);
      return caller;
    });
    this.#placing = placed.catch(() => {});
    return placed;
  }

  /**
   * By its number: how many turns a call has, whether it speaks into the replies, and whether it hears the last one out.
   * Rejects once the signal aborts.
   */
  async #converse(caller: Caller, watch: CallWatch, signal: AbortSignal): Promise<void> {
    const turns = 1 + (watch.line % MOST_TURNS);
    const interrupts = watch.line % 3 === 0;
    const hangsUpMidway = watch.line % 2 === 0;
    await pause(BEFORE_FIRST_WORDS_MS, null, { signal });
    for (let turn = 1; turn <= turns; turn++) {
      const reply = watch.nextReply();
      await caller.says(sentenceOf(watch.line));
      await withTimeout(reply, signal);
      this.replies += 1;
      if (turn === turns && hangsUpMidway) return;
      if (interrupts) {
        await pause(INTERRUPTS_AFTER_MS, null, { signal });
        continue;
      }
      while (watch.soundsUntil + HEARD_OUT_MS > systemClock.now())
        await pause(HEARD_OUT_MS, null, { signal });
      await pause(BETWEEN_TURNS_MS, null, { signal });
    }
  }
}

async function withTimeout(reply: Promise<void>, signal: AbortSignal): Promise<void> {
  const deadline = new AbortController();
  const given = AbortSignal.any([deadline.signal, signal]);
  const timeout = pause(ANSWERS_WITHIN_MS, null, { signal: given }).then(() => {
    throw new Error(`no answer within ${ANSWERS_WITHIN_MS} ms`);
  });
  await Promise.race([reply, timeout]).finally(() => deadline.abort());
}
