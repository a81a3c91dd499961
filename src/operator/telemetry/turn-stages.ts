// The turns of a call and their stages, derived from CallEvents: one tracker for histograms (latencies.ts) and traces
// (call-spans.ts). Times are the relay's: when it was told, and when the mark after the first audio came back.
import type { CallEvent } from '../../call/call.ts';
import type { AgentFailure } from '../../call/ports.ts';

/**
 * `transcript`: the VAD closed the utterance → its words. `agent`: the words → the agent's first. `sentence`: that → the
 * first segment is requested. `voice`: that → its first audio is on the line. `playout`: that → the end of the turn.
 * `apology`: the fixed line after a failure of the agent.
 */
export type TurnStage = 'transcript' | 'agent' | 'sentence' | 'voice' | 'playout' | 'apology';

export interface FollowedTurn {
  readonly id: number;
  /** The utterance that it answers: when its words came, and when the VAD closed it, null if unknown. */
  readonly said: { readonly at: number; readonly closedAt: number | null } | null;
  /** Whether a sound of the caller or a lost line has held it up. */
  isHeldUp: boolean;
  stage: TurnStage;
  since: number;
}

export class TurnStages {
  #closedAt: number | null = null;
  #said: FollowedTurn['said'] = null;
  #turn: FollowedTurn | null = null;

  /** null between two turns. */
  get turn(): FollowedTurn | null {
    return this.#turn;
  }

  /** Returns the stage that `event` ended and when it began, if another one follows it. */
  take(event: CallEvent): { readonly stage: TurnStage; readonly since: number } | null {
    const { at } = event;
    switch (event.type) {
      case 'caller-stopped-speaking':
        this.#closedAt = at;
        return null;
      case 'caller-said': {
        const since = this.#closedAt;
        this.#said = { at, closedAt: since };
        this.#closedAt = null;
        return since === null ? null : { stage: 'transcript', since };
      }
      case 'turn-started': {
        const said = event.text === '' ? null : this.#said;
        this.#said = null;
        this.#turn = { id: event.turnId, said, isHeldUp: false, stage: 'agent', since: said?.at ?? at };
        return null;
      }
      case 'reply-held':
      case 'line-lost':
        if (this.#turn !== null) this.#turn.isHeldUp = true;
        return null;
      case 'line-spoken':
        return event.line === 'apology' ? this.#move(this.#turn, 'agent', 'apology', at) : null;
      case 'agent-began-replying':
        return this.#move(this.#with(event.turnId), 'agent', 'sentence', at);
      case 'segment-asked':
        return this.#move(this.#with(event.turnId), 'sentence', 'voice', at);
      case 'reply-began':
        return this.#move(this.#with(event.turnId), 'voice', 'playout', at);
      case 'turn-finished':
        if (this.#turn?.id === event.turnId) this.#turn = null;
        return null;
      default:
        return null;
    }
  }

  #with(turnId: number | null): FollowedTurn | null {
    return this.#turn?.id === turnId ? this.#turn : null;
  }

  #move(turn: FollowedTurn | null, from: TurnStage, to: TurnStage, at: number) {
    if (turn?.stage !== from) return null;
    const { since } = turn;
    turn.stage = to;
    turn.since = at;
    return { stage: from, since };
  }
}

const FAILURES = [
  'timeout',
  'unavailable',
  'refused',
  'rate-limited',
  'malformed',
] as const satisfies readonly AgentFailure[];

/** `failure` of a finished turn is a kind and a detail; the detail is neither label nor attribute. */
export function failureKind(failure: string): AgentFailure | 'other' {
  return FAILURES.find((kind) => failure.startsWith(`${kind}:`)) ?? 'other';
}
