// Whether what the page shows is still true: said in words as soon as the relay's news stop coming.
import { html } from 'htm/preact';
import { feedState, newsAt } from './feed.ts';
import { now } from './now.ts';
import { clockTime } from './words.ts';

/** A new connection takes a moment; nobody needs to hear of it. */
const GRACE_MS = 3_000;

export function News() {
  const state = feedState.value;
  const silentMs = now.value - newsAt.value;
  if (state === 'open' || state === 'connecting' || silentMs < GRACE_MS) return null;
  const why =
    state === 'full'
      ? 'Too many pages are watching this relay: the lists are asked for every five seconds.'
      : `The relay does not answer. Reconnecting; last news ${clockTime(silentMs)} ago. What you see may be old.`;
  return html`<p class="news" role="status">${why}</p>`;
}
