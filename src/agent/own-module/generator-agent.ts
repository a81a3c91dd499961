// An agent of the user's own that is one function: the relay calls it once a turn, and it yields the reply. It needs no
// memory, because it receives the history as the caller heard it. The relay pulls piece by piece, so an endless generator
// runs no further than it is listened to.
import { z } from 'zod';
import { unlessAborted, within } from '../../call/waiting.ts';
import type { CallFacts } from '../../call/call.ts';
import type { AgentMemory } from '../../call/call-record.ts';
import type { Agent, AgentEvent, AgentMessage, Clock, Conversation, Opening } from '../../call/ports.ts';
import { systemClock } from '../../call/system-clock.ts';
import { messagesAsJson, messagesOf, recalled } from '../agent-memory.ts';
import { ownFailure } from './agents-sdk-failure.ts';
import { failed } from '../failures.ts';
import { exchangesAsJson, exchangesOf, HeardHistory } from '../heard-history.ts';

/** Words of the caller (user), of the agent as far as they were heard (assistant), or of the relay (developer). */
export interface SaidBefore {
  readonly role: 'user' | 'assistant' | 'developer';
  readonly text: string;
}

export interface GeneratorTurn {
  /** What the caller said or pressed; '' if there are only notes, as when the agent speaks first. */
  readonly text: string;
  /** Bracketed lines from the relay, new with this turn: how the call began, how far the last reply was heard … */
  readonly notes: readonly string[];
  /** What the caller heard of the last reply, if it was cut off; `history` ends there too. */
  readonly heardOfLast: string | null;
  readonly call: CallFacts;
  /** All that was said before this turn. */
  readonly history: readonly SaidBefore[];
  /** Aborts when nobody reads this reply any more. */
  readonly signal: AbortSignal;
}

/** Yields the reply piece by piece, or returns the whole of it. */
export interface GeneratorAgent {
  (turn: GeneratorTurn): AsyncIterable<string> | Promise<string> | string;
  /** T11: it changes nothing outside, so it may be called before the caller has surely finished. */
  readonly speculate?: boolean;
}

const KIND = 'generator';
const saidBeforeSchema = z.object({ role: z.enum(['user', 'assistant', 'developer']), text: z.string() });
/** How long the next turn waits for a generator that was told to stop. */
const STOPPING_MS = 50;

export interface GeneratorParts {
  readonly agent: (turn: GeneratorTurn) => unknown;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

/** An agent that is one function, for `createRelay({ agents })`. `log` receives what it throws. */
export function generatorAgent(
  agent: GeneratorAgent,
  log: (line: string) => void = (line) => process.emitWarning(line),
): Agent {
  const parts = { agent, clock: systemClock, log };
  return {
    kind: KIND,
    isAskedAhead: agent.speculate === true,
    lookUp: async () => ({ is: 'found' }),
    open: (opening, memory) => new GeneratorConversation(parts, opening, memory),
  };
}

export class GeneratorConversation implements Conversation {
  readonly #parts: GeneratorParts;
  readonly #opening: Opening;
  readonly #history: HeardHistory<SaidBefore>;
  readonly #closing = new AbortController();
  /** Messages whose replies were given up before the function was called. */
  #owed: AgentMessage[];
  /** What the last reply answered, to be answered again if nothing of it was heard. */
  #answered: readonly AgentMessage[] = [];
  #stopping: Promise<unknown> = Promise.resolve();

