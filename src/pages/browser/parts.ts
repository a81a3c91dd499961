// Small parts of every view: instants, phone numbers, marks, and the states in which there is nothing to show yet.
import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Problem } from './api.ts';
import { now } from './now.ts';
import { masksNumbers } from './preferences.ts';
import { endOf, numberWords, timeAgo } from './words.ts';

/** How long ago; the instant itself on hover, and for screen readers. */
export function Ago({ at }: { readonly at: string }) {
  const instant = new Date(at);
  return html`<time datetime=${at} title=${instant.toLocaleString()}
    >${timeAgo(instant.getTime(), now.value)}</time
  >`;
}

/** `bdi` keeps a name with right-to-left marks from turning its neighbours around. */
export function PhoneNumber({ number }: { readonly number: string }) {
  return html`<bdi class="number">${numberWords(number, masksNumbers.value === 'on')}</bdi>`;
}

export function EndReason({ reason }: { readonly reason: string }) {
  const { words, group } = endOf(reason);
  if (group === 'wanted') return html`<span>${words}</span>`;
  return html`<span class=${`mark ${group}`}
    ><i aria-hidden="true">${group === 'ours' ? '▲' : '◇'}</i>${words}</span
  >`;
}

/** Only after a moment: what comes at once needs no announcement. */
export function Loading({ rows = 6 }: { readonly rows?: number }) {
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), 200);
    return () => clearTimeout(timer);
  }, []);
  if (!isSlow) return null;
  return html`<div class="skeleton" role="status">
    <span class="visually-hidden">Loading</span>
    ${Array.from({ length: rows }, (_, at) => html`<i key=${at}></i>`)}
  </div>`;
}

export interface FailedProps {
  readonly problem: Problem;
  readonly onRetry?: () => void;
}

export function Failed({ problem, onRetry }: FailedProps) {
  return html`<div class="notice bad" role="alert">
    <p><strong>${problem.message}</strong> <code>${problem.code}</code></p>
    ${onRetry && html`<button class="secondary" onClick=${onRetry}>Try again</button>`}
  </div>`;
}

export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return html`<div class="empty">
    <h2>${title}</h2>
    ${children}
  </div>`;
}
