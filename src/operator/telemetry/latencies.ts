// How long each stage of an answer took. Measures clear cases only: turns that the caller's words began and that no sound
// of the caller held up.
import type { CallEvent, CallId } from '../../call/call.ts';
import { type TurnStage, TurnStages } from './turn-stages.ts';

export interface LatencyListener {
  readonly onStage: (stage: TurnStage, ms: number) => void;
  /** The VAD closed the utterance → the answer was heard, or the filler began. */
  readonly onSound: (sound: 'answer' | 'filler', ms: number) => void;
}

export class Latencies {
  readonly #listener: LatencyListener;
  readonly #calls = new Map<CallId, TurnStages>();

  constructor(listener: LatencyListener) {
    this.#listener = listener;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** A subscriber of CallEvents. */
  readonly take = (event: CallEvent): void => {
    const { callId, type } = event;
    if (type === 'line-connected' && !this.#calls.has(callId)) this.#calls.set(callId, new TurnStages());
    // A late event of a call that has ended must not start it again.
    const stages = this.#calls.get(callId);
    if (type === 'call-ended') this.#calls.delete(callId);
    else if (stages !== undefined) this.#measure(event, stages);
  };

  #measure(event: CallEvent, stages: TurnStages): void {
    const { onStage, onSound } = this.#listener;
    const { at, type } = event;
    const ended = stages.take(event);
    if (ended?.stage === 'transcript') return onStage('transcript', at - ended.since);
    const { turn } = stages;
    const closedAt = turn?.said?.closedAt ?? null;
    if (turn === null || turn.isHeldUp || closedAt === null) return;
    if (type === 'line-spoken' && event.line === 'filler') onSound('filler', at - closedAt);
    else if (type === 'reply-heard' && event.turnId === turn.id) onSound('answer', at - closedAt);
    else if (ended !== null && turn.stage !== 'apology') onStage(ended.stage, at - ended.since);
  }
}
