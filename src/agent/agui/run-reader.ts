// Reads the events of one AG-UI response: the only file that knows their JSON. A response may replay earlier runs first, so
// only the run that was asked for is spoken; a server that gives its run another ID has the last one spoken, at the end. What
// a tool call asks for counts at the run's successful end, because a call that was cut off has an end of its own too.
import { type Fields, fieldsOf, listOf, parsedJson, textOf, textOrNull, textsOf } from '../../call/json.ts';
import { LONGEST_REPLY } from '../../call/reply-limit.ts';
import { textUsage } from '../../call/usage.ts';
import { type AgentFailed, failed, failedWithCode } from '../failures.ts';
import type { Asked, StatelessEvent, ToolCall } from '../stateless-dialect.ts';
import { interruptsIn } from './interrupts.ts';

type Text = Extract<StatelessEvent, { type: 'text' }>;

/** Anything beyond these is no tool call; the conversation refuses it. */
const MOST_CALLS = 17;
const MOST_MODELS = 10;
const LONGEST_ARGUMENTS = 20_001;

interface Call {
  readonly name: string;
  args: string;
  isAnswered: boolean;
}

interface Run {
  readonly isOurs: boolean;
  /** What another run said. */
  texts: Text[];
  hasText: boolean;
  readonly calls: Map<string, Call>;
  /** Messages that are not for the caller. */
  readonly unspoken: Set<string>;
  openMessage: string;
  openCall: string;
  snapshot: Text | null;
  end: Fields | null;
}

export class RunReader {
  readonly #asked: Asked;
  #run: Run | null = null;
  #isOver = false;

  constructor(asked: Asked) {
    this.#asked = asked;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  take(data: string): StatelessEvent[] {
    const event = fieldsOf(parsedJson(data));
    const type = textOf(event['type']);
    if (type === '') return this.#fail(failed('malformed', 'no AG-UI event'));
    if (type === 'RUN_STARTED') this.#run = newRun(event['runId'] === this.#asked.id);
    if (type === 'RUN_ERROR') return this.#error(event);
    const run = this.#run;
    if (run === null) return this.#fail(failed('malformed', 'an event before the run'));
    if (type === 'RUN_FINISHED') {
      run.end = event;
      return run.isOurs ? [...usageIn(event), ...this.#finish(run, event)] : [];
    }
    if (type === 'MESSAGES_SNAPSHOT') run.snapshot = this.#lastUnseen(event['messages']);
    if (event['subagentRunId'] !== undefined) return [];
    if (type.startsWith('TOOL_CALL_')) noteCall(run, type, event);
    const text = type.startsWith('TEXT_MESSAGE_') ? textIn(run, type, event) : null;
    if (text === null) return [];
    run.hasText = true;
    if (run.isOurs) return [text];
    if (run.texts.length < LONGEST_REPLY) run.texts.push(text);
    return [];
  }

  /** The body has ended, and with it a run of another ID. */
  end(): StatelessEvent[] {
    const run = this.#run;
    return run === null || run.isOurs || run.end === null
      ? []
      : [...run.texts, ...usageIn(run.end), ...this.#finish(run, run.end)];
  }

  /** An error of a replayed run is over with it. */
  #error(event: Fields): StatelessEvent[] {
    if (this.#run !== null && !this.#run.isOurs && this.#run.end === null) return [];
    return [...usageIn(event), ...this.#fail(failedWithCode(textOf(event['code'])))];
  }

  #fail(failure: AgentFailed): StatelessEvent[] {
    this.#isOver = true;
    return [failure];
  }

  #finish(run: Run, { outcome }: Fields): StatelessEvent[] {
    this.#isOver = true;
    const { type, pendingToolCallIds } = fieldsOf(outcome);
    if (type === 'cancelled') return [failed('unavailable', 'cancelled')];
    const snapshot = run.hasText || run.snapshot === null ? [] : [run.snapshot];
    if (type !== 'interrupt')
      return [...snapshot, { type: 'done', calls: this.#pending(run, pendingToolCallIds) }];
    const interrupts = interruptsIn(outcome);
    const questions = interrupts.map(({ id, message: delta }): Text => ({
      type: 'text',
      message: '',
      part: id,
      delta,
    }));
    return [...snapshot, ...questions, { type: 'remember', value: interrupts }, { type: 'done', calls: [] }];
  }

  /** Without a list, a call of a tool that is not the phone's is the server's own, whose result it did not show. */
  #pending({ calls }: Run, listed: unknown): ToolCall[] {
    const ids = textsOf(listed);
    const { offered } = this.#asked.opening.tools;
    return [...calls]
      .filter(([id, { name, isAnswered }]) =>
        ids.length > 0 ? ids.includes(id) : !isAnswered && offered.some((tool) => tool.name === name),
      )
      .map(([id, { name, args }]) => ({ id, name, args, denies: null }));
  }

  /** Often the whole thread: the agent's last words, unless they are ones that were sent. */
  #lastUnseen(messages: unknown): Text | null {
    const { id, role, content } = fieldsOf(listOf(messages).at(-1));
    const isSeen = this.#asked.messages.some((message) => message.id === id);
    return role === 'assistant' && typeof content === 'string' && !isSeen
      ? { type: 'text', message: textOf(id), part: textOf(id), delta: content }
      : null;
  }
}

function usageIn({ usage }: Fields): StatelessEvent[] {
  return listOf(usage)
    .slice(0, MOST_MODELS)
    .map(fieldsOf)
    .map(({ model, inputTokens, cachedInputTokens, outputTokens }) => ({
      type: 'usage',
      model: textOrNull(model),
      usage: textUsage(inputTokens, cachedInputTokens, outputTokens),
    }));
}

function newRun(isOurs: boolean): Run {
  return {
    isOurs,
    texts: [],
    hasText: false,
    calls: new Map(),
    unspoken: new Set(),
    openMessage: '',
    openCall: '',
    snapshot: null,
    end: null,
  };
}

/** null for nothing to speak. A chunk without an ID belongs to the message before. */
function textIn(run: Run, type: string, { messageId, role, delta }: Fields): Text | null {
  const id = textOf(messageId) || run.openMessage;
  run.openMessage = id;
  if (typeof role === 'string' && role !== 'assistant') run.unspoken.add(id);
  const isText = type === 'TEXT_MESSAGE_CONTENT' || type === 'TEXT_MESSAGE_CHUNK';
  const text = textOf(delta);
  return isText && text !== '' && !run.unspoken.has(id)
    ? { type: 'text', message: id, part: id, delta: text }
    : null;
}

function noteCall(run: Run, type: string, { toolCallId, toolCallName, delta }: Fields): void {
  const id = textOf(toolCallId) || run.openCall;
  run.openCall = id;
  const call = run.calls.get(id) ?? { name: textOf(toolCallName), args: '', isAnswered: false };
  if (run.calls.size < MOST_CALLS) run.calls.set(id, call);
  if (type === 'TOOL_CALL_RESULT') call.isAnswered = true;
  if (call.args.length < LONGEST_ARGUMENTS) call.args += textOf(delta);
}
