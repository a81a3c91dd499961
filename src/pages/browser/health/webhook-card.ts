// What Twilio asked lately, and what it would be told if a call came now: whether a call that nobody saw was ever here.
import { useSignal } from '@preact/signals';
import { html } from 'htm/preact';
import { useEffect } from 'preact/hooks';
import type { Webhook } from '../api-types.ts';
import { useAsked } from '../asked.ts';
import { Ago, Failed, Loading } from '../parts.ts';
import { addressOf } from '../router.ts';
import { RehearsalPanel } from './rehearsal-panel.ts';

const ASKED_EVERY_MS = 5_000;
const SHOWN_AT_FIRST = 12;

const ANSWERS: Readonly<Record<string, string>> = {
  Connect: 'connected',
  Reject: 'busy tone',
  Redirect: 'asked again',
  Hangup: 'hung up',
  Say: 'something is said',
  Dial: 'transferred',
  Play: 'keys are pressed',
  '': 'noted',
};

export function WebhookCard() {
  const { answer, again } = useAsked<{ readonly webhooks: readonly Webhook[] }>('/webhooks');
  const showsAll = useSignal(false);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) again();
    }, ASKED_EVERY_MS);
    return () => clearInterval(timer);
  }, [again]);
  const { value } = answer;
  const webhooks = value?.is === 'ok' ? value.value.webhooks : [];
  const shown = showsAll.value ? webhooks : webhooks.slice(0, SHOWN_AT_FIRST);
  return html`<section class="card webhooks" aria-labelledby="webhooks-title">
    <h2 id="webhooks-title">Webhooks</h2>
    ${
      value === null
        ? html`<${Loading} rows=${3} />`
        : value.is === 'refused'
          ? html`<${Failed} problem=${value.problem} onRetry=${again} />`
          : webhooks.length === 0
            ? html`<p class="quiet">
                Twilio has asked nothing since this process started. Call the number: what it asks appears
                here.
              </p>`
            : html`<ol>
                ${shown.map((one, at) => html`<${Row} key=${`${one.at} ${at}`} webhook=${one} />`)}
              </ol>`
    }
    ${
      webhooks.length > SHOWN_AT_FIRST &&
      html`<button class="plain" onClick=${() => (showsAll.value = !showsAll.value)}>
        ${showsAll.value ? 'Show fewer' : `Show all ${webhooks.length}`}
      </button>`
    }
    <${RehearsalPanel} />
  </section>`;
}

function Row({ webhook }: { readonly webhook: Webhook }) {
  const { at, route, is, refused, answer, callStatus, callId, from } = webhook;
  const isFine = is === 'answered' && refused === null;
  const verdict = isFine ? 'signed' : is === 'refused' ? 'refused' : 'signed, but wrong';
  return html`<li>
    <${Ago} at=${at} />
    <span>
      <code>${route}</code>
      ${callStatus !== '' && html` <span class="quiet">${callStatus}</span>`}
      ${
        callId !== null &&
        html` <a href=${addressOf(['calls', callId])}>call${from === '' ? '' : ` from …${from}`}</a>`
      }
    </span>
    <span>
      <span class=${`mark ${isFine ? 'fine' : 'ours'}`}
        ><i aria-hidden="true">${isFine ? '✓' : '▲'}</i>${verdict}</span
      >${' '}<span class="quiet">${isFine ? (ANSWERS[answer] ?? answer) : refused?.detail}</span>
    </span>
  </li>`;
}
