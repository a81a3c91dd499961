// Places one call, shows it to its end, then its result. The first Ctrl-C hangs up and keeps watching; the second leaves the
// call to the relay.
import { randomUUID } from 'node:crypto';
import { callFeed } from './call-feed.ts';
import { lineOf, toldOf } from './narration.ts';
import { Reached } from './reached.ts';
import { refusalLines } from './refusal-lines.ts';
import { type RelayApi, RelayRefusal } from './relay-api.ts';
import { costLine } from '../costs/table.ts';
import { resultLines } from './result-lines.ts';

export interface Placing {
  readonly api: RelayApi;
  readonly body: { readonly result?: object; readonly [field: string]: unknown };
  readonly print: (line: string) => void;
  readonly onInterrupt: (listener: () => void) => void;
}

/** 0: a person was reached, and there is a result if one was wanted. Rejects only on a bug. */
export async function placeCall({ api, body, print, onInterrupt }: Placing): Promise<0 | 1> {
  const leaving = new AbortController();
  let callId: string | null = null;
  let isHangingUp = false;
  /** The first event's time by the relay's clock and by ours, which may differ by minutes. */
  let begun = { at: 0, hereAt: performance.now() };
  const hangUp = (id: string): void =>
    void api.hangUp(id).catch((error: unknown) => {
      if (error instanceof RelayRefusal && error.status === 409) return;
      for (const line of refusalLines(error) ?? [String(error)]) print(line);
    });
  onInterrupt(() => {
    if (isHangingUp) return leaving.abort();
    isHangingUp = true;
    print(
      lineOf({ who: 'relay', what: 'hanging up; Ctrl-C again leaves' }, performance.now() - begun.hereAt),
    );
    if (callId !== null) hangUp(callId);
  });

  try {
    const call = await api.place(body, randomUUID());
    callId = call.id;
    if (isHangingUp) hangUp(callId);
    const reached = new Reached();
    for await (const event of callFeed(api, callId, leaving.signal)) {
      if (begun.at === 0) begun = { at: event.at, hereAt: performance.now() };
      reached.take(event);
      const told = toldOf(event);
      if (told !== null) print(lineOf(told, event.at - begun.at));
    }
    if (leaving.signal.aborted) {
      print(`\nThe call goes on, or ends, without you: GET ${api.url}/calls/${callId}`);
      return 1;
    }
    const { result, cost } = await api.view(callId);
    if (result !== null) print(['', ...resultLines(result)].join('\n'));
    if (cost !== undefined && cost.lines.length > 0) print(`\n${costLine(cost)}`);
    const hasResult = body.result === undefined || result?.status === 'answered';
    return reached.isPerson && hasResult ? 0 : 1;
  } catch (error) {
    const lines = refusalLines(error);
    if (lines === null) throw error;
    for (const line of lines) print(line);
    return 1;
  }
}
