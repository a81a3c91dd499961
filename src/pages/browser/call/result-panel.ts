// What a call brought back: each value with whether anybody said it; a click lights the lines that it rests on.
import { html } from 'htm/preact';
import type { Json } from '../../../call/json.ts';
import type { Call, Finding } from '../api-types.ts';
import { endOf } from '../words.ts';

export interface ResultProps {
  readonly call: Call;
  /** Shows and plays these lines of the transcript. */
  readonly onEvidence: (lines: readonly number[]) => void;
}

export function ResultPanel({ call, onEvidence }: ResultProps) {
  const { task, result, endedAt } = call;
  return html`${task !== null && html`<p class="quiet">Task (${task.type}): <bdi>${task.prompt}</bdi></p>`}
  ${
    result === null
      ? html`<p class="quiet">
          ${endedAt !== null && !call.isSettled ? 'Asking the agent for the result …' : 'No result was asked for.'}
        </p>`
      : html`<${Outcome} result=${result} onEvidence=${onEvidence} />`
  }`;
}

function Outcome({
  result,
  onEvidence,
}: Pick<ResultProps, 'onEvidence'> & { readonly result: NonNullable<Call['result']> }) {
  switch (result.status) {
    case 'not-reached':
      return html`<p><span class="mark theirs">◇ nobody was reached: ${endOf(result.why).words}</span></p>`;
    case 'failed':
      return html`<p class="problem">The agent gave nothing that fits the schema:</p>
        <ul>
          ${result.problems.map((problem, at) => html`<li key=${at}><bdi>${problem}</bdi></li>`)}
        </ul>`;
    case 'answered':
      return html`${result.summary !== undefined && html`<p><bdi>${result.summary}</bdi></p>`}
        <dl class="values">
          ${leavesOf(result.value).map(
            ({ pointer, value }) =>
              html`<${Value}
                key=${pointer}
                pointer=${pointer}
                value=${value}
                finding=${result.findings.find((one) => one.pointer === pointer)}
                onEvidence=${onEvidence}
              />`,
          )}
        </dl>`;
  }
}

interface ValueProps extends Pick<ResultProps, 'onEvidence'> {
  readonly pointer: string;
  readonly value: Json;
  readonly finding: Finding | undefined;
}

function Value({ pointer, value, finding, onEvidence }: ValueProps) {
  const lines = finding?.evidence.map(({ line }) => line) ?? [];
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  return html`<div>
    <dt><bdi>${pointer.slice(1) || 'result'}</bdi></dt>
    <dd>
      <strong><bdi>${shown}</bdi></strong>
      ${finding?.is === 'supported' && html` <span class="mark fine">✓ supported</span>`}
      ${finding?.is === 'unsupported' && html` <span class="mark ours">? nobody said it</span>`}
      ${finding?.is === 'hedged' && html` <span class="mark ours">? they were not sure</span>`}
      ${finding?.is === 'retracted' && html` <span class="mark ours">? they took it back</span>`}
      ${
        lines.length > 0 &&
        html`<ul>
          ${finding?.evidence.map(
            ({ line, who, text }) =>
              html`<li key=${line}>
                <button class="evidence" onClick=${() => onEvidence([line])}>
                  <span class="who">${who}</span> <bdi>${text}</bdi>
                </button>
              </li>`,
          )}
        </ul>`
      }
    </dd>
  </div>`;
}

/** The values at the ends of a result, by JSON Pointer, as the findings name them. */
function leavesOf(value: Json, pointer = ''): { readonly pointer: string; readonly value: Json }[] {
  if (typeof value !== 'object' || value === null) return [{ pointer, value }];
  const entries = Object.entries(value);
  if (entries.length === 0) return [{ pointer, value }];
  return entries.flatMap(([key, part]) =>
    leavesOf(part, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}
