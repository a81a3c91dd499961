// The list of calls, the latest first.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { type Answer, ask } from '../api.ts';
import { Heading } from '../heading.ts';
import { html } from 'htm/preact';
import { addressOf } from '../router.ts';
import { signIns } from '../session.ts';

export interface CallSummary {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly startedAt: string;
}

interface CallPage {
  readonly calls: readonly CallSummary[];
  readonly next: string | null;
}

export function CallList() {
  const page = useSignal<Answer<CallPage> | null>(null);
  useEffect(() => {
    void ask<CallPage>('/calls?limit=100').then((answer) => (page.value = answer));
  }, [signIns.value]);
  return html`<${Heading}
      title="Calls"
    />${page.value?.is === 'ok' && html`<${Rows} calls=${page.value.value.calls} />`}
    ${page.value?.is === 'refused' && html`<p role="alert">${page.value.problem.message}</p>`}`;
}

function Rows({ calls }: { readonly calls: readonly CallSummary[] }) {
  if (calls.length === 0) return html`<p>No calls yet.</p>`;
  return html`<ul>
    ${calls.map(
      ({ id, from, startedAt }) =>
        html`<li key=${id}>
          <a href=${addressOf(['calls', id])}>${from}</a> <time datetime=${startedAt}>${startedAt}</time>
        </li>`,
    )}
  </ul>`;
}
