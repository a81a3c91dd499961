// One call, live and afterwards: what was heard, how long the caller waited and why, and what came of it.
import { computed, useComputed, useSignal } from '@preact/signals';
import { html } from 'htm/preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { CallEvent } from '../../../call/call.ts';
import type { Call } from '../api-types.ts';
import { Heading } from '../heading.ts';
import { Empty, Failed, Loading } from '../parts.ts';
import { addressOf, query, replaceQuery } from '../router.ts';
import { type Tab, Tabs } from '../tabs.ts';
import { CallHeader } from './call-header.ts';
import { type CallState, useCall } from './call-state.ts';
import { usePlayer } from './use-player.ts';
import { areWordsKept, conversationOf, type Item } from './conversation.ts';
import { HandOvers } from './hand-overs.ts';
import { useLinkedInstant } from './linked-instant.ts';
import { holdingsOf } from './holdings.ts';
import { CallbacksPanel, CostPanel, EventsPanel, ToldPanel } from './panels.ts';
import type { Player } from './player.ts';
import { PlayerBar } from './player-bar.ts';
import { ResultPanel } from './result-panel.ts';
import { TranscriptPane } from './transcript-pane.ts';
import { turnsOf } from './turns.ts';
import { Waterfall } from './waterfall.ts';

/** Links round to a tenth of a second. */
const ROUNDED_MS = 100;

export function CallView({ id }: { readonly id: string }) {
  const state = useCall(id);
  const answer = state.answer.value;
  if (answer === null) return html`<${Heading} title="Call" /><${Loading} />`;
  if (answer.is === 'ok') return html`<${Shown} call=${answer.value} state=${state} />`;
  if (answer.problem.code === 'not_found') return html`<${Gone} />`;
  return html`<${Heading} title="Call" /><${Failed} problem=${answer.problem} onRetry=${state.again} />`;
}

function Gone() {
  return html`<${Heading} title="No such call" />
    <${Empty} title="There is no such call">
      <p>It was erased, or it never was. <a href=${addressOf(['calls'])}>All calls</a></p>
    <//>`;
}

function Shown({ call, state }: { readonly call: Call; readonly state: CallState }) {
  const { events, feed } = state;
  const items = useComputed(() => conversationOf(events.value));
  const turns = useComputed(() => turnsOf(events.value));
  const holdings = useComputed(() => holdingsOf(events.value));
  const lit = useSignal<ReadonlySet<number>>(new Set());
  const isLive = call.endedAt === null;
  const origin = originOf(events.value, call);
  const player = usePlayer(call, origin);
  const linked = useLinkedInstant();
  const linkedLine = useComputed(() => {
    const at = originOf(events.value, call) + (linked.value ?? 0) + ROUNDED_MS;
    return linked.value === null ? null : lineAt(items.value, at);
  });
  useEffect(() => {
    if (linkedLine.value !== null) lit.value = new Set([linkedLine.value]);
  }, [linkedLine.value]);
  useEffect(() => {
    if (linked.value !== null) player?.seek(player.placeOf(origin + linked.value));
  }, [linked.value, player, origin]);
  const play = (lines: readonly number[]): void => {
    lit.value = new Set(lines);
    const at = items.value.findIndex((item) => item.is === 'line' && lines.includes(item.index));
    const [first, next] = [items.value[at], items.value.slice(at + 1).find(({ is }) => is === 'line')];
    if (first?.is === 'line') player?.playFrom(first.from, next?.is === 'line' ? next.from : null);
  };
  // Changes with the line that is heard, not with every step of the player.
  const played = useMemo(
    () => computed(() => (player === null ? null : playedLine(items.value, player))),
    [player],
  );
  const set = (name: string, value: string): void => {
    const asked = new URLSearchParams(query.peek());
    asked.set(name, value);
    replaceQuery(asked);
  };
  const tabs = tabsOf(call, {
    told: () => html`<${ToldPanel} turns=${turns.value} origin=${origin} />`,
    result: () => html`<${ResultPanel} call=${call} onEvidence=${play} />`,
    cost: () => html`<${CostPanel} cost=${call.cost} />`,
    events: () => html`<${EventsPanel} events=${events.value} origin=${origin} />`,
    callbacks: () => html`<${CallbacksPanel} callbacks=${call.callbacks} />`,
  });
  return html`<${CallHeader} call=${call} origin=${origin} />
    ${
      feed.value === 'away' &&
      events.value.length > 0 &&
      html`<p class="notice" role="status">The relay does not answer. What you see may be old.</p>`
    }
    ${player !== null && html`<${PlayerBar} player=${player} callId=${call.id} items=${items.value} />`}
    <${HandOvers} holdings=${holdings.value} origin=${origin} isLive=${isLive} />
    <div class="panes">
      <${TranscriptPane}
        items=${items.value}
        origin=${origin}
        isLive=${isLive}
        areWordsKept=${areWordsKept(events.value)}
        lit=${lit.value}
        played=${played.value}
        hasLinks
        onPlay=${player === null ? null : (at: number) => player.playFrom(at)}
      />
      <${Waterfall}
        turns=${turns.value}
        origin=${origin}
        openKey=${query.value.get('turn')}
        onOpen=${(key: string) => set('turn', key)}
      />
    </div>
    <${Tabs}
      label="More of this call"
      tabs=${tabs}
      open=${query.value.get('show') ?? ''}
      onOpen=${(name: string) => set('show', name)}
    />`;
}

/** The result comes first where there is one to come. */
function tabsOf(
  call: Call,
  panels: Readonly<Record<'told' | 'result' | 'cost' | 'events' | 'callbacks', Tab['panel']>>,
): Tab[] {
  const result: Tab = { name: 'result', title: 'Result', panel: panels.result };
  return [
    ...(call.direction === 'outbound' ? [result] : []),
    { name: 'told', title: 'Told to the agent', panel: panels.told },
    { name: 'cost', title: 'Cost', panel: panels.cost },
    { name: 'events', title: 'Events', panel: panels.events },
    ...(call.direction === 'outbound'
      ? [{ name: 'callbacks', title: 'Callbacks', panel: panels.callbacks }]
      : []),
  ];
}

/** The index of the line that is heard; null before the player was used. */
function playedLine(items: readonly Item[], player: Player): number | null {
  return player.placeMs.value === 0 ? null : lineAt(items, player.instant.value);
}

function lineAt(items: readonly Item[], at: number): number | null {
  const found = items.findLast((item) => item.is === 'line' && item.from <= at);
  return found?.is === 'line' ? found.index : null;
}

/** The conversation begins with the line, not with the request for an outbound call. */
function originOf(events: readonly CallEvent[], { startedAt }: Call): number {
  const began = events.find(({ type }) => type === 'call-started' || type === 'line-connected');
  return began?.at ?? Date.parse(startedAt);
}
