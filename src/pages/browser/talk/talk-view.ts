// Talk: does my agent work, and how does it feel? A real call with no number: the page is the telephone.
import { useSignal } from '@preact/signals';
import { html } from 'htm/preact';
import { useEffect } from 'preact/hooks';
import { useAsked } from '../asked.ts';
import type { CallPage } from '../api-types.ts';
import { Heading } from '../heading.ts';
import { Ago, Empty, EndReason, Failed } from '../parts.ts';
import { addressOf, query } from '../router.ts';
import { clockTime } from '../words.ts';
import { TalkControls } from './talk-controls.ts';
import { LiveTalk } from './live-talk.ts';
import { hasSound, type NoMicrophone } from './talk-sound.ts';
import { isUnderWay, phase, startTalk, type TalkOptions, talkCallId } from './talk-session.ts';
import { TalkSetUp } from './talk-set-up.ts';

export interface TalkChoices extends TalkOptions {
  readonly isPushToTalk: boolean;
}

interface TalkStatus {
  readonly isPlayed: boolean;
}

export function TalkView() {
  const status = useAsked<TalkStatus>('/ws/status').answer.value;
  const isPlayed = status?.is === 'ok' && status.value.isPlayed;
  const choices = useSignal<TalkChoices>({
    profile: query.peek().get('profile') ?? 'default',
    mode: 'text',
    microphone: { id: '', isCleanedUp: true },
    speaker: '',
    isPushToTalk: false,
  });
  const isKnown = status !== null;
  useEffect(() => {
    // A sandbox understands no speech, so there a person begins in text.
    if (isKnown && !isPlayed && hasSound) choices.value = { ...choices.peek(), mode: 'voice' };
  }, [isKnown]);
  const change = (changed: Partial<TalkChoices>): void => {
    choices.value = { ...choices.peek(), ...changed };
  };
  const { value } = phase;
  const isOn = isUnderWay(value);
  return html`<div class="view-head">
      <${Heading} title="Talk" />
      <p class="quiet">Your agent, as a caller hears it. No number, no telephone, the same call.</p>
    </div>
    ${isPlayed && html`<${Played} />`}
    <div class="talk">
      <div>
        <${State} onText=${() => (choices.value = { ...choices.peek(), mode: 'text' })} />
        ${talkCallId.value === null ? html`<${Before} isOn=${isOn} />` : html`<${LiveTalk} id=${talkCallId.value} key=${talkCallId.value} />`}
      </div>
      <aside aria-label="The telephone">
        ${
          isOn
            ? html`<${TalkControls} choices=${choices.value} onChange=${change} />`
            : html`<${TalkSetUp}
                choices=${choices.value}
                onChange=${change}
                onCall=${() => void startTalk(choices.peek())}
              />`
        }
        <${Earlier} />
      </aside>
    </div>`;
}

function Played() {
  return html`<p class="notice">
    This relay talks to a sandbox: the agent has a voice that you hear, but speech is understood only in its
    tones.
    <strong>Type what you want to say.</strong>
  </p>`;
}

function Before({ isOn }: { readonly isOn: boolean }) {
  return html`<section class="card">
    ${
      isOn
        ? html`<${Empty} title="Calling …" />`
        : html`<${Empty} title="Nobody is talking yet">
            <p>
              Choose voice or text, and call. You can interrupt the agent, press keys, cough, and break the
              line: all of it really happens, and the call is kept like any other, marked <em>browser</em>.
            </p>
          <//>`
    }
  </section>`;
}

const NO_MICROPHONE: Readonly<Record<NoMicrophone, string>> = {
  insecure:
    'Browsers give no microphone to a page over plain http. Open the https:// address of the relay, or forward its port and use http://localhost.',
  denied:
    'This browser may not use the microphone here. Allow it by the sign beside the address, and call again.',
  none: 'No microphone was found. Plug one in, or choose another.',
  busy: 'The microphone cannot be opened. Does another program have it?',
};

/** What stands in the way, or how it ended; nothing while all is well. */
function State({ onText }: { readonly onText: () => void }) {
  const { value } = phase;
  switch (value.is) {
    case 'asking-microphone':
      return html`<p class="notice" role="status">
        Allow the microphone: the browser asks at the top of the page.
      </p>`;
    case 'no-microphone':
      return html`<div class="notice bad" role="alert">
        <p><strong>${NO_MICROPHONE[value.why]}</strong> You can talk in text all the same.</p>
        <button class="secondary" onClick=${() => (onText(), (phase.value = { is: 'idle' }))}>
          Use text
        </button>
      </div>`;
    case 'connecting':
      return html`<p class="notice" role="status">Connecting …</p>`;
    case 'line-lost':
      return html`<p class="notice bad" role="status">
        The line broke. Coming back: the call waits 15 seconds.
      </p>`;
    case 'failed':
      return html`<${Failed} problem=${value.problem} />`;
    case 'ended':
      return html`<p class="notice" role="status">
        <span>The talk is over: <${EndReason} reason=${value.reason} />.</span>
        ${
          talkCallId.value !== null &&
          html` <a href=${addressOf(['calls', talkCallId.value])}>See the call, turn by turn</a>`
        }
      </p>`;
    default:
      return null;
  }
}

function Earlier() {
  const { answer, again } = useAsked<CallPage>('/calls?via=browser&limit=6');
  const { is } = phase.value;
  useEffect(() => {
    if (is !== 'ended') return;
    // The last event of the call is written a moment later.
    const timer = setTimeout(again, 700);
    return () => clearTimeout(timer);
  }, [is]);
  const calls = answer.value?.is === 'ok' ? answer.value.value.calls : [];
  const over = calls.filter(({ endedAt }) => endedAt !== null);
  if (over.length === 0) return null;
  return html`<section class="card earlier" aria-labelledby="earlier-title">
    <h2 id="earlier-title">Earlier talks</h2>
    <ul>
      ${over.map(
        ({ id, startedAt, durationS, endReason }) =>
          html`<li key=${id}>
            <a href=${addressOf(['calls', id])}><${Ago} at=${startedAt} /></a>
            <span class="quiet">${clockTime((durationS ?? 0) * 1_000)}</span>
            ${endReason !== null && html`<${EndReason} reason=${endReason} />`}
          </li>`,
      )}
    </ul>
  </section>`;
}
