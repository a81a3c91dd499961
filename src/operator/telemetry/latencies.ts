// How long each stage of an answer took, derived from CallEvents. Measures clear cases only: turns that the caller's words began
// and that no sound of the caller held up. Times are the relay's: when it was told, and when the mark after the first audio
// came back.
import type { CallEvent, CallId } from '../../call/call.ts';

/**
 * `transcript`: the VAD closed the utterance → its words are there. `agent`: the words → the agent's first. `sentence`: the
 * agent's first word → the first segment is asked for. `voice`: that → its first audio is on the line.
 */
export type Stage = 'transcript' | 'agent' | 'sentence' | 'voice';

export interface LatencyListener {
  readonly onStage: (stage: Stage, ms: number) => void;
  /** The VAD closed the utterance → the answer was heard, or the filler began. */
  readonly onSound: (sound: 'answer' | 'filler', ms: number) => void;
}

/** The progress of the answer to the caller. */
interface Answer {
  readonly turnId: number;
  readonly closedAt: number;
  readonly saidAt: number;
  firstWordAt: number | null;
  askedAt: number | null;
}

interface Told {
  /** When the VAD closed the last utterance; null once its words came. */
  openSince: number | null;
  /** The last utterance: when it was closed, and when its words came. */
  said: { readonly closedAt: number; readonly at: number } | null;
  answer: Answer | null;
}

export class Latencies {
  readonly #listener: LatencyListener;
  readonly #calls = new Map<CallId, Told>();

  constructor(listener: LatencyListener) {
    this.#listener = listener;
  }

  /** Calls that are followed. */
  get size(): number {
    return this.#calls.size;
  }

  /** A subscriber of CallEvents. */
  readonly take = (event: CallEvent): void => {
    if (event.type === 'call-ended') {
      this.#calls.delete(event.callId);
      return;
    }
    if (event.type === 'line-connected' && !this.#calls.has(event.callId))
      this.#calls.set(event.callId, { openSince: null, said: null, answer: null });
    // A late event of a call that has ended must not start it again.
    const told = this.#calls.get(event.callId);
    if (told !== undefined) this.#follow(event, told);
  };

  #follow(event: CallEvent, told: Told): void {
    switch (event.type) {
      case 'caller-stopped-speaking':
        told.openSince = event.at;
        return;
      case 'caller-said':
        if (told.openSince !== null) {
          this.#listener.onStage('transcript', event.at - told.openSince);
          told.said = { closedAt: told.openSince, at: event.at };
          told.openSince = null;
        }
        return;
      case 'turn-started': {
        const { said } = told;
        const isAnswer = event.text !== '' && said !== null;
        told.said = null;
        told.answer = isAnswer
          ? {
              turnId: event.turnId,
              closedAt: said.closedAt,
              saidAt: said.at,
              firstWordAt: null,
              askedAt: null,
            }
          : null;
        return;
      }
      case 'line-spoken':
        if (event.line === 'filler' && told.answer !== null)
          this.#listener.onSound('filler', event.at - told.answer.closedAt);
        return;
      case 'reply-held':
      case 'line-lost':
        // From here on the wait is not the answer's.
        told.answer = null;
        return;
      case 'agent-began-replying':
      case 'segment-asked':
      case 'reply-began':
      case 'reply-heard':
        if (told.answer !== null && told.answer.turnId === event.turnId)
          this.#followAnswer(event, told.answer);
        return;
      case 'turn-finished':
        if (told.answer?.turnId === event.turnId) told.answer = null;
        return;
      default:
        return;
    }
  }

  #followAnswer({ type, at }: CallEvent, answer: Answer): void {
    const { onStage, onSound } = this.#listener;
    switch (type) {
      case 'agent-began-replying':
        answer.firstWordAt = at;
        return onStage('agent', at - answer.saidAt);
      case 'segment-asked':
        if (answer.askedAt !== null || answer.firstWordAt === null) return;
        answer.askedAt = at;
        return onStage('sentence', at - answer.firstWordAt);
      case 'reply-began':
        return answer.askedAt === null ? undefined : onStage('voice', at - answer.askedAt);
      case 'reply-heard':
        return onSound('answer', at - answer.closedAt);
      default:
        return;
    }
  }
}
