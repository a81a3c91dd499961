// The one endpoint of a ChatKit server: every request is a POST, and its answer a stream of events that ends with the body.
// A server that does not know the thread breaks off a body that had begun with 200.
import type { LookedUp } from '../../call/ports.ts';
import { acceptedBody, beginningOf, discard, post, type PostOptions } from '../agent-post.ts';
import { EventTooLong, eventData } from '../event-stream.ts';
import { type AgentFailed, failed, failedWith } from '../failures.ts';
import { foundAt, unproven } from '../look-up.ts';
import { type ChatKitEvent, parseChatKitEvent, parseHeard } from './chatkit-wire.ts';

export type StreamedEvent =
  | ChatKitEvent
  /** Comes last. `mayBeLost`: a server answers like this if it does not know the thread. */
  | { readonly type: 'failed'; readonly failed: AgentFailed; readonly mayBeLost: boolean };

const LONGEST_LIST = 1_000_000;
/** Items of a thread that are searched: a message in doubt is among the last. */
const LISTED = 20;

export class ChatKitEndpoint {
  readonly #url: string;
  readonly #options: PostOptions;

  /** `url` is https://, or http:// on loopback. */
  constructor(url: string, options: PostOptions) {
    this.#url = url;
    this.#options = options;
  }

  /** The events of one request, to their end; none once `signal` has aborted. Never throws. */
  async *ask(
    request: object,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): AsyncGenerator<StreamedEvent, void> {
    const answer = await this.#answerTo(request, { ...headers, accept: 'text/event-stream' }, signal);
    if (signal.aborted) return;
    if (!(answer instanceof Response)) {
      yield { type: 'failed', failed: answer, mayBeLost: false };
      return;
    }
    const body = await bodyOf(answer);
    if (signal.aborted) return;
    if ('failure' in body) {
      yield { type: 'failed', failed: body, mayBeLost: answer.status === 404 };
      return;
    }
    try {
      for await (const data of eventData(body)) {
        // Some servers end a stream as OpenAI's other APIs do.
        if (data === '[DONE]') return;
        const event = parseChatKitEvent(data);
        if (event !== null) yield event;
        else yield { type: 'failed', failed: failed('malformed', 'no ChatKit event'), mayBeLost: false };
        if (event === null || signal.aborted) return;
      }
    } catch (error) {
      if (signal.aborted) return;
      const event =
        error instanceof EventTooLong
          ? failed('malformed', 'an event too long')
          : failed('unavailable', 'the connection broke');
      yield { type: 'failed', failed: event, mayBeLost: !(error instanceof EventTooLong) };
    }
  }

  /** The caller's last messages on a thread, newest first; null if the server cannot say. Never throws. */
  async heardLast(threadId: string, headers: Readonly<Record<string, string>>, signal: AbortSignal) {
    const params = { thread_id: threadId, limit: LISTED, order: 'desc' };
    const request = { type: 'items.list', params };
    const answer = await this.#answerTo(request, { ...headers, accept: 'application/json' }, signal);
    if (!(answer instanceof Response)) return null;
    return answer.status === 200
      ? parseHeard(await beginningOf(answer, LONGEST_LIST))
      : discard(answer).then(() => null);
  }

  /** Requests the list of threads, and reads nothing of it. */
  async lookUp(headers: Readonly<Record<string, string>>): Promise<LookedUp> {
    const request = { type: 'threads.list', params: { limit: 1, order: 'desc' } };
    const accept = { ...headers, accept: 'application/json' };
    const answer = await this.#answerTo(request, accept, new AbortController().signal);
    if (!(answer instanceof Response)) return unproven(undefined);
    await discard(answer);
    const isJson = /^application\/json\b/i.test(answer.headers.get('content-type') ?? '');
    if (answer.status === 200)
      return isJson ? { is: 'found' } : { is: 'unknown', why: 'answered with something else than JSON' };
    return foundAt(this.#url, 'The ChatKit server', answer.status);
  }

  async #answerTo(
    body: object,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Response | AgentFailed> {
    try {
      return await post({ url: this.#url, headers, body }, this.#options, signal);
    } catch (error) {
      return failedWith(error);
    }
  }
}

async function bodyOf(answer: Response): Promise<AsyncIterable<Uint8Array> | AgentFailed> {
  try {
    const body = await acceptedBody(answer);
    if (/^text\/event-stream\b/i.test(answer.headers.get('content-type') ?? '')) return body;
    await discard(answer);
    return failed('malformed', 'no event stream');
  } catch (error) {
    return failedWith(error);
  }
}
