// Calls, live and past.
import { effect } from '@preact/signals';
import { html } from 'htm/preact';
import type { ComponentType } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ask, signIns } from '../api.ts';
import type { CallPage } from '../api-types.ts';
import { feedState, onCallEvent, whileFull } from '../feed.ts';
import { Heading } from '../heading.ts';
import { Empty, Failed, Loading } from '../parts.ts';
import { addressOf, query } from '../router.ts';
import { CallPages, PAGE } from './call-pages.ts';
import { CallTable } from './call-table.ts';
import { FilterBar } from './filter-bar.ts';
import { filtersIn, listPath } from './filters.ts';
import { LiveBlock } from './live-block.ts';

/** A busy relay ends calls every moment: the list is asked for anew at most this often. */
const REFRESH_MS = 1_500;

export function CallList() {
  const isInsights = query.value.get('show') === 'insights';
  const tab = (title: string, address: string, isOpen: boolean) =>
    html`<a href=${address} aria-current=${isOpen ? 'page' : undefined}>${title}</a>`;
  return html`<div class="title">
      <${Heading} title="Calls" />
      <nav class="views" aria-label="Calls as">
        ${tab('List', addressOf(['calls']), !isInsights)}
        ${tab('Insights', addressOf(['calls'], 'show=insights'), isInsights)}
      </nav>
    </div>
    <${LiveBlock} />
    ${isInsights ? html`<${Later} />` : html`<${FilterBar} /><${Past} />`}`;
}

/** The charts come with a library of their own, which nobody needs for the list. */
function Later() {
  const [View, setView] = useState<ComponentType | null>(null);
  useEffect(() => {
    void import('./insights-view.ts').then(({ InsightsView }) => setView(() => InsightsView));
  }, []);
  return View === null ? html`<${Loading} />` : html`<${View} />`;
}

function Past() {
  const path = listPath(filtersIn(query.value), PAGE, null);
  const section = useRef<HTMLElement>(null);
  const pages = useMemo(
    () => new CallPages((cursor) => ask<CallPage>(listPath(filtersIn(query.peek()), PAGE, cursor))),
    [path],
  );
  useEffect(() => void pages.load(), [pages, signIns.value]);
  useRefreshed(pages, section);

  const older = async (): Promise<void> => {
    const first = await pages.older();
    if (first === null) return;
    const row = section.current?.querySelector<HTMLElement>(`[data-call="${CSS.escape(first.id)}"] a`);
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: 'nearest' });
  };
  const waiting = pages.waiting.value.length;
  const problem = pages.problem.value;
  return html`<section ref=${section} class="past" aria-label="Past calls">
    ${problem !== null && html`<${Failed} problem=${problem} onRetry=${() => void pages.load()} />`}
    ${
      waiting > 0 &&
      html`<button class="secondary wide" onClick=${() => pages.showWaiting()}>↑ ${waiting} new</button>`
    }
    ${
      pages.hasNewer.value &&
      html`<button class="secondary wide" onClick=${() => pages.newer()}>↑ Newer calls</button>`
    }
    ${
      pages.loading.value === 'first' && pages.rows.value.length === 0
        ? html`<${Loading} rows=${10} />`
        : pages.rows.value.length > 0
          ? html`<${CallTable} calls=${pages.rows.value} />`
          : problem === null && html`<${NoCalls} isFiltered=${query.value.size > 0} />`
    }
    ${
      pages.hasOlder.value &&
      html`<button
        class="secondary wide"
        aria-busy=${pages.loading.value === 'more'}
        onClick=${() => void older()}
      >
        ↓ Older calls
      </button>`
    }
  </section>`;
}

/** Brings ended calls into the list: at its top while nobody reads further down, else above it, waiting. */
function useRefreshed(pages: CallPages, section: { readonly current: HTMLElement | null }): void {
  useEffect(() => {
    let timer = 0;
    const refresh = async (): Promise<void> => {
      timer = 0;
      await pages.refresh();
      const isRead = scrollY > 100 || section.current?.contains(document.activeElement) === true;
      if (!isRead && !pages.hasNewer.peek() && pages.waiting.peek().length > 0) pages.showWaiting();
    };
    const refreshSoon = (): void => {
      if (timer === 0) timer = setTimeout(() => void refresh(), REFRESH_MS);
    };
    const stop = onCallEvent(({ type }) => {
      if (type === 'call-ended' || type === 'call-settled') refreshSoon();
    });
    const stopPolling = whileFull(refreshSoon);
    let wasAway = false;
    const stopState = effect(() => {
      if (feedState.value === 'open' && wasAway) refreshSoon();
      wasAway = feedState.value !== 'open';
    });
    return () => {
      clearTimeout(timer);
      stop();
      stopPolling();
      stopState();
    };
  }, [pages]);
}

function NoCalls({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered)
    return html`<${Empty} title="No call fits these filters"
      ><p>Clear one of them, or widen the days.</p><//
    >`;
  return html`<${Empty} title="No calls yet">
    <p>Ring the number that points at this relay; the call appears here while it is on.</p>
    <p class="quiet"><code>npm run doctor</code> checks the way from the number to the agent.</p>
  <//>`;
}
