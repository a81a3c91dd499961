// Gathers the agent's reply by the rules of a call (T2, T4, T7, E1): cuts it into speakable sentences, takes commands out,
// and drops what the agent withdraws. Commands are reported, never run: only the program knows what they mean without a phone.
import { ReplyLimit } from '../call/reply-limit.ts';
import { Directives } from '../call/directives.ts';
import { commandFor, type TransferTargets } from '../call/phone-tools.ts';
import type { AgentEvent, Clock } from '../call/ports.ts';
import { Sentences } from '../call/sentences.ts';
import type { Command } from './engine-schemas.ts';
import type { AgentFailed } from './failures.ts';

export interface AgentReply {
  /** What to say; '' if the agent stays silent. */
  readonly text: string;
  readonly commands: readonly Command[];
  /** Why commands were refused, each as the end of a sentence. */
  readonly refusals: readonly string[];
  /** Set if the reply broke off: the rest is what came before. */
  readonly failed: AgentFailed | null;
}

export interface ReplyParts {
  readonly clock: Clock;
  /** After this long without text the reply has failed. */
  readonly timeoutMs: number;
  readonly transfers: TransferTargets;
  readonly signal: AbortSignal;
  readonly onSegment: (text: string) => void;
  /** Everything so far must stay unsaid. */
  readonly onWithdrawn: () => void;
}

const MOST_COMMANDS = 20;

export async function gatherReply(
  ask: (signal: AbortSignal) => AsyncIterable<AgentEvent>,
  { clock, timeoutMs, transfers, signal, onSegment, onWithdrawn }: ReplyParts,
): Promise<AgentReply> {
  let sentences = new Sentences();
  let directives = new Directives();
  let directivesSeen = 0;
  let segments: string[] = [];
  /** Those written into the text are withdrawn with it; tool calls stay. */
  let ordered: { readonly command: Command; readonly isWritten: boolean }[] = [];
  let failed: AgentFailed | null = null;
  const limit = new ReplyLimit();
  const refusals: string[] = [];

  const order = (command: Command | string | null, isWritten: boolean): void => {
    if (typeof command === 'string') refusals.push(command);
    else if (command !== null) ordered = [...ordered, { command, isWritten }].slice(-MOST_COMMANDS);
  };
  const take = (delta: string): void => {
    keep(sentences.push(directives.push(delta)));
    for (const directive of directives.found.slice(directivesSeen)) {
      order(directive.type === 'stay-silent' ? directive : commandFor(directive, transfers), true);
    }
    directivesSeen = directives.found.length;
  };
  const keep = (texts: readonly string[]): void => {
    segments.push(...texts);
    for (const text of texts) onSegment(text);
  };

  const deadline = new AbortController();
  const late = (): void => deadline.abort();
  let cancelDeadline = clock.after(timeoutMs, late);
  try {
    for await (const event of ask(AbortSignal.any([signal, deadline.signal]))) {
      if (signal.aborted) break;
      switch (event.type) {
        case 'text':
          cancelDeadline();
          cancelDeadline = clock.after(timeoutMs, late);
          take(limit.cut(event.delta));
          break;
        case 'command':
          order(event.command, false);
          break;
        case 'withdrawn':
          sentences = new Sentences();
          directives = new Directives();
          directivesSeen = 0;
          segments = [];
          ordered = ordered.filter(({ isWritten }) => !isWritten);
          onWithdrawn();
          break;
        case 'failed':
          failed = event;
          break;
        case 'usage':
          break;
      }
      if (limit.isReached) break;
    }
  } finally {
    cancelDeadline();
  }
  if (deadline.signal.aborted) failed = { type: 'failed', failure: 'timeout', detail: 'no text in time' };
  keep([...sentences.push(directives.end()), ...sentences.end()]);
  // As on the phone, the commands of a failed reply do not count.
  return {
    text: segments.join(' '),
    commands: failed === null ? ordered.map(({ command }) => command) : [],
    refusals,
    failed,
  };
}
