// The keys that work here, as they are offered by what is on the page right now.
import { Dialog } from './dialog.ts';
import { html } from 'htm/preact';
import { shortcuts } from './keys.ts';
import { hasKeys } from './preferences.ts';

const SHOWN: Readonly<Record<string, string>> = {
  ' ': 'Space',
  Escape: 'Esc',
  ArrowLeft: '←',
  ArrowRight: '→',
};

export function Help({ onClose }: { readonly onClose: () => void }) {
  const rows = new Map(shortcuts.value.map(({ keys, does }) => [keys, does]));
  const toggle = (): void => {
    hasKeys.value = hasKeys.value === 'on' ? 'off' : 'on';
  };
  return html`<${Dialog} title="Keyboard" onClose=${onClose}>
    <dl class="keys">
      ${[...rows].map(
        ([keys, does]) =>
          html`<div key=${keys}>
            <dt>${keys.split(/(?<=.) /).map((key) => html`<kbd>${SHOWN[key] ?? key}</kbd> `)}</dt>
            <dd>${does}</dd>
          </div>`,
      )}
    </dl>
    <label>
      <input type="checkbox" role="switch" checked=${hasKeys.value === 'on'} onChange=${toggle} />
      Single keys are commands
    </label>
  <//>`;
}
