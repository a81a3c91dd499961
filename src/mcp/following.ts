// Waits for a call's end and reports what happens meanwhile. A client that leaves does not end the call.
import type { Clock } from '../call/ports.ts';
import { progressOf } from './call-in-words.ts';
import type { Telephone, Told, ToldCall } from './telephone.ts';

/** Clients drop a request that is silent for a minute, so that something is reported at least this often. */
const STEP_S = 15;

export interface Following {
  readonly telephone: Telephone;
  readonly clock: Clock;
  /** Ends the wait. */
  readonly over: AbortSignal;
  /** Receives one line for each thing that happened. */
  readonly report: (line: string) => void;
}

/** The call once it is settled, as it stands after `waitS`, or at once when `over` aborts. */
export async function followed(
  { telephone, clock, over, report }: Following,
  callId: string,
  waitS: number,
): Promise<Told<ToldCall>> {
  const until = clock.now() + waitS * 1000;
  const told = new Set<string>();
  let reportedAt = clock.now();
  let seen = await telephone.view(callId, { wait: 0 }, over);
  for (;;) {
    if (seen.is === 'wrong') return seen;
    const call = seen.value;
    const news = progressOf(call, told);
    // The client has stopped listening to reports by the time it has the answer.
    if (call.isSettled) return seen;
    if (news.length === 0 && clock.now() - reportedAt >= STEP_S * 1000) news.push(call.stage);
    if (news.length > 0) reportedAt = clock.now();
    for (const line of news) report(line);
    const leftS = Math.ceil((until - clock.now()) / 1000);
    if (leftS <= 0 || over.aborted) return seen;
    seen = await telephone.view(callId, { wait: Math.min(STEP_S, leftS), since: call.position }, over);
  }
}
