// All calls, or one of them.
import { html } from 'htm/preact';
import { CallView } from '../call/call-view.ts';
import type { ViewProps } from '../views.ts';
import { CallList } from './call-list.ts';

export function CallsView({ rest: [callId] }: ViewProps) {
  return callId === undefined ? html`<${CallList} />` : html`<${CallView} key=${callId} id=${callId} />`;
}
