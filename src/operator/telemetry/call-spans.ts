// A call as a trace, derived from CallEvents: the call, its turns, and the stages of both, at the events' own times. The trace id
// follows from the call's ID, so that several processes write one trace. Attributes are IDs and words of closed sets, never
// words of a caller or phone numbers.
import { createHash, randomBytes } from 'node:crypto';
import { ROOT_CONTEXT, type Tracer } from '@opentelemetry/api';
import type { CallEvent, CallId, EndReason } from '../../call/call.ts';
import { fail, Staged } from './staged-span.ts';

/** With one more the oldest trace ends. */
const MOST_CALLS = 10_000;

/** End reasons that are faults. */
const FAULTS: ReadonlySet<EndReason> = new Set([
  'bug',
  'bad-input',
  'speech-lost',
  'too-many-failures',
  'carrier-rejected',
  'never-known',
]);

/** Generates the trace id that follows from a call's ID. */
export class TraceIds {
  #next = '';

  begin(callId: CallId): void {
    this.#next = createHash('sha256').update(`patchcord call ${callId}`).digest('hex').slice(0, 32);
  }

  readonly generateTraceId = (): string => this.#next;
  readonly generateSpanId = (): string => randomBytes(8).toString('hex');
}

interface Followed {
  readonly call: Staged;
  turn: { readonly id: number; readonly staged: Staged } | null;
  lastAt: number;
  /** When the VAD closed the last utterance; null once its words came. */
  openSince: number | null;
  /** The last utterance: when it was closed, and when its words came. */
  said: { readonly closedAt: number; readonly at: number } | null;
}

export class CallSpans {
  readonly #tracer: Tracer;
  readonly #ids: TraceIds;
  readonly #calls = new Map<CallId, Followed>();

  /** `ids` must be the generator that `tracer` uses. */
  constructor(tracer: Tracer, ids: TraceIds) {
    this.#tracer = tracer;
    this.#ids = ids;
  }

  /** Calls that are followed. */
  get size(): number {
    return this.#calls.size;
  }

  /** A subscriber of CallEvents. */
  readonly take = (event: CallEvent): void => {
    const { callId, at } = event;
    let followed = this.#calls.get(callId);
    if (followed === undefined) {
      // A late event of a call that has ended must not start it again.
      if (event.type !== 'call-queued' && event.type !== 'call-started') return;
      followed = this.#begin(event);
    }
    followed.lastAt = Math.max(followed.lastAt, at);
    this.#followCall(event, followed);
    this.#followTurn(event, followed);
    if (event.type === 'call-ended') this.#end(callId, followed);
  };

  /** Ends every trace at its last event. */
  close(): void {
    for (const [callId, followed] of this.#calls) this.#end(callId, followed);
  }

  #begin({ callId, at, type }: CallEvent): Followed {
    const [oldest] = this.#calls;
    if (this.#calls.size >= MOST_CALLS && oldest !== undefined) this.#end(...oldest);
    this.#ids.begin(callId);
    const attributes = {
      'patchcord.call.id': callId,
      'patchcord.call.direction': type === 'call-queued' ? 'out' : 'in',
    };
    const call = new Staged(this.#tracer, 'call', ROOT_CONTEXT, at, attributes, true);
    const followed: Followed = { call, turn: null, lastAt: at, openSince: null, said: null };
    this.#calls.set(callId, followed);
    return followed;
  }

  #end(callId: CallId, { call, turn, lastAt }: Followed): void {
    turn?.staged.end(lastAt);
    call.end(lastAt);
    this.#calls.delete(callId);
  }

  #followCall(event: CallEvent, { call }: Followed): void {
    const { at, type } = event;
    switch (type) {
      case 'call-queued':
        return call.begin('queue', at);
      case 'call-dialled':
        return call.begin('dial', at);
      case 'call-rang':
        return call.begin('ring', at);
      case 'call-started':
        return call.stage === null ? call.begin('connect', at) : undefined;
      case 'call-answered':
        return call.begin('connect', at);
      case 'line-connected':
        call.note(type, at);
        return call.endStage(at);
      case 'call-taken-up':
        return call.note(type, at, { lost: event.wasLost });
      case 'transfer-failed':
        return call.note(type, at, { why: event.why });
      case 'input-refused':
        return call.note(type, at, { kind: event.kind });
      case 'line-spoken':
        return call.note(type, at, { line: event.line });
      case 'call-placed':
      case 'machine-detected':
      case 'screener-heard':
      case 'line-lost':
      case 'speech-ready':
      case 'transcriber-replaced':
      case 'speech-away':
      case 'speech-lost':
      case 'transfer-began':
      case 'digits-pressed':
      case 'digits-sent':
      case 'operator-said':
      case 'operator-noted':
      case 'spoken-otherwise':
        return call.note(type, at);
      case 'bug-found':
        return fail(call.span, 'bug');
      case 'call-ended':
        call.span.setAttribute('patchcord.call.end_reason', event.reason);
        return FAULTS.has(event.reason) ? fail(call.span, event.reason) : undefined;
      default:
        return;
    }
  }

