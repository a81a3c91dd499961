// Beside the form: what the server would say, what of the day is used, and the button that really calls.
import { html } from 'htm/preact';
import { useEffect } from 'preact/hooks';
import type { UsageToday, Used } from '../api-types.ts';
import { useAsked } from '../asked.ts';
import { now } from '../now.ts';
import { addressOf } from '../router.ts';
import { clockTime, numberWords } from '../words.ts';
import { masksNumbers } from '../preferences.ts';
import { check, form, isPlacing, place, recent, startFrom, verdict } from './place-form.ts';
import { TEMPLATES } from './templates.ts';
import { partOf } from './verdict.ts';

export function VerdictPanel() {
  const retryAt = verdict.value?.retryAt ?? null;
  const leftMs = retryAt === null ? 0 : retryAt - now.value;
  const isWaiting = leftMs > 0;
  const { profile } = form.value.draft;
  useEffect(() => {
    // The wait is over: ask whether it was enough.
    if (retryAt !== null && !isWaiting) void check();
  }, [isWaiting]);
  return html`<section class="card verdict" aria-labelledby="verdict-title">
      <h2 id="verdict-title">The call</h2>
      <${Says} />
      <button
        type="submit"
        class="call"
        disabled=${isWaiting}
        aria-busy=${isPlacing.value}
        aria-describedby="verdict-wait"
      >
        Call now
      </button>
      <p id="verdict-wait" class="quiet">
        ${isWaiting ? html`Possible again in <span class="time">${clockTime(leftMs + 999)}</span>` : ''}
      </p>
      <p>
        <a href=${addressOf(['talk'], profile === '' ? '' : new URLSearchParams({ profile }))}
          >Rehearse in Talk</a
        >
        <span class="quiet"> You are the one called; the task is not told there.</span>
      </p>
      <${Usage} />
    </section>
    <${Recent} />`;
}

function Says() {
  const { value } = verdict;
  if (value === null) return html`<p class="quiet" role="status">Checking …</p>`;
  const { wasTried, touched } = form.value;
  const whole = value.refusals.filter((one) => partOf(one) === null);
  const parts = value.refusals.filter((one) => {
    const part = partOf(one);
    return part !== null && (wasTried || touched.has(part));
  });
  const isConflict = whole.some(({ code }) => code === 'idempotency_conflict');
  return html`<div role="alert">
      ${whole.map(({ code, message }) => html`<p class="problem" key=${code}><bdi>${message}</bdi></p>`)}
    </div>
    ${
      isConflict &&
      html`<button
        type="button"
        class="secondary"
        onClick=${() => {
          startFrom(form.peek().draft);
          void place();
        }}
      >
        This is another call: place it
      </button>`
    }
    <p role="status">
      ${
        value.refusals.length === 0
          ? html`<span class="fine"><i aria-hidden="true">✓ </i>The relay would place this call.</span>`
          : parts.length > 0
            ? html`<span class="mark theirs"
                ><i aria-hidden="true">◇</i
                >${parts.length === 1 ? 'One thing in the form needs' : `${parts.length} things in the form need`}
                a change.</span
              >`
            : whole.length === 0 && html`<span class="quiet">Fill in whom to call, and what for.</span>`
      }
    </p>`;
}

function Usage() {
  const answer = useAsked<UsageToday>('/usage-today').answer.value;
  if (answer?.is !== 'ok') return null;
  const { calls, minutes } = answer.value;
  return html`<dl class="usage">
    <${Gauge} name="Calls today" of=${calls} />
    <${Gauge} name="Minutes today" of=${minutes} />
  </dl>`;
}

function Gauge({ name, of: { used, limit } }: { readonly name: string; readonly of: Used }) {
  return html`<div>
    <dt>${name}</dt>
    <dd>
      <span class="figure">${used.toLocaleString()} of ${limit.toLocaleString()}</span>
      <progress aria-label=${name} value=${Math.min(used, limit)} max=${Math.max(limit, 1)}></progress>
    </dd>
  </div>`;
}

function Recent() {
  if (recent.value.length === 0) return null;
  return html`<section class="card recent" aria-labelledby="recent-title">
    <h2 id="recent-title">Placed lately</h2>
    <ul>
      ${recent.value.map(
        (draft, at) =>
          html`<li key=${at}>
            <button type="button" class="plain" onClick=${() => startFrom(draft)}>
              <bdi>${numberWords(draft.to, masksNumbers.value === 'on')}</bdi> ·
              ${TEMPLATES[draft.kind].title}, again
            </button>
          </li>`,
      )}
    </ul>
  </section>`;
}
