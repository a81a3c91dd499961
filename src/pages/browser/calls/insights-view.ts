// How calls went: how many, how they ended, how long callers waited, what it cost. Each number leads to the calls behind it.
import { html } from 'htm/preact';
import { useMemo } from 'preact/hooks';
import { END_GROUPS } from '../../../call/end-groups.ts';
import type { Insights } from '../api-types.ts';
import { useAsked } from '../asked.ts';
import { Empty, Failed, Loading } from '../parts.ts';
import { addressOf, query, replaceQuery } from '../router.ts';
import { callsInWords, COST_WORDS, dollars, endOf, GROUPS, lengthOf } from '../words.ts';
import { Chart, type Line } from './chart.ts';
import { ENOUGH, type Series, seriesOf, type Sums, sumsOf } from './insight-figures.ts';

const HOUR_S = 3_600;
const PERIODS = {
  '24h': { title: 'last 24 hours', stretches: 24, step: HOUR_S },
  '7d': { title: 'last 7 days', stretches: 28, step: 6 * HOUR_S },
  '30d': { title: 'last 30 days', stretches: 30, step: 24 * HOUR_S },
} as const;
/** From the top of a bar to its foot. */
const COST_COLOURS = [
  ['carrier', '--owner-network'],
  ['agent', '--owner-agent'],
  ['voice', '--accent'],
  ['ears', '--owner-openai'],
] as const;
type Period = keyof typeof PERIODS;

export function InsightsView() {
  const chosen = query.value.get('last');
  const period: Period = chosen === '7d' || chosen === '30d' ? chosen : '24h';
  const withTests = query.value.get('tests') === '1';
  const { answer, again } = useAsked<Insights>(useMemo(() => pathOf(period, withTests), [period, withTests]));
  const set = (name: string, value: string): void => {
    const asked = new URLSearchParams(query.peek());
    asked.set(name, value);
    replaceQuery(asked);
  };
  const found = answer.value;
  return html`<div class="tiles">
      ${Object.entries(PERIODS).map(
        ([name, { title }]) =>
          html`<button
            key=${name}
            class="tile"
            aria-pressed=${name === period}
            onClick=${() => set('last', name)}
          >
            ${title}
          </button>`,
      )}
      <label class="choice">
        <input type="checkbox" checked=${withTests} onChange=${() => set('tests', withTests ? '0' : '1')} />
        with talks from browsers
      </label>
    </div>
    ${
      found === null
        ? html`<${Loading} />`
        : found.is === 'refused'
          ? html`<${Failed} problem=${found.problem} onRetry=${again} />`
          : html`<${Shown} insights=${found.value} />`
    }`;
}

function Shown({ insights }: { readonly insights: Insights }) {
  const series = useMemo(() => seriesOf(insights), [insights]);
  const sums = useMemo(() => sumsOf(insights), [insights]);
  const calls = useMemo<Line[]>(
    () => [
      { name: 'calls', values: series.calls, colour: '--accent', isBar: true },
      { name: 'at a time', values: series.peak, colour: '--warn' },
    ],
    [series],
  );
  const waits = useMemo<Line[]>(
    () => [
      { name: 'half waited less', values: series.p50, colour: '--owner-openai' },
      { name: '95 of 100 waited less', values: series.p95, colour: '--owner-agent' },
    ],
    [series],
  );
  const costs = useMemo<Line[]>(
    () =>
      COST_COLOURS.map(([owner, colour]) => ({
        name: COST_WORDS[owner],
        values: series.costs[owner],
        colour,
        isBar: true,
      })),
    [series],
  );
  if (sums.calls === 0)
    return html`<${Empty} title="No calls in this time">
      <p>Take a longer time, or count the talks from browsers.</p>
    <//>`;
  return html`${insights.isCut && html`<p class="notice">More calls than are gathered: the oldest are missing.</p>`}
    <div class="insights">
      <${Chart} title="Calls" worded=${String} at=${series.at} lines=${calls} />
      <${Chart} title="How long callers waited" worded=${seconds} at=${series.at} lines=${waits} />
      <${Chart}
        title=${`What calls cost: ${dollars(sums.cost.usd, sums.cost.isRough)}`}
        worded=${dollars}
        at=${series.at}
        lines=${costs}
        isStacked
      />
      <${Ends} sums=${sums} since=${insights.since} />
      <${Rates} sums=${sums} />
    </div>
    <${Numbers} series=${series} />`;
}

