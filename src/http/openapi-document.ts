// The OpenAPI 3.1 document, made from the schemas that check requests and that the tests check answers with: it cannot
// promise what the relay does not do. It holds no secret, so anyone may read it without a token.
import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject } from 'zod-openapi';
import { COOKIE } from './access.ts';
import { type ApiPaths, json } from './openapi.ts';
import { problemSchema } from './problems.ts';

type Answers = ZodOpenApiOperationObject['responses'];

export interface ApiDescription {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  readonly paths: ApiPaths;
  /** Schemas that no path refers to. Others are named by their `id` in `meta`. */
  readonly schemas: Readonly<Record<string, z.ZodType>>;
}

export type ApiDocument = ReturnType<typeof createDocument>;

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
