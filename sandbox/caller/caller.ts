// Somebody on the telephone, whichever side dialled: speaks, presses keys, listens, hangs up. Knows nothing of streams or
// JSON, and hears only what was really played.
import type { Clock } from '../../src/call/ports.ts';
import { Ear, type HeardPiece } from './ear.ts';
import { Mouth } from './mouth.ts';
import { coughOf, soundOf } from '../tones.ts';
import type { Listener } from '../voice/voice.ts';

/** How a call ended, as the telephone side saw it. */
export type CallEnd =
  | { readonly how: 'caller-hung-up' | 'relay-hung-up' | 'busy' }
  /** Of a call out, before anybody answered it; and by Twilio, when it had lasted as long as it may. */
  | { readonly how: 'no-answer' | 'canceled' | 'time-limit' }
  | { readonly how: 'failed'; readonly because: Error };

/** What can be done with the telephone in the hand. */
export interface Handset {
  readonly hangUp: () => void;
  readonly dropLine: () => void;
  readonly sendRaw: (frame: string | Buffer) => void;
}

const HEARS_WITHIN_MS = 20_000;

export class Caller {
  /** By which Twilio knows the call. */
  readonly sid: string;
  readonly ended: Promise<CallEnd>;
  /** What `<Say>` told the caller; it is Twilio's own voice and not among what was `heard`. */
  readonly twimlSaid: string[] = [];
  /** Keys that Twilio pressed into the call. */
  readonly keysHeard: string[] = [];
  /** The telephone's side of them. */
  readonly mouth = new Mouth();
  readonly ear: Ear;
  readonly #handset: Handset;
  readonly #end = Promise.withResolvers<CallEnd>();

  /** @param listener how they understand; tones unless told otherwise. */
  constructor(sid: string, clock: Clock, handset: Handset, listener?: Listener) {
    this.sid = sid;
    this.ear = new Ear(clock, listener);
    this.#handset = handset;
    this.ended = this.#end.promise;
  }

  /** Says something, after what was said before; resolves once all of it has been sent. */
  says(text: string): Promise<void> {
    return this.mouth.say(soundOf(text));
  }

  coughs(ms: number): Promise<void> {
    return this.mouth.say(coughOf(ms));
  }

  /** Any µ-law audio. */
  sounds(audio: Buffer): Promise<void> {
    return this.mouth.say(audio);
  }

  presses(digits: string): Promise<void> {
    return this.mouth.press(digits);
  }

  /** Resolves with the words once they were heard, after those of the wait before. */
  hears(wanted: string | RegExp, { withinMs = HEARS_WITHIN_MS } = {}): Promise<string> {
    return this.ear.waitFor(wanted, withinMs);
  }

  hearsNothing({ forMs }: { forMs: number }): Promise<void> {
    return this.ear.waitForSilence(forMs);
  }

  /** All that was heard in the call so far; `~` where a voice was cut off in the middle of a sound. */
  get heard(): string {
    return this.ear.text;
  }

  get heardLog(): readonly HeardPiece[] {
    return this.ear.log;
  }

  hangsUp(): void {
    this.#handset.hangUp();
  }

  /** The stream's connection is cut without a word; the call itself goes on, and Twilio asks what next. */
  dropsLine(): void {
    this.#handset.dropLine();
  }

  /** Anything at all over the stream's socket, as Twilio never would. */
  sendsRaw(frame: string | Buffer): void {
    this.#handset.sendRaw(frame);
  }

  /** The telephone side: the call is over. */
  leave(end: CallEnd): void {
    const because = end.how === 'failed' ? end.because.message : end.how;
    this.mouth.close(new Error(`the call is over: ${because}`));
    this.ear.close(`the call is over: ${because}`);
    this.#end.resolve(end);
  }
}
