// One answer of a chat/completions server, assembled from its chunks. Compatible servers agree only on the words: a field
// that is missing, null or of another type is ignored.
import type { ChatCompletionMessageFunctionToolCall } from 'openai/resources/chat/completions';
import { type Fields, fieldsOf, isRecord, parsedJson, textOrNull } from '../../call/json.ts';
import { textUsage, type TokenUsage } from '../../call/usage.ts';
import { ThinkFilter } from './think-filter.ts';

/** Anything beyond these is no tool call. */
const MOST_CALLS = 16;
const LONGEST_ARGUMENTS = 20_000;

interface Call {
  id: string;
  name: string;
  arguments: string;
}

export class ChatAnswer {
  readonly #think = new ThinkFilter();
  readonly #calls: Call[] = [];
  /** The current call of each `index`, which is all that the fragments of a call have in common. */
  readonly #callAt = new Map<number, Call>();
  #finish: string | null = null;
  #argumentsLength = 0;
  #usage: unknown = null;
  #model: string | null = null;

  get finish(): string | null {
    return this.#finish;
  }

  get isLostInThought(): boolean {
    return this.#think.isThinking;
  }

  get isOutOfBounds(): boolean {
    return this.#calls.length > MOST_CALLS || this.#argumentsLength > LONGEST_ARGUMENTS;
  }

  /** What the server counted; null if it does not tell. */
  get usage(): TokenUsage | null {
    const { prompt_tokens, prompt_tokens_details, completion_tokens } = fieldsOf(this.#usage);
    return textUsage(prompt_tokens, fieldsOf(prompt_tokens_details)['cached_tokens'], completion_tokens);
  }

  get model(): string | null {
    return this.#model;
  }

  /** The tool calls of an answer that has ended; none if they may be incomplete. */
  get calls(): ChatCompletionMessageFunctionToolCall[] {
    const isCutShort =
      this.#finish === null || this.#finish === 'length' || this.#finish === 'content_filter';
    if (isCutShort || this.isOutOfBounds) return [];
    return this.#calls
      .filter(({ name }) => name !== '')
      .map((call) => ({
        id: call.id === '' ? `call_${crypto.randomUUID()}` : call.id,
        type: 'function',
        function: { name: call.name, arguments: objectIn(call.arguments) },
      }));
  }

  /** Takes a chunk, or a whole completion; returns the text to speak now. */
  take(chunk: unknown): string {
    const { choices, usage, model } = fieldsOf(chunk);
    // Most servers send it in a chunk of its own, some a growing one in each.
    if (isRecord(usage)) this.#usage = usage;
    this.#model ??= textOrNull(model);
    const choice = Array.isArray(choices)
      ? choices.map(fieldsOf).find(({ index }) => index === 0 || typeof index !== 'number')
      : undefined;
    if (choice === undefined) return '';
    const { content, refusal, tool_calls } = fieldsOf(choice['delta'] ?? choice['message']);
    if (Array.isArray(tool_calls)) for (const fragment of tool_calls) this.#takeCall(fieldsOf(fragment));
    const finish = choice['finish_reason'];
    if (typeof finish === 'string' && finish !== '') this.#finish = finish;
    return this.#think.push(textIn(content)) + textIn(refusal);
  }

  end(): string {
    return this.#think.end();
  }

  #takeCall({ index, id, function: called }: Fields): void {
    const fragment = {
      id: textIn(id),
      name: textIn(fieldsOf(called)['name']),
      arguments: textIn(fieldsOf(called)['arguments']),
    };
    const call = this.#callOf(index, fragment);
    call.id ||= fragment.id;
    call.name ||= fragment.name;
    call.arguments += fragment.arguments;
    this.#argumentsLength += fragment.arguments.length;
  }

  /** Some servers give every call the same index, and some give none: then a name begins another call. */
  #callOf(index: unknown, { id, name }: Call): Call {
    const hasIndex = typeof index === 'number';
    const known = hasIndex ? this.#callAt.get(index) : this.#calls.at(-1);
    const isAnother = name !== '' && (hasIndex ? id !== '' && id !== known?.id : true);
    if (known !== undefined && !isAnother) return known;
    const call = { id: '', name: '', arguments: '' };
    this.#calls.push(call);
    if (hasIndex) this.#callAt.set(index, call);
    return call;
  }
}

function textIn(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map(fieldsOf)
    .map(({ type, text }) => (type === 'text' && typeof text === 'string' ? text : ''))
    .join('');
}

/** Arguments go back with the call, and some servers fail on anything but an object. */
function objectIn(args: string): string {
  return isRecord(parsedJson(args)) ? args : '{}';
}
