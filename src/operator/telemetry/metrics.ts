// What is counted, for Prometheus: a subscriber of CallEvents, and what is read when somebody asks. Labels are closed sets:
// nothing from outside becomes one. Times are in seconds, as Prometheus has them.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { RefusalCode } from '../../call/assignment.ts';
import type { CallEvent, CallId, RefusedInput } from '../../call/call.ts';
import type { AgentFailure } from '../../call/ports.ts';
import { BargeIns } from './barge-ins.ts';
import { CALL_STATES, CallStates } from './call-states.ts';
import { Latencies } from './latencies.ts';

export interface Metrics {
  /** A subscriber of CallEvents. */
  readonly count: (event: CallEvent) => void;
  /** Input that was refused before it belonged to a call. */
  readonly countRefused: (kind: RefusedInput) => void;
  /** A call out that was asked for and is not to be. */
  readonly countNotPlaced: (code: RefusalCode) => void;
  readonly contentType: string;
  readonly text: () => Promise<string>;
}

/** What is read whenever the metrics are asked for; what there is none of is left out. */
export interface MetricSources {
  readonly eventLoop?: { readonly p50Ms: number; readonly p99Ms: number };
  readonly store?: StoreHealth;
  /** Bytes that the slowest of Twilio's streams has not taken. */
  readonly mostUnsentBytes?: () => number;
  /** Sockets that have not said yet which call they are. */
  readonly unstartedStreams?: () => number;
  /** CallEvents that have happened and that no subscriber was given yet. */
  readonly undelivered?: () => number;
  /** Calls out that wait to be dialled. */
  readonly dialQueue?: { readonly size: number; readonly oldestAgeMs: number };
  /** Sound that was to be kept and is in no recording. */
  readonly unrecordedMs?: () => number;
}

export interface StoreHealth {
  readonly state: 'ok' | 'behind' | 'down';
  /** Events that wait to be written. */
  readonly queued: number;
  /** Events that were lost. */
  readonly dropped: number;
}

/** From what nobody notices to what nobody bears. */
const SECONDS = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10];
const STORE_STATES = ['ok', 'behind', 'down'] as const satisfies readonly StoreHealth['state'][];
const AGENT_FAILURES = [
  'timeout',
  'unavailable',
  'refused',
  'rate-limited',
  'malformed',
] as const satisfies readonly AgentFailure[];

export function createMetrics(liveCalls: () => number, sources: MetricSources = {}): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers });
  const counterBy = <L extends string>(label: L, name: string, help: string): Counter<L> =>
    new Counter({ name, help, labelNames: [label], registers });
  const secondsBy = <L extends string>(label: L, name: string, help: string): Histogram<L> =>
    new Histogram({ name, help, labelNames: [label], buckets: SECONDS, registers });

  const started = counter('patchcord_calls_started_total', 'Calls begun');
  const queued = counter('patchcord_calls_out_total', 'Calls out that were let through');
  const notPlaced = counterBy(
    'code',
    'patchcord_calls_out_refused_total',
    'Calls out that were asked for and refused, by the code of why',
  );
  const answeredBy = counterBy(
    'answered_by',
    'patchcord_calls_out_answered_by_total',
    'What the carrier took for whoever answered',
  );
  const results = counterBy(
    'result',
    'patchcord_calls_out_settled_total',
    'Calls out that are over and settled, by what came of the result',
  );
  const ended = counterBy('reason', 'patchcord_calls_ended_total', 'Calls over, by why');
  const takenUp = counterBy(
    'how',
    'patchcord_calls_taken_up_total',
    'Calls that another process had before, by how that left it: handed-over, or lost',
  );
  const turns = counterBy('outcome', 'patchcord_turns_total', 'Turns over, by outcome');
  const failures = counterBy(
    'failure',
    'patchcord_agent_failures_total',
    'Turns that the agent failed, by kind',
  );
  const stages = secondsBy(
    'stage',
    'patchcord_stage_seconds',
    "Stages of an answer: transcript (utterance closed to its words), agent (words to the agent's first), sentence (that to the first segment asked for), voice (that to its first audio)",
  );
  const sounds = secondsBy(
    'sound',
    'patchcord_voice_to_voice_seconds',
    'From the end of an utterance, as the VAD has it, to what the caller heard next: the answer, or a filler on the way to it',
  );
  const lines = counterBy('line', 'patchcord_fixed_lines_total', "The relay's own lines spoken, by which");
  const bargeIns = counterBy(
    'was',
    'patchcord_barge_ins_total',
    'Replies held for a sound of the caller, by what it was: an interruption or a false-alarm',
  );
  const otherwise = counter(
    'patchcord_segments_spoken_otherwise_total',
    'Segments that the voice did not read as written',
  );
  const lost = counterBy('what', 'patchcord_lost_total', 'Connections lost within a call: line or speech');
  const reconnects = counterBy(
    'what',
    'patchcord_reconnects_total',
    'Connections lost and had again: line or speech',
  );
  const transfers = counterBy(
    'outcome',
    'patchcord_transfers_total',
    'Transfers begun, and those that came to nothing, by why',
  );
  const refused = counterBy(
    'kind',
    'patchcord_input_refused_total',
    'Input from outside that was not taken, by kind',
  );
  const bugs = counter('patchcord_bugs_total', 'Faults of the relay itself that ended a call');
  read(registry, liveCalls, sources);

  const latencies = new Latencies({
    onStage: (stage, ms) => stages.observe({ stage }, ms / 1000),
    onSound: (sound, ms) => sounds.observe({ sound }, ms / 1000),
  });
  const held = new BargeIns((was) => bargeIns.inc({ was }));
  /** Calls whose speech is being dialled anew. */
  const withoutSpeech = new Set<CallId>();
  const states = new CallStates(() => reconnects.inc({ what: 'line' }));
  new Gauge({
    name: 'patchcord_calls_in_state',
    help: 'Calls in progress, by where they stand: connecting, talking, line-lost or away (being transferred, or pressing keys)',
    labelNames: ['state'],
    registers,
    collect() {
      for (const state of CALL_STATES) this.set({ state }, states.count(state));
    },
  });

  const countEvent = (event: CallEvent): void => {
    switch (event.type) {
      case 'call-started':
        return started.inc();
      case 'call-ended':
        withoutSpeech.delete(event.callId);
        return ended.inc({ reason: event.reason });
      case 'speech-away':
        withoutSpeech.add(event.callId);
        return;
      case 'speech-ready':
        return withoutSpeech.delete(event.callId) ? reconnects.inc({ what: 'speech' }) : undefined;
      case 'call-queued':
        return queued.inc();
      case 'machine-detected':
        return answeredBy.inc({ answered_by: event.answeredBy });
      case 'call-settled':
        return results.inc({ result: event.result ?? 'none-wanted' });
      case 'call-taken-up':
        return takenUp.inc({ how: event.wasLost ? 'lost' : 'handed-over' });
      case 'turn-finished':
        turns.inc({ outcome: event.outcome });
        return event.failure === null ? undefined : failures.inc({ failure: kindOf(event.failure) });
      case 'line-spoken':
        return lines.inc({ line: event.line });
      case 'line-lost':
        return lost.inc({ what: 'line' });
      case 'speech-lost':
        return lost.inc({ what: 'speech' });
      case 'transfer-began':
        return transfers.inc({ outcome: 'began' });
      case 'transfer-failed':
        return transfers.inc({ outcome: event.why });
      case 'spoken-otherwise':
        return otherwise.inc();
      case 'input-refused':
        return refused.inc({ kind: event.kind });
      case 'bug-found':
        return bugs.inc();
      default:
        return;
    }
  };

  return {
    contentType: registry.contentType,
    text: async () => (await registry.metrics()) + (await processMetrics().metrics()),
    countRefused: (kind) => refused.inc({ kind }),
    countNotPlaced: (code) => notPlaced.inc({ code }),
    count: (event) => {
      countEvent(event);
      latencies.take(event);
      held.take(event);
      states.take(event);
    },
  };
}

