// An agent of the user's own as one function: it is called once for each turn and yields what is to be said. It may keep
// nothing at all, because the history it is given holds what the caller really heard. It is pulled piece by piece, so an
// endless one runs no further than it is listened to.
import { setTimeout as pause } from 'node:timers/promises';
import { unlessAborted } from '../../call/waiting.ts';
import type { CallFacts } from '../../call/call.ts';
import type { AgentMemory } from '../../call/call-record.ts';
import type { AgentEvent, AgentMessage, Conversation, Opening } from '../../call/ports.ts';
import { messagesAsJson, messagesOf, recalled } from '../agent-memory.ts';
import { fieldsOf } from '../../call/json.ts';
import { ownFailure } from './agents-sdk-failure.ts';
import { failed } from '../failures.ts';
import { exchangesAsJson, exchangesOf, HeardHistory } from '../heard-history.ts';

/** One thing that was said: by the caller (user), by the agent as far as it was heard, or by the relay (developer). */
export interface SaidBefore {
  readonly role: 'user' | 'assistant' | 'developer';
  readonly text: string;
}

/** What the function is given. */
export interface GeneratorTurn {
  /** What the caller said or pressed; '' where there are only notes, as when the agent is to speak first. */
  readonly text: string;
  /** Bracketed lines from the relay, new with this turn: how the call began, how far the last reply was heard … */
  readonly notes: readonly string[];
  /** What the caller heard of the last reply, where it was cut off; `history` ends with no more than that. */
  readonly heardOfLast: string | null;
  readonly call: CallFacts;
  /** All that was said before this turn. */
  readonly history: readonly SaidBefore[];
  /** Aborts when nobody listens to this reply any more. */
  readonly signal: AbortSignal;
}

/** What a module exports as `agent`. */
export type GeneratorAgent = (turn: GeneratorTurn) => AsyncIterable<string>;

const KIND = 'generator';
/** So long the next turn waits for a generator that was told to stop. */
const STOPPING_MS = 50;

/** `agent` is what the module exports: a function, of which no more is known. */
export function openGenerator(
  agent: (turn: GeneratorTurn) => unknown,
  opening: Opening,
  log: (line: string) => void,
  memory?: AgentMemory,
): Conversation {
  return new GeneratorConversation(agent, opening, log, memory);
}

class GeneratorConversation implements Conversation {
  readonly #agent: (turn: GeneratorTurn) => unknown;
  readonly #opening: Opening;
  readonly #log: (line: string) => void;
  readonly #history: HeardHistory<SaidBefore>;
  readonly #closing = new AbortController();
  /** Messages whose replies were given up before the agent was called. */
  #owed: AgentMessage[];
  #stopping: Promise<unknown> = Promise.resolve();

  constructor(
    agent: (turn: GeneratorTurn) => unknown,
    opening: Opening,
    log: (line: string) => void,
    memory: AgentMemory | undefined,
  ) {
    const before = recalled(KIND, memory)?.history;
    this.#agent = agent;
    this.#opening = opening;
    this.#log = log;
    this.#owed = messagesOf(before?.['owed']);
    this.#history = new HeardHistory({
      opening: [{ role: 'developer', text: opening.note }],
      greeting: saidByAgent(opening.greeting ?? ''),
      cutOff: (_, heard) => saidByAgent(heard),
      before: exchangesOf(before?.['exchanges'], saidBeforeOf),
    });
  }

  async *greet(signal: AbortSignal): AsyncGenerator<AgentEvent, void> {
    this.#history.ask([], null);
    const { call, note } = this.#opening;
    yield* this.#say({ text: '', notes: [note], heardOfLast: null, call, history: [] }, signal);
  }

  async *reply(message: AgentMessage, signal: AbortSignal): AsyncGenerator<AgentEvent, void> {
    this.#owed.push(message);
    await unlessAborted(this.#stopping, signal);
    if (signal.aborted || this.#closing.signal.aborted) return;
    const told = this.#owed;
    this.#owed = [];
    // The later ones are about replies that never were.
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
    const exchanges = exchangesAsJson(this.#history.exchanges, (items) =>
      items.map(({ role, text }) => ({ role, text })),
    );
    return { kind: KIND, reference: null, history: { exchanges, owed: messagesAsJson(this.#owed) } };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#stopping;
  }

  /** Calls the agent. Ends at once when `signal` aborts, whatever the agent still waits for. */
  async *#say(turn: Omit<GeneratorTurn, 'signal'>, signal: AbortSignal): AsyncGenerator<AgentEvent, void> {
    const reader = new AbortController();
    const stop = AbortSignal.any([signal, reader.signal, this.#closing.signal]);
    let iterator: AsyncIterator<unknown> | null = null;
    let told = '';
    let isWarned = false;
    try {
      if (stop.aborted) return;
      const texts = this.#agent({ ...turn, signal: stop });
      if (!isAsyncIterable(texts)) {
        this.#log(
          'The agent is a function, but no async generator: it gave nothing that texts could come from.',
        );
        yield failed('malformed', 'no async generator');
        return;
      }
      iterator = texts[Symbol.asyncIterator]();
      for (;;) {
        const step = await unlessAborted(iterator.next(), stop);
        if (step === null || step.done === true) return;
        const { value } = step;
        if (typeof value !== 'string') {
          if (!isWarned) this.#log('The agent yielded something that is no text; it is left out.');
          isWarned = true;
        } else if (value !== '') {
          told += value;
          yield { type: 'text', delta: value };
        }
      }
    } catch (error) {
      if (!stop.aborted) yield ownFailure(error);
    } finally {
      reader.abort();
      this.#history.answerInPart([], told);
      this.#stopping = Promise.race([stopped(iterator), pause(STOPPING_MS)]);
    }
  }
}

function saidBeforeOf(value: unknown): SaidBefore | null {
  const { role, text } = fieldsOf(value);
  const isRole = role === 'user' || role === 'assistant' || role === 'developer';
  return isRole && typeof text === 'string' ? { role, text } : null;
}

function saidByAgent(text: string): SaidBefore[] {
  return text === '' ? [] : [{ role: 'assistant', text }];
}

function joined(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('\n');
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** Lets the generator clean up after itself; what goes wrong there is nobody's business. */
async function stopped(iterator: AsyncIterator<unknown> | null): Promise<void> {
  try {
    await iterator?.return?.();
  } catch {}
}
