// Place: have somebody called, and bring the answer back. Nothing here judges a request; the server does, while it is typed.
import { html } from 'htm/preact';
import { useEffect } from 'preact/hooks';
import { signIns } from '../api.ts';
import { useAsked } from '../asked.ts';
import { Heading } from '../heading.ts';
import { now } from '../now.ts';
import { BringBack } from './bring-back.ts';
import { asKind, type Draft } from './draft.ts';
import { Field, Problems, textIn, type Tied } from './field.ts';
import { Pairs } from './pairs.ts';
import { change, check, form, place, verdict } from './place-form.ts';
import { TASK_KINDS, TEMPLATES } from './templates.ts';
import { partOf, whereIs } from './verdict.ts';
import { VerdictPanel } from './verdict-panel.ts';

/** After the last key. */
const CHECKED_AFTER_MS = 400;

export function PlaceView() {
  const { draft } = form.value;
  useEffect(() => {
    const timer = setTimeout(() => void check(), CHECKED_AFTER_MS);
    return () => clearTimeout(timer);
  }, [draft, signIns.value]);
  return html`<div class="view-head">
      <${Heading} title="Place" />
      <p class="quiet">Have somebody called, and bring the answer back.</p>
    </div>
    <form class="place" novalidate onKeyDown=${keepEnter} onSubmit=${submit}>
      <div>
        <${Whom} draft=${draft} />
        <${What} draft=${draft} />
        <${BringBack} />
        <${How} draft=${draft} />
      </div>
      <aside aria-label="The call">
        <${VerdictPanel} />
      </aside>
    </form>`;
}

/** A call is placed by its button: not by Enter in one of a dozen fields. */
function keepEnter(event: KeyboardEvent): void {
  if (event.key === 'Enter' && event.target instanceof HTMLInputElement) event.preventDefault();
}

async function submit(event: SubmitEvent): Promise<void> {
  event.preventDefault();
  const { currentTarget } = event;
  await place();
  // Once what was refused is on the page.
  if (currentTarget instanceof HTMLElement)
    requestAnimationFrame(() => currentTarget.querySelector<HTMLElement>('[aria-invalid]')?.focus());
}

interface PartProps {
  readonly draft: Draft;
}

function Whom({ draft }: PartProps) {
  const answer = useAsked<{ readonly profiles: readonly { readonly name: string }[] }>('/profiles').answer
    .value;
  const profiles = answer?.is === 'ok' ? answer.value.profiles : [];
  return html`<section class="card whom" aria-label="Whom to call">
    <${Field}
      of="to"
      label="To"
      hint=${html`<${Where} />`}
      control=${(tied: Tied) =>
        html`<input
          ...${tied}
          type="tel"
          autocomplete="off"
          placeholder="+1 555 123 0003"
          maxlength="40"
          value=${draft.to}
          onInput=${(event: Event) => change({ to: textIn(event) })}
        />`}
    />
    ${
      profiles.length > 1 &&
      html`<${Field}
        of="profile"
        label="As"
        control=${(tied: Tied) =>
          html`<select
            ...${tied}
            value=${draft.profile}
            onChange=${(event: Event) => change({ profile: textIn(event) })}
          >
            <option value="">the usual profile</option>
            ${profiles.map(({ name }) => html`<option key=${name} value=${name}>${name}</option>`)}
          </select>`}
      />`
    }
  </section>`;
}

/** Where the number is, once the server has read it. */
function Where() {
  const { callee = null, refusals = [] } = verdict.value ?? {};
  if (callee === null) return html`With country code; spaces do not matter.`;
  const isAllowed = !refusals.some((one) => partOf(one) === 'to');
  return html`<span class=${isAllowed ? 'fine' : ''}
    >${isAllowed ? '✓ ' : ''}${whereIs(callee, now.value)}${isAllowed ? ', allowed' : ''}</span
  >`;
}

function What({ draft }: PartProps) {
  return html`<section class="card what" aria-label="What for">
    <fieldset class="kinds">
      <legend>Kind</legend>
      ${TASK_KINDS.map(
        (kind) =>
          html`<label key=${kind}>
            <input
              type="radio"
              name="kind"
              checked=${draft.kind === kind}
              onChange=${() => change(asKind(form.peek().draft, kind))}
            />
            ${TEMPLATES[kind].title}
          </label>`,
      )}
    </fieldset>
    <${Field}
      of="prompt"
      label="Task"
      hint=${`In your words, as you would tell a colleague. ${draft.prompt.length.toLocaleString()} of 4,000.`}
      control=${(tied: Tied) =>
        html`<textarea
          ...${tied}
          rows="4"
          maxlength="4000"
          value=${draft.prompt}
          onInput=${(event: Event) => change({ prompt: textIn(event) })}
        ></textarea>`}
    />
    <${Pairs}
      of="facts"
      title="Facts"
      one="fact"
      hint="What the agent needs to know; empty ones are left out."
    />
  </section>`;
}

function How({ draft }: PartProps) {
  const amount = (of: 'ringTimeoutS' | 'maxMinutes', label: string) =>
    html`<${Field}
      of=${of}
      label=${label}
      control=${(tied: Tied) =>
        html`<input
          ...${tied}
          type="text"
          inputmode="numeric"
          maxlength="4"
          value=${draft[of]}
          onInput=${(event: Event) => change({ [of]: textIn(event) })}
        />`}
    />`;
  return html`<section class="card how" aria-label="How">
    <fieldset class="kinds">
      <legend>If a machine answers</legend>
      <label>
        <input
          type="radio"
          name="machine"
          checked=${!draft.leavesMessage}
          onChange=${() => change({ leavesMessage: false })}
        />
        Hang up
      </label>
      <label>
        <input
          type="radio"
          name="machine"
          checked=${draft.leavesMessage}
          onChange=${() => change({ leavesMessage: true })}
        />
        Leave a message
      </label>
    </fieldset>
    ${
      draft.leavesMessage &&
      html`<${Field}
        of="message"
        label="Message after the beep"
        control=${(tied: Tied) =>
          html`<textarea
            ...${tied}
            rows="2"
            maxlength="1000"
            value=${draft.message}
            onInput=${(event: Event) => change({ message: textIn(event) })}
          ></textarea>`}
      />`
    }
    <div class="amounts">
      ${amount('ringTimeoutS', 'Ring, in seconds')} ${amount('maxMinutes', 'At most, in minutes')}
    </div>
    <details>
      <summary>Callback and metadata</summary>
      <${Field}
        of="callbackUrl"
        label="Callback address"
        hint="Receives each change of the call and its result, signed."
        control=${(tied: Tied) =>
          html`<input
            ...${tied}
            type="url"
            placeholder="https://"
            maxlength="2000"
            value=${draft.callbackUrl}
            onInput=${(event: Event) => change({ callbackUrl: textIn(event) })}
          />`}
      />
      <${Pairs} of="metadata" title="Metadata" one="entry" hint="Comes back with every report of the call." />
    </details>
    <${Problems} of="kind" />
  </section>`;
}
