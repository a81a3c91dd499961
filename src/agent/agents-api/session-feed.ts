// The long-lived event stream of a session. The API's stream is live only, without a cursor: events that happen while none
// is open are lost. So the session is created with `stream: true`, which sends its first event too; when that stream ends or
// breaks, another is opened, and the listener then looks for what it missed.
import type { OpenAI } from 'openai';
import { APIError } from 'openai/error';
import type { Clock } from '../../call/ports.ts';
import { pause, within } from '../../call/waiting.ts';
import { sdkEvents } from '../sdk-events.ts';
import { createSession } from './session-creation.ts';
import type { SessionCreation, SessionEvent } from './session-wire.ts';

/** What to create a session with (never rejects), or the session that exists. */
export type SessionSource = Promise<SessionCreation> | { readonly sessionId: string };

export interface FeedOptions {
  readonly api: OpenAI['beta']['agents']['sessions'];
  readonly source: SessionSource;
  readonly clock: Clock;
  /** How long the session's creation may take in all. */
  readonly createdWithinMs: number;
  readonly onEvent: (event: SessionEvent) => void;
  /** The API created the session only without the changes to the saved agent. */
  readonly onSavedOnly: () => void;
  /** A stream is open that did not begin with the session: events may have been missed before it. */
  readonly onResumed: () => void;
  /** No stream will be opened any more. */
  readonly onLost: (error: unknown) => void;
}

const REOPEN_AFTER_MS = [0, 200, 1000];
/** The server may hold back a stream's headers until its first event, so the relay does not wait for them longer. */
const SUBSCRIBED_AFTER_MS = 300;
/** For the same reason they may take as long as the caller is silent. Node itself gives up after five minutes. */
const HEADERS_WITHIN_MS = 300_000;

/** Without the random padding of every event. */
const UNPADDED = { query: { include_obfuscation: false } };

export class SessionFeed {
  /** The session's ID, once it exists; null when there will be none. */
  readonly sessionId: Promise<string | null>;
  readonly #options: FeedOptions;
  readonly #closing = new AbortController();
  #resolveId: (id: string | null) => void = () => {};
  #subscribed: Promise<unknown> = Promise.resolve();
  #noteFollowed: () => void = () => {};
  /** Aborts the stream that is open. */
  #renewing = new AbortController();

  /** Begins at once. */
  constructor(options: FeedOptions) {
    this.#options = options;
    this.sessionId = new Promise((resolve) => (this.#resolveId = resolve));
    void this.#run();
  }

  /** Resolves when a stream is open, or requested so long ago that the server will have seen the request. */
  async subscribed(): Promise<void> {
    for (let awaited = null; awaited !== this.#subscribed;) {
      awaited = this.#subscribed;
      await awaited;
    }
  }

  /** The open stream has stalled: opens another in its place. */
  renew(): void {
    this.#renewing.abort();
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

  async #create(params: Promise<SessionCreation>): Promise<string> {
    const { api, clock, createdWithinMs, onSavedOnly } = this.#options;
    const { signal } = this.#closing;
    const created = await createSession(api, await params, { clock, createdWithinMs, signal, onSavedOnly });
    const { sessionId } = created;
    this.#resolveId(sessionId);
    this.#renewing.signal.addEventListener('abort', created.leave, { once: true });
    let hasIdled = false;
    try {
      for await (const event of created.events) {
        if (event.type === 'agent.session.idle' && !hasIdled) {
          hasIdled = true;
          this.#expectEnd();
        }
        this.#options.onEvent(event);
      }
    } catch {
      // The next stream catches up on what this one did not carry.
    }
    return sessionId;
  }

  /** The first stream may end with the first turn. Neither it nor the next would report what is sent in between. */
  #expectEnd(): void {
    const followed = new Promise<void>((resolve) => (this.#noteFollowed = resolve));
    this.#subscribed = within(this.#options.clock, SUBSCRIBED_AFTER_MS, followed, undefined);
  }

  /** One further stream, from its opening to its end; returns whether it sent an event. Throws if no other will open. */
  async #follow(sessionId: string, attempt: number): Promise<boolean> {
    const waitMs = REOPEN_AFTER_MS[attempt] ?? 1000;
    this.#renewing = new AbortController();
    const signal = AbortSignal.any([this.#closing.signal, this.#renewing.signal]);
    const { api, clock } = this.#options;
    const opened = pause(clock, waitMs, signal).then(() =>
      sdkEvents(
        api.events.stream(sessionId, { ...UNPADDED, signal, timeout: HEADERS_WITHIN_MS, maxRetries: 0 }),
      ),
    );
    const noted = opened.catch(() => null);
    this.#subscribed = within(clock, waitMs + SUBSCRIBED_AFTER_MS, noted, null);
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

/** The session is gone or was never ours; after anything else another try may succeed. */
function isForGood(error: unknown): boolean {
  return error instanceof APIError && [400, 401, 403, 404].includes(error.status ?? 0);
}
