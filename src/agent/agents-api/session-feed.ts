// The one long-lived event stream of an agent's session. The API's stream is live only, without a cursor: what happens
// while none is open is never told. So the session is created with `stream: true`, which is subscribed from its first
// event on; when that stream ends or breaks, another is opened, and whoever listens is told to look what was missed.
import { setTimeout as pause } from 'node:timers/promises';
import { type OpenAI, APIError } from 'openai';
import type { AgentSessionEvent } from 'openai/resources/beta/agents/agents';
import type { SessionCreateParamsStreaming } from 'openai/resources/beta/agents/sessions/sessions';

/** A session to be created, as soon as it is known with what (never rejects); or one that there is. */
export type SessionSource = Promise<SessionCreateParamsStreaming> | { readonly sessionId: string };

export interface FeedOptions {
  readonly api: OpenAI['beta']['agents']['sessions'];
  readonly source: SessionSource;
  readonly onEvent: (event: AgentSessionEvent) => void;
  /** The session was created, but only with the agent as it was saved. */
  readonly onSavedOnly: () => void;
  /** A stream is open that did not begin with the session: events may have been missed before it. */
  readonly onResumed: () => void;
  /** No stream will be opened any more. */
  readonly onLost: (error: unknown) => void;
}

const REOPEN_AFTER_MS = [0, 200, 1000];
/** The server may hold back a stream's headers until its first event, so they are no proof to wait for. */
const SUBSCRIBED_AFTER_MS = 300;
/** For the same reason they may take as long as the caller is silent. Node gives up at five minutes by itself. */
const HEADERS_WITHIN_MS = 300_000;
/** Not so where a session is created. One that hangs is asked for again by the SDK, under the same key: a caller waits for both. */
const CREATED_WITHIN_MS = 4_000;

export class SessionFeed {
  /** The session's ID, once it exists; null when there will be none. */
  readonly sessionId: Promise<string | null>;
  readonly #options: FeedOptions;
  readonly #closing = new AbortController();
  #resolveId: (id: string | null) => void = () => {};
  #subscribed: Promise<unknown> = Promise.resolve();
  #noteFollowed: () => void = () => {};

  /** Begins at once. */
  constructor(options: FeedOptions) {
    this.#options = options;
    this.sessionId = new Promise((resolve) => (this.#resolveId = resolve));
    void this.#run();
  }

  /** Resolves when a stream is open, or at least asked for so long ago that the server will have seen it. */
  async subscribed(): Promise<void> {
    for (let awaited = null; awaited !== this.#subscribed;) {
      awaited = this.#subscribed;
      await awaited;
    }
  }

  close(): void {
    this.#closing.abort();
    this.#resolveId(null);
  }

  async #run(): Promise<void> {
    try {
      const { source } = this.#options;
      const sessionId = 'sessionId' in source ? source.sessionId : await this.#create(source);
      this.#resolveId(sessionId);
      for (let attempt = 0; !this.#closing.signal.aborted;) {
        attempt = (await this.#follow(sessionId, attempt)) ? 0 : attempt + 1;
      }
    } catch (error) {
      this.#resolveId(null);
      if (!this.#closing.signal.aborted) this.#options.onLost(error);
    }
  }

  async #create(params: Promise<SessionCreateParamsStreaming>): Promise<string> {
    const stream = await this.#createStream(await params);
    let sessionId: string | null = null;
    let hasIdled = false;
    try {
      for await (const event of stream) {
        if (event.type === 'agent.session.created') {
          sessionId = event.session.id;
          this.#resolveId(sessionId);
        }
        if (event.type === 'agent.session.idle' && !hasIdled) {
          hasIdled = true;
          this.#expectEnd();
        }
        this.#options.onEvent(event);
      }
    } catch (error) {
      if (sessionId === null) throw error;
    }
    if (sessionId === null) throw new Error('The stream ended before it named the session.');
    return sessionId;
  }

  /** The first stream may end with the first turn. What is sent just then would be told neither by it nor by the next. */
  #expectEnd(): void {
    const followed = new Promise<void>((resolve) => (this.#noteFollowed = resolve));
    this.#subscribed = Promise.race([followed, pause(SUBSCRIBED_AFTER_MS, null, { ref: false })]);
  }

  /** What overrides the saved agent is left out if the API does not take it: that is better than no session. */
  async #createStream(params: SessionCreateParamsStreaming): Promise<AsyncIterable<AgentSessionEvent>> {
    const { agent, ...saved } = params;
    const create = (wanted: SessionCreateParamsStreaming) =>
      this.#options.api.create(wanted, {
        signal: this.#closing.signal,
        timeout: CREATED_WITHIN_MS,
        headers: { 'Idempotency-Key': crypto.randomUUID() },
      });
    if (agent === undefined) return create(saved);
    try {
      return await create({ ...saved, agent });
    } catch (error) {
      if (!(error instanceof APIError) || error.status !== 400) throw error;
      const stream = await create(saved);
      this.#options.onSavedOnly();
      return stream;
    }
  }

  /** One further stream, from its opening to its end; tells whether it told anything. Throws when none will be had. */
  async #follow(sessionId: string, attempt: number): Promise<boolean> {
    const waitMs = REOPEN_AFTER_MS[attempt] ?? 1000;
    const { signal } = this.#closing;
    const opened = pause(waitMs, null, { signal }).then(() =>
      this.#options.api.events.stream(sessionId, { signal, timeout: HEADERS_WITHIN_MS, maxRetries: 0 }),
    );
    this.#subscribed = Promise.race([
      opened.catch(() => null),
      pause(waitMs + SUBSCRIBED_AFTER_MS, null, { ref: false }),
    ]);
    this.#noteFollowed();
    let hasTold = false;
    try {
      const stream = await opened;
      this.#options.onResumed();
      for await (const event of stream) {
        hasTold = true;
        this.#options.onEvent(event);
      }
    } catch (error) {
      if (isForGood(error)) throw error;
    }
    return hasTold;
  }
}

/** The session is gone or was never ours; anything else is worth another try. */
function isForGood(error: unknown): boolean {
  return error instanceof APIError && [400, 401, 403, 404].includes(error.status ?? 0);
}
