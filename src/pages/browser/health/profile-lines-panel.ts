// How a number that points here gets a profile of its own: the lines for profiles.json, ready to be copied.
import { useSignal } from '@preact/signals';
import { html } from 'htm/preact';
import type { NumberProfile } from '../api-types.ts';
import { masksNumbers } from '../preferences.ts';
import { numberWords } from '../words.ts';
import { profileLines } from './profile-lines.ts';

interface ProfileLinesProps {
  readonly number: string;
  readonly usual: NumberProfile;
  readonly hasProfiles: boolean;
}

export function ProfileLinesPanel({ number, usual, hasProfiles }: ProfileLinesProps) {
  const isCopied = useSignal(false);
  const lines = profileLines(number, usual, hasProfiles);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(`${lines}\n`);
    isCopied.value = true;
  };
  return html`<details class="profile-lines">
    <summary>Give it a profile of its own</summary>
    <p class="quiet">
      ${
        hasProfiles
          ? html`Put this under <code>numbers</code> in the file that <code>PROFILES</code> names,`
          : html`Save this as <code>profiles.json</code>, set <code>PROFILES=profiles.json</code>,`
      }${' '}change
      what should differ, and restart the relay.
    </p>
    <pre
      tabindex="0"
      aria-label="Lines for profiles.json"
    ><code>${masksNumbers.value === 'on' ? lines.replace(number, numberWords(number, true)) : lines}</code></pre>
    <button class="secondary" onClick=${() => void copy()}>${isCopied.value ? 'Copied' : 'Copy'}</button>
  </details>`;
}
