// What an agent does for one reply of a mind, act by act, at its pace; each server writes that in its own words.
import type { Clock } from '../../src/call/ports.ts';
import { type MindReply, type Remembered, tokensOf } from '../openai/mind.ts';
import { pause } from '../pause.ts';

export type Act =
  | { readonly type: 'thought'; readonly text: string }
  /** A message begins, goes on and ends; `whole` is all of it. */
  | { readonly type: 'message'; readonly whole: string }
  | { readonly type: 'token'; readonly delta: string }
  | { readonly type: 'message-end'; readonly whole: string }
  | { readonly type: 'call'; readonly name: string; readonly args: object }
  | { readonly type: 'drop' }
  | { readonly type: 'failed'; readonly code: string };

interface Acting {
  readonly reply: MindReply;
  readonly canCall: (name: string) => boolean;
  readonly clock: Clock;
  /** Aborts when the reader has gone. */
  readonly gone: AbortSignal;
}

/** Ends after the last act, or a call. Rejects once `gone` has aborted. */
export async function* acts({ reply, canCall, clock, gone }: Acting): AsyncGenerator<Act, void> {
  const { calls, saysBeforeCall, commentary, failWith } = reply;
  await pause(clock, reply.firstWordAfterMs ?? 0, gone);
  if (commentary !== undefined) yield { type: 'thought', text: commentary };
  if (saysBeforeCall !== undefined) yield* message(saysBeforeCall, reply, clock, gone);
  if (calls !== undefined && canCall(calls.name)) {
    yield { type: 'call', name: calls.name, args: calls.arguments };
    return;
  }
  if (reply.text !== '') yield* message(reply.text, reply, clock, gone);
  if (reply.hangs === true) await untilAborted(gone);
  if (failWith !== undefined) yield { type: 'failed', code: failWith };
}

async function* message(
  whole: string,
  { perTokenMs = 0, isWithoutDeltas, isWithoutParts, dropsStreamAfterTokens }: MindReply,
  clock: Clock,
  gone: AbortSignal,
): AsyncGenerator<Act, void> {
  yield { type: 'message', whole };
  let said = 0;
  if (isWithoutParts !== true)
    for (const delta of isWithoutDeltas === true ? [whole] : tokensOf(whole)) {
      await pause(clock, perTokenMs, gone);
      yield { type: 'token', delta };
      if (++said === dropsStreamAfterTokens) yield { type: 'drop' };
    }
  yield { type: 'message-end', whole };
}

const NOTE = /^\[.*\]$/;

/** A message of the caller, in which the relay's notes are lines of their own. */
export function heardIn(text: string): Remembered[] {
  const heard: Remembered[] = [];
  for (const line of text.split('\n')) {
    const last = heard.at(-1);
    if (NOTE.test(line)) heard.push({ role: 'developer', text: line });
    else if (last?.role === 'user') heard.splice(-1, 1, { role: 'user', text: `${last.text}\n${line}` });
    else heard.push({ role: 'user', text: line });
  }
  return heard;
}

/** What a mind is asked, where the whole conversation is at hand; `said` ends with what is to be answered. */
export function askedIn(said: readonly Remembered[]): { history: readonly Remembered[]; text: string } {
  const last = said.at(-1);
  return last?.role === 'user'
    ? { history: said.slice(0, -1), text: last.text }
    : { history: said, text: '' };
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(new Error('gone'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
