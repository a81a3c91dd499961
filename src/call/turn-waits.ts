// How long the caller waited for an answer: from the end of their last word until they hear the first sound of the reply. Its
// parts follow each other, so they sum to the silence that the caller heard. Pure, and fed with one call's events in order.
import type { CallEvent } from './call.ts';

/**
 * `closing`: their last word → the VAD closes the utterance. `transcript`: → its words come. `sure`: → the turn starts, because
 * they have surely finished. `agent`: → the agent's first word. `sentence`: → its first sentence. `voice`: → the first sound of
 * it goes to the line. `line`: → the caller hears it.
 */
export const WAIT_PARTS = ['closing', 'transcript', 'sure', 'agent', 'sentence', 'voice', 'line'] as const;
export type WaitPart = (typeof WAIT_PARTS)[number];

export interface TurnWait {
  readonly turnId: number;
  /** When the caller's last word ended. */
  readonly saidAt: number;
  readonly heardAt: number;
  readonly waitMs: number;
  readonly parts: Readonly<Record<WaitPart, number>>;
}

type Said = Pick<TurnWait, 'saidAt'> & { readonly closedAt: number; readonly at: number };

interface Pending {
  readonly turnId: number;
  readonly said: Said;
  readonly startedAt: number;
  repliedAt: number | null;
  askedAt: number | null;
  beganAt: number | null;
}

export class TurnWaits {
  #closedAt: number | null = null;
  #said: Said | null = null;
  #turn: Pending | null = null;

  /** Returns the wait that this event ended. A turn without the caller's words, or whose reply nobody heard, has none. */
  take(event: CallEvent): TurnWait | null {
    const { at } = event;
    switch (event.type) {
      case 'caller-stopped-speaking':
        this.#closedAt = at;
        return null;
      case 'caller-said': {
        // Records of older versions begin with the VAD's word.
        const saidAt = event.silentMs === undefined ? (this.#closedAt ?? at) : at - event.silentMs;
        this.#said = { saidAt, closedAt: between(saidAt, this.#closedAt ?? at, at), at };
        this.#closedAt = null;
        return null;
      }
      case 'turn-started': {
        const said = this.#said;
        this.#said = null;
        const nothing = { repliedAt: null, askedAt: null, beganAt: null };
        this.#turn = said === null ? null : { turnId: event.turnId, said, startedAt: at, ...nothing };
        return null;
      }
      case 'call-taken-up':
        // Another process counts its turns anew.
        this.#turn = null;
        return null;
      case 'agent-began-replying':
        if (this.#turn?.turnId === event.turnId) this.#turn.repliedAt ??= at;
        return null;
      case 'segment-asked':
        if (this.#turn !== null && this.#turn.turnId === event.turnId) this.#turn.askedAt ??= at;
        return null;
      case 'reply-began':
        if (this.#turn?.turnId === event.turnId) this.#turn.beganAt ??= at;
        return null;
      case 'reply-heard': {
        const turn = this.#turn;
        if (turn?.turnId !== event.turnId) return null;
        this.#turn = null;
        return waitOf(turn, at);
      }
      default:
        return null;
    }
  }
}

function waitOf({ turnId, said, startedAt, ...later }: Pending, heardAt: number): TurnWait {
  const repliedAt = later.repliedAt ?? startedAt;
  const askedAt = later.askedAt ?? repliedAt;
  const beganAt = later.beganAt ?? askedAt;
  return {
    turnId,
    saidAt: said.saidAt,
    heardAt,
    waitMs: heardAt - said.saidAt,
    parts: {
      closing: said.closedAt - said.saidAt,
      transcript: said.at - said.closedAt,
      sure: startedAt - said.at,
      agent: repliedAt - startedAt,
      sentence: askedAt - repliedAt,
      voice: beganAt - askedAt,
      line: heardAt - beganAt,
    },
  };
}

function between(least: number, value: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}
