// The environment as the relay read it: what is set, what is left to its default, and what is missing. Secrets show no value.
import { useSignal } from '@preact/signals';
import { html } from 'htm/preact';
import type { Configuration } from '../api-types.ts';
import { useAsked } from '../asked.ts';
import { Failed, Loading } from '../parts.ts';

type Variable = Configuration['variables'][number];

export function ConfigurationCard() {
  const { answer, again } = useAsked<Configuration>('/configuration');
  const showsAll = useSignal(false);
  const { value } = answer;
  return html`<section class="card configuration" aria-labelledby="configuration-title">
    <div class="title">
      <h2 id="configuration-title">Configuration</h2>
      <label class="switch">
        <input
          type="checkbox"
          role="switch"
          checked=${showsAll.value}
          onChange=${() => (showsAll.value = !showsAll.value)}
        />
        With defaults
      </label>
    </div>
    ${
      value === null
        ? html`<${Loading} />`
        : value.is === 'refused'
          ? html`<${Failed} problem=${value.problem} onRetry=${again} />`
          : html`<${Variables}
              variables=${value.value.variables.filter(({ is }) => showsAll.value || is !== 'default')}
            />`
    }
  </section>`;
}

function Variables({ variables }: { readonly variables: readonly Variable[] }) {
  return html`<table>
    <thead>
      <tr>
        <th scope="col">Variable</th>
        <th scope="col">Value</th>
      </tr>
    </thead>
    <tbody>
      ${variables.map(
        ({ name, is, value }) =>
          html`<tr key=${name}>
            <th scope="row"><code>${breakable(name)}</code></th>
            <td>
              ${
                is === 'missing'
                  ? html`<span class="mark ours"><i aria-hidden="true">▲</i>missing</span>`
                  : value === null
                    ? html`<span class="quiet">${is === 'set' ? 'set; a secret' : 'not set'}</span>`
                    : value === ''
                      ? html`<span class="quiet">empty</span>`
                      : html`<bdi>${value}</bdi>`
              }
              ${is === 'default' && value !== null && html` <span class="tag">default</span>`}
            </td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

/** A long name breaks between its words. */
function breakable(name: string) {
  return name.split('_').map((word, at) => (at === 0 ? word : html`_<wbr />${word}`));
}
