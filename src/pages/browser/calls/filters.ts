// Which calls are listed. The address holds the filters, so a filtered list can be sent as a link. Pure.

export const FILTERS = [
  'needsAttention',
  'direction',
  'endReason',
  'profile',
  'via',
  'number',
  'since',
  'until',
] as const;
export type FilterName = (typeof FILTERS)[number];
export type Filters = Readonly<Partial<Record<FilterName, string>>>;

export function filtersIn(query: URLSearchParams): Filters {
  return Object.fromEntries(
    FILTERS.flatMap((name) => {
      const value = query.get(name)?.trim() ?? '';
      return value === '' ? [] : [[name, value]];
    }),
  );
}

export function queryOf(filters: Filters): URLSearchParams {
  return new URLSearchParams(Object.entries(filters).filter(([, value]) => value !== ''));
}

/** What the API is asked for the counts of each filter's values. */
export function countsPath(filters: Filters): string {
  return `${listPath(filters, 1, null)}&counts=1`;
}

/** What the API is asked. Days are the reader's own, both included. */
export function listPath(filters: Filters, limit: number, cursor: string | null): string {
  const { since, until, ...others } = filters;
  const query = new URLSearchParams({ state: 'ended', limit: String(limit), ...others });
  const from = since === undefined ? null : dayBegins(since, 0);
  const to = until === undefined ? null : dayBegins(until, 1);
  if (from !== null) query.set('since', from);
  if (to !== null) query.set('until', to);
  if (cursor !== null) query.set('cursor', cursor);
  return `/calls?${query}`;
}

function dayBegins(day: string, later: number): string | null {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day) ?? [];
  if (year === undefined) return null;
  const at = new Date(Number(year), Number(month) - 1, Number(date) + later);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}
