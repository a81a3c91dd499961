// What the live calls are doing right now, folded from the events of all calls. Pure: the page and its tests fold alike.
import type { CallEvent } from '../../../call/call.ts';
import type { CallSummary, Line } from '../api-types.ts';

export type Doing =
  | 'queued'
  | 'dialling'
  | 'ringing'
  | 'connecting'
  | 'listening'
  | 'caller speaking'
  | 'thinking'
  | 'agent speaking'
  | 'line away'
  | 'transferring';

export interface LiveCall {
  readonly id: string;
  readonly direction: 'inbound' | 'outbound';
  readonly via: 'phone' | 'browser';
  readonly from: string;
  readonly to: string;
  readonly profile: string;
  readonly startedAt: number;
  readonly doing: Doing;
  /** The last that was said, so far as it is known here. */
  readonly words: { readonly who: 'caller' | 'agent'; readonly text: string } | null;
}

export type LiveCalls = ReadonlyMap<string, LiveCall>;

/** The API's list of live calls; what was already known of one from its events stays. */
export function liveFrom(listed: readonly CallSummary[], known: LiveCalls): LiveCalls {
  const calls = listed.map((call): [string, LiveCall] => {
    const { id, direction, via, from, to, profile, startedAt, stage } = call;
    const { doing = STAGES[stage] ?? 'connecting', words = null } = known.get(id) ?? {};
    return [id, { id, direction, via, from, to, profile, startedAt: Date.parse(startedAt), doing, words }];
  });
  return new Map(calls);
}

const STAGES: Readonly<Partial<Record<CallSummary['stage'], Doing>>> = {
  queued: 'queued',
  dialling: 'dialling',
  ringing: 'ringing',
  'in-progress': 'listening',
};

/** A call that is not known yet stays unknown: the API's list brings it with its profile. */
export function afterEvent(calls: LiveCalls, event: CallEvent): LiveCalls {
  const call = calls.get(event.callId);
  if (call === undefined) return calls;
  const next = new Map(calls);
  if (event.type === 'call-ended' && event.reason !== 'handed-over') next.delete(event.callId);
  else next.set(event.callId, { ...call, ...changeBy(event) });
  return next;
}

/** The last words of a transcript, unless newer ones have come by an event. */
export function withLines(calls: LiveCalls, id: string, lines: readonly Line[]): LiveCalls {
  const call = calls.get(id);
  const last = lines.findLast(({ who, said }) => who !== 'relay' && said !== '');
  if (call === undefined || call.words !== null || last === undefined || last.who === 'relay') return calls;
  return new Map(calls).set(id, { ...call, words: { who: last.who, text: last.said } });
}

function changeBy(event: CallEvent): Partial<Pick<LiveCall, 'doing' | 'words'>> {
  switch (event.type) {
    case 'call-dialled':
      return { doing: 'dialling' };
    case 'call-rang':
      return { doing: 'ringing' };
    case 'call-answered':
    case 'call-started':
      return { doing: 'connecting' };
    case 'line-connected':
    case 'caller-stopped-speaking':
    case 'greeting-heard':
    case 'turn-finished':
    case 'transfer-failed':
      return { doing: 'listening' };
    case 'caller-began-speaking':
      return { doing: 'caller speaking' };
    case 'caller-said':
      return event.transcript === '' ? {} : { words: { who: 'caller', text: event.transcript } };
    case 'turn-started':
      return { doing: 'thinking' };
    case 'reply-began':
      return { doing: 'agent speaking' };
    case 'segment-asked':
      return event.text === '' ? {} : { words: { who: 'agent', text: event.text } };
    case 'line-lost':
      return { doing: 'line away' };
    case 'transfer-began':
      return { doing: 'transferring' };
    default:
      return {};
  }
}
