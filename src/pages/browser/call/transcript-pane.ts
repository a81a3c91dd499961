// The conversation as it was heard: what the agent wrote and nobody heard is struck through. It follows a live call while its
// reader stands at the end of it, and leaves them alone elsewhere.
import { useSignal } from '@preact/signals';
import { html } from 'htm/preact';
import { useEffect, useRef } from 'preact/hooks';
import type { TranscriptLine } from '../../../call/transcript.ts';
import { useKeys } from '../keys.ts';
import { clockTime } from '../words.ts';
import { keepLinkTo, linkTo } from './linked-instant.ts';
import { heardOf, type Item } from './conversation.ts';

export interface TranscriptProps {
  readonly items: readonly Item[];
  /** The instant that the clock of the call counts from. */
  readonly origin: number;
  readonly isLive: boolean;
  readonly areWordsKept: boolean;
  /** Indices of the lines that a value rests on. */
  readonly lit: ReadonlySet<number>;
  /** The index of the line that is being played; null: none is. */
  readonly played: number | null;
  /** A person chose this instant; null: there is nothing to play. */
  readonly onPlay: ((at: number) => void) | null;
  /** Whether a line can be linked to by its time. */
  readonly hasLinks: boolean;
}

/** So near to its end a reader follows. */
const AT_END_PX = 40;

export function TranscriptPane(props: TranscriptProps) {
  const { items, origin, isLive, areWordsKept, lit, played, onPlay, hasLinks } = props;
  const box = useRef<HTMLOListElement>(null);
  const follows = useSignal(isLive);
  const toEnd = (): void => {
    follows.value = true;
    box.current?.scrollTo({ top: box.current.scrollHeight });
  };
  useKeys([{ keys: 'f', does: 'Follow the conversation', act: toEnd }]);
  useEffect(() => {
    if (follows.peek() && isLive) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [items.length, isLive]);
  useEffect(() => {
    const [first] = lit;
    if (first === undefined) return;
    box.current?.querySelector(`[data-line="${first}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [lit]);
  const note = ({ currentTarget }: { readonly currentTarget: HTMLElement }): void => {
    const { scrollTop, scrollHeight, clientHeight } = currentTarget;
    follows.value = scrollHeight - scrollTop - clientHeight < AT_END_PX;
  };
  return html`<section class="card transcript" aria-labelledby="transcript-title">
    <h2 id="transcript-title">Conversation</h2>
    ${
      !areWordsKept &&
      html`<p class="notice">
        Words are not kept here: the relay runs with <code>STORE_TRANSCRIPTS=0</code>.
      </p>`
    }
    ${items.length === 0 && html`<p class="quiet">Nobody has said anything${isLive ? ' yet' : ''}.</p>`}
    <ol ref=${box} onScroll=${note} tabindex="0" aria-label="Conversation">
      ${items.map(
        (item, at) =>
          html`<${Row}
            key=${at}
            item=${item}
            origin=${origin}
            isLive=${isLive}
            isLit=${item.is === 'line' && lit.has(item.index)}
            isPlayed=${item.is === 'line' && item.index === played}
            onPlay=${onPlay}
            hasLinks=${hasLinks}
          />`,
      )}
    </ol>
    ${isLive && !follows.value && html`<button class="follow secondary" onClick=${toEnd}>↓ Latest</button>`}
    <${Spoken} items=${items} isLive=${isLive} />
  </section>`;
}

interface RowProps extends Pick<TranscriptProps, 'origin' | 'isLive' | 'onPlay' | 'hasLinks'> {
  readonly item: Item;
  readonly isLit: boolean;
  readonly isPlayed: boolean;
}

function Row({ item, origin, isLive, isLit, isPlayed, onPlay, hasLinks }: RowProps) {
  const clock = html`<${Clock} item=${item} origin=${origin} onPlay=${onPlay} hasLinks=${hasLinks} />`;
  if (item.is === 'happening') {
    const { sign, words, quote, isBad = false } = item;
    return html`<li class=${`happening ${isBad ? 'bad' : ''}`}>
      ${clock}<span class="who" aria-hidden="true">${sign}</span>
      <p>${words} ${quote !== undefined && html`<bdi>${quote}</bdi>`}</p>
    </li>`;
  }
  const { line, index } = item;
  const classes = ['line', line.who, isLit ? 'lit' : '', isPlayed ? 'played' : ''].join(' ');
  return html`<li class=${classes} data-line=${index} aria-current=${isPlayed ? 'true' : undefined}>
    ${clock}<span class="who">${whoOf(line)}</span>
    <p><${Words} line=${line} isLive=${isLive} /></p>
  </li>`;
}

/** Plays from there, or is a link to there, to be sent on. */
function Clock({ item, origin, onPlay, hasLinks }: Omit<RowProps, 'isLive' | 'isLit' | 'isPlayed'>) {
  const time = clockTime(item.at - origin);
  const from = item.is === 'line' ? item.from : item.at;
  const afterMs = from - origin;
  if (onPlay !== null) {
    const play = (): void => {
      keepLinkTo(afterMs);
      onPlay(from);
    };
    return html`<button class="time" aria-label=${`Play from ${time}`} onClick=${play}>${time}</button>`;
  }
  return hasLinks && item.is === 'line'
    ? html`<a class="time" href=${linkTo(afterMs)} aria-label=${`Link to ${time}`}>${time}</a>`
    : html`<span class="time">${time}</span>`;
}

function whoOf(line: TranscriptLine): string {
  return line.who === 'relay' && line.line === 'operator' ? 'operator' : line.who;
}

function Words({ line, isLive }: { readonly line: TranscriptLine; readonly isLive: boolean }) {
  switch (line.who) {
    case 'caller':
      return line.by === 'keys' ? html`<kbd>⌨ ${line.said}</kbd>` : html`<bdi>${line.said}</bdi>`;
    case 'relay':
      return html`<bdi>${line.said}</bdi>
        ${line.line !== 'operator' && html`<span class="tag">${line.line}</span>`}`;
    case 'agent':
      return html`<${AgentWords}
        said=${line.said}
        heard=${line.heard}
        outcome=${line.outcome}
        isLive=${isLive}
      />`;
  }
}

type AgentWordsProps = Pick<Extract<TranscriptLine, { who: 'agent' }>, 'said' | 'heard' | 'outcome'> & {
  readonly isLive: boolean;
};

function AgentWords({ said, heard: known, outcome, isLive }: AgentWordsProps) {
  if (known === null)
    return isLive
      ? html`<bdi class="speaking">${said}</bdi>`
      : html`<bdi class="unknown">${said}</bdi>
          <span class="quiet">(nobody knows how much of it was heard)</span>`;
  const { heard, unheard } = heardOf(said, known);
  return html`<bdi>${heard}</bdi>
    ${unheard !== '' && html` <span class="visually-hidden">not heard: </span><del><bdi>${unheard}</bdi></del>`}
    ${outcome === 'interrupted' && html` <span class="tag warn">▲ interrupted</span>`}
    ${outcome === 'failed' && html` <span class="tag bad">▲ failed</span>`}`;
}

/** Says each finished line once to a screen reader; while a line grows it says nothing. */
function Spoken({ items, isLive }: Pick<TranscriptProps, 'items' | 'isLive'>) {
  const last = items.findLast(
    (item) => item.is === 'line' && (item.line.who !== 'agent' || item.line.outcome !== null),
  );
  const words = isLive && last?.is === 'line' ? `${whoOf(last.line)}: ${last.line.said}` : '';
  return html`<p class="visually-hidden" role="status">${words}</p>`;
}
