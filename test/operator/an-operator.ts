// An operator's HTTP client. It checks every answer against the OpenAPI document: the status must be described, and the body
// must fit its schema.
import { createServer } from 'node:http';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import express from 'express';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { callAnswers } from '../../src/operator/call-answers.ts';
import { mcpRoutes } from '../../src/mcp/mcp-routes.ts';
import { CALL_PATHS, CALL_SCHEMAS } from '../../src/operator/calls-openapi.ts';
import { callsRoutes } from '../../src/operator/calls-routes.ts';
import { docsRoutes } from '../../src/http/docs.ts';
import { accessCheck, operatorOnly } from '../../src/http/access.ts';
import { guardedAnswers, lastResort, nothingHere } from '../../src/http/headers.ts';
import { createMetrics } from '../../src/operator/telemetry/metrics.ts';
import { type ApiDocument, openApiDocument } from '../../src/http/openapi-document.ts';
import { OPERATOR_PATHS } from '../../src/operator/operator-openapi.ts';
import { healthRoutes, metricsRoute } from '../../src/operator/health-routes.ts';
import { chooseStore } from '../../src/store/choose-store.ts';
import { SteppedClock } from '../support/clock.ts';
import { listen } from '../support/listen.ts';
import { Desk } from './a-desk.ts';

export const TOKEN = 'open sesame';
export const PUBLIC_URL = 'https://relay.example';

const described = z.record(
  z.string(),
  z.record(
    z.string(),
    z.object({
      responses: z.record(z.string(), z.object({ content: z.record(z.string(), z.object()).optional() })),
    }),
  ),
);

export const DOCUMENT: ApiDocument = openApiDocument({
  title: 'Patchcord',
  version: '0',
  description: '',
  paths: { ...CALL_PATHS, ...OPERATOR_PATHS },
  schemas: CALL_SCHEMAS,
});
const PATHS = described.parse(DOCUMENT.paths);
// zod writes nothing for our schemas that is new in JSON Schema 2020-12.
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(DOCUMENT, 'api', false, false);

interface Stage {
  readonly whenDone?: (letGo: () => Promise<void>) => void;
}

export interface Ask {
  readonly method?: string;
  /** JSON, unless it is a text. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** undefined if the body is not JSON. */
  readonly json: unknown;
}

/** `whenDone` receives the cleanup; pass `afterAll` to share the operator across a file. */
export async function anOperator({ whenDone = onTestFinished }: Stage = {}) {
  const store = chooseStore('sqlite::memory:');
  const desk = new Desk(store);
  const clock = new SteppedClock();
  const closing = new AbortController();
  const bugs: unknown[] = [];
  const onBug = (error: unknown): void => void bugs.push(error);
  const answers = callAnswers({ control: desk, clock });
  const common = { clock, closing: closing.signal, onBug };
  const calls = callsRoutes({ ...common, control: desk, answers });
  const mcp = mcpRoutes({ ...common, telephone: answers, publicUrl: PUBLIC_URL });
  const metrics = createMetrics(() => 0);
  const health = healthRoutes(async () => ({ reasons: [], warnings: [] }));
  const app = express()
    .disable('x-powered-by')
    .use(
      guardedAnswers,
      health,
      docsRoutes(async () => DOCUMENT),
      operatorOnly(accessCheck({ token: async () => TOKEN, clock, publicUrl: '' })),
    )
    .use(calls, mcp, metricsRoute(metrics), nothingHere, lastResort(onBug));
  const server = createServer(app);
  const port = await listen(server);
  whenDone(async () => {
    server.closeAllConnections();
    server.close();
    await store.close();
  });
  const url = `http://127.0.0.1:${port}`;
  const bearer = { authorization: `Bearer ${TOKEN}` };

  function request(path: string, { method = 'GET', body, headers, signal }: Ask): Promise<Response> {
    return fetch(url + path, {
      method,
      headers: {
        ...bearer,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** A request with a complete answer. */
  async function ask(path: string, how: Ask = {}): Promise<Answer> {
    const response = await request(path, how);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    const json: unknown = isJson ? JSON.parse(text) : undefined;
    checkAgainstDocument(how.method ?? 'GET', path, response, json);
    return { status: response.status, headers: response.headers, text, json };
  }

  /** A feed, read until it ends or the test is over. */
  async function watch(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Feed> {
    const leaving = new AbortController();
    const response = await request(path, { headers, signal: leaving.signal });
    checkAgainstDocument('GET', path, response, undefined);
    onTestFinished(() => leaving.abort());
    return new Feed(response, leaving);
  }

  return {
    ask,
    watch,
    post: (path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) =>
      ask(path, { method: 'POST', headers, ...(body === undefined ? {} : { body }) }),
    desk,
    clock,
    store,
    closing,
    bugs,
    calls,
    port,
    url,
  };
}

/** Reads server-sent events. */
export class Feed {
  readonly status: number;
  readonly headers: Headers;
  readonly comments: string[] = [];
  readonly #leaving: AbortController;
  readonly #events: EventSourceMessage[] = [];
  #wake: () => void = () => {};
  #isOver = false;
  /** Resolves with how the server ended the feed. */
  readonly ended: Promise<'ended' | 'broken'>;

  constructor(response: Response, leaving: AbortController) {
    this.status = response.status;
    this.headers = response.headers;
    this.#leaving = leaving;
    this.ended = this.#read(response);
  }

  /** The next event; null at the end. */
  async next(): Promise<EventSourceMessage | null> {
    while (this.#events.length === 0 && !this.#isOver)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    return this.#events.shift() ?? null;
  }

  async types(count: number): Promise<(string | undefined)[]> {
    const types: (string | undefined)[] = [];
    while (types.length < count) types.push((await this.next())?.event);
    return types;
  }

  leave(): void {
    this.#leaving.abort();
  }

  async #read(response: Response): Promise<'ended' | 'broken'> {
    const parser = createParser({
      onEvent: (event) => {
        this.#events.push(event);
        this.#wake();
      },
      onComment: (comment) => {
        this.comments.push(comment);
        this.#wake();
      },
    });
    try {
      for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()))
        parser.feed(chunk);
      return 'ended';
    } catch {
      return 'broken';
    } finally {
      this.#isOver = true;
      this.#wake();
    }
  }
}

function checkAgainstDocument(method: string, path: string, response: Response, json: unknown): void {
  const [bare = ''] = path.split('?');
  const known = Object.keys(PATHS).find((one) =>
    new RegExp(`^${one.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(bare),
  );
  const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
  if (known === undefined || PATHS[known]?.[verb] === undefined) return;
  const answer = PATHS[known][verb].responses[String(response.status)];
  if (answer === undefined) throw new Error(`${method} ${known}: ${response.status} is not described`);
  const [type = ''] = (response.headers.get('content-type') ?? '').split(';');
  const types = Object.keys(answer.content ?? {});
  if (!(types.length === 0 && type === '') && !types.includes(type))
    throw new Error(
      `${method} ${known}: ${response.status} as ${type || 'nothing'}, not as ${types.join(' or ')}`,
    );
  if (json === undefined) return;
  const where = ['paths', known, verb, 'responses', String(response.status), 'content', type, 'schema'];
  const pointer = where
    .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
    .join('/');
  const fits = ajv.getSchema(`api#/${pointer}`);
  if (fits === undefined) throw new Error(`${method} ${known}: no schema for ${response.status}`);
  if (fits(json) !== true) throw new Error(`${method} ${known}: ${ajv.errorsText(fits.errors)}`);
}
