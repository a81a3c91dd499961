// Long polling: answers a call's view once it has changed. A client that sends the position it has seen misses nothing.
import type { CallControl, CallView } from '../call/call-control.ts';
import type { CallId } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';
import { withDeadline } from '../call/waiting.ts';
import { isSettled } from './call-views.ts';
import { News } from './news.ts';

export interface LongPoll {
  readonly control: CallControl;
  readonly clock: Clock;
  readonly callId: CallId;
  /** The position that the client has; null: the one at arrival. */
  readonly since: number | null;
  readonly waitMs: number;
  readonly over: AbortSignal;
}

/** The view once it has changed, the call is settled, or the time is up; null if there is no such call. */
export function changedView(poll: LongPoll): Promise<CallView | null> {
  const { control, clock, callId, waitMs } = poll;
  return withDeadline(clock, waitMs, poll.over, async (over) => {
    const news = new News(control, over);
    try {
      let view = await control.view(callId);
      const since = poll.since ?? view?.position ?? 0;
      while (view !== null && view.position <= since && !isSettled(view.call) && !over.aborted) {
        await news.more();
        // News is mostly of other calls, and a view reads the whole transcript. Settling need not write an event.
        const hasEnded = view.call.ended !== null;
        if (hasEnded || (await control.eventsAfter(view.call.id, since, 1)).length > 0)
          view = await control.view(callId);
      }
      return view;
    } finally {
      news.end();
    }
  });
}
