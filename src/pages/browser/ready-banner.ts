// Says over every view that the relay takes no calls, and leads to what says more. Nobody needs to hear of a moment, such as a
// process that is being replaced, so it is asked twice.
import { useSignal } from '@preact/signals';
import { html } from 'htm/preact';
import { useEffect } from 'preact/hooks';
import type { Ready } from './api-types.ts';
import { addressOf, path } from './router.ts';

const ASKED_EVERY_MS = 10_000;
const ASKED_AGAIN_MS = 2_000;

const WHY: Readonly<Record<string, string>> = {
  starting: 'The relay is still starting',
  draining: 'The relay is shutting down',
  full: 'As many calls are live as the relay takes',
  'event loop behind': 'The machine is too busy for another call',
  'Realtime unreachable': 'OpenAI Realtime does not answer',
};

export function ReadyBanner() {
  const reason = useSignal<string | null>(null);
  useEffect(() => {
    let timer = 0;
    let before: string | null = null;
    const ask = async (): Promise<void> => {
      const found = document.hidden ? before : await reasonNow();
      if (found === null || before !== null) reason.value = found;
      const isNew = found !== null && before === null;
      before = found;
      timer = setTimeout(() => void ask(), isNew ? ASKED_AGAIN_MS : ASKED_EVERY_MS);
    };
    void ask();
    return () => clearTimeout(timer);
  }, []);
  // The region is there before its words, or screen readers would not say them.
  return html`<div role="status">
    ${
      reason.value !== null &&
      path.value[0] !== 'health' &&
      html`<p class="not-ready">
        ${WHY[reason.value] ?? 'The relay takes no calls now'}: callers get a busy tone.
        <a href=${addressOf(['health'])}>Health</a>
      </p>`
    }
  </div>`;
}

/** null: it takes calls, or does not answer, which the news say. */
async function reasonNow(): Promise<string | null> {
  try {
    const response = await fetch('/ready');
    const ready: Ready = await response.json();
    return ready.status === 'ready' ? null : (ready.reasons[0] ?? '');
  } catch {
    return null;
  }
}
