// What lies behind the conversation: what the agent was told, what it cost, the raw events, and the callbacks.
import { useSignal } from '@preact/signals';
import { html } from 'htm/preact';
import type { CallEvent } from '../../../call/call.ts';
import type { Callback, Cost } from '../api-types.ts';
import { Ago } from '../parts.ts';
import { clockTime, COST_WORDS } from '../words.ts';
import type { Turn } from './turns.ts';

/** More would take the browser seconds to draw. */
const MOST_EVENTS = 500;

export function ToldPanel({ turns, origin }: { readonly turns: readonly Turn[]; readonly origin: number }) {
  const told = turns.filter((turn) => turn.told !== null);
  if (told.length === 0) return html`<p class="quiet">The agent was told nothing.</p>`;
  return html`<ol class="told">
    ${told.map(
      ({ key, startedAt, told: message }) =>
        html`<li key=${key}>
          <span class="time">${clockTime(startedAt - origin)}</span>
          <div>
            ${message?.notes.map((note, at) => html`<p class="note" key=${at}><bdi>${note}</bdi></p>`)}
            <p><bdi>${message?.text}</bdi></p>
            ${
              message !== null &&
              message?.heardOfLast !== null &&
              html`<p class="quiet">
                of its last reply the caller heard: <q><bdi>${message?.heardOfLast}</bdi></q>
              </p>`
            }
          </div>
        </li>`,
    )}
  </ol>`;
}

/** What is unknown is a dash, never 0. */
export function CostPanel({ cost }: { readonly cost: Cost }) {
  const { usd, isPartial, isEstimate, pricesOf, lines } = cost;
  return html`<div class="scrolls" tabindex="0" role="region" aria-label="What it cost">
      <table class="cost">
        <thead>
          <tr>
            <th scope="col">Where</th>
            <th scope="col">What</th>
            <th scope="col" class="figure">How much</th>
            <th scope="col" class="figure">USD</th>
          </tr>
        </thead>
        <tbody>
          ${lines.map(
            ({ owner, what, quantity, unit, usd: price }, at) =>
              html`<tr key=${at}>
                <th scope="row">${COST_WORDS[owner]}</th>
                <td><bdi>${what}</bdi></td>
                <td class="figure">${quantity === null ? '–' : `${quantity.toLocaleString()} ${unit}`}</td>
                <td class="figure">${price === null ? '–' : price.toFixed(4)}</td>
              </tr>`,
          )}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" colspan="3">
              ${isPartial ? 'at least' : 'in all'}${isEstimate ? ', estimated' : ''}
            </th>
            <td class="figure">${usd.toFixed(4)}</td>
          </tr>
        </tfoot>
      </table>
    </div>
    <p class="quiet">
      Prices of ${pricesOf}.${isPartial ? ' A dash: nobody told how much, or there is no price for it.' : ''}
    </p>`;
}

export function EventsPanel({
  events,
  origin,
}: {
  readonly events: readonly CallEvent[];
  readonly origin: number;
}) {
  const wanted = useSignal('');
  const isCopied = useSignal(false);
  const shown = events.filter(({ type }) => type.includes(wanted.value.trim()));
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(shown.map((event) => JSON.stringify(event)).join('\n'));
    isCopied.value = true;
  };
  return html`<div class="tools-row">
      <label>
        <span class="visually-hidden">Type of the events</span>
        <input
          type="search"
          placeholder="type, as turn-"
          value=${wanted}
          onInput=${({ currentTarget }: { currentTarget: HTMLInputElement }) => (wanted.value = currentTarget.value)}
        />
      </label>
      <span class="quiet">${shown.length} events</span>
      <button class="secondary" onClick=${() => void copy()}>
        ${isCopied.value ? 'Copied' : 'Copy as JSON lines'}
      </button>
    </div>
    <ol class="events" tabindex="0" aria-label="Events">
      ${shown.slice(-MOST_EVENTS).map((event, index) => {
        const more = restOf(event);
        return html`<li key=${index}>
          <span class="time">${clockTime(event.at - origin)}</span> <strong>${event.type}</strong>
          <bdi>${more}</bdi>
        </li>`;
      })}
    </ol>`;
}

/** What an event holds beside what every event has. */
function restOf(event: CallEvent): string {
  const rest = Object.entries(event).filter(([name]) => !['callId', 'at', 'type'].includes(name));
  return rest.length === 0 ? '' : JSON.stringify(Object.fromEntries(rest));
}

export function CallbacksPanel({ callbacks }: { readonly callbacks: readonly Callback[] }) {
  if (callbacks.length === 0) return html`<p class="quiet">No callback was asked for.</p>`;
  return html`<ol class="callbacks">
    ${callbacks.map(({ id, url, createdAt, attempts, nextAt, deliveredAt, lastProblem }) => {
      const state =
        deliveredAt !== null
          ? html`<span class="mark fine">✓ delivered <${Ago} at=${deliveredAt} /></span>`
          : nextAt !== null
            ? html`<span class="mark theirs">◌ next try <${Ago} at=${nextAt} /></span>`
            : html`<span class="mark ours">▲ given up</span>`;
      return html`<li key=${id}>
        <p><bdi class="break">${url}</bdi></p>
        <p class="quiet">
          made <${Ago} at=${createdAt} /> · ${attempts} ${attempts === 1 ? 'try' : 'tries'} · ${state}
          ${lastProblem !== null && html` · last problem: <code>${lastProblem}</code>`}
        </p>
      </li>`;
    })}
  </ol>`;
}
