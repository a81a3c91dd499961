// The list of ended calls as a table; on a phone each row is a card. `j` and `k` walk over the rows.
import { html } from 'htm/preact';
import { useRef } from 'preact/hooks';
import type { Attention, CallNumbers, CallSummary } from '../api-types.ts';
import { useKeys } from '../keys.ts';
import { Ago, EndReason, PhoneNumber } from '../parts.ts';
import { addressOf } from '../router.ts';
import { clockTime, dollars } from '../words.ts';

export function CallTable({ calls }: { readonly calls: readonly CallSummary[] }) {
  const body = useRef<HTMLTableSectionElement>(null);
  const walk = (step: 1 | -1): void => {
    const links = [...(body.current?.querySelectorAll<HTMLAnchorElement>('a.stretched') ?? [])];
    const at = links.findIndex((link) => link === document.activeElement);
    const to = at === -1 ? 0 : Math.min(links.length - 1, Math.max(0, at + step));
    links[to]?.focus();
  };
  useKeys([
    { keys: 'j', does: 'Next call', act: () => walk(1) },
    { keys: 'k', does: 'Previous call', act: () => walk(-1) },
  ]);
  // On a phone the cells are blocks, and some browsers then forget that this is a table; the roles say it again.
  return html`<table class="calls" role="table">
    <thead>
      <tr role="row">
        ${['When', 'Other side', 'As', 'Length', 'Ended', 'Waited, usual / most', 'Cut', 'Cost'].map(
          (title) => html`<th scope="col" role="columnheader" key=${title}>${title}</th>`,
        )}
      </tr>
    </thead>
    <tbody ref=${body}>
      ${calls.map((call) => html`<${Row} key=${call.id} call=${call} />`)}
    </tbody>
  </table>`;
}

/** The end reason names a fault already. */
const WHY: Readonly<Record<Exclude<Attention, 'fault'>, string>> = {
  slow: 'slow',
  result: 'doubtful value',
  callback: 'callback undelivered',
};

function waitOf(summary: CallNumbers | null): string {
  const wait = summary?.wait ?? null;
  return wait === null ? '–' : `${(wait.p50Ms / 1000).toFixed(1)} / ${(wait.maxMs / 1000).toFixed(1)} s`;
}

function costOf(summary: CallNumbers | null): string {
  const cost = summary?.cost ?? null;
  return cost === null ? '–' : dollars(cost.usd, cost.isPartial || cost.isEstimate);
}

function Row({ call }: { readonly call: CallSummary }) {
  const { id, direction, via, from, to, profile, startedAt, endReason, durationS, summary, attention } = call;
  const isOut = direction === 'outbound';
  return html`<tr role="row" data-call=${id}>
    <td role="cell" class="when"><${Ago} at=${startedAt} /></td>
    <td role="cell" class="side">
      <a class="stretched" href=${addressOf(['calls', id])}>
        <span class="visually-hidden">${isOut ? 'Call to' : 'Call from'} </span>
        <span class="direction" aria-hidden="true">${isOut ? '↗' : '↙'}</span>
        <${PhoneNumber} number=${isOut ? to : from} />
      </a>
    </td>
    <td role="cell"><bdi>${profile}</bdi>${via === 'browser' && html` <span class="tag">Test</span>`}</td>
    <td role="cell" class="figure">${durationS === null ? '–' : clockTime(durationS * 1000)}</td>
    <td role="cell">
      ${endReason === null ? '–' : html`<${EndReason} reason=${endReason} />`}
      ${attention.filter((why) => why !== 'fault').map((why) => html` <span class="tag warn" key=${why}>${WHY[why]}</span>`)}
    </td>
    <td role="cell" class="figure" data-title="waited">${waitOf(summary)}</td>
    <td role="cell" class="figure" data-title="cut">${summary?.turns.interrupted ?? '–'}</td>
    <td role="cell" class="figure" data-title="cost">${costOf(summary)}</td>
  </tr>`;
}
