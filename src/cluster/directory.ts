// Which process has which call, and how many each has. The primary keeps it, so that a webhook or a stream finds its call
// whichever process it came to. Names only: nothing of a call itself.
import { isBrowserId } from '../call/call-id.ts';
import type { CallId } from '../call/call.ts';
import type { Elsewhere, Holding } from './messages.ts';

/** `placed`: a call that was given to a process, which has not said yet that it has it. */
type Held = Exclude<Holding, 'gone'> | 'placed';

interface Entry {
  readonly process: number;
  readonly how: Held;
}

const NOTHING: Elsewhere = { live: 0, waiting: 0, talks: 0 };

export class Directory {
  readonly #calls = new Map<CallId, Entry>();
  readonly #counts = new Map<number, Elsewhere>();

  /** The process that has the call; null if none has. */
  of(callId: CallId): number | null {
    return this.#calls.get(callId)?.process ?? null;
  }

  /** A process says what it has of a call. One that has lost it to another cannot take it from there. */
  note(process: number, callId: CallId, how: Holding): void {
    const known = this.#calls.get(callId);
    if (how === 'gone' || how === 'ended') {
      if (known !== undefined && known.process !== process) return;
    }
    this.#set(callId, how === 'gone' ? null : { process, how });
  }

  /** Counts the call as this process's until it says what came of it. */
  place(process: number, callId: CallId): void {
    this.#set(callId, { process, how: 'placed' });
  }

  /** The process did not take the call that it was given, such as when all lines are busy. */
  unplace(process: number, callId: CallId): void {
    const known = this.#calls.get(callId);
    if (known?.process === process && known.how === 'placed') this.#set(callId, null);
  }

  /** A process is gone. Returns how many live calls it had. */
  forget(process: number): number {
    let live = 0;
    for (const [callId, entry] of this.#calls) {
      if (entry.process !== process) continue;
      if (entry.how === 'live') live++;
      this.#set(callId, null);
    }
    this.#counts.delete(process);
    return live;
  }

  /** The calls of one process. */
  count(process: number): Elsewhere {
    return this.#counts.get(process) ?? NOTHING;
  }

  /** The calls of all processes but this one. */
  elsewhere(process: number): Elsewhere {
    let { live, waiting, talks } = NOTHING;
    for (const [other, count] of this.#counts) {
      if (other === process) continue;
      live += count.live;
      waiting += count.waiting;
      talks += count.talks;
    }
    return { live, waiting, talks };
  }

  #set(callId: CallId, entry: Entry | null): void {
    const known = this.#calls.get(callId);
    if (known !== undefined) this.#add(callId, known, -1);
    if (entry === null) this.#calls.delete(callId);
    else {
      this.#calls.set(callId, entry);
      this.#add(callId, entry, 1);
    }
  }

  #add(callId: CallId, { process, how }: Entry, one: 1 | -1): void {
    const { live, waiting, talks } = this.count(process);
    const isLive = how === 'live' || how === 'placed';
    // W2: a talk takes no place of MAX_CALLS.
    const isTalk = isBrowserId(callId);
    this.#counts.set(process, {
      live: live + (isLive && !isTalk ? one : 0),
      waiting: waiting + (how === 'waiting' ? one : 0),
      talks: talks + (isLive && isTalk ? one : 0),
    });
  }
}
