// How a live call leaves: its last words first (E1), then its end, or an errand (E5) for which the carrier takes it from
// its stream and from which it may come back. Last words conclude once, however the line ends meanwhile.
import type { BridgeSettings, CallParts } from './bridge-parts.ts';
import { LINE_WAIT_MS } from './caller-line.ts';
import type { CallCommand, EndReason, Errand, FixedLineName, TransferFailure } from '../call/call.ts';
import { transferFailedNote } from '../call/notes.ts';
import type { Carrier } from '../call/ports.ts';

export interface EndingParts extends CallParts {
  readonly carrier: Carrier | null;
  /** Ends whatever is being said or thought up. */
  readonly hush: () => void;
}

/** A transfer rings for 25 s; then the carrier takes a moment to report it. */
const RINGING_MS = 30_000;
const LAST_WORDS_CAP_MS = 15_000;
const SLOWEST_MS_PER_CHARACTER = 120;

/** What happens once the caller has heard the last words; if cancellable, their speech cancels it. */
interface Closing {
  readonly next: EndReason | Errand;
  readonly isCancellable: boolean;
}

export class Ending {
  readonly #parts: EndingParts;
  #closing: Closing | null = null;
  #errand: Errand | null = null;

  constructor(parts: EndingParts) {
    this.#parts = parts;
  }

  get isClosing(): boolean {
    return this.#closing !== null;
  }

  /** Whether last words are being spoken, or an errand has the call. */
  get isLeaving(): boolean {
    return this.#closing !== null || this.#errand !== null;
  }

  /** Whether the caller may speak into the last words and stay. */
  get isCancellable(): boolean {
    return this.#closing?.isCancellable !== false;
  }

  /** The errand that has the call while its stream is gone. */
  get errand(): Errand | null {
    return this.#errand;
  }

  /** Another process gave the carrier this errand, or was about to. */
  resume(errand: Errand): void {
    this.#errand = errand;
  }

  /** The caller stays, or is back. */
  cancel(): void {
    this.#closing = null;
    this.#errand = null;
  }

  /** The caller has heard the last words, or their line is gone. Returns false if there were none. */
  concludeIfClosing(hasCallerHungUp: boolean): boolean {
    const closing = this.#closing;
    if (closing === null) return false;
    const { next } = closing;
    if (typeof next === 'string') this.#parts.end(next);
    else if (hasCallerHungUp) this.#parts.end('caller-hung-up');
    else this.#leaveFor(next);
    return true;
  }

  /** Speaks a fixed line as the last words, and then ends the call. */
  sayAndEnd(line: FixedLineName, reason: EndReason): void {
    // During an errand nobody would hear it, and the call continues at the carrier.
    if (this.#errand !== null) this.#parts.end(reason);
    else this.#sayAndThen(line, reason, reason === 'silence');
  }

  /** Speaks this as the last words, which nothing cancels, and then ends the call. */
  leaveMessage(text: string, reason: EndReason): void {
    const takesMs = text.length * SLOWEST_MS_PER_CHARACTER;
    this.#closeWith(() => this.#parts.voice.say(text, null), reason, false, takesMs);
  }

  /** E1: obeys the agent, once the caller has heard its last words. */
  obey(command: CallCommand, hasLastWords: boolean): void {
    switch (command.type) {
      case 'end':
        return this.#parts.end('agent-ended');
      case 'send-digits':
        return this.#leaveFor(command);
      case 'transfer': {
        const errand = { ...command, say: '', otherwise: null };
        return hasLastWords ? this.#leaveFor(errand) : this.#sayAndThen('transferring', errand, true);
      }
    }
  }

  /** The caller reaches no agent, and hears why; a human at `to` takes the call, or it ends if that is null. */
  turnAway(line: NonNullable<BridgeSettings['closed']>['line'], to: string | null): void {
    this.#sayAndThen(line, to === null ? line : lastResort(to, line, ''), false);
  }

  /** T8, R1: agent or voice is gone for good. A human takes the call, if there is one; never dead air. */
  giveUp(reason: EndReason): void {
    const { voice, settings } = this.#parts;
    const to = settings.transfers.usual;
    const line = to === null ? 'giving-up' : 'to-a-human';
    const canSpeak = reason !== 'speech-lost' || voice.hasInMemory(line);
    if (canSpeak) this.#sayAndThen(line, to === null ? reason : lastResort(to, reason, ''), false);
    else if (to === null) this.#parts.end(reason);
    else this.#leaveFor(lastResort(to, reason, settings.lines[line]));
  }

  /** Somebody answered the transfer: the call is theirs. Returns what they hear first, '' for nothing. */
  transferAnswered(): string {
    const summary = this.#errand?.type === 'transfer' ? this.#errand.summary : '';
    this.#parts.end('transferred');
    return summary;
  }

  /** Nobody answered the transfer: the caller comes back, and the agent already prepares what to say. */
  transferFailed(why: TransferFailure): void {
    const errand = this.#errand;
    if (errand?.type !== 'transfer') return;
    this.#errand = null;
    this.#parts.emit({ type: 'transfer-failed', why });
    this.#parts.line.await('line-lost', LINE_WAIT_MS);
    if (errand.otherwise !== null) this.#sayAndThen('giving-up', errand.otherwise, false);
    else this.#parts.dialogue.prompt(transferFailedNote(TRANSFER_FAILURES[why]));
  }

  #sayAndThen(line: FixedLineName, next: Closing['next'], isCancellable: boolean): void {
    this.#closeWith(() => this.#parts.voice.sayLine(line), next, isCancellable);
  }

  #closeWith(say: () => void, next: Closing['next'], isCancellable: boolean, takesMs = 0): void {
    if (this.#closing !== null) return;
    this.#parts.hush();
    const closing = { next, isCancellable };
    this.#closing = closing;
    say();
    const capMs = LAST_WORDS_CAP_MS + takesMs + (this.#parts.line.isHere ? 0 : LINE_WAIT_MS);
    this.#parts.clock.after(capMs, () => {
      if (this.#closing === closing) this.concludeIfClosing(false);
    });
  }

  #leaveFor(errand: Errand): void {
    const { carrier, line, emit } = this.#parts;
    this.#closing = null;
    this.#errand = errand;
    const left = line.detach();
    if (errand.type === 'transfer') emit({ type: 'transfer-began', to: errand.to });
    else emit({ type: 'digits-sent', digits: errand.digits });
    const takesMs = errand.type === 'transfer' ? RINGING_MS : errand.digits.length * 1000;
    line.await('line-lost', LINE_WAIT_MS + takesMs);
    if (carrier === null || left === null) left?.close();
    else void carrier.redirect(errand).then((isDone) => (isDone ? undefined : left.close()));
  }
}

const TRANSFER_FAILURES: Readonly<Record<TransferFailure, string>> = {
  busy: 'the line was busy',
  'no-answer': 'nobody answered',
  failed: 'the number could not be reached',
  'not-allowed': 'it is not allowed',
};

/** Whether what broke may have taken the voice that would have told the caller so. */
export function canLeaveUntold(reason: EndReason): boolean {
  return reason === 'bug' || reason === 'bad-input' || reason === 'speech-lost';
}

function lastResort(to: string, otherwise: EndReason, say: string): Errand {
  return { type: 'transfer', to, summary: '', say, otherwise };
}
