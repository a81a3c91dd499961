// What is on file for a number, and what will be: only the rows that matter, before above after on a narrow page.
import { html } from 'htm/preact';
import type { Webhooks } from '../api-types.ts';

interface Row {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

export function rowsOf(before: Webhooks, after: Webhooks): readonly Row[] {
  const row = (name: string, value: (of: Webhooks) => string): Row => ({
    name,
    before: value(before),
    after: value(after),
  });
  return [
    row('A call comes in', addressIn('voiceMethod', 'voiceUrl', before, after)),
    row('If that fails', addressIn('voiceFallbackMethod', 'voiceFallbackUrl', before, after)),
    row('Status changes', addressIn('statusCallbackMethod', 'statusCallback', before, after)),
    row('Application', (of) => of.voiceApplicationSid),
  ].filter((one) => one.before !== one.after);
}

/** With its method only where that is not POST throughout. */
function addressIn(
  method: keyof Webhooks,
  url: keyof Webhooks,
  ...all: readonly Webhooks[]
): (of: Webhooks) => string {
  const isPost = all.every((of) => of[url] === '' || of[method] === 'POST' || of[method] === '');
  return (of) => (of[url] === '' || isPost ? of[url] : `${of[method]} ${of[url]}`);
}

export function WebhookDiff({ before, after }: { readonly before: Webhooks; readonly after: Webhooks }) {
  return html`<dl class="diff">
    ${rowsOf(before, after).map(
      (row) =>
        html`<div key=${row.name}>
          <dt>${row.name}</dt>
          <dd><span class="visually-hidden">now: </span><${Value} value=${row.before} /></dd>
          <dd class="after"><span class="visually-hidden">then: </span><${Value} value=${row.after} /></dd>
        </div>`,
    )}
  </dl>`;
}

function Value({ value }: { readonly value: string }) {
  return value === '' ? html`<span class="quiet">nothing</span>` : html`<bdi>${value}</bdi>`;
}
