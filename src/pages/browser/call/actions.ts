// What an operator can do to a live call. The API only accepts a command; the call's own events confirm that it happened.
import { useSignal } from '@preact/signals';
import { html } from 'htm/preact';
import { ask, type Problem } from '../api.ts';
import { Dialog } from '../dialog.ts';
import { useKeys } from '../keys.ts';
import { masksNumbers } from '../preferences.ts';
import { numberWords } from '../words.ts';

type Command = 'say' | 'note' | 'transfer' | 'hangup';

const FORMS = {
  say: {
    title: 'Say something',
    label: 'The caller hears, as written',
    field: 'text',
    send: 'Say it',
    hint: 'It is spoken now, over whatever the agent was about to say.',
  },
  note: {
    title: 'Note to the agent',
    label: 'The agent receives',
    field: 'text',
    send: 'Send the note',
    hint: "It arrives with the other side's next words.",
  },
  transfer: {
    title: 'Transfer the call',
    label: 'To this number',
    field: 'to',
    send: 'Transfer',
    hint: "The numbers that the call's profile allows.",
  },
} as const;

export interface ActionsProps {
  readonly callId: string;
  readonly transferTo: readonly string[];
}

export function Actions({ callId, transferTo }: ActionsProps) {
  const open = useSignal<Command | null>(null);
  const close = (): void => {
    open.value = null;
  };
  useKeys([{ keys: 'x', does: 'Hang up (asks first)', act: () => (open.value = 'hangup') }]);
  const button = (command: Command, title: string) =>
    html`<button
      class=${command === 'hangup' ? 'danger' : 'secondary'}
      onClick=${() => (open.value = command)}
    >
      ${title}
    </button>`;
  return html`<div class="actions">
    ${button('say', 'Say …')} ${button('note', 'Note …')} ${button('transfer', 'Transfer …')}
    ${button('hangup', 'Hang up')}
    ${open.value === 'hangup' && html`<${HangUp} callId=${callId} onClose=${close} />`}
    ${
      open.value !== null &&
      open.value !== 'hangup' &&
      html`<${Form}
        key=${open.value}
        callId=${callId}
        command=${open.value}
        transferTo=${transferTo}
        onClose=${close}
      />`
    }
  </div>`;
}

interface FormProps extends ActionsProps {
  readonly command: keyof typeof FORMS;
  readonly onClose: () => void;
}

function Form({ callId, command, transferTo, onClose }: FormProps) {
  const { title, label, field, send, hint } = FORMS[command];
  const isTransfer = command === 'transfer';
  const text = useSignal(isTransfer ? (transferTo[0] ?? '') : '');
  const { problem, isBusy, steer } = useSteering(callId, command, onClose);
  const take = ({
    currentTarget,
  }: {
    readonly currentTarget: HTMLSelectElement | HTMLTextAreaElement;
  }): void => {
    text.value = currentTarget.value;
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    void steer({ [field]: text.value.trim() });
  };
  if (isTransfer && transferTo.length === 0)
    return html`<${Dialog} title=${title} onClose=${onClose}><${NoNumber} /><//>`;
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <form onSubmit=${submit}>
      <label>
        ${label}
        ${
          isTransfer
            ? html`<select required autofocus value=${text} onChange=${take}>
                ${transferTo.map((number) => html`<option key=${number} value=${number}>${shown(number)}</option>`)}
              </select>`
            : html`<textarea
                rows="3"
                maxlength="1000"
                required
                autofocus
                value=${text}
                onInput=${take}
              ></textarea>`
        }
      </label>
      <p class="quiet">${hint}</p>
      <p class="problem" role="alert">${problem.value?.message}</p>
      <button type="submit" aria-busy=${isBusy.value}>${send}</button>
    </form>
  <//>`;
}

function NoNumber() {
  return html`<p>This call has no number that it may be transferred to.</p>
    <p class="quiet">
      <code>TRANSFER_NUMBER</code>, or <code>transferTo</code> and <code>mayTransferTo</code> of a profile,
      name them. From a browser nobody can be connected.
    </p>`;
}

function shown(number: string): string {
  return numberWords(number, masksNumbers.value === 'on');
}

function HangUp({ callId, onClose }: { readonly callId: string; readonly onClose: () => void }) {
  const { problem, isBusy, steer } = useSteering(callId, 'hangup', onClose);
  return html`<${Dialog} title="Hang up?" onClose=${onClose}>
    <p>The caller hears a goodbye, then the call ends.</p>
    <p class="problem" role="alert">${problem.value?.message}</p>
    <div class="choices">
      <button class="secondary" onClick=${onClose}>Go on with the call</button>
      <button class="danger" autofocus aria-busy=${isBusy.value} onClick=${() => void steer({})}>
        Hang up
      </button>
    </div>
  <//>`;
}

function useSteering(callId: string, command: Command, onDone: () => void) {
  const problem = useSignal<Problem | null>(null);
  const isBusy = useSignal(false);
  const steer = async (body: unknown): Promise<void> => {
    isBusy.value = true;
    const answer = await ask(`/calls/${encodeURIComponent(callId)}/${command}`, { method: 'POST', body });
    isBusy.value = false;
    if (answer.is === 'ok') return onDone();
    problem.value = answer.problem;
  };
  return { problem, isBusy, steer };
}
