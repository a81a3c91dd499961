// One call as it is now: the API's view of it, and all its events, followed while the call lives and the page is visible.
import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { CallEvent } from '../../../call/call.ts';
import { type Asked, useAsked } from '../asked.ts';
import type { Call } from '../api-types.ts';
import { type FeedState, readFeed } from '../feed-reader.ts';

/** A long call brings thousands of events at once; the page is drawn once for all that come within this time. */
const DRAWN_EVERY_MS = 50;
/** A callback is sent again later, and no event tells of it. */
const CALLBACKS_EVERY_MS = 5_000;

/** Events after which the API's view says something else. */
const CHANGES_VIEW: ReadonlySet<CallEvent['type']> = new Set([
  'call-queued',
  'call-dialled',
  'call-rang',
  'call-answered',
  'machine-detected',
  'call-started',
  'call-ended',
  'call-settled',
]);

export interface CallState extends Asked<Call> {
  readonly events: Signal<readonly CallEvent[]>;
  readonly feed: Signal<FeedState>;
}

export function useCall(id: string): CallState {
  const path = `/calls/${encodeURIComponent(id)}`;
  const { answer, again } = useAsked<Call>(path);
  const events = useSignal<readonly CallEvent[]>([]);
  const feed = useSignal<FeedState>('connecting');

  useEffect(() => {
    let position: number | null = null;
    let waiting: CallEvent[] = [];
    let timer = 0;
    let reading = new AbortController();
    const draw = (): void => {
      timer = 0;
      const came = waiting;
      waiting = [];
      events.value = [...events.peek(), ...came];
      if (came.some(({ type }) => CHANGES_VIEW.has(type))) again();
    };
    const follow = (): void => {
      reading.abort();
      reading = new AbortController();
      if (document.hidden || feed.peek() === 'over' || feed.peek() === 'gone') return;
      void readFeed(`${path}/events`, {
        after: position,
        onEvent: (event, at) => {
          position = at;
          waiting.push(event);
          if (timer === 0) timer = setTimeout(draw, DRAWN_EVERY_MS);
        },
        onState: (state) => {
          feed.value = state;
          if (state === 'over' || state === 'gone') again();
        },
        signal: reading.signal,
      });
    };
    follow();
    document.addEventListener('visibilitychange', follow);
    return () => {
      clearTimeout(timer);
      reading.abort();
      document.removeEventListener('visibilitychange', follow);
    };
  }, [path]);

  const isSending =
    answer.value?.is === 'ok' && answer.value.value.callbacks.some(({ nextAt }) => nextAt !== null);
  useEffect(() => {
    if (!isSending) return;
    const timer = setInterval(() => {
      if (!document.hidden) again();
    }, CALLBACKS_EVERY_MS);
    return () => clearInterval(timer);
  }, [isSending]);

  return { answer, again, events, feed };
}
