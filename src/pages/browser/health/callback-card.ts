// A form that sends a signed sample to a callback URL: whether a receiver takes and verifies what calls will send.
import { useSignal } from '@preact/signals';
import { html } from 'htm/preact';
import { type Answer, ask } from '../api.ts';
import type { SentSample } from '../api-types.ts';
import { Failed } from '../parts.ts';
import { sampleWords } from './callback-words.ts';

export function CallbackCard() {
  const url = useSignal('');
  const answer = useSignal<Answer<SentSample> | null>(null);
  const isBusy = useSignal(false);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (isBusy.peek()) return;
    isBusy.value = true;
    answer.value = await ask<SentSample>('/callbacks/sample', {
      method: 'POST',
      body: { url: url.peek().trim() },
    });
    isBusy.value = false;
  };
  const { value } = answer;
  return html`<section class="card callback" aria-labelledby="callback-title">
    <h2 id="callback-title">Callbacks</h2>
    <form class="tools-row" onSubmit=${(event: Event) => void send(event)}>
      <label>
        <span class="visually-hidden">Callback URL</span>
        <input
          type="url"
          required
          maxlength="2000"
          autocomplete="off"
          placeholder="https://crm.example/patchcord"
          value=${url}
          onInput=${({ currentTarget }: { currentTarget: HTMLInputElement }) => (url.value = currentTarget.value)}
        />
      </label>
      <button class="secondary" aria-busy=${isBusy.value}>Send a sample</button>
    </form>
    <p class="quiet">
      Posts <code>{ id, type: "sample", at }</code> once, signed as callbacks of calls are. Nothing is kept.
    </p>
    <div role="status">
      ${
        value !== null &&
        (value.is === 'refused'
          ? html`<${Failed} problem=${value.problem} />`
          : html`<p>
              <span class=${`mark ${value.value.is === 'delivered' ? 'fine' : 'ours'}`}
                ><i aria-hidden="true">${value.value.is === 'delivered' ? '✓' : '▲'}</i>${sampleWords(
                  value.value,
                )}</span
              >
            </p>`)
      }
    </div>
  </section>`;
}