  constructor(parts: GeneratorParts, opening: Opening, memory?: AgentMemory) {
    const before = recalled(KIND, memory)?.history;
    this.#parts = parts;
    this.#opening = opening;
    this.#owed = messagesOf(before?.['owed']);
    this.#history = new HeardHistory({
      opening: [{ role: 'developer', text: opening.note }],
      greeting: saidByAgent(opening.greeting ?? ''),
      cutOff: (_, heard) => saidByAgent(heard),
      before: exchangesOf(saidBeforeSchema, before?.['exchanges']),
    });
  }

  async *greet(signal: AbortSignal): AsyncGenerator<AgentEvent, void> {
    this.#history.ask([], null);
    const { call, note } = this.#opening;
    yield* this.#say({ text: '', notes: [note], heardOfLast: null, call, history: [] }, signal);
  }

  async *reply(message: AgentMessage, signal: AbortSignal): AsyncGenerator<AgentEvent, void> {
    if (message.heardOfLast === '' && this.#answered.length > 0) {
      this.#owed.unshift(...this.#answered);
      this.#history.takeBack();
    }
    this.#answered = [];
    this.#owed.push(message);
    await unlessAborted(this.#stopping, signal);
    if (signal.aborted || this.#closing.signal.aborted) return;
    const told = this.#owed;
    this.#owed = [];
    // The history was cut by it already.
    this.#answered = told.map((one) => ({ ...one, heardOfLast: null }));
    const heardOfLast = told[0]?.heardOfLast ?? null;
    const notes = told.flatMap((one) => one.notes);
    const text = joined(told.map((one) => one.text));
    const asked: SaidBefore[] = notes.map((note) => ({ role: 'developer', text: note }));
    if (text !== '') asked.push({ role: 'user', text });
    this.#history.ask(asked, heardOfLast);
    const known = this.#history.items;
    const history = known.slice(0, known.length - asked.length);
    yield* this.#say({ text, notes, heardOfLast, call: this.#opening.call, history }, signal);
  }

  memory(): AgentMemory | null {
    if (this.#history.isUntouched && this.#owed.length === 0) return null;
    const exchanges = exchangesAsJson(this.#history.exchanges);
    return { kind: KIND, reference: null, history: { exchanges, owed: messagesAsJson(this.#owed) } };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#stopping;
  }

  /** Calls the function. Ends at once when `signal` aborts, whatever the function still waits for. */
  async *#say(turn: Omit<GeneratorTurn, 'signal'>, signal: AbortSignal): AsyncGenerator<AgentEvent, void> {
    const { clock, log } = this.#parts;
    const reader = new AbortController();
    const stop = AbortSignal.any([signal, reader.signal, this.#closing.signal]);
    let iterator: AsyncIterator<unknown> | null = null;
    let told = '';
    let isWarned = false;
    try {
      if (stop.aborted) return;
      const texts = textsOf(this.#parts.agent({ ...turn, signal: stop }));
      if (texts === null) {
        log('The agent returned neither a text, nor a promise of one, nor an async iterable of texts.');
        yield failed('malformed', 'no text');
        return;
      }
      iterator = texts[Symbol.asyncIterator]();
      for (;;) {
        const step = await unlessAborted(iterator.next(), stop);
        if (step === null || step.done === true) return;
        const { value } = step;
        if (typeof value !== 'string') {
          if (!isWarned) log('The agent yielded something that is no text; it is left out.');
          isWarned = true;
        } else if (value !== '') {
          told += value;
          yield { type: 'text', delta: value };
        }
      }
    } catch (error) {
      if (!stop.aborted) {
        // With its message: it is the user's own code, and they look for the line.
        log(`The agent threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        yield ownFailure(error);
      }
    } finally {
      reader.abort();
      this.#history.answerInPart([], told);
      this.#stopping = within(clock, STOPPING_MS, stopped(iterator), undefined);
    }
  }
}

function saidByAgent(text: string): SaidBefore[] {
  return text === '' ? [] : [{ role: 'assistant', text }];
}

function joined(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('\n');
}

function textsOf(given: unknown): AsyncIterable<unknown> | null {
  if (typeof given === 'string' || given instanceof Promise) return once(given);
  return isAsyncIterable(given) ? given : null;
}

async function* once(text: unknown): AsyncGenerator<unknown, void> {
  yield await text;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

async function stopped(iterator: AsyncIterator<unknown> | null): Promise<void> {
  try {
    await iterator?.return?.();
  } catch {}
}
