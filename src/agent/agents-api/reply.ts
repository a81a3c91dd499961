// What somebody reads of one turn of the Agents API.
import type { Turn } from 'openai/resources/beta/agents/sessions/turns/turns';
import { failed, failedWithCode } from '../failures.ts';
import { ReplyPipe } from '../reply-pipe.ts';
import { ReplyText } from '../reply-text.ts';

export interface Reply {
  readonly pipe: ReplyPipe;
  readonly text: ReplyText;
  /** Null until the turn that answers has been seen. */
  turnId: string | null;
  /** The stream broke meanwhile, so its events do not tell all. */
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
