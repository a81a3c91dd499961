// The words in which a route describes itself for the API's document (openapi-document.ts).
import type { z } from 'zod';
import type { ZodOpenApiOperationObject } from 'zod-openapi';
import { type ProblemCode, STATUS } from './problems.ts';

/**
 * By path, as `/calls/{id}`, then by method. `security: []` marks what needs no token. An answer from 400 up that has no
 * content is a Problem.
 */
export type ApiPaths = Readonly<
  Record<string, Readonly<Partial<Record<'get' | 'post' | 'delete', ZodOpenApiOperationObject>>>>
>;
type Answers = ZodOpenApiOperationObject['responses'];
type Meanings = Readonly<Partial<Record<ProblemCode, string>>>;

/** The codes that a client cannot understand by their name. */
const MEANINGS: Meanings = {
  bad_request: 'not JSON',
  call_live: 'the call has not ended, or its result is not there yet',
  call_over: 'the call has ended',
  idempotency_conflict: 'the same key came with another body',
  invalid_request: 'what is wrong, field by field',
  too_large: 'more than 128 KB of JSON, or 10 MB of audio',
  unavailable: 'the records cannot be reached now',
};

export function json(schema: z.ZodType) {
  return { 'application/json': { schema } };
}

export function answer(description: string, schema: z.ZodType) {
  return { description, content: json(schema) };
}

export function header(description: string) {
  return { description, schema: { type: 'string' } } as const;
}

/** The answers that carry these codes, by status. `meanings` replaces the usual ones. */
export function refusals(codes: readonly ProblemCode[], meanings: Meanings = {}): Answers {
  const said = (code: ProblemCode): string => {
    const meaning = meanings[code] ?? MEANINGS[code];
    return meaning === undefined ? `\`${code}\`` : `\`${code}\`: ${meaning}`;
  };
  const headers = { 'Retry-After': header('Seconds after which it is worth trying again.') };
  const byStatus = Map.groupBy(new Set(codes), (code) => STATUS[code]).entries();
  return Object.fromEntries(
    byStatus.map(([status, alike]) => [
      status,
      { description: alike.map(said).join('; '), ...(status === 429 ? { headers } : {}) },
    ]),
  );
}
