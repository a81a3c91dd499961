// A call as a trace: the call, its turns, and the stages of both, at the times of the CallEvents. The trace id follows from
// the call's ID, so that several processes write one trace. Attributes are IDs and words of closed sets, never words of a
// caller or phone numbers.
import { createHash, randomBytes } from 'node:crypto';
import { ROOT_CONTEXT, type Tracer } from '@opentelemetry/api';
import type { CallEvent, CallId, EndReason } from '../../call/call.ts';
import { byOwner, Ledger } from '../../call/ledger.ts';
import type { PriceTable } from '../../call/prices.ts';
import { fail, Staged } from './staged-span.ts';
import { failureKind, type FollowedTurn, TurnStages } from './turn-stages.ts';

/** With one more the oldest trace ends. */
const MOST_CALLS = 10_000;

const FAULTS: ReadonlySet<EndReason> = new Set([
  'bug',
  'bad-input',
  'speech-lost',
  'too-many-failures',
  'carrier-rejected',
  'never-known',
]);

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
  readonly stages: TurnStages;
  /** Of `stages.turn`. */
  turn: Staged | null;
  /** What the call cost in this process. */
  readonly ledger: Ledger;
  lastAt: number;
}

export class CallSpans {
  readonly #tracer: Tracer;
  readonly #ids: TraceIds;
  readonly #prices: PriceTable;
  readonly #calls = new Map<CallId, Followed>();

  /** `ids` must be the generator that `tracer` uses. */
  constructor(tracer: Tracer, ids: TraceIds, prices: PriceTable) {
    this.#tracer = tracer;
    this.#ids = ids;
    this.#prices = prices;
  }

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
    followed.ledger.take(event);
    this.#followCall(event, followed);
    this.#followTurn(event, followed);
    if (event.type === 'call-ended') this.#end(callId, followed);
  };

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
    const followed: Followed = {
      call,
      stages: new TurnStages(),
      turn: null,
      ledger: new Ledger(),
      lastAt: at,
    };
    this.#calls.set(callId, followed);
    return followed;
  }

  #end(callId: CallId, { call, turn, ledger, lastAt }: Followed): void {
    turn?.end(lastAt);
    for (const [owner, usd] of byOwner(ledger.costAt(lastAt, this.#prices)))
      if (usd !== null) call.span.setAttribute(`patchcord.cost_usd.${owner}`, usd);
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
    const { stages, turn: span } = followed;
    const turn = stages.turn;
    const ended = stages.take(event);
    switch (type) {
      case 'turn-started':
        span?.end(at);
        followed.turn = stages.turn === null ? null : this.#begun(stages.turn, at, followed.call);
        return;
      case 'reply-held':
      case 'reply-resumed':
        return span?.note(type, at);
      case 'reply-heard':
        return turn?.id === event.turnId ? span?.note(type, at) : undefined;
      case 'turn-finished':
        if (span === null || turn?.id !== event.turnId) return;
        finish(span, event);
        followed.turn = null;
        return;
      default:
        if (ended === null || ended.stage === 'transcript' || turn === null) return;
        if (turn.stage === 'apology') span?.endStage(at, 'failed');
        return span?.begin(turn.stage, at);
    }
  }

  /** A turn begins at the end of the utterance that it answers, so it spans the caller's whole wait. */
  #begun({ id, said, since }: FollowedTurn, at: number, call: Staged): Staged {
    const begunAt = said === null ? at : (said.closedAt ?? said.at);
    const span = new Staged(this.#tracer, 'turn', call.context, begunAt, { 'patchcord.turn.id': id });
    if (said !== null) span.begin('transcript', begunAt);
    span.begin('agent', since);
    return span;
  }
}

function finish(span: Staged, event: Extract<CallEvent, { type: 'turn-finished' }>): void {
  const { at, outcome, failure } = event;
  span.span.setAttribute('patchcord.turn.outcome', outcome);
  if (failure !== null) {
    if (span.stage !== 'apology') span.endStage(at, failureKind(failure));
    fail(span.span, failureKind(failure));
  }
  span.end(at);
}
