// The turns of a call, folded from its events: how long the caller waited for each reply, and where that time went, by the
// server's own rules. Pure.
import type { CallEvent, TurnOutcome } from '../../../call/call.ts';
import { type TurnWait, TurnWaits, WAIT_PARTS, type WaitPart } from '../../../call/turn-waits.ts';

export interface Part {
  readonly name: WaitPart;
  /** After the beginning of the wait. The parts lie end to end, so they sum to it. */
  readonly fromMs: number;
  readonly lengthMs: number;
}

/** What the agent received with its request. */
export interface Told {
  readonly text: string;
  readonly notes: readonly string[];
  readonly heardOfLast: string | null;
}

/** Something that happened while the caller waited. */
export interface Mark {
  readonly at: number;
  readonly words: string;
}

export interface Turn {
  /** The process that takes a call up counts its turns from one again; the key does not. */
  readonly key: string;
  readonly id: number;
  /** What the caller said; '' where the agent opens, or words are not kept. */
  readonly asked: string;
  readonly startedAt: number;
  /** null: the caller has said nothing, or has heard nothing of the reply. */
  readonly wait: TurnWait | null;
  readonly parts: readonly Part[];
  readonly marks: readonly Mark[];
  readonly told: Told | null;
  /** null: it is under way, or its process died. */
  readonly outcome: TurnOutcome | null;
  readonly failure: string | null;
}

export function turnsOf(events: Iterable<CallEvent>): Turn[] {
  const turns: Turn[] = [];
  /** By turn ID, where the turn stands in `turns`. */
  const open = new Map<number, number>();
  const waits = new TurnWaits();
  const marks: Mark[] = [];
  let process = 1;
  const change = (id: number, change: Partial<Turn>): void => {
    const at = open.get(id);
    const turn = at === undefined ? undefined : turns[at];
    if (at !== undefined && turn !== undefined) turns[at] = { ...turn, ...change };
  };
  for (const event of events) {
    const mark = markOf(event);
    if (mark !== null) marks.push(mark);
    const wait = waits.take(event);
    if (wait !== null)
      change(wait.turnId, {
        wait,
        parts: partsOf(wait),
        marks: marks.filter(({ at }) => at >= wait.saidAt && at <= wait.heardAt),
      });
    switch (event.type) {
      case 'call-taken-up':
        open.clear();
        process += 1;
        break;
      case 'turn-started':
        open.set(event.turnId, turns.length);
        turns.push(begun(event, process));
        break;
      case 'agent-told': {
        // Of several requests of one turn the first is the turn's own.
        const isFirst = turns[open.get(event.turnId) ?? -1]?.told === null;
        const { text, notes, heardOfLast } = event;
        if (isFirst) change(event.turnId, { told: { text, notes, heardOfLast } });
        break;
      }
      case 'turn-finished':
        change(event.turnId, { outcome: event.outcome, failure: event.failure });
        open.delete(event.turnId);
        break;
      default:
        break;
    }
  }
  return turns;
}

function begun({ turnId, text, at }: Extract<CallEvent, { type: 'turn-started' }>, process: number): Turn {
  return {
    key: `${process}.${turnId}`,
    id: turnId,
    asked: text,
    startedAt: at,
    wait: null,
    parts: [],
    marks: [],
    told: null,
    outcome: null,
    failure: null,
  };
}

function partsOf({ parts }: TurnWait): Part[] {
  let fromMs = 0;
  return WAIT_PARTS.flatMap((name) => {
    const lengthMs = parts[name];
    const part = { name, fromMs, lengthMs };
    fromMs += lengthMs;
    return lengthMs > 0 ? [part] : [];
  });
}

function markOf(event: CallEvent): Mark | null {
  const { at } = event;
  switch (event.type) {
    case 'line-spoken':
      if (event.line === 'filler') return { at, words: 'the relay said that it takes a moment' };
      if (event.line === 'apology') return { at, words: 'the relay apologised' };
      return null;
    case 'reply-held':
      return { at, words: 'held: the caller made a sound' };
    case 'reply-resumed':
      return { at, words: 'resumed' };
    case 'speech-away':
      return { at, words: 'the voice was away' };
    case 'line-lost':
      return { at, words: 'the line was away' };
    case 'call-taken-up':
      return { at, words: 'another process took the call up' };
    default:
      return null;
  }
}
