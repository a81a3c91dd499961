// Which microphone and which speaker, before a talk and in it. Browsers tell their names only once the microphone was allowed.
import { html } from 'htm/preact';
import { canChooseSpeaker, microphones, speakers } from './talk-sound.ts';
import { current, isMuted } from './talk-session.ts';
import type { TalkChoices } from './talk-view.ts';

export interface PickersProps {
  readonly choices: Pick<TalkChoices, 'microphone' | 'speaker' | 'isPushToTalk'>;
  readonly onChange: (changed: Partial<TalkChoices>) => void;
}

export function DevicePickers({ choices, onChange }: PickersProps) {
  const { microphone, speaker, isPushToTalk } = choices;
  const setMicrophone = (changed: Partial<TalkChoices['microphone']>): void => {
    const chosen = { ...microphone, ...changed };
    onChange({ microphone: chosen });
    void current()?.useMicrophone(chosen);
  };
  return html`<div class="devices">
    ${
      microphones.value.length > 1 &&
      html`<label>
        Microphone
        <${Choice}
          devices=${microphones.value}
          chosen=${microphone.id}
          onChoose=${(id: string) => setMicrophone({ id })}
        />
      </label>`
    }
    ${
      canChooseSpeaker &&
      speakers.value.length > 1 &&
      html`<label>
        Speaker
        <${Choice}
          devices=${speakers.value}
          chosen=${speaker}
          onChoose=${(id: string) => {
            onChange({ speaker: id });
            void current()?.useSpeaker(id);
          }}
        />
      </label>`
    }
    <${Switch}
      title="Remove echo and noise"
      isOn=${microphone.isCleanedUp}
      onSet=${(isCleanedUp: boolean) => setMicrophone({ isCleanedUp })}
    />
    <${Switch}
      title="Push to talk: hold Space"
      isOn=${isPushToTalk}
      onSet=${(isOn: boolean) => {
        onChange({ isPushToTalk: isOn });
        if (!isOn) isMuted.value = false;
      }}
    />
    <p class="quiet">Use headphones: a microphone that hears the agent interrupts it.</p>
  </div>`;
}

interface ChoiceProps {
  readonly devices: readonly MediaDeviceInfo[];
  readonly chosen: string;
  readonly onChoose: (id: string) => void;
}

function Choice({ devices, chosen, onChoose }: ChoiceProps) {
  return html`<select
    value=${chosen}
    onChange=${({ currentTarget }: { currentTarget: HTMLSelectElement }) => onChoose(currentTarget.value)}
  >
    <option value="">The usual one</option>
    ${devices.map(({ deviceId, label }) => html`<option key=${deviceId} value=${deviceId}>${label}</option>`)}
  </select>`;
}

interface SwitchProps {
  readonly title: string;
  readonly isOn: boolean;
  readonly onSet: (isOn: boolean) => void;
}

function Switch({ title, isOn, onSet }: SwitchProps) {
  return html`<label class="switch">
    <input
      type="checkbox"
      role="switch"
      checked=${isOn}
      onChange=${({ currentTarget }: { currentTarget: HTMLInputElement }) => onSet(currentTarget.checked)}
    />
    ${title}
  </label>`;
}
