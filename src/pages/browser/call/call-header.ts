// Who called whom, how it ended, and what can be done about it.
import { useSignal } from '@preact/signals';
import { html } from 'htm/preact';
import type { Call } from '../api-types.ts';
import { Heading } from '../heading.ts';
import { useKeys } from '../keys.ts';
import { now } from '../now.ts';
import { Ago, EndReason, PhoneNumber } from '../parts.ts';
import { masksNumbers } from '../preferences.ts';
import { addressOf, go } from '../router.ts';
import { clockTime, numberWords } from '../words.ts';
import { Actions } from './actions.ts';

export function CallHeader({ call, origin }: { readonly call: Call; readonly origin: number }) {
  const { id, direction, via, from, to, profile, startedAt, endedAt, durationS, endReason } = call;
  useKeys([{ keys: 'Escape', does: 'Back to the calls', act: () => go(addressOf(['calls'])) }]);
  const isOut = direction === 'outbound';
  const number = isOut ? to : from;
  const shown = numberWords(number, masksNumbers.value === 'on');
  return html`<header class="call-header">
    <p class="back"><a href=${addressOf(['calls'])}>← Calls</a></p>
    <div>
      <${Heading} title=${`Call ${isOut ? 'to' : 'from'} ${shown}`}>
        <span class="direction" aria-hidden="true">${isOut ? '↗' : '↙'}</span>
        <span class="visually-hidden">Call ${isOut ? 'to' : 'from'} </span>
        <${PhoneNumber} number=${number} />
      <//>
      <p class="facts">
        <${State} call=${call} />
        <span><bdi>${profile}</bdi></span>
        <span class="figure"
          >${clockTime(endedAt === null ? now.value - origin : (durationS ?? 0) * 1000)}</span
        >
        <span><${Ago} at=${startedAt} /></span>
        ${via === 'browser' && html`<span class="tag">Test</span>`}
        <${CopyId} id=${id} />
      </p>
    </div>
    ${endedAt === null && endReason === null && html`<${Actions} callId=${id} transferTo=${call.transferTo} />`}
  </header>`;
}

function State({ call }: { readonly call: Call }) {
  const { stage, place, endReason, isSettled, answeredBy } = call;
  if (endReason !== null)
    return html`<span
      ><${EndReason} reason=${endReason} />${!isSettled && ', asking the agent for the result'}</span
    >`;
  if (stage === 'queued')
    return html`<span>◌ waits to be dialled${place !== null && place > 0 && `, ${place} ahead of it`}</span>`;
  if (stage === 'in-progress')
    return html`<span class="is-live"
      ><i class="pulse" aria-hidden="true"></i>live${answeredBy === null ? '' : ` (${answeredBy})`}</span
    >`;
  return html`<span>◌ ${stage}</span>`;
}

function CopyId({ id }: { readonly id: string }) {
  const isCopied = useSignal(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(id);
    isCopied.value = true;
  };
  return html`<button class="plain copy" title="Copy the ID" onClick=${() => void copy()}>
    <code>${id}</code> ${isCopied.value ? '✓ copied' : 'copy'}
  </button>`;
}
