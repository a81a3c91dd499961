// The metrics of all processes as one. A process that is gone takes its gauges along, but never its counters: a sum that falls
// is a restart to Prometheus, which then counts everything once more.
import type { PlainMetric } from './messages.ts';

type Snapshot = readonly PlainMetric[];

export class MetricSums {
  /** As each process told them last. */
  readonly #last = new Map<number, Snapshot>();
  #gone: Snapshot = [];

  take(process: number, metrics: Snapshot): void {
    this.#last.set(process, metrics);
  }

  forget(process: number): void {
    const last = this.#last.get(process);
    if (last === undefined) return;
    this.#last.delete(process);
    this.#gone = summed(this.#gone, last.filter(isCounted));
  }

  /** One list for each process, and one for all that are gone. */
  get all(): readonly Snapshot[] {
    return [this.#gone, ...this.#last.values()];
  }
}

function isCounted({ type }: PlainMetric): boolean {
  return type === 'counter' || type === 'histogram';
}

/** The values of both, added where name and labels are the same. */
export function summed(one: Snapshot, other: Snapshot): Snapshot {
  const byName = new Map(one.map((metric) => [metric.name, metric]));
  for (const metric of other) {
    const known = byName.get(metric.name);
    byName.set(metric.name, known === undefined ? metric : added(known, metric));
  }
  return [...byName.values()];
}

function added(one: PlainMetric, other: PlainMetric): PlainMetric {
  type Value = PlainMetric['values'][number];
  const keyOf = ({ metricName = '', labels }: Value): string =>
    JSON.stringify([metricName, ...Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
  const values = new Map(one.values.map((value) => [keyOf(value), value]));
  for (const value of other.values) {
    const key = keyOf(value);
    values.set(key, { ...value, value: value.value + (values.get(key)?.value ?? 0) });
  }
  return { ...one, values: [...values.values()] };
}
