// A span with consecutive stages: each ends where the next begins. Times are those of the events, in milliseconds since the
// epoch, not those at which this code runs.
import {
  type Attributes,
  type Context,
  type HrTime,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import type { TurnStage } from './turn-stages.ts';

/** `queue`, `dial` and `ring` belong to an outbound call. `connect`: until Twilio's stream is there. */
export type Stage = 'queue' | 'dial' | 'ring' | 'connect' | TurnStage;

export class Staged {
  readonly span: Span;
  readonly #tracer: Tracer;
  readonly context: Context;
  #stage: { readonly is: Stage; readonly span: Span } | null = null;

  constructor(
    tracer: Tracer,
    name: string,
    parent: Context,
    at: number,
    attributes: Attributes,
    isRoot = false,
  ) {
    this.#tracer = tracer;
    this.span = tracer.startSpan(
      name,
      { startTime: timeOf(at), attributes, root: isRoot, kind: isRoot ? SpanKind.SERVER : SpanKind.INTERNAL },
      parent,
    );
    this.context = trace.setSpan(parent, this.span);
  }

  get stage(): Stage | null {
    return this.#stage?.is ?? null;
  }

  begin(stage: Stage, at: number): void {
    this.endStage(at);
    const span = this.#tracer.startSpan(stage, { startTime: timeOf(at) }, this.context);
    this.#stage = { is: stage, span };
  }

  endStage(at: number, failure: string | null = null): void {
    if (failure !== null) fail(this.#stage?.span, failure);
    this.#stage?.span.end(timeOf(at));
    this.#stage = null;
  }

  end(at: number): void {
    this.endStage(at);
    this.span.end(timeOf(at));
  }

  note(name: string, at: number, attributes: Attributes = {}): void {
    this.span.addEvent(name, attributes, timeOf(at));
  }
}

export function fail(span: Span | undefined, kind: string): void {
  span?.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', kind);
}

/** As seconds and nanoseconds: OpenTelemetry reads a small bare number as time since the process started. */
function timeOf(at: number): HrTime {
  const seconds = Math.floor(at / 1000);
  return [seconds, Math.floor((at - seconds * 1000) * 1e6)];
}
