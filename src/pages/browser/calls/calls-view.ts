// All calls, or one of them.
import { html } from 'htm/preact';
import type { ViewProps } from '../views.ts';
import { CallList } from './call-list.ts';

export function CallsView({ rest: [callId] }: ViewProps) {
  return callId === undefined ? html`<${CallList} />` : html`<p>${callId}</p>`;
}
