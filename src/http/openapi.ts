// The OpenAPI 3.1 document, made from the schemas that check requests and that the tests check answers with: it cannot
// promise what the relay does not do. It holds no secret, so anyone may read it without a token.
import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject } from 'zod-openapi';
import { COOKIE } from './access.ts';
import { type ProblemCode, problemSchema, STATUS } from './problems.ts';

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

export interface ApiDescription {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  readonly paths: ApiPaths;
  /** Schemas that no path refers to. Others are named by their `id` in `meta`. */
  readonly schemas: Readonly<Record<string, z.ZodType>>;
}

export type ApiDocument = ReturnType<typeof createDocument>;

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

export function openApiDocument({ paths, schemas, ...info }: ApiDescription): ApiDocument {
  return createDocument(
    {
      openapi: '3.1.0',
      info,
      servers: [{ url: '/' }],
      security: [{ operatorToken: [] }, { session: [] }],
      paths: mapped(paths, (path, methods) =>
        mapped(methods, (method, operation) => completed(path, method, operation)),
      ),
      components: {
        schemas,
        securitySchemes: {
          operatorToken: { type: 'http', scheme: 'bearer', description: 'The OPERATOR_TOKEN.' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: COOKIE,
            description: 'Of a browser that signed in by `POST /session`; from pages of this server only.',
          },
        },
      },
    },
    {
      // `z.custom` stands for any JSON.
      allowEmptySchema: { custom: true },
      override: ({ jsonSchema }) => {
        // The format says it; the pattern would fill half a page.
        if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      },
    },
  );
}

/** Adds what follows from path and method: a name, the path's parameters, the body of problems, the missing token. */
function completed(path: string, method: string, operation: ZodOpenApiOperationObject) {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [name, z.string()]);
  const unauthorized: Answers =
    operation.security === undefined ? { 401: { description: 'The token is missing or wrong.' } } : {};
  return {
    operationId: operationId(path, method),
    ...operation,
    requestParams: {
      ...(inPath.length === 0 ? {} : { path: z.object(Object.fromEntries(inPath)) }),
      ...operation.requestParams,
    },
    responses: mapped({ ...unauthorized, ...operation.responses }, (status, answer) =>
      Number(status) >= 400 ? { content: json(problemSchema), ...answer } : answer,
    ),
  };
}

/** `GET /calls/{id}/events` is `getCallsByIdEvents`. */
function operationId(path: string, method: string): string {
  const words = path.replaceAll('{', 'by-').split(/[^a-zA-Z0-9]+/);
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function mapped<T, U>(
  from: Readonly<Record<string, T>>,
  map: (key: string, value: T) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, map(key, value)]));
}
