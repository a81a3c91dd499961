// The relay's API of calls, as somebody at a terminal needs it. What it answers is read here, field by field, and only as
// far as it is shown: a relay of another version may tell more.
import { createParser } from 'eventsource-parser';
import { z } from 'zod';

const resultSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('answered'),
    value: z.unknown(),
    findings: z.array(
      z.object({
        pointer: z.string(),
        isSupported: z.boolean(),
        evidence: z.array(z.object({ line: z.number(), who: z.string(), text: z.string() })),
      }),
    ),
  }),
  z.object({ status: z.literal('not-reached'), why: z.string() }),
  z.object({ status: z.literal('failed'), problems: z.array(z.string()) }),
]);
const callSchema = z.object({ id: z.string(), result: resultSchema.nullable() });
const eventSchema = z.looseObject({ type: z.string(), at: z.iso.datetime().transform(Date.parse) });
const problemSchema = z.object({ code: z.string(), message: z.string(), field: z.string().optional() });
const refusalSchema = z.object({ error: problemSchema, errors: z.array(problemSchema).optional() });

export type ToldResult = z.infer<typeof resultSchema>;
export type ToldCall = z.infer<typeof callSchema>;
/** `at` is in milliseconds since the epoch; what else it holds goes by its type. */
export type ToldEvent = z.infer<typeof eventSchema>;
export type ToldProblem = z.infer<typeof problemSchema>;

/** The relay did not do what it was asked. */
export class RelayRefusal extends Error {
  readonly status: number;
  /** One at least, one a field. */
  readonly problems: readonly ToldProblem[];
  readonly retryAfterS: number | null;

  constructor(status: number, problems: readonly ToldProblem[], retryAfterS: number | null) {
    super(problems.map(({ message }) => message).join(' '));
    this.status = status;
    this.problems = problems;
    this.retryAfterS = retryAfterS;
  }
}

/** Nobody answered; or somebody who is no relay. */
export class RelayAway extends Error {}

export interface RelayApi {
  readonly url: string;
  /** Sent again where nothing was answered: with the same key it is the same call. */
  place(body: object, key: string): Promise<ToldCall>;
  view(callId: string): Promise<ToldCall>;
  hangUp(callId: string): Promise<void>;
  /** All that has happened in the call and happens, to its end. Goes on behind the last event where it is cut off. */
  events(callId: string, leaving: AbortSignal): AsyncGenerator<ToldEvent, void>;
}

const ANSWER_WITHIN_MS = 30_000;
/** Twice as long as the relay is ever silent, and more. */
const FEED_SILENT_MS = 45_000;
const RETRY_MS = 2_000;
/** So long a relay may be gone, as one that is started again. */
const AWAY_MS = 60_000;
const MOST_BUFFERED = 1_000_000;

/** Both methods and the feed reject with RelayRefusal or RelayAway. */
export function relayApi(url: string, token: string): RelayApi {
  const base = url.replace(/\/+$/, '');
  const headers = { authorization: `Bearer ${token}` };

  /** Redirects are not followed: what is behind them is not who was meant. */
  async function ask(path: string, init: RequestInit = {}): Promise<Response> {
    const signal = init.signal ?? AbortSignal.timeout(ANSWER_WITHIN_MS);
    const response = await fetch(base + path, { redirect: 'manual', ...init, signal }).catch((error) => {
      throw new RelayAway(`No relay answers at ${base} (${codeOf(error)}).`);
    });
    if (response.ok) return response;
    throw await refusalIn(response, base);
  }
  const post = (path: string, body: object, more: Record<string, string> = {}): Promise<Response> =>
    ask(path, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', ...more },
      body: JSON.stringify(body),
    });

  async function* feed(
    callId: string,
    lastId: string,
    leaving: AbortSignal,
  ): AsyncGenerator<{ id: string; event: ToldEvent | null; retryMs: number }, 'over' | 'cut'> {
    const silent = new AbortController();
    const signal = AbortSignal.any([leaving, silent.signal]);
    let timer = setTimeout(() => silent.abort(), FEED_SILENT_MS);
    try {
      const resumed = lastId === '' ? {} : { 'last-event-id': lastId };
      const response = await ask(`/calls/${callId}/events`, { headers: { ...headers, ...resumed }, signal });
      if (response.status === 204 || response.body === null) return 'over';
      const waiting: { id: string; event: ToldEvent | null; retryMs: number }[] = [];
      let retryMs = RETRY_MS;
      const parser = createParser({
        maxBufferSize: MOST_BUFFERED,
        onRetry: (ms) => (retryMs = ms),
        onEvent: ({ id = lastId, data }) => waiting.push({ id, event: eventIn(data), retryMs }),
      });
      const decoder = new TextDecoder();
      for await (const chunk of response.body) {
        clearTimeout(timer);
        timer = setTimeout(() => silent.abort(), FEED_SILENT_MS);
        parser.feed(decoder.decode(chunk, { stream: true }));
        yield* waiting.splice(0);
      }
      return 'cut';
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    url: base,
    async place(body, key) {
      const idempotency = { 'idempotency-key': key };
      const response = await post('/calls', body, idempotency).catch((error) => {
        if (error instanceof RelayAway) return post('/calls', body, idempotency);
        throw error;
      });
      return callSchema.parse(await response.json());
    },
    async view(callId) {
      const response = await ask(`/calls/${callId}`, { headers });
      return callSchema.parse(await response.json());
    },
    async hangUp(callId) {
      await post(`/calls/${callId}/hangup`, {});
    },
    async *events(callId, leaving) {
      let lastId = '';
      let retryMs = RETRY_MS;
      let heardAt = performance.now();
      while (!leaving.aborted) {
        try {
          for await (const told of feed(callId, lastId, leaving)) {
            ({ id: lastId, retryMs } = told);
            heardAt = performance.now();
            if (told.event === null) continue;
            yield told.event;
            if (told.event.type === 'call-settled') return;
          }
        } catch (error) {
          if (leaving.aborted) return;
          const isForGood = error instanceof RelayRefusal && error.status < 500;
          if (isForGood || performance.now() - heardAt > AWAY_MS) throw error;
        }
        await pause(retryMs, leaving);
      }
    },
  };
}
