// One call with a server that remembers nothing, or need not: each request holds the whole conversation, with only those words
// of the agent that the caller heard. Notes stand in the caller's message, each on a line of its own, because servers differ
// in what they do with any other role. A reply counts only with its dialect's own end.
import { z } from 'zod';
import type { AgentMemory } from '../call/call-record.ts';
import { isRecord, type Json, parsedJson } from '../call/json.ts';
import type { AgentEvent, AgentMessage, Conversation, Opening } from '../call/ports.ts';
import { LONGEST_REPLY } from '../call/reply-limit.ts';
import { cutText } from '../call/text.ts';
import { headersFor } from './agent-headers.ts';
import type { AgentOptions } from './agent-kind.ts';
import { asJson, hasRoom, idOf, recalled } from './agent-memory.ts';
import { acceptedBody, post } from './agent-post.ts';
import { type AgentFailed, failed, failedWith, statusOf } from './failures.ts';
import { exchangesAsJson, exchangesOf, HeardHistory } from './heard-history.ts';
import { ReplyPipe } from './reply-pipe.ts';
import { plainName } from './saved-tools.ts';
import type { Asked, StatelessDialect, ToolCall } from './stateless-dialect.ts';
import { MOST_ROUNDS, Turns, UNKNOWN_TOOL } from './turns.ts';

/** Just past what a reply may be, so that the turn still sees that there was more. */
const LONGEST_KEPT = LONGEST_REPLY + 2;
const MOST_CALLS = 16;
const LONGEST_ARGUMENTS = 20_000;
/** Statuses that may be about the words themselves, so the server would refuse them with every later request. */
const REFUSES_WORDS: readonly unknown[] = [400, 413, 422];
const REFUSES_FIELD: readonly unknown[] = [400, 422];

const callSchema = z.object({
  id: z.string(),
  name: z.string(),
  args: z.string(),
  denies: z.string().nullable(),
});
const messageSchema = z.union([
  z.object({ role: z.literal('user'), id: z.string(), text: z.string() }),
  z.object({ role: z.literal('assistant'), id: z.string(), text: z.string(), calls: z.array(callSchema) }),
  z.object({ role: z.literal('tool'), id: z.string(), callId: z.string(), output: z.string() }),
]);
export type Message = z.infer<typeof messageSchema>;

type ServerOptions = Pick<
  AgentOptions,
  'agentApiKey' | 'agentHeaders' | 'agentTimeoutMs' | 'clock' | 'requests' | 'log'
>;

/** One server of the user's; it learns whether that takes the dialect's optional field. */
export class StatelessServer {
  readonly dialect: StatelessDialect;
  readonly #url: string;
  readonly #options: ServerOptions;
  #field: 'untried' | 'taken' | 'refused' = 'untried';

  constructor(dialect: StatelessDialect, url: string, options: ServerOptions) {
    this.dialect = dialect;
    this.#url = url;
    this.#options = options;
  }

  get log(): (line: string) => void {
    return this.#options.log;
  }