  #followTurn(event: CallEvent, followed: Followed): void {
    const { at, type } = event;
    const turn = followed.turn?.staged;
    switch (type) {
      case 'caller-stopped-speaking':
        followed.openSince = at;
        return;
      case 'caller-said':
        followed.said = { closedAt: followed.openSince ?? at, at };
        followed.openSince = null;
        return;
      case 'turn-started':
        return this.#beginTurn(event, followed);
      case 'line-spoken':
        if (event.line !== 'apology' || turn?.stage !== 'agent') return;
        turn.endStage(at, 'failed');
        return turn.begin('apology', at);
      case 'reply-held':
      case 'reply-resumed':
        return turn?.note(type, at);
      case 'agent-began-replying':
      case 'segment-asked':
      case 'reply-began':
      case 'reply-heard':
      case 'turn-finished':
        if (turn === undefined || followed.turn?.id !== event.turnId) return;
        this.#advance(event, turn);
        if (type === 'turn-finished') followed.turn = null;
        return;
      default:
        return;
    }
  }

  /** A turn begins at the end of the utterance that it answers, so it spans the caller's whole wait. */
  #beginTurn({ turnId, text, at }: Extract<CallEvent, { type: 'turn-started' }>, followed: Followed): void {
    followed.turn?.staged.end(at);
    const said = text === '' ? null : followed.said;
    followed.said = null;
    const staged = new Staged(this.#tracer, 'turn', followed.call.context, said?.closedAt ?? at, {
      'patchcord.turn.id': turnId,
    });
    if (said !== null) staged.begin('transcript', said.closedAt);
    staged.begin('agent', said?.at ?? at);
    followed.turn = { id: turnId, staged };
  }

  #advance(event: CallEvent, turn: Staged): void {
    const { at, type } = event;
    switch (type) {
      case 'agent-began-replying':
        return turn.begin('sentence', at);
      case 'segment-asked':
        return turn.stage === 'sentence' ? turn.begin('voice', at) : undefined;
      case 'reply-began':
        return turn.begin('playout', at);
      case 'reply-heard':
        return turn.note(type, at);
      case 'turn-finished':
        turn.span.setAttribute('patchcord.turn.outcome', event.outcome);
        if (event.failure !== null) {
          if (turn.stage !== 'apology') turn.endStage(at, kindOf(event.failure));
          fail(turn.span, kindOf(event.failure));
        }
        return turn.end(at);
      default:
        return;
    }
  }
}

/** `failure` is a kind and a detail; the detail is no attribute. */
function kindOf(failure: string): string {
  return /^[a-z-]{1,32}(?=:)/.exec(failure)?.[0] ?? 'other';
}
