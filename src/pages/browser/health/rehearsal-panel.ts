// A button that asks the relay's own webhook as Twilio would, and shows the TwiML. No call begins.
import { useSignal } from '@preact/signals';
import { html } from 'htm/preact';
import { type Answer, ask } from '../api.ts';
import type { WebhookRehearsal } from '../api-types.ts';
import { Failed, PhoneNumber } from '../parts.ts';
import { twimlLines } from './twiml-lines.ts';

const MEANINGS: Readonly<Record<string, string>> = {
  Connect: 'The caller would be connected to the agent.',
  Reject:
    'The caller would get a busy tone: see Now for the reason, or the callers that the profile turns away.',
  Redirect: 'Twilio would ask again: another process takes the calls.',
  Hangup: 'The call would be hung up.',
  Say: 'The caller would hear an apology: something is broken here. The log says what.',
};

export function RehearsalPanel() {
  const answer = useSignal<Answer<WebhookRehearsal> | null>(null);
  const isBusy = useSignal(false);
  const rehearse = async (): Promise<void> => {
    isBusy.value = true;
    answer.value = await ask<WebhookRehearsal>('/webhooks/rehearsal', { method: 'POST', body: {} });
    isBusy.value = false;
  };
  const { value } = answer;
  return html`<div class="tools-row">
      <button
        class="secondary"
        aria-busy=${isBusy.value}
        disabled=${isBusy.value}
        onClick=${() => void rehearse()}
      >
        Rehearse a call
      </button>
      <span class="quiet"
        >Asks the webhook as Twilio would, signed. Nobody is called, and nothing is written.</span
      >
    </div>
    <div role="status">
      ${
        value !== null &&
        (value.is === 'refused'
          ? html`<${Failed} problem=${value.problem} />`
          : html`<${Rehearsed} rehearsed=${value.value} />`)
      }
    </div>`;
}

function Rehearsed({ rehearsed }: { readonly rehearsed: WebhookRehearsal }) {
  const { status, answer, twiml, to, tookMs, profile } = rehearsed;
  const isFine = status === 200 && answer === 'Connect';
  return html`<p>
      <span class=${`mark ${isFine ? 'fine' : 'ours'}`}
        ><i aria-hidden="true">${isFine ? '✓' : '▲'}</i>${
          status === 200 ? (MEANINGS[answer] ?? answer) : `The webhook answered ${status}.`
        }</span
      >${' '}<span class="quiet">
        ${to !== '' && html`To <${PhoneNumber} number=${to} />, `}profile <bdi>${profile}</bdi>, ${tookMs} ms
      </span>
    </p>
    <pre tabindex="0" aria-label="TwiML"><code>${twimlLines(twiml)}</code></pre>`;
}
