// The one endpoint of a ChatKit server: every request is a POST, and its answer a stream of events that ends with the body.
// A server that does not know the thread breaks off a body that had begun with 200.
import type { LookedUp } from '../../call/ports.ts';
import type { AgentOptions } from '../agent-kind.ts';
import { codeOfRefusal, type ChatKitEvent, parseChatKitEvent, parseHeard } from './chatkit-wire.ts';
import { EventTooLong, eventData } from './event-stream.ts';
import { type AgentFailed, failed, failedWithStatus } from '../failures.ts';
import { unproven, wrong } from '../look-up.ts';

export type StreamedEvent =
  | ChatKitEvent
  /** Comes last. `mayBeLost`: a server answers like this if it does not know the thread. */
  | { readonly type: 'failed'; readonly failed: AgentFailed; readonly mayBeLost: boolean };

const LONGEST_REFUSAL = 4096;
const LONGEST_LIST = 1_000_000;
/** Items of a thread that are searched: a message in doubt is among the last. */
const LISTED = 20;

export class ChatKitEndpoint {
  readonly #url: string;
  readonly #options: Pick<AgentOptions, 'agentApiKey' | 'agentTimeoutMs'>;

  /** `url` is https://, or http:// on loopback. */
  constructor(url: string, options: Pick<AgentOptions, 'agentApiKey' | 'agentTimeoutMs'>) {
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
    const refusal = await refusalOf(answer);
    if (signal.aborted) return;
    if (refusal !== null || answer.body === null) {
      const event = refusal ?? failed('malformed', 'an empty answer');
      yield { type: 'failed', failed: event, mayBeLost: answer.status === 404 };
      return;
    }
    try {
      for await (const data of eventData(answer.body)) {
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
  async lookUp(): Promise<LookedUp> {
    const request = { type: 'threads.list', params: { limit: 1, order: 'desc' } };
    const answer = await this.#answerTo(
      request,
      { accept: 'application/json' },
      new AbortController().signal,
    );
    if (!(answer instanceof Response)) return unproven(undefined);
    await discard(answer);
    const { origin, pathname } = new URL(this.#url);
    return foundBy(answer, `The ChatKit server at ${origin}${pathname}`);
  }

  async #answerTo(
    request: object,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Response | AgentFailed> {
    const { agentApiKey, agentTimeoutMs } = this.#options;
    const tooLate = new AbortController();
    const timer = setTimeout(() => tooLate.abort(), agentTimeoutMs);
    try {
      return await fetch(this.#url, {
        method: 'POST',
        headers: {
          ...headers,
          'content-type': 'application/json',
          ...(agentApiKey !== '' && { authorization: `Bearer ${agentApiKey}` }),
        },
        body: JSON.stringify(request),
        // Another address must receive neither the token nor the caller's words.
        redirect: 'manual',
        signal: AbortSignal.any([signal, tooLate.signal]),
      });
    } catch {
      return tooLate.signal.aborted
        ? failed('timeout', 'no answer in time')
        : failed('unavailable', 'no connection');
    } finally {
      clearTimeout(timer);
    }
  }
}

async function refusalOf(answer: Response): Promise<AgentFailed | null> {
  if (answer.status === 200) {
    if (/^text\/event-stream\b/i.test(answer.headers.get('content-type') ?? '')) return null;
    await discard(answer);
    return failed('malformed', 'no event stream');
  }
  return failedWithStatus(answer.status, codeOfRefusal(await beginningOf(answer, LONGEST_REFUSAL)));
}

async function beginningOf({ body }: Response, most: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > most) break;
    }
  } catch {
    // What came so far has to do.
  }
  return text;
}

async function discard({ body }: Response): Promise<void> {
  await body?.cancel().catch(() => {});
}

function foundBy({ status, headers }: Response, who: string): LookedUp {
  switch (true) {
    case status === 200:
      return /^application\/json\b/i.test(headers.get('content-type') ?? '')
        ? { is: 'found' }
        : { is: 'unknown', why: 'answered with something else than JSON' };
    case status === 401:
      return wrong(`${who} does not accept the key. Check AGENT_API_KEY.`);
    case status === 403:
      return wrong(`${who} may not be used with this key. Check AGENT_API_KEY.`);
    case status === 404 || status === 405:
      return wrong(`${who} is not there: ${status}. Check the address, with its path.`);
    case status >= 300 && status < 400:
      return wrong(`${who} has moved. Use the address that it redirects to.`);
    default:
      return unproven(status);
  }
}
