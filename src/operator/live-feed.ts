// Server-sent events: of one call until it is settled, or of all calls. Each event has its position as id, so a reader that was
// cut off continues after it, at any process that shares the store. The feed writes only as fast as its reader reads: what
// waits stays in the store, not in memory.
import { once } from 'node:events';
import type { Response } from 'express';
import type { CallControl } from '../call/call-control.ts';
import type { StoredEvent } from '../call/call-store.ts';
import type { CallId } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';
import { repeat } from '../call/waiting.ts';
import { isSettled, publicEvent } from './call-views.ts';
import { News } from './news.ts';

const READ_AT_ONCE = 100;
/** Shorter than the idle timeouts of common proxies. */
const HEARTBEAT_MS = 15_000;
/** A reader that leaves data unread for this long is cut off. */
const SLOW_MS = 30_000;
const LAST_LOOK_MS = 1_000;
const RETRY_MS = 2_000;

export interface LiveFeed {
  readonly control: CallControl;
  readonly clock: Clock;
  readonly callId: CallId | null;
  /** The feed begins after it. */
  readonly position: number;
  readonly over: AbortSignal;
}

/** Resolves when the feed is over. Rejects as `CallControl` does, after the headers were sent. */
export async function sendFeed(res: Response, feed: LiveFeed): Promise<void> {
  const { control, clock, over } = feed;
  res.set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store, no-transform',
    // Otherwise nginx buffers it.
    'X-Accel-Buffering': 'no',
  });
  res.flushHeaders();
  const news = new News(control, over);
  const stopHeartbeat = repeat(clock, HEARTBEAT_MS, async () => {
    if (!res.destroyed && !res.writableNeedDrain) res.write(':\n\n');
  });
  try {
    // An id without an event: a reader that is cut off before the first event also continues from here.
    await send(res, feed, `retry: ${RETRY_MS}\nid: ${feed.position}\n\n`);
    await sendEvents(res, feed, news);
    if (!res.destroyed) res.end();
  } finally {
    news.end();
    stopHeartbeat();
  }
}

async function sendEvents(res: Response, feed: LiveFeed, news: News): Promise<void> {
  const { control, clock, callId, over } = feed;
  let { position } = feed;
  /** Whether the call may have ended, so that its record is worth reading. */
  let mayBeOver = true;
  let isLastSent = false;
  let isLastLook = false;
  while (!over.aborted) {
    const events = await control.eventsAfter(callId, position, READ_AT_ONCE);
    position = events.at(-1)?.position ?? position;
    mayBeOver ||= events.some(({ event }) => event.type === 'call-ended');
    isLastSent ||= events.some(({ event }) => event.type === 'call-settled');
    if (events.length > 0) await send(res, feed, events.map(frame).join(''));
    if (events.length === READ_AT_ONCE) continue;
    if (callId === null || !mayBeOver) {
      await news.more();
      continue;
    }
    const call = (await control.view(callId))?.call;
    if (call === undefined) return;
    mayBeOver = call.ended !== null;
    if (!isSettled(call)) {
      await news.more();
      continue;
    }
    // Events that were written between the two readings go first.
    if ((await control.eventsAfter(callId, position, 1)).length > 0) continue;
    if (isLastSent || isLastLook || call.direction === 'inbound') return;
    // A record can be settled a moment before its event is written, or without one.
    isLastLook = true;
    const cancel = clock.after(LAST_LOOK_MS, () => news.come());
    await news.more();
    cancel();
  }
}

function frame({ position, event }: StoredEvent): string {
  return `id: ${position}\nevent: ${event.type}\ndata: ${JSON.stringify(publicEvent(event))}\n\n`;
}

/** Resolves when there is room for more. Cuts off a reader that makes none; it may reconnect. */
async function send(res: Response, { clock, over }: LiveFeed, text: string): Promise<void> {
  // Writing to a destroyed response is an error that nothing catches.
  if (over.aborted || res.destroyed || res.write(text)) return;
  const cancel = clock.after(SLOW_MS, () => res.destroy());
  // Rejects once the feed is over.
  await once(res, 'drain', { signal: over }).catch(() => {});
  cancel();
}
