// The recording: both sides as lanes over one clock, what happened as marks on it, and the means to listen.
import { html } from 'htm/preact';
import { useMemo } from 'preact/hooks';
import { useKeys } from '../keys.ts';
import { clockTime } from '../words.ts';
import type { Item } from './conversation.ts';
import type { Player, Side } from './player.ts';
import { isRecorded, lanePath } from './recording-clock.ts';

const STEP_MS = 5_000;

export interface PlayerBarProps {
  readonly player: Player;
  readonly callId: string;
  readonly items: readonly Item[];
}

export function PlayerBar({ player, callId, items }: PlayerBarProps) {
  const { lengthMs, parts } = player.peaks;
  const place = player.placeMs.value;
  useKeys([
    { keys: ' ', does: 'Play or pause', act: () => player.toggle() },
    { keys: 'ArrowLeft', does: 'Five seconds back', act: () => player.seek(place - STEP_MS) },
    { keys: 'ArrowRight', does: 'Five seconds on', act: () => player.seek(place + STEP_MS) },
  ]);
  const percent = (ms: number): string => `${(100 * ms) / Math.max(1, lengthMs)}%`;
  return html`<section class="card player" aria-label="Recording">
    <div class="tools-row">
      <button
        class="play"
        onClick=${() => player.toggle()}
        aria-label=${player.isPlaying.value ? 'Pause' : 'Play'}
      >
        ${player.isPlaying.value ? '❚❚' : '▶'}
      </button>
      <span class="figure">${clockTime(place)} / ${clockTime(lengthMs)}</span>
      <${Choices} player=${player} />
      <a class="download" href=${`/calls/${encodeURIComponent(callId)}/recording`} download>WAV</a>
    </div>
    ${player.problem.value !== '' && html`<p class="problem" role="alert">${player.problem}</p>`}
    <div class="lanes">
      <${Lanes} player=${player} />
      ${parts.slice(1).map(({ offsetMs }) => html`<i key=${offsetMs} class="seam" style=${{ left: percent(offsetMs) }}></i>`)}
      <i class="cursor" style=${{ left: percent(place) }}></i>
      <input
        type="range"
        aria-label="Position"
        aria-valuetext=${`${clockTime(place)} of ${clockTime(lengthMs)}`}
        min="0"
        max=${Math.round(lengthMs)}
        step="100"
        value=${Math.round(place)}
        onInput=${({ currentTarget }: { currentTarget: HTMLInputElement }) => player.seek(Number(currentTarget.value))}
      />
    </div>
    <div class="marks-lane" aria-hidden="true">
      ${marksOf(items)
        .filter(({ at }) => isRecorded(at, player.peaks))
        .map(
          ({ at, sign, words }) =>
            html`<i key=${`${at} ${sign}`} title=${words} style=${{ left: percent(player.placeOf(at)) }}
              >${sign}</i
            >`,
        )}
    </div>
  </section>`;
}

/** Drawn once: while the recording plays only the cursor moves. */
function Lanes({ player }: { readonly player: Player }) {
  const { caller, agent } = player.peaks;
  const paths = useMemo(() => ({ caller: lanePath(caller), agent: lanePath(agent) }), [caller, agent]);
  const lane = (side: 'caller' | 'agent') =>
    html`<div class=${`lane ${side} ${[side, 'both'].includes(player.side.value) ? '' : 'is-off'}`}>
      <span class="who">${side}</span>
      <svg viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">
        <path d=${paths[side]} />
      </svg>
    </div>`;
  return html`${lane('caller')}${lane('agent')}`;
}

function Choices({ player }: { readonly player: Player }) {
  const toggle = (): void => {
    player.skipsSilence.value = !player.skipsSilence.value;
  };
  return html`<label class="choice">
      <span class="visually-hidden">Whom to hear</span>
      <select
        value=${player.side}
        onChange=${({ currentTarget }: { currentTarget: HTMLSelectElement }) => player.hear(sideOf(currentTarget.value))}
      >
        <option value="both">both sides</option>
        <option value="caller">caller only</option>
        <option value="agent">agent only</option>
      </select>
    </label>
    <label class="choice">
      <span class="visually-hidden">Speed</span>
      <select
        value=${String(player.rate.value)}
        onChange=${({ currentTarget }: { currentTarget: HTMLSelectElement }) =>
          player.setRate(Number(currentTarget.value))}
      >
        ${['1', '1.25', '1.5', '2'].map((rate) => html`<option key=${rate} value=${rate}>${rate}×</option>`)}
      </select>
    </label>
    <label class="choice"
      ><input type="checkbox" checked=${player.skipsSilence} onChange=${toggle} />skip silence</label
    >`;
}

function sideOf(value: string): Side {
  return value === 'caller' || value === 'agent' ? value : 'both';
}

/** What is worth finding again by its place. */
function marksOf(
  items: readonly Item[],
): { readonly at: number; readonly sign: string; readonly words: string }[] {
  return items.flatMap((item) => {
    if (item.is === 'happening') return [{ at: item.at, sign: item.sign, words: item.words }];
    const { line, at } = item;
    if (line.who === 'caller' && line.by === 'keys') return [{ at, sign: '⌨', words: 'keys pressed' }];
    if (line.who === 'relay' && line.line === 'filler') return [{ at, sign: '…', words: 'filler' }];
    return line.who === 'agent' && line.outcome === 'interrupted'
      ? [{ at, sign: '▲', words: 'interrupted' }]
      : [];
  });
}
