// The calls that are on the line right now, each with what was said last.
import { useComputed, useSignal } from '@preact/signals';
import { html } from 'htm/preact';
import { useEffect } from 'preact/hooks';
import { ask, signIns } from '../api.ts';
import type { Call, CallPage } from '../api-types.ts';
import { feedState, onCallEvent, whileFull } from '../feed.ts';
import { now } from '../now.ts';
import { PhoneNumber } from '../parts.ts';
import { addressOf } from '../router.ts';
import { clockTime } from '../words.ts';
import { afterEvent, type Doing, type LiveCall, type LiveCalls, liveFrom, withLines } from './live-calls.ts';

/** Events that change who is on the list, in a way that only the API's list can tell. */
const CHANGES_LIST = new Set(['call-queued', 'call-started', 'call-taken-up', 'call-ended']);
const SETTLES_IN_MS = 150;
/** Calls without words on the page are asked for theirs one by one, so not all of many. */
const MOST_ASKED = 8;

export function LiveBlock() {
  const calls = useSignal<LiveCalls>(new Map());
  useEffect(() => {
    let timer = 0;
    const list = async (): Promise<void> => {
      const answer = await ask<CallPage>('/calls?state=live&limit=100');
      if (answer.is !== 'ok') return;
      calls.value = liveFrom(answer.value.calls, calls.peek());
      const silent = [...calls.peek().values()].filter(({ words }) => words === null);
      await Promise.all(silent.slice(0, MOST_ASKED).map(askForWords));
    };
    /** What was said before this page was opened. */
    const askForWords = async ({ id }: LiveCall): Promise<void> => {
      const answer = await ask<Call>(`/calls/${encodeURIComponent(id)}`);
      if (answer.is === 'ok') calls.value = withLines(calls.peek(), id, answer.value.transcript);
    };
    /** Without a feed nothing that is known from events is true any more. */
    const poll = async (): Promise<void> => {
      const answer = await ask<CallPage>('/calls?state=live&limit=100');
      if (answer.is !== 'ok') return;
      const views = await Promise.all(
        answer.value.calls
          .slice(0, MOST_ASKED)
          .map(({ id }) => ask<Call>(`/calls/${encodeURIComponent(id)}`)),
      );
      calls.value = views.reduce(
        (all, view) => (view.is === 'ok' ? withLines(all, view.value.id, view.value.transcript) : all),
        liveFrom(answer.value.calls, new Map()),
      );
    };
    const stopPolling = whileFull(() => void poll());
    const listSoon = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => void list(), SETTLES_IN_MS);
    };
    // After the feed was away, its events may have been too many to be told.
    const stopState = feedState.subscribe((state) => {
      if (state === 'open') listSoon();
    });
    const stop = onCallEvent((event) => {
      calls.value = afterEvent(calls.peek(), event);
      if (CHANGES_LIST.has(event.type)) listSoon();
    });
    void list();
    return () => {
      clearTimeout(timer);
      stop();
      stopPolling();
      stopState();
    };
  }, [signIns.value]);
  const sorted = useComputed(() =>
    [...calls.value.values()].sort((one, other) => other.startedAt - one.startedAt),
  );
  if (sorted.value.length === 0) return null;
  return html`<section class="live card" aria-labelledby="live-title">
    <h2 id="live-title">
      <i class="pulse" aria-hidden="true"></i>Live <span class="count">${sorted.value.length}</span>
    </h2>
    <ul>
      ${sorted.value.map((call) => html`<${LiveRow} key=${call.id} call=${call} />`)}
    </ul>
  </section>`;
}

const SHAPES: Readonly<Record<Doing, string>> = {
  queued: '◌',
  dialling: '◌',
  ringing: '◌',
  connecting: '◌',
  listening: '○',
  'caller speaking': '◐',
  thinking: '◔',
  'agent speaking': '◑',
  'line away': '⚠',
  transferring: '⇄',
};

function LiveRow({ call }: { readonly call: LiveCall }) {
  const { id, direction, from, to, profile, startedAt, doing, words, via } = call;
  const isOut = direction === 'outbound';
  return html`<li class="row">
    <span class="time">${clockTime(now.value - startedAt)}</span>
    <a class="stretched" href=${addressOf(['calls', id])}>
      <span class="visually-hidden">${isOut ? 'Call to' : 'Call from'} </span>
      <span class="direction" aria-hidden="true">${isOut ? '↗' : '↙'}</span>
      <${PhoneNumber} number=${isOut ? to : from} />
    </a>
    <span class="as"><bdi>${profile}</bdi>${via === 'browser' && html` <span class="tag">Test</span>`}</span>
    <span class="state"><i aria-hidden="true">${SHAPES[doing]}</i> ${doing}</span>
    <span class="last">
      ${
        words !== null &&
        html`<span class=${`who ${words.who}`}>${words.who}</span>
          <bdi title=${words.text}>${words.text}</bdi>`
      }
    </span>
  </li>`;
}
