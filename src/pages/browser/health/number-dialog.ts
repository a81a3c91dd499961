// Asks before a number is pointed here or back, with what changes; a refusal stays until somebody looks again.
import { useSignal } from '@preact/signals';
import { html } from 'htm/preact';
import { ask, type Problem } from '../api.ts';
import type { NumberOfAccount } from '../api-types.ts';
import { Dialog } from '../dialog.ts';
import { PhoneNumber } from '../parts.ts';
import { runChecks } from './check-run.ts';
import { WebhookDiff } from './webhook-diff.ts';

export type NumberChange =
  | { readonly does: 'point'; readonly number: NumberOfAccount }
  | {
      readonly does: 'undo';
      readonly number: NumberOfAccount;
      readonly undo: NonNullable<NumberOfAccount['undo']>;
    };

export interface NumberDialogProps {
  readonly change: NumberChange;
  readonly onClose: () => void;
}

export function NumberDialog({ change, onClose }: NumberDialogProps) {
  const problem = useSignal<Problem | null>(null);
  const isBusy = useSignal(false);
  const { number } = change;
  const isForced = change.does === 'undo' && change.undo.is === 'changed';
  const run = async (): Promise<void> => {
    isBusy.value = true;
    const { number: phone, version } = number;
    const answer = await ask(change.does === 'point' ? '/number' : '/number/undo', {
      method: 'POST',
      body: { number: phone, version, ...(isForced ? { force: true } : {}) },
    });
    isBusy.value = false;
    if (answer.is === 'ok') {
      // One of them is about this number.
      void runChecks(false);
      return onClose();
    }
    problem.value = answer.problem;
  };
  const title = change.does === 'point' ? 'Point the number here?' : 'Undo the change of the number?';
  const does = change.does === 'point' ? 'Point it here' : isForced ? 'Undo it all the same' : 'Undo';
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <p>
      <strong><${PhoneNumber} number=${number.number} /></strong>
    </p>
    <${WebhookDiff}
      before=${number.now}
      after=${change.does === 'point' ? number.wanted : change.undo.before}
    />
    <p><${Consequence} change=${change} /></p>
    <p class="problem" role="alert">${problem.value?.message}</p>
    <div class="choices">
      ${
        problem.value === null
          ? html`<button class="secondary" autofocus=${isForced} onClick=${onClose}>Leave it</button>
              <button
                class=${isForced ? 'danger' : ''}
                autofocus=${!isForced}
                aria-busy=${isBusy.value}
                disabled=${isBusy.value}
                onClick=${() => void run()}
              >
                ${does}
              </button>`
          : html`<button autofocus onClick=${onClose}>Look again</button>`
      }
    </div>
  <//>`;
}

function Consequence({ change }: { readonly change: NumberChange }) {
  if (change.does === 'point')
    return html`The next call to it comes to this relay. What is there now is kept, so that you can undo it.
    ${
      change.number.now.voiceApplicationSid !== '' &&
      ' The application is taken off: Twilio would use it instead of these addresses.'
    }`;
  if (change.undo.is === 'changed')
    return html`Somebody else changed it after this relay did. ${html`<strong>That change is lost.</strong>`}`;
  return html`The next call to it no longer comes to this relay.`;
}
