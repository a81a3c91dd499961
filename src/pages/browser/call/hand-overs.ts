// Which process had the call when. Only a call that more than one had shows it.
import { html } from 'htm/preact';
import { clockTime, lengthOf } from '../words.ts';
import type { Holding } from './holdings.ts';

export interface HandOversProps {
  readonly holdings: readonly Holding[];
  readonly origin: number;
  readonly isLive: boolean;
}

const LEFT = { lost: '⚡ was lost', 'handed-over': '⇄ handed it over' } as const;

export function HandOvers({ holdings, origin, isLive }: HandOversProps) {
  const [first, last] = [holdings[0], holdings.at(-1)];
  if (first === undefined || last === undefined || holdings.length < 2) return null;
  const wholeMs = Math.max(1, last.to - first.from);
  const percent = (ms: number): string => `${(100 * ms) / wholeMs}%`;
  const until = ({ to, left }: Holding): string => (left === null && isLive ? 'now' : clockTime(to - origin));
  return html`<section class="card hand-overs" aria-labelledby="hand-overs-title">
    <h2 id="hand-overs-title">Which process had the call</h2>
    <div class="holders" aria-hidden="true">
      ${holdings.map(
        ({ from, to, left }, at) =>
          html`<i
            key=${from}
            class=${left ?? 'has-it'}
            style=${{ left: percent(from - first.from), width: percent(to - from) }}
            >${at + 1}</i
          >`,
      )}
    </div>
    <ol>
      ${holdings.map((holding, at) => {
        return html`<li key=${holding.from}>
          <span class="time">${clockTime(holding.from - origin)} – ${until(holding)}</span>
          <span
            >${`process ${at + 1}${after(holding, holdings[at - 1])}`} <${Left} left=${holding.left}
          /></span>
        </li>`;
      })}
    </ol>
  </section>`;
}

function after({ from }: Holding, before: Holding | undefined): string {
  return before === undefined ? '' : `, ${lengthOf(Math.max(0, from - before.to))} later`;
}

function Left({ left }: Pick<Holding, 'left'>) {
  return (
    left !== null && html`<span class=${`mark ${left === 'lost' ? 'ours' : 'fine'}`}>${LEFT[left]}</span>`
  );
}
