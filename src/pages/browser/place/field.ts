// One part of the form: its label, its control, and beside it what the server says of it.
import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import type { Draft } from './draft.ts';
import { form, verdict } from './place-form.ts';
import { partOf } from './verdict.ts';

/** What ties a control to its label and to its problems. */
export interface Tied {
  readonly id: string;
  readonly 'aria-invalid'?: 'true';
  readonly 'aria-describedby'?: string;
}

export interface FieldProps {
  readonly of: keyof Draft;
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly control: (tied: Tied) => ComponentChildren;
}

export function Field({ of, label, hint, control }: FieldProps) {
  const id = useId();
  const problems = problemsOf(of);
  const told = `${id}-told`;
  const tied: Tied = {
    id,
    ...(problems.length === 0 ? {} : { 'aria-invalid': 'true' as const }),
    ...(problems.length === 0 && hint === undefined ? {} : { 'aria-describedby': told }),
  };
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${control(tied)}
    <div id=${told} class="told">
      <${Problems} of=${of} />
      ${problems.length === 0 && hint !== undefined && html`<p class="quiet">${hint}</p>`}
    </div>
  </div>`;
}

/** Read aloud when they appear. */
export function Problems({ of }: Pick<FieldProps, 'of'>) {
  return html`<div role="alert">
    ${problemsOf(of).map((message) => html`<p class="problem" key=${message}><bdi>${message}</bdi></p>`)}
  </div>`;
}

export function problemsOf(part: keyof Draft): string[] {
  const { touched, wasTried } = form.value;
  if (!wasTried && !touched.has(part)) return [];
  const refusals = verdict.value?.refusals ?? [];
  return [...new Set(refusals.filter((one) => partOf(one) === part).map(({ message }) => message))];
}

/** What somebody typed or chose. */
export function textIn({ currentTarget }: Event): string {
  return currentTarget instanceof HTMLInputElement ||
    currentTarget instanceof HTMLTextAreaElement ||
    currentTarget instanceof HTMLSelectElement
    ? currentTarget.value
    : '';
}
