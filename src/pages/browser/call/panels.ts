// What lies behind the conversation: what the agent was told, what vendors counted, the raw events, and the callbacks.
import { useSignal } from '@preact/signals';
import { html } from 'htm/preact';
import type { CallEvent } from '../../../call/call.ts';
import type { Callback } from '../api-types.ts';
import { Ago } from '../parts.ts';
import { clockTime } from '../words.ts';
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

const UNITS: readonly (readonly [name: string, title: string])[] = [
  ['textIn', 'text in'],
  ['cachedTextIn', 'of it cached'],
  ['audioIn', 'audio in'],
  ['cachedAudioIn', 'of it cached'],
  ['textOut', 'text out'],
  ['audioOut', 'audio out'],
  ['seconds', 'seconds'],
];

export function UsagePanel({ events }: { readonly events: readonly CallEvent[] }) {
  const sums = new Map<string, Record<string, number>>();
  for (const event of events) {
    if (event.type !== 'usage-counted') continue;
    const name = `${event.owner}\t${event.model ?? ''}`;
    const sum = sums.get(name) ?? {};
    for (const [unit, count] of Object.entries(event.usage))
      if (typeof count === 'number') sum[unit] = (sum[unit] ?? 0) + count;
    sums.set(name, sum);
  }
  if (sums.size === 0) return html`<p class="quiet">No vendor has counted anything of this call.</p>`;
  return html`<div class="scrolls">
    <table>
      <thead>
        <tr>
          <th scope="col">Who</th>
          <th scope="col">Model</th>
          ${UNITS.map(([name, title]) => html`<th scope="col" key=${name} class="figure">${title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${[...sums].map(([name, sum]) => {
          const [owner, model] = name.split('\t');
          return html`<tr key=${name}>
            <th scope="row">${owner}</th>
            <td><bdi>${model || '–'}</bdi></td>
            ${UNITS.map(
              ([unit]) =>
                html`<td key=${unit} class="figure">
                  ${sum[unit] === undefined ? '–' : Math.round(sum[unit]).toLocaleString()}
                </td>`,
            )}
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
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
    <ol class="events">
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
