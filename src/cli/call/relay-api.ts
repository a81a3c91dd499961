// The relay's calls API, as far as the command uses it. Answers are checked only as far as they are shown, because a relay of
// another version may send more.
import { z } from 'zod';
import { publicResultSchema } from '../../call/call-result.ts';
import { callCostSchema } from '../../call/ledger.ts';
import { codeOf } from '../../call/error-code.ts';

const callSchema = z.object({
  id: z.string(),
  result: publicResultSchema.nullable(),
  cost: callCostSchema.optional(),
});
const problemSchema = z.object({ code: z.string(), message: z.string(), field: z.string().optional() });
const refusalSchema = z.object({ error: problemSchema, errors: z.array(problemSchema).optional() });

export type ToldCall = z.infer<typeof callSchema>;
export type ToldProblem = z.infer<typeof problemSchema>;

export class RelayRefusal extends Error {
  readonly status: number;
  /** At least one; one for each field. */
  readonly problems: readonly ToldProblem[];
  readonly retryAfterS: number | null;

  constructor(status: number, problems: readonly ToldProblem[], retryAfterS: number | null) {
    super(problems.map(({ message }) => message).join(' '));
    this.status = status;
    this.problems = problems;
    this.retryAfterS = retryAfterS;
  }
}

/** No answer, or an answer that is not a relay's. */
export class RelayAway extends Error {}

/** Every method rejects with RelayRefusal or RelayAway. */
export interface RelayApi {
  readonly url: string;
  /** Repeats the request once if no answer came: the same `key` is the same call. */
  place(body: object, key: string): Promise<ToldCall>;
  view(callId: string): Promise<ToldCall>;
  hangUp(callId: string): Promise<void>;
  /** The call's events after `lastEventId` ('': all); null if there are no more. */
  feed(callId: string, lastEventId: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array> | null>;
}

const ANSWER_WITHIN_MS = 30_000;

interface AskInit extends Omit<RequestInit, 'headers'> {
  readonly headers?: Readonly<Record<string, string>>;
}

/** Resolves with a success; rejects with RelayRefusal or RelayAway. */
export interface Asking {
  readonly ask: (path: string, init?: AskInit) => Promise<Response>;
  readonly post: (
    path: string,
    body: object,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Response>;
}

export function askingOf(url: string, token: string): Asking {
  const authorization = `Bearer ${token}`;

  async function ask(path: string, { headers, ...init }: AskInit = {}): Promise<Response> {
    const response = await fetch(url + path, {
      // A redirect must not receive the token.
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      headers: { authorization, ...headers },
      ...init,
    }).catch((error: unknown) => {
      throw new RelayAway(`No relay answers at ${url} (${failureOf(error)}).`);
    });
    if (response.ok) return response;
    throw await refusalIn(response, url);
  }

  return {
    ask,
    post: (path, body, headers = {}) =>
      ask(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
  };
}

export function relayApi(url: string, token: string): RelayApi {
  const { ask, post } = askingOf(url, token);

  return {
    url,
    async place(body, key) {
      const placing = (): Promise<Response> => post('/calls', body, { 'idempotency-key': key });
      const response = await placing().catch((error: unknown) => {
        if (error instanceof RelayAway) return placing();
        throw error;
      });
      return callIn(response, url);
    },
    async view(callId) {
      return callIn(await ask(`/calls/${callId}`), url);
    },
    async hangUp(callId) {
      await post(`/calls/${callId}/hangup`, {});
    },
    async feed(callId, lastEventId, signal) {
      const resumed = lastEventId === '' ? {} : { 'last-event-id': lastEventId };
      const response = await ask(`/calls/${callId}/events`, {
        headers: resumed,
        signal,
      });
      return response.body;
    },
  };
}

async function callIn(response: Response, url: string): Promise<ToldCall> {
  const parsed = callSchema.safeParse(await jsonIn(response));
  if (parsed.success) return parsed.data;
  throw new RelayAway(`The server at ${url} is no relay, or one of another version.`);
}

async function refusalIn(response: Response, url: string): Promise<RelayRefusal | RelayAway> {
  const { status } = response;
  const parsed = refusalSchema.safeParse(await jsonIn(response));
  if (!parsed.success) return new RelayAway(`The server at ${url} is no relay: it answers ${status}.`);
  const { error, errors = [error] } = parsed.data;
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new RelayRefusal(status, errors, Number.isFinite(retryAfter) ? retryAfter : null);
}

async function jsonIn(response: Response): Promise<unknown> {
  return response.json().catch(() => null);
}

function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer';
  if (error.name === 'TimeoutError') return 'no answer within 30 s';
  const source = error.cause instanceof Error ? error.cause : error;
  return codeOf(source) ?? source.name;
}
