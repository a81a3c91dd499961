// The doctor's checks as rows that appear one by one, each with what was seen and what to do about it.
import { html } from 'htm/preact';
import { useEffect } from 'preact/hooks';
import { signIns } from '../api.ts';
import { Ago, Empty, Failed } from '../parts.ts';
import { checkRun, type CheckRow, runChecks } from './check-run.ts';

const SIGNS = {
  fine: { sign: '✓', words: 'fine' },
  wrong: { sign: '▲', words: 'wrong' },
  unknown: { sign: '?', words: 'not known' },
} as const;

export function ChecksCard() {
  const { value: run } = checkRun;
  useEffect(() => {
    const { is } = checkRun.peek();
    if (is === 'none' || is === 'failed') void runChecks(false);
  }, [signIns.value]);
  const isRunning = run.is === 'running';
  const rows = run.is === 'none' ? [] : run.rows;
  if (run.is === 'failed' && run.problem.code === 'not_found')
    return html`<section class="card"><${Empty} title="This program checks nothing" /></section>`;
  return html`<section class="card checks" aria-labelledby="checks-title">
    <div class="title">
      <h2 id="checks-title">Checks</h2>
      <p class="quiet" role="status">
        ${isRunning ? 'Checking …' : run.is === 'done' && html`${summaryOf(rows)}, <${Ago} at=${run.at} />`}
      </p>
    </div>
    ${run.is === 'failed' && html`<${Failed} problem=${run.problem} onRetry=${() => void runChecks(false)} />`}
    <ol>
      ${rows.map((row, at) => html`<${Row} key=${at} row=${row} />`)}
    </ol>
    <div class="tools-row">
      <button class="secondary" disabled=${isRunning} onClick=${() => void runChecks(false)}>
        Run again
      </button>
      <button class="secondary" disabled=${isRunning} onClick=${() => void runChecks(true)}>
        Run with a spoken sentence
      </button>
      <span class="quiet"
        >The sentence costs about a cent at OpenAI, and measures how long a caller waits.</span
      >
    </div>
  </section>`;
}

function Row({ row: { name, finding } }: { readonly row: CheckRow }) {
  if (finding === null)
    return html`<li class="running">
      <i aria-hidden="true">◌</i>
      <div><strong>${name}</strong> <span class="quiet">checking …</span></div>
    </li>`;
  const { is, saw, todo } = finding;
  return html`<li class=${is}>
    <i aria-hidden="true">${SIGNS[is].sign}</i>
    <div>
      <strong>${name}</strong> <span class="verdict-word">${SIGNS[is].words}</span>
      <p><bdi>${saw}</bdi></p>
      ${todo !== null && html`<p class="todo"><bdi>${todo}</bdi></p>`}
    </div>
  </li>`;
}

function summaryOf(rows: readonly CheckRow[]): string {
  const wrong = rows.filter(({ finding }) => finding?.is === 'wrong').length;
  const unknown = rows.filter(({ finding }) => finding?.is === 'unknown').length;
  if (wrong > 0) return `${wrong} of ${rows.length} wrong`;
  return unknown > 0 ? `Nothing wrong, ${unknown} not known` : `All ${rows.length} fine`;
}
