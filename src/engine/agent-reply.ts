// The agent's reply, gathered by the rules by which a call speaks it (T2, T4, T7, E1): cut into sentences that can be
// said, orders taken out of it, nothing kept of what the agent takes back. An order is told and never done: what it
// means without a phone is for the program to know.
import { Directives } from '../call/directives.ts';
import { commandFor, type TransferTargets } from '../call/phone-tools.ts';
import type { AgentEvent, Clock } from '../call/ports.ts';
import { Sentences } from '../call/sentences.ts';
import type { Command } from './engine-schemas.ts';

export type Failed = Extract<AgentEvent, { type: 'failed' }>;

export interface AgentReply {
  /** What is to be said; '' where the agent wants nothing to be. */
  readonly text: string;
  readonly commands: readonly Command[];
  /** Why orders were not taken, each as the end of a sentence. */
  readonly refusedOrders: readonly string[];
  /** What is there is all that came before. */
  readonly failed: Failed | null;
}

export interface ReplyParts {
  readonly clock: Clock;
  /** So long without text, and the reply has failed. */
  readonly timeoutMs: number;
  readonly transfers: TransferTargets;
  readonly signal: AbortSignal;
  readonly onSegment: (text: string) => void;
  /** Nothing of what came so far is to be said. */
  readonly onWithdrawn: () => void;
}

/** As on the phone: an agent that writes more has lost its way. */
const LONGEST_REPLY = 10_000;
const MOST_COMMANDS = 20;

/** `ask` is given the signal by which the agent is told to stop. */
export async function gatherReply(
  ask: (signal: AbortSignal) => AsyncIterable<AgentEvent>,
  { clock, timeoutMs, transfers, signal, onSegment, onWithdrawn }: ReplyParts,
): Promise<AgentReply> {
  let sentences = new Sentences();
  let directives = new Directives();
  let directivesSeen = 0;
  let segments: string[] = [];
  /** Written ones are taken back with the words; a tool that was called was called. */
  let orders: { readonly command: Command; readonly isWritten: boolean }[] = [];
  let failed: Failed | null = null;
  let written = 0;
  const refusedOrders: string[] = [];

  const order = (command: Command | string | null, isWritten: boolean): void => {
    if (typeof command === 'string') refusedOrders.push(command);
    else if (command !== null) orders = [...orders, { command, isWritten }].slice(-MOST_COMMANDS);
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
  let takeBackDeadline = clock.after(timeoutMs, late);
  try {
    for await (const event of ask(AbortSignal.any([signal, deadline.signal]))) {
      if (signal.aborted) break;
      switch (event.type) {
        case 'text':
          takeBackDeadline();
          takeBackDeadline = clock.after(timeoutMs, late);
          written += event.delta.length;
          take(event.delta);
          break;
        case 'command':
          order(event.command, false);
          break;
        case 'withdrawn':
          sentences = new Sentences();
          directives = new Directives();
          directivesSeen = 0;
          segments = [];
          orders = orders.filter(({ isWritten }) => !isWritten);
          onWithdrawn();
          break;
        case 'failed':
          failed = event;
          break;
      }
      if (written > LONGEST_REPLY) break;
    }
  } finally {
    takeBackDeadline();
  }
  if (deadline.signal.aborted) failed = { type: 'failed', failure: 'timeout', detail: 'no text in time' };
  keep([...sentences.push(directives.end()), ...sentences.end()]);
  // As on the phone, what a reply that failed has ordered is not done.
  return {
    text: segments.join(' '),
    commands: failed === null ? orders.map(({ command }) => command) : [],
    refusedOrders,
    failed,
  };
}
