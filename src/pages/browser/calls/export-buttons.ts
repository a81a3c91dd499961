// Saves the filtered list as a file, made in this browser: its name holds a day and nothing of any call.
import { useSignal } from '@preact/signals';
import { html } from 'htm/preact';
import { ask } from '../api.ts';
import type { CallPage, CallSummary } from '../api-types.ts';
import { query } from '../router.ts';
import { callsInWords } from '../words.ts';
import { PAGE } from './call-pages.ts';
import { csvOf, gathered, MOST_EXPORTED } from './export.ts';
import { filtersIn, listPath } from './filters.ts';

const READ_WITHIN_MS = 60_000;

const FORMS = {
  csv: { type: 'text/csv', write: csvOf },
  json: {
    type: 'application/json',
    write: (calls: readonly CallSummary[]) => `${JSON.stringify(calls, null, 2)}\n`,
  },
} as const;

export function ExportButtons() {
  const busy = useSignal<keyof typeof FORMS | null>(null);
  const said = useSignal('');
  const save = async (form: keyof typeof FORMS): Promise<void> => {
    if (busy.peek() !== null) return;
    busy.value = form;
    const filters = filtersIn(query.peek());
    const found = await gathered((cursor) => ask<CallPage>(listPath(filters, PAGE, cursor)));
    busy.value = null;
    if (found.is === 'refused') {
      said.value = found.problem.message;
      return;
    }
    saveAs(
      `calls-${new Date().toLocaleDateString('sv')}.${form}`,
      FORMS[form].type,
      FORMS[form].write(found.calls),
    );
    said.value = found.isCut
      ? `Only the latest ${MOST_EXPORTED.toLocaleString()} were saved: narrow the days for the others.`
      : `${callsInWords(found.calls.length)} saved.`;
  };
  const button = (form: keyof typeof FORMS) =>
    html`<button
      class="plain"
      aria-label=${`Save the list as ${form.toUpperCase()}`}
      aria-busy=${busy.value === form}
      onClick=${() => void save(form)}
    >
      ${form.toUpperCase()}
    </button>`;
  return html`<span class="export">
    <span class="quiet" aria-hidden="true">⤓</span> ${button('csv')} ${button('json')}
    <span class="quiet" role="status">${said}</span>
  </span>`;
}

function saveAs(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(address), READ_WITHIN_MS);
}
