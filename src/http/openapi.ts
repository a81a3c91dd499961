// The OpenAPI 3.1 document, made from the schemas that check requests and that tests check answers with, so that it cannot
// say anything else than what is done. Nothing in it is secret: who has no token may read it.
import { z } from 'zod';
import { problemSchema } from './problems.ts';

/** One method of one path. */
export interface ApiPath {
  /** As `/calls/{id}`. */
  readonly path: string;
  readonly method: 'get' | 'post' | 'delete';
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly request?: ApiBody;
  /** By status. Those that say what is wrong (400 and up) have the one body for it and need no schema. */
  readonly responses: Readonly<Record<number, ApiAnswer>>;
  /** Answered to everybody. */
  readonly isOpen?: boolean;
}

export interface ApiBody {
  /** application/json, where nothing else is said. */
  readonly contentType?: string;
  /** Left out where it is no JSON, but bytes. */
  readonly schema?: z.ZodType;
  readonly isOptional?: boolean;
}

export interface ApiAnswer {
  readonly description: string;
  readonly contentType?: string;
  /** Left out where there is no body (and no content type), or no JSON. */
  readonly schema?: z.ZodType;
  /** What each header says. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiDocument {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  readonly paths: readonly ApiPath[];
  /** What has a name of its own in the document. */
  readonly named: Readonly<Record<string, z.ZodType>>;
}

/** JSON of any kind is `{}`; and an instant is known by its format, not by a pattern of half a page. */
const SIMPLY: z.core.ToJSONSchemaParams = {
  unrepresentable: 'any',
  override: ({ jsonSchema }) => {
    if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  },
};

type Json = Readonly<Record<string, unknown>>;

const PROBLEM = 'Problem';
const UNAUTHORIZED: ApiAnswer = { description: 'No token, or not the right one.' };

export function openApiDocument({ title, version, description, paths, named }: ApiDocument): Json {
  const schemas = new Schemas({ ...named, [PROBLEM]: problemSchema });
  const byPath: Record<string, Record<string, Json>> = {};
  for (const one of paths) (byPath[one.path] ??= {})[one.method] = operation(one, schemas);
  return {
    openapi: '3.1.0',
    info: { title, version, description },
    servers: [{ url: '/' }],
    security: [{ operatorToken: [] }],
    paths: byPath,
    components: {
      schemas: schemas.all(),
      securitySchemes: {
        operatorToken: { type: 'http', scheme: 'bearer', description: 'The OPERATOR_TOKEN.' },
      },
    },
  };
}

function operation(api: ApiPath, schemas: Schemas): Json {
  const { method, path, tag, summary, description, query, headers, request, responses, isOpen } = api;
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    })),
    ...(query === undefined ? [] : schemas.parameters('query', query)),
    ...(headers === undefined ? [] : schemas.parameters('header', headers)),
  ];
  const answers = isOpen === true ? responses : { 401: UNAUTHORIZED, ...responses };
  return {
    operationId: operationId(method, path),
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(isOpen === true ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(request === undefined
      ? {}
      : {
          requestBody: { required: request.isOptional !== true, content: schemas.content(request, 'input') },
        }),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, answer]) => [status, response(Number(status), answer, schemas)]),
    ),
  };
}

function response(status: number, answer: ApiAnswer, schemas: Schemas): Json {
  const { description, headers = {} } = answer;
  const content =
    status >= 400 && answer.schema === undefined && answer.contentType === undefined
      ? schemas.content({ schema: problemSchema }, 'output')
      : schemas.content(answer, 'output');
  return {
    description,
    ...(Object.keys(headers).length === 0
      ? {}
      : {
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, says]) => [
              name,
              { description: says, schema: { type: 'string' } },
            ]),
          ),
        }),
    ...(content === null ? {} : { content }),
  };
}

/** `GET /calls/{id}/events` is `getCallsByIdEvents`. */
function operationId(method: string, path: string): string {
  const words = path.replaceAll('{', 'by-').split(/[^a-zA-Z0-9]+/);
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** JSON Schemas of zod's, where what has a name is referred to by it. */
class Schemas {
  readonly #named = z.registry<{ id: string }>();

  constructor(named: Readonly<Record<string, z.ZodType>>) {
    for (const [id, schema] of Object.entries(named)) this.#named.add(schema, { id });
  }

  all(): Json {
    const { schemas } = z.toJSONSchema(this.#named, {
      io: 'output',
      ...SIMPLY,
      uri: referenceTo,
    });
    return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, bare(schema)]));
  }

  content({ contentType, schema }: ApiBody, io: 'input' | 'output'): Json | null {
    if (schema !== undefined)
      return { [contentType ?? 'application/json']: { schema: this.#made(schema, io) } };
    // Bytes, or text of a form of its own: of those OpenAPI 3.1 says nothing more.
    return contentType === undefined ? null : { [contentType]: {} };
  }

  parameters(where: 'query' | 'header', object: z.ZodObject): Json[] {
    const { properties = {}, required = [] } = z.toJSONSchema(object, { io: 'input', ...SIMPLY });
    return Object.entries(properties).map(([name, property]) => {
      const { description, ...schema } = typeof property === 'object' ? property : {};
      return {
        name,
        in: where,
        required: required.includes(name),
        ...(description === undefined ? {} : { description }),
        schema,
      };
    });
  }

  #made(schema: z.ZodType, io: 'input' | 'output'): Json {
    const name = this.#named.get(schema);
    if (name !== undefined) return { $ref: referenceTo(name.id) };
    return bare(z.toJSONSchema(schema, { io, ...SIMPLY }));
  }
}

function referenceTo(id: string): string {
  return `#/components/schemas/${id}`;
}

/** The document says itself which dialect it is written in, and where each schema stands. */
function bare({ $schema: _dialect, $id: _place, ...schema }: z.core.JSONSchema.BaseSchema): Json {
  return schema;
}
