// The events of all calls, once for all tabs of this browser: the tab that holds the lock reads the feed and passes it on. A feed
// in every tab would use up the browser's six connections, and the seventh request would hang. When the leading tab goes, the
// next one continues after the last event that it was passed.
import { signal } from '@preact/signals';
import type { CallEvent } from '../../call/call.ts';
import { type FeedState, readFeed } from './feed-reader.ts';

const NAME = 'patchcord-events';

type Passed =
  | { readonly is: 'event'; readonly event: CallEvent; readonly position: number }
  | { readonly is: 'state'; readonly state: FeedState; readonly newsAt: number }
  /** A tab has come and does not know the state. */
  | { readonly is: 'hello' };

export const feedState = signal<FeedState>('connecting');
export const newsAt = signal(Date.now());
export const isLeading = signal(false);

const listeners = new Set<(event: CallEvent) => void>();
let last: number | null = null;

/** Each event comes once and in order. Returns what ends it. */
export function onCallEvent(listener: (event: CallEvent) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

const POLLED_EVERY_MS = 5_000;

/** Calls `poll` from time to time while too many are watching for a feed. Returns what ends that. */
export function whileFull(poll: () => void): () => void {
  const timer = setInterval(() => {
    if (feedState.peek() === 'full' && !document.hidden) poll();
  }, POLLED_EVERY_MS);
  return () => clearInterval(timer);
}

export function startFeed(): void {
  const tabs = new BroadcastChannel(NAME);
  const pass = (message: Passed): void => tabs.postMessage(message);
  tabs.addEventListener('message', ({ data }: MessageEvent<Passed>) => {
    if (data.is === 'event') take(data.event, data.position);
    else if (data.is === 'state') setState(data.state, data.newsAt);
    else if (isLeading.value) pass({ is: 'state', state: feedState.value, newsAt: newsAt.value });
  });
  pass({ is: 'hello' });
  void navigator.locks.request(NAME, async () => {
    isLeading.value = true;
    await readFeed('/events', {
      after: last,
      onEvent: (event, position) => {
        take(event, position);
        pass({ is: 'event', event, position });
      },
      onState: (state) => {
        setState(state, Date.now());
        pass({ is: 'state', state, newsAt: newsAt.value });
      },
      onNews: () => {
        newsAt.value = Date.now();
        pass({ is: 'state', state: feedState.value, newsAt: newsAt.value });
      },
      // The tab leads until it is closed.
      signal: new AbortController().signal,
    });
  });
}

function setState(state: FeedState, at: number): void {
  feedState.value = state;
  newsAt.value = at;
}

function take(event: CallEvent, position: number): void {
  if (last !== null && position <= last) return;
  last = position;
  for (const listener of listeners) listener(event);
}
