// The calls' API as the tools use it: bodies, queries and problems are those of docs/api.md. The relay answers in its own
// process; `patchcord mcp` asks a running relay over HTTP.
import { z } from 'zod';

const lineSchema = z.looseObject({
  at: z.string(),
  who: z.string(),
  said: z.string(),
  /** Of the agent's lines; null: nobody knows. */
  heard: z.string().nullable().optional(),
  outcome: z.string().nullable().optional(),
});

/** A call as the API shows it, checked as far as the tools read it: a relay of another version may send more. */
export const toldCallSchema = z.looseObject({
  id: z.string(),
  stage: z.string(),
  endReason: z.string().nullable(),
  isSettled: z.boolean(),
  position: z.number(),
  transcript: z.array(lineSchema),
});

export const toldPageSchema = z.looseObject({ calls: z.array(z.looseObject({ id: z.string() })) });

export type ToldCall = z.infer<typeof toldCallSchema>;
export type ToldLine = z.infer<typeof lineSchema>;
export type ToldPage = z.infer<typeof toldPageSchema>;

export interface ToldProblem {
  /** As docs/api.md lists them. */
  readonly code: string;
  readonly message: string;
  readonly field?: string;
  readonly retryAfterS?: number;
}

export type Told<T> =
  | { readonly is: 'right'; readonly value: T }
  | { readonly is: 'wrong'; readonly problems: readonly ToldProblem[] };

/** Rejects only on a bug, or with a StoreError while the relay's store is away. */
export interface Telephone {
  /** The same `key` is the same call. */
  place(body: object, key: string | null): Promise<Told<{ readonly call: ToldCall }>>;
  /** Waits up to `wait` seconds for something that happened after `since`; at most until `over` aborts. */
  view(
    callId: string,
    query: { readonly wait: number; readonly since?: number },
    over: AbortSignal,
  ): Promise<Told<ToldCall>>;
  list(query: object): Promise<Told<ToldPage>>;
  steer(callId: string, how: 'hangup' | 'say' | 'note', body: object): Promise<Told<object>>;
}
