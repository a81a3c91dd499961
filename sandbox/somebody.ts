// Somebody with a telephone who says the lines that they were given, each once the agent's reply was heard, and hangs up when
// they have none left.
import { setTimeout as pause } from 'node:timers/promises';
import type { CallId } from '../src/call/call.ts';
import type { Caller } from './caller/caller.ts';
import type { Sandbox } from './sandbox.ts';

/** A telephone that is picked up at once would look broken. */
const RING_MS = 1_000;
/** People take about as long. */
const ANSWER_AFTER_MS = 300;
/** The relay, where it means to hang up, has done so by then. */
const LEAVE_AFTER_MS = 2_000;

/** Answers every call to this number, one at a time; the first line is how they answer it. */
export function somebodyAt(sandbox: Sandbox, number: string, lines: readonly string[]): void {
  const [says = 'Hello?', ...rest] = lines;
  let callId: CallId | null = null;
  let nextReply = Promise.withResolvers<void>();
  // Not by the quiet on the line: on a busy machine two sentences are far apart.
  sandbox.relay.subscribe((event) => {
    if (event.type === 'call-queued' && event.to === number) callId = event.callId;
    if (event.type !== 'turn-finished' || event.callId !== callId || event.outcome === 'joined') return;
    nextReply.resolve();
    nextReply = Promise.withResolvers<void>();
  });
  sandbox.twilio.callee(number, 'answers', {
    says,
    ringMs: RING_MS,
    // A call that ends while they speak ends their lines.
    onAnswered: (caller) => void answer(caller, rest, () => nextReply.promise).catch(() => {}),
  });
}

async function answer(caller: Caller, lines: readonly string[], reply: () => Promise<void>): Promise<void> {
  for (const line of lines) {
    await reply();
    await pause(ANSWER_AFTER_MS);
    await caller.says(line);
  }
  await reply();
  await pause(LEAVE_AFTER_MS);
  caller.hangsUp();
}
