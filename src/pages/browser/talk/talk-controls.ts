// The telephone in the hand while a talk goes on: how loud both sides are, mute, keys, and the two buttons that show what the
// relay promises: a cough is no interruption, and a broken line ends no call.
import { useSignal } from '@preact/signals';
import { html } from 'htm/preact';
import { useEffect } from 'preact/hooks';
import { useKeys } from '../keys.ts';
import { DevicePickers } from './device-pickers.ts';
import { hasSound, levels } from './talk-sound.ts';
import { current, isAloud, isMuted, phase } from './talk-session.ts';
import type { TalkChoices } from './talk-view.ts';

export interface ControlsProps {
  readonly choices: TalkChoices;
  readonly onChange: (changed: Partial<TalkChoices>) => void;
}

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];

export function TalkControls({ choices, onChange }: ControlsProps) {
  const { isPushToTalk, mode } = choices;
  const isLive = phase.value.is === 'live';
  const isVoice = mode === 'voice';
  useKeys([
    {
      keys: 'm',
      does: isVoice ? 'Mute or unmute' : 'Hear the agent or not',
      act: () => (isVoice ? (isMuted.value = !isMuted.peek()) : (isAloud.value = !isAloud.peek())),
    },
  ]);
  usePushToTalk(isVoice && isPushToTalk);
  return html`<section class="card controls" aria-labelledby="controls-title">
    <h2 id="controls-title" class="visually-hidden">The telephone</h2>
    ${isVoice && html`<${Meter} title="You" of="microphone" />`}
    ${hasSound && html`<${Meter} title="Agent" of="speaker" />`}
    ${
      isVoice && isPushToTalk
        ? html`<${HoldToTalk} />`
        : html`<button
            class="secondary full"
            aria-pressed=${isVoice ? isMuted.value : !isAloud.value}
            onClick=${() => (isVoice ? (isMuted.value = !isMuted.peek()) : (isAloud.value = !isAloud.peek()))}
            disabled=${!hasSound}
          >
            ${isVoice ? 'Mute' : 'Silence the agent'}
          </button>`
    }
    <div class="pair">
      <button
        class="secondary"
        title="A real noise that is no word: the agent pauses, and goes on"
        disabled=${!isLive}
        onClick=${() => current()?.cough()}
      >
        Cough
      </button>
      <button
        class="secondary"
        title="Really breaks the line, and comes back: the call goes on"
        disabled=${!isLive}
        onClick=${() => current()?.dropLine()}
      >
        Drop the line
      </button>
    </div>
    <details>
      <summary>Keypad</summary>
      <div class="keypad">
        ${KEYS.map(
          (key) =>
            html`<button
              key=${key}
              class="secondary"
              disabled=${!isLive}
              onClick=${() => current()?.press(key)}
            >
              ${key}
            </button>`,
        )}
      </div>
    </details>
    ${
      isVoice &&
      html`<details>
        <summary>Devices</summary>
        <${DevicePickers} choices=${choices} onChange=${onChange} />
      </details>`
    }
    <button class="danger full" onClick=${() => current()?.hangUp()}>Hang up</button>
  </section>`;
}

function Meter({ title, of }: { readonly title: string; readonly of: 'microphone' | 'speaker' }) {
  const level = levels.value[of];
  // By ear loudness is no share of the amplitude.
  const share = level === 0 ? 0 : Math.max(0, 1 + Math.log10(level) / 2.5);
  return html`<label class="meter">
    <span>${title}</span>
    <meter min="0" max="1" value=${share.toFixed(2)}></meter>
  </label>`;
}

function HoldToTalk() {
  return html`<button
    class="secondary full hold"
    aria-pressed=${!isMuted.value}
    onPointerDown=${() => (isMuted.value = false)}
    onPointerUp=${() => (isMuted.value = true)}
    onPointerLeave=${() => (isMuted.value = true)}
  >
    ${isMuted.value ? 'Hold to talk (Space)' : 'Talking …'}
  </button>`;
}

/** Space opens the microphone while it is held. */
function usePushToTalk(isOn: boolean): void {
  const isHeld = useSignal(false);
  useEffect(() => {
    if (!isOn) return;
    isMuted.value = true;
    const set = (event: KeyboardEvent, isDown: boolean): void => {
      const isTyping = event.target instanceof HTMLElement && event.target.closest('input, textarea, select');
      if (event.key !== ' ' || (isTyping && !isHeld.peek())) return;
      event.preventDefault();
      isHeld.value = isDown;
      isMuted.value = !isDown;
    };
    const down = (event: KeyboardEvent): void => set(event, true);
    const up = (event: KeyboardEvent): void => set(event, false);
    // A key that is let go of in another window is not told.
    const away = (): void => {
      isMuted.value = true;
    };
    // Before the button that has the focus takes it for a press.
    document.addEventListener('keydown', down, true);
    document.addEventListener('keyup', up, true);
    addEventListener('blur', away);
    return () => {
      document.removeEventListener('keydown', down, true);
      document.removeEventListener('keyup', up, true);
      removeEventListener('blur', away);
    };
  }, [isOn]);
}
