// The filters over the list of calls.
import { html } from 'htm/preact';
import { useRef } from 'preact/hooks';
import { useKeys } from '../keys.ts';
import { query, replaceQuery } from '../router.ts';
import { type FilterName, filtersIn, queryOf } from './filters.ts';

export function FilterBar() {
  const number = useRef<HTMLInputElement>(null);
  const filters = filtersIn(query.value);
  useKeys([{ keys: '/', does: 'Filter by number', act: () => number.current?.focus() }]);
  const set =
    (name: FilterName) =>
    ({ currentTarget }: { readonly currentTarget: HTMLInputElement | HTMLSelectElement }): void =>
      replaceQuery(queryOf({ ...filtersIn(query.peek()), [name]: currentTarget.value }));
  return html`<form
    class="filters"
    aria-label="Filter the calls"
    onSubmit=${(event: Event) => event.preventDefault()}
  >
    <label>
      <span>Number</span>
      <input
        ref=${number}
        type="search"
        inputmode="tel"
        placeholder="+15551234567"
        value=${filters.number ?? ''}
        onChange=${set('number')}
      />
    </label>
    <label>
      <span>Direction</span>
      <select value=${filters.direction ?? ''} onChange=${set('direction')}>
        <option value="">in and out</option>
        <option value="inbound">inbound</option>
        <option value="outbound">outbound</option>
      </select>
    </label>
    <label>
      <span>From</span>
      <input type="date" value=${filters.since ?? ''} onChange=${set('since')} />
    </label>
    <label>
      <span>To</span>
      <input type="date" value=${filters.until ?? ''} onChange=${set('until')} />
    </label>
    ${
      Object.keys(filters).length > 0 &&
      html`<button type="button" class="plain" onClick=${() => replaceQuery(new URLSearchParams())}>
        Clear
      </button>`
    }
  </form>`;
}
