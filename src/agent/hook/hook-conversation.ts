// One call with an agent behind a webhook. The builder remembers, so a message is sent once it is known that the builder does
// not have it: never again after an answer that failed (it may have acted on it), but with the next words after one that was
// cut off here, because builders keep a turn only at its end.
import type { AgentMemory } from '../../call/call-record.ts';
import type { AgentEvent, AgentMessage, Conversation, Opening } from '../../call/ports.ts';
import { LONGEST_REPLY } from '../../call/reply-limit.ts';
import { cutText } from '../../call/text.ts';
import { withDeadline } from '../../call/waiting.ts';
import { headersFor } from '../agent-headers.ts';
import type { AgentOptions } from '../agent-kind.ts';
import { idOf, messagesAsJson, messagesOf, recalled } from '../agent-memory.ts';
import { acceptedBody, discard, post } from '../agent-post.ts';
import { type AgentFailed, failed, failedWith } from '../failures.ts';
import { ReplyPipe } from '../reply-pipe.ts';
import { Turns } from '../turns.ts';
import type { Hook, HookEvent, Told } from './hook-wire.ts';

export const KIND = 'hook';

const LONGEST_KEPT = LONGEST_REPLY + 2;
const STOPPED_WITHIN_MS = 2000;

interface Turn {
  readonly pipe: ReplyPipe;
  written: number;
  task: string | null;
}

export class HookConversation implements Conversation {
  readonly #hook: Hook;
  readonly #options: AgentOptions;
  readonly #call: Opening['call'];
  readonly #opening: AgentMessage;
  readonly #turns = new Turns();
  readonly #session: string;
  #conversation: string | null;
  /** Whether the builder has the message that opens the call. */
  #isOpen: boolean;
  #owed: AgentMessage[];

  constructor(hook: Hook, options: AgentOptions, { call, note }: Opening, memory: AgentMemory | undefined) {
    const before = recalled(KIND, memory);
    const session = idOf(before?.reference['session']);
    const owed = messagesOf(before?.history['owed']);
    this.#hook = hook;
    this.#options = options;
    this.#call = call;
    this.#opening = { text: '', notes: [note], heardOfLast: null };
    this.#session = session ?? `${call.id}-${crypto.randomUUID().slice(0, 8)}`;
    this.#conversation = session === null ? null : idOf(before?.reference['conversation']);
    this.#isOpen = session !== null;
    this.#owed = this.#isOpen ? owed : [this.#opening, ...owed];
  }

  greet(signal: AbortSignal): AsyncIterable<AgentEvent> {
    return this.#reply(null, signal);
  }

  reply(message: AgentMessage, signal: AbortSignal): AsyncIterable<AgentEvent> {
    this.#owed.push(message);
    return this.#reply(message, signal);
  }

  memory(): AgentMemory | null {
    const owed = this.#owed.filter((message) => message !== this.#opening);
    if (!this.#isOpen && owed.length === 0) return null;
    return {
      kind: KIND,
      reference: this.#isOpen ? { session: this.#session, conversation: this.#conversation } : null,
      history: { owed: messagesAsJson(owed) },
    };
  }

  close(): Promise<void> {
    return this.#turns.close();
  }

  #reply(message: AgentMessage | null, signal: AbortSignal): AsyncIterable<AgentEvent> {
    const turn: Turn = { pipe: new ReplyPipe(), written: 0, task: null };
    return this.#turns.reply(turn.pipe, signal, async (stop) => {
      const failure = await this.#ask(turn, stop);
      // The builder would refuse the same message with every later one.
      if (failure?.failure === 'refused') this.#owed = this.#owed.filter((owed) => owed !== message);
      return failure;
    });
  }

  /** Never rejects. */
  async #ask(turn: Turn, stop: AbortSignal): Promise<AgentFailed | null> {
    const owed = [...this.#owed];
    if (owed.length === 0 || stop.aborted) return null;
    const lines = owed.flatMap(({ notes, text }) => [...notes, text]).filter((line) => line !== '');
    const told: Told = {
      text: lines.join('\n'),
      session: this.#session,
      conversation: this.#conversation,
      call: this.#call,
    };
    let answer: Response;
    let body: AsyncIterable<Uint8Array>;
    try {
      answer = await this.#post(this.#hook.url, this.#hook.bodyOf(told), stop);
      body = await acceptedBody(answer);
    } catch (error) {
      const failure = failedWith(error);
      const isLost = told.conversation !== null && this.#hook.hasForgotten?.(failure) === true;
      return isLost && !stop.aborted ? this.#beginAgain(turn, stop) : failure;
    }
    const failure = await this.#read(this.#hook.read(answer, body), turn, stop);
    if (stop.aborted && failure === 'cut off') await this.#stop(turn, told);
    const isKept = failure !== 'cut off' || (turn.task !== null && turn.written > 0);
    if (isKept) {
      this.#owed = this.#owed.slice(owed.length);
      this.#isOpen = true;
    }
    return failure === 'cut off' ? null : failure;
  }

  /** What went wrong, null for nothing; `cut off` if the reader has left first. Never rejects. */
  async #read(
    events: AsyncIterable<HookEvent>,
    turn: Turn,
    stop: AbortSignal,
  ): Promise<AgentFailed | 'cut off' | null> {
    try {
      for await (const event of events) {
        if (stop.aborted) return 'cut off';
        switch (event.type) {
          case 'text': {
            const delta = cutText(event.delta, LONGEST_KEPT - turn.written);
            turn.written += delta.length;
            turn.pipe.write(delta);
            break;
          }
          case 'withdrawn':
            turn.written = 0;
            turn.pipe.withdraw();
            break;
          case 'conversation':
            this.#conversation = idOf(event.id);
            break;
          case 'task':
            turn.task = event.id;
            break;
          case 'end-call':
            turn.pipe.command({ type: 'end' });
            break;
          case 'usage':
            turn.pipe.count(event.usage);
            break;
          case 'done':
            return null;
          case 'failed':
            return event;
        }
      }
    } catch (error) {
      return stop.aborted ? 'cut off' : failedWith(error);
    }
    return stop.aborted ? 'cut off' : failed('unavailable', 'the answer ended early');
  }

  /** The builder has lost the conversation: it forgets the call, but the caller is answered. */
  async #beginAgain(turn: Turn, stop: AbortSignal): Promise<AgentFailed | null> {
    const lost = this.#conversation;
    this.#conversation = null;
    this.#isOpen = false;
    this.#owed.unshift(this.#opening);
    const failure = await this.#ask(turn, stop);
    if (this.#isOpen) this.#options.log('hook: the conversation was lost, another has begun');
    else {
      this.#conversation = lost;
      this.#isOpen = true;
      this.#owed = this.#owed.filter((owed) => owed !== this.#opening);
    }
    return failure;
  }

  async #stop({ task }: Turn, told: Told): Promise<void> {
    if (task === null || this.#hook.stop === undefined) return;
    const { url, body } = this.#hook.stop(task, told);
    await withDeadline(this.#options.clock, STOPPED_WITHIN_MS, null, async (signal) =>
      discard(await this.#post(url, body, signal)),
    ).catch(() => this.#options.log('hook: the answer could not be stopped'));
  }

  #post(url: string, body: object, signal: AbortSignal): Promise<Response> {
    const headers = headersFor(this.#options.agentHeaders, this.#call);
    return post({ url, headers, body }, this.#options, signal);
  }
}
