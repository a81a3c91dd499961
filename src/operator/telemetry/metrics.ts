// What Prometheus reads: counters that follow the CallEvents, and gauges that are read on request. Labels are closed sets:
// nothing from outside becomes one. Times are in seconds.
import { AggregatorRegistry, collectDefaultMetrics, Registry } from 'prom-client';
import type { RefusalCode } from '../../call/assignment.ts';
import type { CostOwner } from '../../call/usage.ts';
import type { CallEvent, RefusedInput } from '../../call/call.ts';
import { followBargeIns } from './barge-ins.ts';
import { CallStates } from './call-states.ts';
import { countEvents, eventCounters } from './event-counters.ts';
import { type MetricSources, registerGauges } from './gauges.ts';
import { Latencies } from './latencies.ts';

export interface Metrics {
  /** A subscriber of CallEvents. */
  readonly count: (event: CallEvent) => void;
  /** Input that was refused before it belonged to a call. */
  readonly countRefused: (kind: RefusedInput) => void;
  readonly countNotPlaced: (code: RefusalCode) => void;
  readonly countCost: (owner: CostOwner, usd: number) => void;
  /** Tokens of sound that went into the voice, which must be 0. */
  readonly countSoundIntoVoice: (tokens: number) => void;
  readonly contentType: string;
  readonly text: () => Promise<string>;
  /** For another process, to be joined with those of others. */
  readonly plain: () => Promise<readonly PlainMetric[]>;
}

/** As prom-client writes it as JSON. */
export interface PlainMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  /** How one value is made of several processes': 'sum', 'max', … */
  readonly aggregator: string;
  readonly values: readonly {
    readonly value: number;
    readonly labels: Readonly<Record<string, string | number>>;
    readonly metricName?: string;
  }[];
}

/** The metrics of several processes as one text. */
export function joinedMetrics(all: readonly (readonly object[])[]): Promise<string> {
  return AggregatorRegistry.aggregate([...all]).metrics();
}

export function createMetrics(liveCalls: () => number, sources: MetricSources = {}): Metrics {
  const registry = new Registry();
  const counters = eventCounters(registry);
  const states = new CallStates(() => counters.reconnects.inc({ what: 'line' }));
  const latencies = new Latencies({
    onStage: (stage, ms) => counters.stages.observe({ stage }, ms / 1000),
    onSound: (sound, ms) => counters.sounds.observe({ sound }, ms / 1000),
  });
  const held = followBargeIns((was) => counters.bargeIns.inc({ was }));
  const count = countEvents(counters);
  registerGauges(registry, liveCalls, states, sources);
  return {
    contentType: registry.contentType,
    text: async () => (await registry.metrics()) + (await processMetrics().metrics()),
    plain: async () => [...(await plainOf(registry)), ...(await plainOf(processMetrics()))],
    countRefused: (kind) => counters.refused.inc({ kind }),
    countCost: (owner, usd) => counters.cost.inc({ owner }, usd),
    countSoundIntoVoice: (tokens) => counters.soundIntoVoice.inc(tokens),
    countNotPlaced: (code) => counters.notPlaced.inc({ code }),
    count: (event) => {
      count(event);
      latencies.take(event);
      held(event);
      states.take(event);
    },
  };
}

/** Its types are narrower than what it writes. */
async function plainOf(registry: Registry): Promise<readonly PlainMetric[]> {
  const text = JSON.stringify(await registry.getMetricsAsJSON());
  return JSON.parse(text);
}

let ofProcess: Registry | null = null;

/**
 * Memory, handles and garbage collection, by the names that all Node processes have. One registry per process, however many
 * relays it runs: its observers never stop.
 */
function processMetrics(): Registry {
  if (ofProcess === null) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}
