// Counters for Prometheus, a subscriber of CallEvents. Labels are closed sets: nothing from outside becomes one.
import { Counter, Gauge, Registry } from 'prom-client';
import type { CallEvent, RefusedInput } from '../call/call.ts';

export interface Metrics {
  /** A subscriber of CallEvents. */
  readonly count: (event: CallEvent) => void;
  /** Input that was refused before it belonged to a call. */
  readonly countRefused: (kind: RefusedInput) => void;
  readonly contentType: string;
  readonly text: () => Promise<string>;
}

export function createMetrics(liveCalls: () => number): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const started = new Counter({ name: 'patchcord_calls_started_total', help: 'Calls begun', registers });
  const ended = new Counter({
    name: 'patchcord_calls_ended_total',
    help: 'Calls over, by why',
    labelNames: ['reason'],
    registers,
  });
  const turns = new Counter({
    name: 'patchcord_turns_total',
    help: 'Turns over, by outcome',
    labelNames: ['outcome'],
    registers,
  });
  const held = new Counter({
    name: 'patchcord_replies_held_total',
    help: 'Replies held for a sound',
    registers,
  });
  const resumed = new Counter({
    name: 'patchcord_replies_resumed_total',
    help: 'Held replies that went on, because it was no interruption',
    registers,
  });
  const transfers = new Counter({
    name: 'patchcord_transfers_total',
    help: 'Transfers begun, and those that came to nothing, by why',
    labelNames: ['outcome'],
    registers,
  });
  const otherwise = new Counter({
    name: 'patchcord_segments_spoken_otherwise_total',
    help: 'Segments that the voice did not read as written',
    registers,
  });
  const refused = new Counter({
    name: 'patchcord_input_refused_total',
    help: 'Input from outside that was not taken, by kind',
    labelNames: ['kind'],
    registers,
  });
  new Gauge({
    name: 'patchcord_calls_live',
    help: 'Calls in progress',
    registers,
    collect() {
      this.set(liveCalls());
    },
  });

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    countRefused: (kind) => refused.inc({ kind }),
    count: (event) => {
      switch (event.type) {
        case 'call-started':
          return started.inc();
        case 'call-ended':
          return ended.inc({ reason: event.reason });
        case 'turn-finished':
          return turns.inc({ outcome: event.outcome });
        case 'reply-held':
          return held.inc();
        case 'reply-resumed':
          return resumed.inc();
        case 'transfer-began':
          return transfers.inc({ outcome: 'began' });
        case 'transfer-failed':
          return transfers.inc({ outcome: event.why });
        case 'spoken-otherwise':
          return otherwise.inc();
        case 'input-refused':
          return refused.inc({ kind: event.kind });
        default:
          return;
      }
    },
  };
}
