// The filters over the list of calls, each with how many calls it would leave.
import { useSignal } from '@preact/signals';
import { html } from 'htm/preact';
import { useEffect, useRef } from 'preact/hooks';
import type { CallPage, Counts } from '../api-types.ts';
import { useAsked } from '../asked.ts';
import { onCallEvent } from '../feed.ts';
import { useKeys } from '../keys.ts';
import { query, replaceQuery } from '../router.ts';
import { callsInWords, endOf, GROUPS } from '../words.ts';
import { ExportButtons } from './export-buttons.ts';
import { countsPath, type FilterName, type Filters, filtersIn, queryOf } from './filters.ts';

/** Counting reads every call that fits, so it is not done at every event. */
const COUNTED_EVERY_MS = 5_000;

export function FilterBar() {
  const number = useRef<HTMLInputElement>(null);
  const filters = filtersIn(query.value);
  const counts = useCounts(filters);
  // Drawn anew while somebody types, the field must hold what they typed so far.
  const typed = useSignal('');
  useEffect(() => void (typed.value = filters.number ?? ''), [filters.number]);
  useKeys([{ keys: '/', does: 'Filter by number', act: () => number.current?.focus() }]);
  const set = (name: FilterName, value: string): void =>
    replaceQuery(queryOf({ ...filtersIn(query.peek()), [name]: value }));
  const choice = (name: FilterName, title: string, all: string, values: readonly Option[]) =>
    html`<${Choice}
      title=${title}
      all=${all}
      value=${filters[name] ?? ''}
      values=${values}
      onChoose=${(value: string) => set(name, value)}
    />`;
  const day = (name: 'since' | 'until', title: string) =>
    html`<label>
      <span>${title}</span>
      <input
        type="date"
        value=${filters[name] ?? ''}
        onChange=${(event: Event) => set(name, valueOf(event))}
      />
    </label>`;
  return html`<${Tiles} filters=${filters} counts=${counts} />
    <form class="filters" aria-label="Filter the calls" onSubmit=${(event: Event) => event.preventDefault()}>
      <label>
        <span>Number</span>
        <input
          ref=${number}
          type="search"
          inputmode="tel"
          placeholder="+1555 …"
          value=${typed}
          onInput=${(event: Event) => (typed.value = valueOf(event))}
          onChange=${(event: Event) => set('number', valueOf(event))}
        />
      </label>
      ${choice('direction', 'Direction', 'in and out', optionsOf(counts?.direction, filters.direction))}
      ${choice('endReason', 'Ended', 'anyhow', endsOf(counts?.endReason, filters.endReason))}
      ${choice('profile', 'As', 'anybody', optionsOf(counts?.profile, filters.profile))}
      ${choice('via', 'By', 'any line', optionsOf(counts?.via, filters.via))} ${day('since', 'From')}
      ${day('until', 'To')}
    </form>`;
}

function useCounts(filters: Filters): Counts | undefined {
  const { answer, again } = useAsked<CallPage>(countsPath(filters));
  useEffect(() => {
    let timer = 0;
    const stop = onCallEvent(({ type }) => {
      if (type !== 'call-ended' || timer !== 0) return;
      timer = setTimeout(() => {
        timer = 0;
        again();
      }, COUNTED_EVERY_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, []);
  return answer.value?.is === 'ok' ? answer.value.value.counts : undefined;
}

/** The question asked most has a button of its own. */
function Tiles({ filters, counts }: { readonly filters: Filters; readonly counts: Counts | undefined }) {
  const isAttention = filters.needsAttention === '1';
  const toggle = (): void => {
    replaceQuery(queryOf({ ...filtersIn(query.peek()), needsAttention: isAttention ? '' : '1' }));
  };
  const isFiltered = Object.keys(filters).length > 0;
  return html`<div class="tiles">
    <span class="quiet">${counts === undefined ? '… calls' : callsInWords(counts.all)}</span>
    <button class="tile attention" aria-pressed=${isAttention} onClick=${toggle}>
      <i aria-hidden="true">▲</i> ${counts?.needsAttention.toLocaleString() ?? '…'} to look at
    </button>
    ${isFiltered && html`<button class="plain" onClick=${() => replaceQuery(new URLSearchParams())}>Clear filters</button>`}
    <${ExportButtons} />
  </div>`;
}

interface Option {
  readonly value: string;
  readonly words: string;
  readonly group?: string;
}

interface ChoiceProps {
  readonly title: string;
  readonly all: string;
  readonly value: string;
  readonly values: readonly Option[];
  readonly onChoose: (value: string) => void;
}

function Choice({ title, all, value, values, onChoose }: ChoiceProps) {
  const option = ({ value: one, words }: Option) =>
    html`<option key=${one} value=${one} selected=${one === value}>${words}</option>`;
  const groups = Map.groupBy(values, ({ group = '' }) => group);
  return html`<label>
    <span>${title}</span>
    <select onChange=${(event: Event) => onChoose(valueOf(event))}>
      <option value="" selected=${value === ''}>${all}</option>
      ${[...groups].map(([group, members]) =>
        group === ''
          ? members.map(option)
          : html`<optgroup key=${group} label=${group}>${members.map(option)}</optgroup>`,
      )}
    </select>
  </label>`;
}

/** The chosen value stays a choice where no call has it. */
function optionsOf(counts: Readonly<Record<string, number>> = {}, chosen = ''): Option[] {
  const known = Object.entries(counts)
    .filter(([value]) => value !== '')
    .map(([value, count]) => ({ value, words: `${value} (${count})` }));
  const isMissing = chosen !== '' && !(chosen in counts);
  return isMissing ? [...known, { value: chosen, words: `${chosen} (0)` }] : known;
}

function endsOf(counts: Readonly<Record<string, number>> | undefined, chosen: string | undefined): Option[] {
  return optionsOf(counts, chosen)
    .map(({ value }) => {
      const { words, group } = endOf(value);
      return { value, words: `${words} (${counts?.[value] ?? 0})`, group: GROUPS[group] };
    })
    .sort((one, other) => one.group.localeCompare(other.group));
}

function valueOf({ currentTarget }: Event): string {
  const isField = currentTarget instanceof HTMLInputElement || currentTarget instanceof HTMLSelectElement;
  return isField ? currentTarget.value.trim() : '';
}
