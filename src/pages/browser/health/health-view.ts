// Health: does it work, and if not, what is to be done?
import { html } from 'htm/preact';
import { Heading } from '../heading.ts';
import { CallbackCard } from './callback-card.ts';
import { ChecksCard } from './checks-card.ts';
import { ConfigurationCard } from './configuration-card.ts';
import { NumberCard } from './number-card.ts';
import { ReadyCard } from './ready-card.ts';
import { WebhookCard } from './webhook-card.ts';

export function HealthView() {
  return html`<div class="view-head">
      <${Heading} title="Health" />
      <p class="quiet">Whether callers are answered, and what to do if they are not.</p>
    </div>
    <div class="health">
      <div class="aside">
        <${ReadyCard} />
        <${NumberCard} />
      </div>
      <div class="main">
        <${ChecksCard} />
        <${WebhookCard} />
        <${CallbackCard} />
      </div>
      <div class="aside"><${ConfigurationCard} /></div>
    </div>`;
}
