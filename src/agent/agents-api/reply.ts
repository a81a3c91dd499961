// The reply to one turn of the Agents API, as the caller's side reads it: what of the session's events and items is spoken.
import type * as wire from 'openai/resources/beta/agents/agents';
import type { Turn } from 'openai/resources/beta/agents/sessions/turns/turns';
import { textUsageIn } from '../../call/usage.ts';
import { failed, failedWithCode } from '../failures.ts';
import { ReplyPipe } from '../reply-pipe.ts';
import { ReplyText } from '../reply-text.ts';
import type { SessionEvent } from './session-wire.ts';

export class Reply {
  readonly pipe = new ReplyPipe();
  #text = new ReplyText();
  /** null until an event names the turn that answers. */
  turnId: string | null = null;
  /** The stream broke meanwhile, so its events are incomplete. */
  hasGap = false;

  /** Goes on where another reply to the same turn ended. */
  follow(before: Reply): void {
    this.#text = before.#text;
    this.turnId = before.turnId;
  }

  /** Whether something belongs to the turn that answers. */
  reads({ turn_id }: { readonly turn_id: string | null }): boolean {
    return this.turnId !== null && turn_id === this.turnId;
  }

  hear(event: SessionEvent): void {
    switch (event.type) {
      case 'agent.session.turn.item.added':
        if (isMessage(event.item) && this.reads(event.item)) this.#text.begin(event.item);
        return;
      case 'agent.session.turn.output_text.delta':
        return this.pipe.write(this.#text.delta(event, event.delta));
      case 'agent.session.turn.output_text.done':
        return this.pipe.write(this.#text.wholePart(event, event.text));
      default:
        return;
    }
  }

  hearItem(item: wire.AgentSessionItem): void {
    if (isMessage(item) && this.reads(item)) this.pipe.write(this.#text.wholeItem(item));
  }

  /** Events may have been missed. */
  loseTrack(): void {
    this.hasGap = true;
    this.#text.loseTrack();
  }

  /** Ends as its turn has ended. */
  conclude({ status, error, usage }: Turn): void {
    this.pipe.count(textUsageIn(usage));
    if (status === 'failed') this.pipe.fail(failedWithCode(error?.code));
    else if (status === 'cancelled') this.pipe.fail(failed('unavailable', 'cancelled'));
    else this.pipe.end();
  }
}

type AssistantMessage = wire.AgentSessionMessage & { readonly id: string };

/** A message of the agent. Without an ID it could not be told from another, so it is left to events that have one. */
function isMessage(item: wire.AgentSessionItem): item is AssistantMessage {
  return item.type === 'message' && item.role === 'assistant' && item.id !== null;
}
