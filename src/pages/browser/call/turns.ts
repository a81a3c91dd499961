// The turns of a call, folded from its events: how long the caller waited for each reply, and where that time went. The parts
// of a wait lie end to end, so they sum to it. Pure.
import type { CallEvent, TurnOutcome } from '../../../call/call.ts';

/** Who can shorten a part. */
export type Owner = 'setting' | 'openai' | 'agent' | 'relay' | 'network';

export type PartName =
  | 'silence'
  | 'transcript'
  | 'gathered'
  | 'first word'
  | 'first sentence'
  | 'voice'
  | 'line';

export interface Part {
  readonly name: PartName;
  readonly owner: Owner;
  /** After the beginning of the wait. */
  readonly fromMs: number;
  readonly lengthMs: number;
}

/** What the agent received with its request. */
export interface Told {
  readonly text: string;
  readonly notes: readonly string[];
  readonly heardOfLast: string | null;
}

export interface Mark {
  readonly at: number;
  readonly kind: 'filler' | 'held' | 'resumed' | 'voice away' | 'line away' | 'taken up' | 'failed';
  readonly words: string;
}

export interface Turn {
  /** The process that takes a call up counts its turns from one again; the key does not. */
  readonly key: string;
  readonly id: number;
  /** What the caller said; '' where the agent opens, or words are not kept. */
  readonly asked: string;
  readonly startedAt: number;
  /** Since when the caller waits: their last word, or the beginning of the turn where they said nothing. */
  readonly waitsSince: number;
  /** From there to the ear; null where the caller has heard nothing of it. */
  readonly waitMs: number | null;
  readonly parts: readonly Part[];
  readonly marks: readonly Mark[];
  readonly told: Told | null;
  readonly said: string;
  readonly heard: string | null;
  /** null: it is under way, or its process died. */
  readonly outcome: TurnOutcome | null;
  readonly failure: string | null;
}

/** In the order of a wait; each part ends with its event. */
const PARTS: readonly (readonly [PartName, Owner])[] = [
  ['silence', 'setting'],
  ['transcript', 'openai'],
  ['gathered', 'relay'],
  ['first word', 'agent'],
  ['first sentence', 'agent'],
  ['voice', 'openai'],
  ['line', 'network'],
];

interface Open {
  readonly turn: Turn;
  /** When each part ended, in the order of `PARTS`; null: not seen. */
  readonly ends: (number | null)[];
  readonly segments: string[];
}

export function turnsOf(events: Iterable<CallEvent>): Turn[] {
  const turns: Turn[] = [];
  const open = new Map<number, Open>();
  let process = 1;
  let spoke: Spoken = NOTHING_SAID;
  let marks: Mark[] = [];
  const close = (id: number, end: Partial<Turn>): void => {
    const found = open.get(id);
    if (found === undefined) return;
    open.delete(id);
    turns.push({ ...closed(found, marks), ...end });
  };
  for (const event of events) {
    const mark = markOf(event);
    if (mark !== null) marks = [...marks, mark];
    switch (event.type) {
      case 'caller-began-speaking':
      case 'caller-stopped-speaking':
      case 'caller-said':
        spoke = afterSpeech(spoke, event);
        break;
      case 'call-taken-up':
        for (const id of open.keys()) close(id, {});
        process += 1;
        break;
      case 'turn-started':
        close(event.turnId, {});
        open.set(event.turnId, opened(event, process, spoke));
        spoke = NOTHING_SAID;
        break;
      case 'turn-finished':
        close(event.turnId, {
          said: event.said,
          heard: event.heard,
          outcome: event.outcome,
          failure: event.failure,
        });
        break;
      default:
        note(open, event);
        break;
    }
  }
  for (const id of open.keys()) close(id, {});
  return turns.sort((one, other) => one.startedAt - other.startedAt);
}

interface Spoken {
  readonly lastWordAt: number | null;
  readonly closedAt: number | null;
  readonly saidAt: number | null;
}

