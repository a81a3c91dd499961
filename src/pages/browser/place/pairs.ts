// Rows of a name and a value, as many as needed: the facts that the agent receives, and the client's own metadata.
import { html } from 'htm/preact';
import type { Draft, Pair } from './draft.ts';
import { Problems, textIn } from './field.ts';
import { change, form } from './place-form.ts';

export interface PairsProps {
  readonly of: 'facts' | 'metadata';
  readonly title: string;
  /** What one of them is called, as `fact`. */
  readonly one: string;
  readonly hint: string;
}

export function Pairs({ of, title, one, hint }: PairsProps) {
  const pairs = form.value.draft[of];
  const put = (next: readonly Pair[]): void => change({ [of]: next } satisfies Partial<Draft>);
  const set = (at: number, changed: Partial<Pair>): void =>
    put(pairs.map((pair, other) => (other === at ? { ...pair, ...changed } : pair)));
  return html`<fieldset class="pairs">
    <legend>${title} <span class="quiet">${hint}</span></legend>
    ${pairs.map(
      ({ name, value }, at) =>
        html`<div class="pair" key=${at}>
          <input
            type="text"
            aria-label=${`Name of ${one} ${at + 1}`}
            placeholder="name"
            maxlength="100"
            value=${name}
            onInput=${(event: Event) => set(at, { name: textIn(event) })}
          />
          <input
            type="text"
            aria-label=${name === '' ? `Value of ${one} ${at + 1}` : name}
            placeholder="value"
            maxlength="500"
            value=${value}
            onInput=${(event: Event) => set(at, { value: textIn(event) })}
          />
          <button
            type="button"
            class="icon"
            aria-label=${`Remove ${one} ${at + 1}`}
            onClick=${() => put(pairs.filter((_, other) => other !== at))}
          >
            ✕
          </button>
        </div>`,
    )}
    <button type="button" class="plain add" onClick=${() => put([...pairs, { name: '', value: '' }])}>
      + ${one}
    </button>
    <${Problems} of=${of} />
  </fieldset>`;
}