function Ends({ sums, since }: { readonly sums: Sums; readonly since: string }) {
  // The list filters by whole days.
  const day = new Date(since).toLocaleDateString('sv');
  return html`<section class="card" aria-labelledby="ends-title">
    <h2 id="ends-title">How ${callsInWords(sums.calls)} ended</h2>
    ${END_GROUPS.map(
      (group) =>
        html`<div class="ends" key=${group}>
          <h3 class=${`mark ${group}`}>
            ${GROUPS[group]} <span class="count">${sums.groups[group].toLocaleString()}</span>
          </h3>
          <ul>
            ${sums.ended
              .filter(({ reason }) => endOf(reason).group === group)
              .map(
                ({ reason, count }) =>
                  html`<li key=${reason}>
                    <a href=${addressOf(['calls'], new URLSearchParams({ endReason: reason, since: day }))}
                      >${endOf(reason).words}</a
                    >
                    <span class="figure">${count.toLocaleString()}</span>
                  </li>`,
              )}
          </ul>
        </div>`,
    )}
  </section>`;
}

function Rates({ sums }: { readonly sums: Sums }) {
  return html`<section class="card" aria-labelledby="rates-title">
    <h2 id="rates-title">Of 100 turns</h2>
    <dl class="rates">
      ${sums.rates.map(
        ([name, count]) =>
          html`<div key=${name}>
            <dt>${name}</dt>
            <dd class="figure">${count.toFixed(1)}</dd>
          </div>`,
      )}
      <div>
        <dt>longest silence</dt>
        <dd class="figure">${lengthOf(sums.longestSilenceMs)}</dd>
      </div>
    </dl>
    <p class="quiet">${sums.turns.toLocaleString()} turns; at most ${callsInWords(sums.peak)} at a time.</p>
  </section>`;
}

function seconds(value: number): string {
  return `${Number(value.toFixed(2))} s`;
}

function known<T>(value: T | null | undefined, words: (value: T) => string): string {
  return value === null || value === undefined ? '–' : words(value);
}

/** The charts again, for screen readers. */
function Numbers({ series }: { readonly series: Series }) {
  return html`<details>
    <summary>The numbers of the charts</summary>
    <div class="scrolls" tabindex="0" role="region" aria-label="The numbers of the charts">
      <table>
        <thead>
          <tr>
            ${[
              'From',
              'Calls',
              'At a time',
              'Half waited less',
              `95 of 100 (of ${ENOUGH} or more)`,
              'Cost',
              ...COST_COLOURS.map(([owner]) => `of it ${COST_WORDS[owner]}`),
            ].map((title) => html`<th scope="col" key=${title}>${title}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${series.at.map(
            (at, index) =>
              html`<tr key=${at}>
                <th scope="row">${new Date(at * 1000).toLocaleString()}</th>
                <td>${series.calls[index]}</td>
                <td>${series.peak[index]}</td>
                <td>${known(series.p50[index], seconds)}</td>
                <td>${known(series.p95[index], seconds)}</td>
                <td>${known(series.cost[index], ({ usd, isRough }) => dollars(usd, isRough))}</td>
                ${COST_COLOURS.map(
                  ([owner]) => html`<td key=${owner}>${known(series.costs[owner][index], dollars)}</td>`,
                )}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
}

/** Up to the end of the running stretch, so that stretches begin at full hours. */
function pathOf(period: Period, withTests: boolean): string {
  const { stretches, step } = PERIODS[period];
  const until = Math.ceil(Date.now() / (step * 1000)) * step * 1000;
  const since = until - stretches * step * 1000;
  const iso = (at: number): string => new Date(at).toISOString();
  return `/insights?${new URLSearchParams({
    since: iso(since),
    until: iso(until),
    step: String(step),
    via: withTests ? 'all' : 'phone',
  })}`;
}
