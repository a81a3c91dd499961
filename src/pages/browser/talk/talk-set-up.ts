// Before a talk: as which number, by voice or by text, and with which devices.
import { html } from 'htm/preact';
import { useAsked } from '../asked.ts';
import { DevicePickers } from './device-pickers.ts';
import { hasSound } from './talk-sound.ts';
import { isAloud } from './talk-session.ts';
import type { TalkChoices } from './talk-view.ts';

export interface SetUpProps {
  readonly choices: TalkChoices;
  readonly onChange: (changed: Partial<TalkChoices>) => void;
  readonly onCall: () => void;
}

interface Profiles {
  readonly profiles: readonly { readonly name: string; readonly language: string; readonly voice: string }[];
}

export function TalkSetUp({ choices, onChange, onCall }: SetUpProps) {
  const answer = useAsked<Profiles>('/profiles').answer.value;
  const profiles = answer?.is === 'ok' ? answer.value.profiles : [];
  const { mode, profile } = choices;
  return html`<form
    class="card set-up"
    onSubmit=${(event: SubmitEvent) => {
      event.preventDefault();
      onCall();
    }}
  >
    ${
      profiles.length > 1 &&
      html`<label>
        Call the number of
        <select
          value=${profile}
          onChange=${({ currentTarget }: { currentTarget: HTMLSelectElement }) => onChange({ profile: currentTarget.value })}
        >
          ${profiles.map(({ name, voice }) => html`<option key=${name} value=${name}>${name} (${voice})</option>`)}
        </select>
      </label>`
    }
    <fieldset>
      <legend class="visually-hidden">How you talk</legend>
      <${Mode} name="text" title="Text" does="You type." mode=${mode} onChange=${onChange} />
      <${Mode} name="voice" title="Voice" does="You speak." mode=${mode} onChange=${onChange} />
    </fieldset>
    ${
      mode === 'text'
        ? html`<label class="switch">
            <input
              type="checkbox"
              role="switch"
              disabled=${!hasSound}
              checked=${hasSound && isAloud.value}
              onChange=${({ currentTarget }: { currentTarget: HTMLInputElement }) => (isAloud.value = currentTarget.checked)}
            />
            Hear the agent${!hasSound && html` <span class="quiet">(needs https)</span>`}
          </label>`
        : html`<${DevicePickers} choices=${choices} onChange=${onChange} />`
    }
    <button type="submit" class="call">Call</button>
  </form>`;
}

interface ModeProps extends Pick<SetUpProps, 'onChange'> {
  readonly name: 'voice' | 'text';
  readonly title: string;
  readonly does: string;
  readonly mode: string;
}

function Mode({ name, title, does, mode, onChange }: ModeProps) {
  return html`<label class="mode">
    <input type="radio" name="mode" checked=${mode === name} onChange=${() => onChange({ mode: name })} />
    <span><strong>${title}</strong> <span class="quiet">${does}</span></span>
  </label>`;
}
