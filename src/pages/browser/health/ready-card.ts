// Whether the relay takes calls now, and why not. Asked anew every few seconds, as load balancers do.
import { useSignal } from '@preact/signals';
import { html } from 'htm/preact';
import { useEffect } from 'preact/hooks';
import type { Ready } from '../api-types.ts';

const ASKED_EVERY_MS = 5_000;

const WHY: Readonly<Record<string, string>> = {
  starting: 'It is still starting: it warms up Realtime and the agents. Callers get a busy tone.',
  draining: 'It is shutting down: calls go on, and new callers get a busy tone.',
  full: 'As many calls are live as MAX_CALLS allows. Further callers get a busy tone.',
  'event loop behind': 'The machine is too busy to take another call without hurting those that are live.',
  'Realtime unreachable': 'OpenAI Realtime does not answer, so callers get a busy tone. Run the checks.',
  'store behind': 'The database is slow: records of calls are written late.',
  'store down': 'The database does not answer: calls go on, their records wait in memory.',
  'process down': 'A relay process ended and is being replaced.',
};

export function ReadyCard() {
  /** `away`: nobody answered. */
  const ready = useSignal<Ready | 'away' | null>(null);
  useEffect(() => {
    const ask = async (): Promise<void> => {
      if (!document.hidden) ready.value = await readyNow();
    };
    void ask();
    const timer = setInterval(() => void ask(), ASKED_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const { value } = ready;
  if (value === null) return null;
  const { reasons, warnings } = value === 'away' ? { reasons: [], warnings: [] } : reasonsOf(value);
  return html`<section class="card ready" aria-labelledby="ready-title">
    <h2 id="ready-title">Now</h2>
    <p role="status">
      ${
        value === 'away'
          ? html`<span class="mark ours"><i aria-hidden="true">▲</i>The relay does not answer</span>`
          : value.status === 'ready'
            ? html`<span class="is-live">✓ Taking calls</span>`
            : html`<span class="mark ours"><i aria-hidden="true">▲</i>Not taking calls</span>`
      }
    </p>
    ${
      reasons.length + warnings.length > 0 &&
      html`<ul>
        ${[...reasons, ...warnings].map((why) => html`<li key=${why}>${WHY[why] ?? why}</li>`)}
      </ul>`
    }
  </section>`;
}

function reasonsOf(ready: Ready) {
  return { reasons: ready.status === 'ready' ? [] : ready.reasons, warnings: ready.warnings };
}

/** 503 is an answer here, not a failure. */
async function readyNow(): Promise<Ready | 'away'> {
  try {
    const response = await fetch('/ready');
    return await response.json();
  } catch {
    return 'away';
  }
}
