// What the metrics read on request instead of counting: queues, delays, states.
import { Counter, Gauge, type Registry } from 'prom-client';
import { CALL_STATES, type CallStates } from './call-states.ts';

/** A source that is left out has no metric. */
export interface MetricSources {
  readonly eventLoop?: { readonly p50Ms: number; readonly p99Ms: number };
  readonly store?: StoreHealth;
  readonly mostUnsentBytes?: () => number;
  readonly unstartedStreams?: () => number;
  readonly undelivered?: () => number;
  readonly dialQueue?: { readonly size: number; readonly oldestAgeMs: number };
  readonly unrecordedMs?: () => number;
}

export interface StoreHealth {
  readonly state: (typeof STORE_STATES)[number];
  readonly queued: number;
  readonly dropped: number;
}

/** Of several processes these show the worst; the others are summed. */
const WORST: ReadonlySet<string> = new Set([
  'patchcord_stream_unsent_bytes_max',
  'patchcord_dial_queue_age_seconds',
  'patchcord_event_loop_delay_seconds',
  'patchcord_store_state',
]);

const STORE_STATES = ['ok', 'behind', 'down'] as const;

export function registerGauges(
  registry: Registry,
  liveCalls: () => number,
  callStates: CallStates,
  sources: MetricSources,
): void {
  const registers = [registry];
  const about = (name: string, help: string) =>
    ({ name, help, registers, aggregator: WORST.has(name) ? 'max' : 'sum' }) as const;
  const one = (name: string, help: string, read: (() => number) | undefined): void => {
    if (read === undefined) return;
    new Gauge({
      ...about(name, help),
      collect() {
        this.set(read());
      },
    });
  };
  const by = (label: string, name: string, help: string, read: () => Readonly<Record<string, number>>) =>
    new Gauge({
      ...about(name, help),
      labelNames: [label],
      collect() {
        for (const [value, count] of Object.entries(read())) this.set({ [label]: value }, count);
      },
    });
  const { eventLoop, store, dialQueue, unrecordedMs } = sources;
  one('patchcord_calls_live', 'Live calls', liveCalls);
  one(
    'patchcord_stream_unsent_bytes_max',
    "Bytes that the slowest of Twilio's streams has not taken",
    sources.mostUnsentBytes,
  );
  one(
    'patchcord_streams_unstarted',
    'Streams that have not said yet which call they are',
    sources.unstartedStreams,
  );
  one('patchcord_events_undelivered', 'Events that wait for log, store and counters', sources.undelivered);
  one('patchcord_dial_queue', 'Outbound calls that wait to be dialled', dialQueue && (() => dialQueue.size));
  one(
    'patchcord_dial_queue_age_seconds',
    'How long the first of them has waited',
    dialQueue && (() => dialQueue.oldestAgeMs / 1000),
  );
  one(
    'patchcord_unrecorded_seconds',
    'Audio that is missing from recordings',
    unrecordedMs && (() => unrecordedMs() / 1000),
  );
  by(
    'state',
    'patchcord_calls_in_state',
    'Live calls by state: connecting, talking, line-lost or away (being transferred, or pressing keys)',
    () => Object.fromEntries(CALL_STATES.map((state) => [state, callStates.count(state)])),
  );
  if (eventLoop !== undefined)
    by(
      'quantile',
      'patchcord_event_loop_delay_seconds',
      'How late the event loop ran in the last whole 5 s',
      () => ({ '0.5': eventLoop.p50Ms / 1000, '0.99': eventLoop.p99Ms / 1000 }),
    );
  if (store === undefined) return;
  one('patchcord_store_events_queued', 'Events that wait to be stored', () => store.queued);
  by('state', 'patchcord_store_state', '1 for the state that the store is in: ok, behind or down', () =>
    Object.fromEntries(STORE_STATES.map((state) => [state, Number(state === store.state)])),
  );
  new Counter({
    name: 'patchcord_store_events_dropped_total',
    help: 'Events that were never stored: the queue was full, or the store refused them',
    registers,
    collect() {
      this.reset();
      this.inc(store.dropped);
    },
  });
}
