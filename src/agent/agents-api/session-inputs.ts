// What goes into a session: each input is sent once, however often the SDK repeats its request.
import type { OpenAI } from 'openai';
import type {
  AgentSessionInputMessageParam,
  AgentSessionInputParam,
} from 'openai/resources/beta/agents/agents';
import type { Clock } from '../../call/ports.ts';
import { within } from '../../call/waiting.ts';
import type { SessionInput } from './session-wire.ts';

export class SessionInputs {
  readonly #api: OpenAI['beta']['agents']['sessions'];
  readonly #clock: Clock;
  /** The request that must be over before the session can be brought to rest. Never rejects. */
  #posting: Promise<unknown> = Promise.resolve();
  #giveUpPosting: () => void = () => {};

  constructor(api: OpenAI['beta']['agents']['sessions'], clock: Clock) {
    this.#api = api;
    this.#clock = clock;
  }

  /** Nothing may be sent before `opening` has resolved, which must not reject. */
  waitFor(opening: Promise<unknown>): void {
    this.#posting = opening;
  }

  /** Rejects as the SDK does. */
  async send(sessionId: string, input: SessionInput, signal?: AbortSignal): Promise<void> {
    const event = input as AgentSessionInputParam;
    const params = { events: [event], 'Idempotency-Key': crypto.randomUUID() };
    await this.#api.events.create(sessionId, params, { signal });
  }

  /** Sends messages that `posted` waits for. Rejects as the SDK does. */
  post(sessionId: string, input: AgentSessionInputMessageParam[]): Promise<void> {
    const givingUp = new AbortController();
    const message = { type: 'agent.session.input.message', input } as const;
    const posting = this.send(sessionId, message, givingUp.signal);
    this.#posting = posting.catch(() => {});
    this.#giveUpPosting = () => givingUp.abort();
    return posting;
  }

  /** Resolves once the last message was answered. Never rejects. */
  get posted(): Promise<unknown> {
    return this.#posting;
  }

  /** The same, but a message that hangs, and that nobody waits for any more, is given up: it must not hold up the next one. */
  async settle(patienceMs: number): Promise<void> {
    const posted = this.#posting.then(() => true);
    if (!(await within(this.#clock, patienceMs, posted, false))) this.#giveUpPosting();
    await this.#posting;
  }
}