  /** An answer that was accepted. Rejects with an `AgentError`, or as `post` does. */
  async ask(
    asked: Asked,
    signal: AbortSignal,
  ): Promise<{ answer: Response; body: AsyncIterable<Uint8Array> }> {
    const { kind, optionalField } = this.dialect;
    try {
      const accepted = await this.#ask(asked, this.#field !== 'refused', signal);
      if (this.#field === 'untried') this.#field = 'taken';
      return accepted;
    } catch (error) {
      if (this.#field !== 'untried' || !REFUSES_FIELD.includes(statusOf(error))) throw error;
      const accepted = await this.#ask(asked, false, signal).catch(() => null);
      if (accepted === null) throw error;
      this.#field = 'refused';
      this.log(`${kind}: the server refuses "${optionalField}", so it is sent none any more.`);
      return accepted;
    }
  }

  async #ask(asked: Asked, hasField: boolean, signal: AbortSignal) {
    const { [this.dialect.optionalField]: field, ...rest } = this.dialect.bodyOf(asked);
    const headers = {
      accept: 'text/event-stream',
      ...headersFor(this.#options.agentHeaders, asked.opening.call),
    };
    const body = hasField && field !== undefined ? { ...rest, [this.dialect.optionalField]: field } : rest;
    const answer = await post({ url: this.#url, headers, body }, this.#options, signal);
    return { answer, body: await acceptedBody(answer) };
  }
}

interface Turn {
  readonly pipe: ReplyPipe;
  readonly messages: Message[];
  /** All that was written, over all rounds. */
  written: string;
  isWhole: boolean;
}

export class StatelessConversation implements Conversation {
  readonly #server: StatelessServer;
  readonly #opening: Opening;
  readonly #thread: string;
  readonly #history: HeardHistory<Message>;
  readonly #turns = new Turns();
  /** What the dialect keeps between turns. */
  #remembered: Json;

  constructor(server: StatelessServer, opening: Opening, memory: AgentMemory | undefined) {
    const { note, greeting } = opening;
    const before = recalled(server.dialect.kind, memory);
    this.#server = server;
    this.#opening = opening;
    // Some servers take nothing but UUIDs. The first message shares the thread's: another process must not change it.
    this.#thread = idOf(before?.reference['thread']) ?? crypto.randomUUID();
    this.#remembered = asJson(before?.history['remembered']) ?? null;
    this.#history = new HeardHistory<Message>({
      opening: [{ role: 'user', id: this.#thread, text: note }],
      greeting:
        greeting === null ? [] : [{ role: 'assistant', id: crypto.randomUUID(), text: greeting, calls: [] }],
      cutOff,
      before: exchangesOf(messageSchema, before?.history['exchanges']),
    });
  }

  /** A dialect remembers nothing but what it asked the caller. */
  get isAskingConsent(): boolean {
    return this.#remembered !== null;
  }

  greet(signal: AbortSignal): AsyncIterable<AgentEvent> {
    return this.#reply('', signal);
  }

  reply({ text, notes, heardOfLast }: AgentMessage, signal: AbortSignal): AsyncIterable<AgentEvent> {
    const words = [...notes, text].filter((line) => line !== '').join('\n');
    this.#history.ask([{ role: 'user', id: crypto.randomUUID(), text: words }], heardOfLast);
    return this.#reply(text, signal);
  }

  memory(): AgentMemory | null {
    if (this.#history.isUntouched) return null;
    return {
      kind: this.#server.dialect.kind,
      reference: { thread: this.#thread },
      history: { exchanges: exchangesAsJson(this.#history.exchanges), remembered: this.#remembered },
    };
  }

  close(): Promise<void> {
    return this.#turns.close();
  }

  async *#reply(words: string, signal: AbortSignal): AsyncGenerator<AgentEvent, void> {
    const turn: Turn = { pipe: new ReplyPipe(), messages: [], written: '', isWhole: false };
    let told = '';
    let isReadToEnd = false;
    try {
      for await (const event of this.#turns.reply(turn.pipe, signal, (stop) =>
        this.#ask(words, turn, stop),
      )) {
        if (event.type === 'text') told += event.delta;
        if (event.type === 'withdrawn') told = '';
        yield event;
      }
      isReadToEnd = !signal.aborted;
    } finally {
      if (turn.isWhole && isReadToEnd) this.#history.answer(turn.messages);
      else this.#history.answerInPart(turn.messages, told);
    }
  }

  async #ask(words: string, turn: Turn, stop: AbortSignal): Promise<AgentFailed | null> {
    for (let round = 0; !stop.aborted; round++) {
      const isFirst = round === 0;
      const asked: Asked = {
        id: crypto.randomUUID(),
        thread: this.#thread,
        opening: this.#opening,
        messages: [...this.#history.items, ...turn.messages],
        tools: round < MOST_ROUNDS ? this.#opening.tools.offered : [],
        words: isFirst ? words : '',
        remembered: isFirst ? this.#remembered : null,
      };
      const calls = await this.#answer(asked, turn, stop).catch((error: unknown) => {
        const isRefused = turn.messages.length === 0 && REFUSES_WORDS.includes(statusOf(error));
        if (isRefused && !stop.aborted) {
          this.#history.takeBack();
          this.#remembered = null;
        }
        return failedWith(error);
      });
      if ('failure' in calls) return calls;
      if (calls.length === 0) break;
      if (round === MOST_ROUNDS) return turn.written === '' ? failed('refused', 'asks for a tool') : null;
      this.#obey(calls, turn);
    }
    turn.isWhole = !stop.aborted;
    return null;
  }

  /** The calls of one answer, which then is the last of `turn.messages`; or what went wrong. */
  async #answer(asked: Asked, turn: Turn, stop: AbortSignal): Promise<readonly ToolCall[] | AgentFailed> {
    const { dialect } = this.#server;
    const { answer, body } = await this.#server.ask(asked, stop);
    // The server has it now, whatever comes of this answer.
    this.#remembered = null;
    let text = '';
    let part = '';
    let id = '';
    let remembered: Json = null;
    for await (const event of dialect.read(asked, answer, body)) {
      if (stop.aborted) return [];
      switch (event.type) {
        case 'text': {
          const delta = cutText(event.delta, LONGEST_KEPT - turn.written.length);
          if (delta === '') break;
          // Two messages in one reply are two paragraphs, or the last word of one would run into the first of the next.
          const isAnother = event.part !== part || text === '';
          const gap = isAnother && /\S$/.test(turn.written) ? '\n' : '';
          part = event.part;
          id ||= event.message;
          text += (text === '' ? '' : gap) + delta;
          turn.written += gap + delta;
          turn.pipe.write(gap + delta);
          break;
        }
        case 'withdrawn':
          text = '';
          turn.written = '';
          turn.pipe.withdraw();
          break;
        case 'remember':
          remembered = hasRoom(event.value) ? event.value : null;
          break;
        case 'usage':
          turn.pipe.count(event.usage, event.model);
          break;
        case 'failed':
          return event;
        case 'done': {
          const { calls } = event;
          this.#remembered = remembered;
          if (areOutOfBounds(calls)) return failed('malformed', 'out of bounds');
          const whole = calls.map((call) => ({
            ...call,
            args: isRecord(parsedJson(call.args)) ? call.args : '{}',
          }));
          if (text !== '' || whole.length > 0)
            turn.messages.push({ role: 'assistant', id: id || crypto.randomUUID(), text, calls: whole });
          return whole;
        }
      }
    }
    return stop.aborted ? [] : failed('unavailable', 'the stream ended early');
  }

  #obey(calls: readonly ToolCall[], turn: Turn): void {
    const { log, dialect } = this.#server;
    for (const { id: callId, name, args, denies } of calls) {
      const answer = denies === null ? this.#opening.tools.call(name, args) : null;
      if (denies !== null) log(`${dialect.kind}: denied approval of ${plainName(name)}: nobody can be asked`);
      else if (answer === null) log(`${dialect.kind}: nothing here is called ${plainName(name)}`);
      else if (answer.command !== null) turn.pipe.command(answer.command);
      const output = answer?.output ?? UNKNOWN_TOOL;
      turn.messages.push({ role: 'tool', id: crypto.randomUUID(), callId, output });
    }
  }
}

/** A command is carried out only after the words before it (E1), so calls go with the words that were not heard. */
function cutOff(answered: readonly Message[], heard: string): Message[] {
  const last = answered.findLast(({ role }) => role === 'assistant');
  return heard === ''
    ? []
    : [{ role: 'assistant', id: last?.id ?? crypto.randomUUID(), text: heard, calls: [] }];
}

function areOutOfBounds(calls: readonly ToolCall[]): boolean {
  return calls.length > MOST_CALLS || calls.some(({ args }) => args.length > LONGEST_ARGUMENTS);
}