/** What is not counted but read. */
function read(registry: Registry, liveCalls: () => number, sources: MetricSources): void {
  const { eventLoop, store, mostUnsentBytes, unstartedStreams, undelivered, dialQueue, unrecordedMs } =
    sources;
  const registers = [registry];
  const gauge = (name: string, help: string, value: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  };
  gauge('patchcord_calls_live', 'Calls in progress', liveCalls);
  if (mostUnsentBytes !== undefined)
    gauge(
      'patchcord_stream_unsent_bytes_max',
      "Bytes that the slowest of Twilio's streams has not taken",
      mostUnsentBytes,
    );
  if (unstartedStreams !== undefined)
    gauge(
      'patchcord_streams_unstarted',
      'Streams that have not said yet which call they are',
      unstartedStreams,
    );
  if (undelivered !== undefined)
    gauge('patchcord_events_undelivered', 'Events that wait for log, store and counters', undelivered);
  if (dialQueue !== undefined) {
    gauge('patchcord_dial_queue', 'Calls out that wait to be dialled', () => dialQueue.size);
    gauge(
      'patchcord_dial_queue_age_seconds',
      'How long the first of them has waited',
      () => dialQueue.oldestAgeMs / 1000,
    );
  }
  if (unrecordedMs !== undefined)
    gauge('patchcord_unrecorded_seconds', 'Sound that is in no recording', () => unrecordedMs() / 1000);
  if (eventLoop !== undefined)
    new Gauge({
      name: 'patchcord_event_loop_delay_seconds',
      help: 'How late the event loop ran in the last whole 5 s',
      labelNames: ['quantile'],
      registers,
      collect() {
        this.set({ quantile: '0.5' }, eventLoop.p50Ms / 1000);
        this.set({ quantile: '0.99' }, eventLoop.p99Ms / 1000);
      },
    });
  if (store === undefined) return;
  gauge('patchcord_store_events_queued', 'Events that wait to be stored', () => store.queued);
  new Counter({
    name: 'patchcord_store_events_dropped_total',
    help: 'Events that were never stored: for want of room, or because the store would not take them',
    registers,
    collect() {
      this.reset();
      this.inc(store.dropped);
    },
  });
  new Gauge({
    name: 'patchcord_store_state',
    help: '1 for the state that the store is in: ok, behind or down',
    labelNames: ['state'],
    registers,
    collect() {
      for (const state of STORE_STATES) this.set({ state }, Number(state === store.state));
    },
  });
}

let ofProcess: Registry | null = null;

/**
 * Memory, handles, garbage collection, by the names that all Node processes have. Of these there is one set, whatever
 * number of relays a process holds: what watches them is never let go.
 */
function processMetrics(): Registry {
  if (ofProcess === null) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}

/** `failure` is a kind and then its detail, which is no label. */
function kindOf(failure: string): AgentFailure | 'other' {
  return AGENT_FAILURES.find((kind) => failure.startsWith(`${kind}:`)) ?? 'other';
}