const NOTHING_SAID: Spoken = { lastWordAt: null, closedAt: null, saidAt: null };

function afterSpeech(spoke: Spoken, event: CallEvent): Spoken {
  switch (event.type) {
    case 'caller-stopped-speaking':
      return { lastWordAt: event.at, closedAt: event.at, saidAt: spoke.saidAt };
    case 'caller-said':
      return { ...spoke, saidAt: event.at };
    default:
      return spoke;
  }
}

function opened(
  event: Extract<CallEvent, { type: 'turn-started' }>,
  process: number,
  { lastWordAt, closedAt, saidAt }: Spoken,
): Open {
  const { turnId: id, text: asked, at: startedAt } = event;
  const turn: Turn = {
    key: `${process}.${id}`,
    id,
    asked,
    startedAt,
    waitsSince: lastWordAt ?? closedAt ?? saidAt ?? startedAt,
    waitMs: null,
    parts: [],
    marks: [],
    told: null,
    said: '',
    heard: null,
    outcome: null,
    failure: null,
  };
  return { turn, ends: [closedAt, saidAt, startedAt, null, null, null, null], segments: [] };
}

function note(open: Map<number, Open>, event: CallEvent): void {
  const found = 'turnId' in event && event.turnId !== null ? open.get(event.turnId) : undefined;
  if (found === undefined) return;
  const { ends, segments, turn } = found;
  switch (event.type) {
    case 'agent-told': {
      const { text, notes, heardOfLast } = event;
      open.set(turn.id, { ...found, turn: { ...turn, told: turn.told ?? { text, notes, heardOfLast } } });
      return;
    }
    case 'agent-began-replying':
      ends[3] ??= event.at;
      return;
    case 'segment-asked':
      ends[4] ??= event.at;
      segments.push(event.text);
      return;
    case 'reply-began':
      ends[5] ??= event.at;
      return;
    case 'reply-heard':
      ends[6] ??= event.at;
      return;
    default:
      return;
  }
}

function closed({ turn, ends, segments }: Open, marks: readonly Mark[]): Turn {
  const { waitsSince } = turn;
  const heardAt = ends[6] ?? null;
  const lastAt = heardAt ?? Math.max(...ends.map((at) => at ?? 0), turn.startedAt);
  return {
    ...turn,
    said: segments.join(' '),
    waitMs: heardAt === null ? null : heardAt - waitsSince,
    parts: partsBetween(waitsSince, ends),
    marks: marks.filter(({ at }) => at >= waitsSince && at <= lastAt),
  };
}

/** A part that was not seen has no length, and the next one takes its time. Events may come in another order than they mean. */
function partsBetween(since: number, ends: readonly (number | null)[]): Part[] {
  const parts: Part[] = [];
  let from = since;
  PARTS.forEach(([name, owner], at) => {
    const end = ends[at] ?? null;
    if (end === null || end <= from) return;
    parts.push({ name, owner, fromMs: from - since, lengthMs: end - from });
    from = end;
  });
  return parts;
}

function markOf(event: CallEvent): Mark | null {
  const { at } = event;
  switch (event.type) {
    case 'line-spoken':
      if (event.line === 'filler')
        return { at, kind: 'filler', words: 'the relay said that it takes a moment' };
      if (event.line === 'apology') return { at, kind: 'failed', words: 'the relay apologised' };
      return null;
    case 'reply-held':
      return { at, kind: 'held', words: 'held: the caller made a sound' };
    case 'reply-resumed':
      return { at, kind: 'resumed', words: 'resumed' };
    case 'speech-away':
      return { at, kind: 'voice away', words: 'the voice was away' };
    case 'line-lost':
      return { at, kind: 'line away', words: 'the line was away' };
    case 'call-taken-up':
      return { at, kind: 'taken up', words: 'another process took the call up' };
    default:
      return null;
  }
}
