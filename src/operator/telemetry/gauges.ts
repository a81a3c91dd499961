// What the metrics read on request instead of counting: queues, delays, states.
import { Counter, Gauge, type Registry } from 'prom-client';
import { CALL_STATES, type CallStates } from './call-states.ts';

/** A source that is left out has no metric. */
export interface MetricSources {
  readonly eventLoop?: { readonly p50Ms: number; readonly p99Ms: number };
  readonly store?: StoreHealth;
  /** Bytes that the slowest of Twilio's streams has not taken. */
  readonly mostUnsentBytes?: () => number;
  /** Sockets that have not said yet which call they are. */
  readonly unstartedStreams?: () => number;
  /** CallEvents that no subscriber has received yet. */
  readonly undelivered?: () => number;
  /** Outbound calls that wait to be dialled. */
  readonly dialQueue?: { readonly size: number; readonly oldestAgeMs: number };
  /** Audio that is missing from recordings. */
  readonly unrecordedMs?: () => number;
}

export interface StoreHealth {
  readonly state: (typeof STORE_STATES)[number];
  /** Events that wait to be written. */
  readonly queued: number;
  /** Events that were lost. */
  readonly dropped: number;
}

const STORE_STATES = ['ok', 'behind', 'down'] as const;

export function registerGauges(
  registry: Registry,
  liveCalls: () => number,
  callStates: CallStates,
  sources: MetricSources,
): void {
  const { eventLoop, store, mostUnsentBytes, unstartedStreams, undelivered, dialQueue, unrecordedMs } =
    sources;
  const gauge = (name: string, help: string, value: (() => number) | undefined): void => {
    if (value !== undefined) registerGauge(registry, { name, help }, (set) => set({}, value()));
  };
  gauge('patchcord_calls_live', 'Live calls', liveCalls);
  gauge(
    'patchcord_stream_unsent_bytes_max',
    "Bytes that the slowest of Twilio's streams has not taken",
    mostUnsentBytes,
  );
  gauge(
    'patchcord_streams_unstarted',
    'Streams that have not said yet which call they are',
    unstartedStreams,
  );
  gauge('patchcord_events_undelivered', 'Events that wait for log, store and counters', undelivered);
  gauge(
    'patchcord_dial_queue',
    'Outbound calls that wait to be dialled',
    dialQueue && (() => dialQueue.size),
  );
  gauge(
    'patchcord_dial_queue_age_seconds',
    'How long the first of them has waited',
    dialQueue && (() => dialQueue.oldestAgeMs / 1000),
  );
  gauge(
    'patchcord_unrecorded_seconds',
    'Audio that is missing from recordings',
    unrecordedMs && (() => unrecordedMs() / 1000),
  );
  registerGauge(
    registry,
    {
      name: 'patchcord_calls_in_state',
      help: 'Live calls by state: connecting, talking, line-lost or away (being transferred, or pressing keys)',
      labelNames: ['state'],
    },
    (set) => {
      for (const state of CALL_STATES) set({ state }, callStates.count(state));
    },
  );
  if (eventLoop !== undefined)
    registerGauge(
      registry,
      {
        name: 'patchcord_event_loop_delay_seconds',
        help: 'How late the event loop ran in the last whole 5 s',
        labelNames: ['quantile'],
      },
      (set) => {
        set({ quantile: '0.5' }, eventLoop.p50Ms / 1000);
        set({ quantile: '0.99' }, eventLoop.p99Ms / 1000);
      },
    );
  if (store !== undefined) registerStore(registry, store);
}

function registerStore(registry: Registry, store: StoreHealth): void {
  registerGauge(
    registry,
    { name: 'patchcord_store_events_queued', help: 'Events that wait to be stored' },
    (set) => set({}, store.queued),
  );
  registerGauge(
    registry,
    {
      name: 'patchcord_store_state',
      help: '1 for the state that the store is in: ok, behind or down',
      labelNames: ['state'],
    },
    (set) => {
      for (const state of STORE_STATES) set({ state }, Number(state === store.state));
    },
  );
  new Counter({
    name: 'patchcord_store_events_dropped_total',
    help: 'Events that were never stored: the queue was full, or the store refused them',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(store.dropped);
    },
  });
}

/** A gauge that reads its values whenever it is asked. */
function registerGauge(
  registry: Registry,
  about: { readonly name: string; readonly help: string; readonly labelNames?: string[] },
  read: (set: (labels: Readonly<Record<string, string>>, value: number) => void) => void,
): void {
  new Gauge({
    ...about,
    registers: [registry],
    collect() {
      read((labels, value) => this.set(labels, value));
    },
  });
}
