// The reply to one turn of the Agents API, as the caller's side reads it.
import type { Turn } from 'openai/resources/beta/agents/sessions/turns/turns';
import { failed, failedWithCode } from '../failures.ts';
import { ReplyPipe } from '../reply-pipe.ts';
import { ReplyText } from '../reply-text.ts';

export interface Reply {
  readonly pipe: ReplyPipe;
  readonly text: ReplyText;
  /** null until an event names the turn that answers. */
  turnId: string | null;
  /** The stream broke meanwhile, so its events are incomplete. */
  hasGap: boolean;
}

export function newReply(): Reply {
  return { pipe: new ReplyPipe(), text: new ReplyText(), turnId: null, hasGap: false };
}

/** Ends the reply as its turn has ended. */
export function conclude({ pipe }: Reply, { status, error }: Turn): void {
  if (status === 'failed') pipe.fail(failedWithCode(error?.code));
  else if (status === 'cancelled') pipe.fail(failed('unavailable', 'cancelled'));
  else pipe.end();
}
