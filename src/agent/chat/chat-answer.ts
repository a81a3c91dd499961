// One answer of a chat/completions server, put together from its chunks. Servers that call themselves compatible differ
// in everything but the words to be spoken: fields that are missing, null or of another type are passed over.
import type { ChatCompletionMessageFunctionToolCall } from 'openai/resources/chat/completions';
import { type Fields, fieldsOf, isRecord, parsedJson } from '../../call/json.ts';
import { ThinkFilter } from './think-filter.ts';

/** More than this is no call of a tool, whatever it is. */
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
  /** The call that each `index` stands for now; it is all that the fragments of a call have in common. */
  readonly #callAt = new Map<number, Call>();
  #finish: string | null = null;
  #argumentsLength = 0;

  /** Why the answer ended; null where nobody has said so. */
  get finish(): string | null {
    return this.#finish;
  }

  /** The words never got past the model's reasoning. */
  get isLostInThought(): boolean {
    return this.#think.isThinking;
  }

  /** There is more to be called than anybody would. */
  get isOutOfBounds(): boolean {
    return this.#calls.length > MOST_CALLS || this.#argumentsLength > LONGEST_ARGUMENTS;
  }

  /** The tools that were called, once the answer has ended; none where they may not be whole. */
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

  /** Takes a chunk, or a completion that came whole; returns what is to be spoken now. */
  take(chunk: unknown): string {
    const choices = fieldsOf(chunk)['choices'];
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

  /** There are no more chunks; returns what is still to be spoken. */
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

  /** Some servers give every call the same index, and some none: there a name of its own begins another call. */
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

/** Text, or the text among parts of several types. */
function textIn(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map(fieldsOf)
    .map(({ type, text }) => (type === 'text' && typeof text === 'string' ? text : ''))
    .join('');
}

/** Arguments are sent back with the call, and some servers choke there on what is no object. */
function objectIn(args: string): string {
  return isRecord(parsedJson(args)) ? args : '{}';
}
