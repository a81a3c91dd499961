// Events as they happen, as server-sent events: of one call to its end, or of all. Each carries its position as id, so that
// whoever was cut off goes on behind it, with any process that shares the records. A reader is written to only as fast as
// it reads: what waits is in the store and not in memory here.
import type { Response } from 'express';
import type { CallDesk } from '../call/call-control.ts';
import type { StoredEvent } from '../call/call-store.ts';
import type { CallId } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';
import { isSettled, publicEvent } from './call-views.ts';
import { News } from './watchers.ts';

const READ_AT_ONCE = 100;
/** Shorter than the idle time of the proxies there are. */
const HEARTBEAT_MS = 15_000;
/** So long what was written may lie unread. */
const SLOW_MS = 30_000;
/** So long the last event of a call is waited for. */
const LAST_LOOK_MS = 1_000;
/** After which a browser comes back. */
const RETRY_MS = 2_000;

export interface LiveFeed {
  readonly desk: CallDesk;
  readonly clock: Clock;
  /** null: all calls. */
  readonly callId: CallId | null;
  /** What comes after it is told. */
  readonly position: number;
  readonly over: AbortSignal;
}

/** Resolves when the feed is over. Rejects as the desk does; the headers have gone by then. */
export async function sendFeed(res: Response, feed: LiveFeed): Promise<void> {
  const { desk, clock, over } = feed;
  res.set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store, no-transform',
    // Proxies of nginx's kind would gather it.
    'X-Accel-Buffering': 'no',
  });
  res.flushHeaders();
  const news = new News(desk, over);
  const stopHeartbeat = beat(res, clock);
  try {
    // An id with no event: whoever is cut off before the first one goes on from here, too.
    await send(res, feed, `retry: ${RETRY_MS}\nid: ${feed.position}\n\n`);
    await tell(res, feed, news);
    if (!res.destroyed) res.end();
  } finally {
    news.end();
    stopHeartbeat();
  }
}

async function tell(res: Response, feed: LiveFeed, news: News): Promise<void> {
  const { desk, clock, callId } = feed;
  let { position } = feed;
  /** Whether the call may be over: then its record is looked at. */
  let mayBeOver = true;
  let isLastTold = false;
  let isLastLook = false;
  while (!news.isOver) {
    const events = await desk.eventsAfter(callId, position, READ_AT_ONCE);
    position = events.at(-1)?.position ?? position;
    mayBeOver ||= events.some(({ event }) => event.type === 'call-ended');
    isLastTold ||= events.some(({ event }) => event.type === 'call-settled');
    if (events.length > 0) await send(res, feed, events.map(frame).join(''));
    if (events.length === READ_AT_ONCE) continue;
    if (callId === null || !mayBeOver) {
      await news.more();
      continue;
    }
    const call = (await desk.view(callId))?.call;
    if (call === undefined) return;
    mayBeOver = call.ended !== null;
    if (!isSettled(call)) {
      await news.more();
      continue;
    }
    // What was written between the two readings goes first.
    if ((await desk.eventsAfter(callId, position, 1)).length > 0) continue;
    if (isLastTold || isLastLook || call.direction === 'inbound') return;
    // A record may be settled a moment before the event that says so is written, or without it.
    isLastLook = true;
    const takeBack = clock.after(LAST_LOOK_MS, () => news.come());
    await news.more();
    takeBack();
  }
}

function frame({ position, event }: StoredEvent): string {
  return `id: ${position}\nevent: ${event.type}\ndata: ${JSON.stringify(publicEvent(event))}\n\n`;
}

function beat(res: Response, clock: Clock): () => void {
  let takeBack = (): void => {};
  const again = (): void => {
    takeBack = clock.after(HEARTBEAT_MS, () => {
      if (!res.destroyed && !res.writableNeedDrain) res.write(':\n\n');
      again();
    });
  };
  again();
  return () => takeBack();
}

/** Resolves when there is room for more. Who makes none is cut off, and comes back behind what they had. */
function send(res: Response, { clock, over }: LiveFeed, text: string): Promise<void> {
  // To write to what is destroyed is an error that nobody catches.
  if (over.aborted || res.destroyed || res.write(text)) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const takeBack = clock.after(SLOW_MS, () => res.destroy());
  const finish = (): void => {
    takeBack();
    res.off('drain', finish);
    over.removeEventListener('abort', finish);
    resolve();
  };
  res.once('drain', finish);
  over.addEventListener('abort', finish, { once: true });
  return promise;
}
