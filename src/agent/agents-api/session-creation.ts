// Creates a session and follows the stream that its creation opens. A creation sends its first event at once, so one that is
// silent is repeated under the same key while the first is still waited for: whichever names the session first counts, and
// a request that the network lost costs a caller four seconds, not the time that a slow server may take.
import type { OpenAI } from 'openai';
import { APIError } from 'openai/error';
import type { Clock } from '../../call/ports.ts';
import { within, withDeadline } from '../../call/waiting.ts';
import { sdkEvents } from '../sdk-events.ts';
import type { SessionCreation, SessionEvent } from './session-wire.ts';

/** After this much silence a creation is repeated; and no body may be silent for longer before its first event. */
const SILENT_MS = 4_000;

export interface Creating {
  readonly clock: Clock;
  /** All attempts together may take this long. */
  readonly createdWithinMs: number;
  readonly signal: AbortSignal;
  /** The API created the session only without the changes to the saved agent. */
  readonly onSavedOnly: () => void;
}

export interface Created {
  readonly sessionId: string;
  /** From the first on. */
  readonly events: AsyncIterable<SessionEvent>;
  readonly leave: () => void;
}

type Sessions = OpenAI['beta']['agents']['sessions'];

/** Leaves the changes to the saved agent out if the API refuses them: a session without them beats none. Rejects as the SDK does. */
export async function createSession(
  api: Sessions,
  params: SessionCreation,
  { clock, createdWithinMs, signal, onSavedOnly }: Creating,
): Promise<Created> {
  const { agent, ...saved } = params;
  const create = (wanted: SessionCreation): Promise<Created> =>
    withDeadline(clock, createdWithinMs, null, (overdue) => createOnce(api, wanted, clock, signal, overdue));
  if (agent === undefined) return create(saved);
  try {
    return await create({ ...saved, agent });
  } catch (error) {
    if (!(error instanceof APIError) || error.status !== 400) throw error;
    const created = await create(saved);
    onSavedOnly();
    return created;
  }
}

/** One session, asked for at most twice under one key. */
async function createOnce(
  api: Sessions,
  params: SessionCreation,
  clock: Clock,
  closing: AbortSignal,
  overdue: AbortSignal,
): Promise<Created> {
  const headers = { 'Idempotency-Key': crypto.randomUUID() };
  const attempts: AbortController[] = [];
  const attempt = async (): Promise<Created> => {
    const own = new AbortController();
    attempts.push(own);
    const signal = AbortSignal.any([closing, own.signal]);
    const created = await firstEventOf(
      await sdkEvents<SessionEvent>(api.create(params, { signal, headers })),
      clock,
      own,
    );
    // The others must not create a second session if they still can be stopped.
    for (const other of attempts) if (other !== own) other.abort();
    return created;
  };
  overdue.addEventListener('abort', () => attempts.forEach((one) => one.abort()), { once: true });
  const first = attempt();
  const isSilent = await within(
    clock,
    SILENT_MS,
    first.then(
      () => false,
      () => false,
    ),
    true,
  );
  if (!isSilent) return first;
  return Promise.any([first, attempt()]).catch(() => first);
}

async function firstEventOf(
  stream: AsyncIterable<SessionEvent>,
  clock: Clock,
  own: AbortController,
): Promise<Created> {
  const events = stream[Symbol.asyncIterator]();
  const leave = (): void => own.abort();
  const first = await within(clock, SILENT_MS, events.next(), null);
  if (first === null) leave();
  if (first === null || first.done === true || first.value.type !== 'agent.session.created')
    throw new Error('The stream did not begin with the session.');
  const created = first.value;
  async function* all(): AsyncGenerator<SessionEvent, void> {
    yield created;
    yield* { [Symbol.asyncIterator]: () => events };
  }
  return { sessionId: created.session.id, events: all(), leave };
}
