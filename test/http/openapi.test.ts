import { Readable } from 'node:stream';
import { Ajv } from 'ajv';
import type { Router } from 'express';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CALL_PATHS, CALL_SCHEMAS } from '../../src/operator/calls-openapi.ts';
import { placeCallBody } from '../../src/operator/call-requests.ts';
import { type ApiPaths, json } from '../../src/http/openapi.ts';
import { openApiDocument } from '../../src/http/openapi-document.ts';
import { OPERATOR_PATHS } from '../../src/operator/operator-openapi.ts';
import { HUMAN } from '../operator/a-desk.ts';
import { anOperator, type Ask, DOCUMENT } from '../operator/an-operator.ts';

const OPERATIONS = operationsOf({ ...CALL_PATHS, ...OPERATOR_PATHS });
const isOpen = ({ security }: (typeof OPERATIONS)[number]): boolean => security?.length === 0;
const REMINDER = { to: '+15551234567', task: { prompt: 'Remind Ann.' } };
const STARTED = { type: 'call-started', from: '+15551234567', to: '+15550000001', sid: null } as const;
const ENDED = { type: 'call-ended', reason: 'caller-hung-up', durationMs: 5000 } as const;

/** A request for each operation that succeeds. */
const DONE: Readonly<Record<string, readonly [path: string, how?: Ask]>> = {
  'get /calls': ['/calls'],
  'post /calls': ['/calls', { method: 'POST', body: REMINDER }],
  'get /calls/{id}': ['/calls/live'],
  'delete /calls/{id}': ['/calls/erasable', { method: 'DELETE' }],
  'get /calls/{id}/events': ['/calls/over/events'],
  'get /events': ['/events', { method: 'HEAD' }],
  'get /calls/{id}/recording': ['/calls/over/recording'],
  'get /calls/{id}/recording/peaks': ['/calls/over/recording/peaks'],
  'get /insights': ['/insights?since=2026-11-01T00:00:00Z&until=2026-11-21T00:00:00Z'],
  'get /usage-today': ['/usage-today'],
  'post /calls/{id}/hangup': ['/calls/live/hangup', { method: 'POST' }],
  'post /calls/{id}/transfer': ['/calls/live/transfer', { method: 'POST', body: { to: HUMAN } }],
  'post /calls/{id}/say': ['/calls/live/say', { method: 'POST', body: { text: 'One moment.' } }],
  'post /calls/{id}/note': ['/calls/live/note', { method: 'POST', body: { text: 'A VIP.' } }],
  'get /health': ['/health'],
  'get /ready': ['/ready'],
  'get /metrics': ['/metrics'],
};

const operator = await anOperator({ whenDone: afterAll });
await operator.desk.happens('live', STARTED);
await operator.desk.happens('over', STARTED, ENDED);
await operator.desk.happens('erasable', STARTED, ENDED);
operator.desk.recordings.set('over', () => Readable.from([Buffer.from('RIFFWAVE')]));

describe('the OpenAPI document', () => {
  it('is open to everyone', async () => {
    const answer = await operator.ask('/openapi.json', { headers: { authorization: '' } });
    expect(answer.json).toEqual(JSON.parse(JSON.stringify(DOCUMENT)));
  });

  it('describes every route and no other', () => {
    expect(
      operationsOf(CALL_PATHS)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(routesOf(operator.calls));
  });

  it('has a request in this test for every operation', () => {
    expect(OPERATIONS.map(({ name }) => name).sort()).toEqual(Object.keys(DONE).sort());
  });

  it.each(Object.entries(DONE))('%s answers as described', async (_, [path, how]) => {
    // The operator checks the answer against the document.
    expect((await operator.ask(path, how)).status).toBeLessThan(300);
  });

  it.each(OPERATIONS.filter((one) => !isOpen(one)).map(({ method, path }) => [method, path]))(
    '%s %s needs the token, as described',
    async (method, path) => {
      const how = { method: method.toUpperCase(), headers: { authorization: '' } };
      expect((await operator.ask(path.replace('{id}', 'live'), how)).status).toBe(401);
    },
  );

  it.each(OPERATIONS.filter(isOpen).map(({ path }) => path))(
    '%s needs no token, as described',
    async (path) => {
      expect((await operator.ask(path, { headers: { authorization: '' } })).status).toBe(200);
    },
  );

  it('holds everything that it refers to', () => {
    const references = [...JSON.stringify(DOCUMENT).matchAll(/"\$ref":"([^"]+)"/g)].map(([, to]) => to);
    expect(references).toContain('#/components/schemas/Call');
    for (const reference of references) {
      const found = placeIn(DOCUMENT, reference?.split('/').slice(1) ?? []);
      expect([reference, found]).toEqual([reference, expect.any(Object)]);
    }
  });

  it('gives every operation a unique name', () => {
    const ids = [...JSON.stringify(DOCUMENT).matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
    expect(ids).toContain('getCallsByIdEvents');
    expect(new Set(ids).size).toBe(OPERATIONS.length);
  });

  it('accepts the requests that the route accepts', () => {
    const at = ['paths', '/calls', 'post', 'requestBody', 'content', 'application/json', 'schema'];
    const schema = placeIn(DOCUMENT, at);
    if (typeof schema !== 'object' || schema === null) throw new Error('no schema of a request');
    const fits = new Ajv({ strict: false, validateFormats: false }).compile(schema);
    expect(fits(REMINDER)).toBe(true);
    expect(fits({ ...REMINDER, to: '0555' })).toBe(false);
    expect(fits({ ...REMINDER, zeal: 1 })).toBe(false);
  });

  it('shows an example that the route accepts', async () => {
    const [example] = z.array(z.object({}).loose()).parse(placeCallBody.meta()?.['examples']);
    expect((await operator.ask('/calls', { method: 'POST', body: example })).status).toBe(202);
    expect(JSON.stringify(DOCUMENT)).toContain(JSON.stringify(example));
  });

  it('describes bodies of bytes', () => {
    const document = openApiDocument({
      title: 'x',
      version: '1',
      description: '',
      schemas: CALL_SCHEMAS,
      paths: {
        '/speech-to-text': {
          post: {
            tags: ['Engine'],
            summary: 'What was said',
            requestParams: {
              query: z.strictObject({ profile: z.string().default('default'), needed: z.string() }),
            },
            requestBody: { required: true, content: { 'audio/wav': {} } },
            responses: {
              200: { description: 'The words.', content: json(z.strictObject({ text: z.string() })) },
              503: { description: '`busy`' },
            },
          },
        },
      },
    });
    expect(document.paths).toEqual({
      '/speech-to-text': {
        post: {
          operationId: 'postSpeechToText',
          tags: ['Engine'],
          summary: 'What was said',
          parameters: [
            { name: 'profile', in: 'query', schema: { type: 'string', default: 'default' } },
            { name: 'needed', in: 'query', required: true, schema: { type: 'string' } },
          ],
          requestBody: { required: true, content: { 'audio/wav': {} } },
          responses: {
            200: {
              description: 'The words.',
              content: {
                'application/json': {
                  schema: {
                    type: 'object',
                    properties: { text: { type: 'string' } },
                    required: ['text'],
                    additionalProperties: false,
                  },
                },
              },
            },
            401: expect.anything(),
            503: {
              description: '`busy`',
              content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } },
            },
          },
        },
      },
    });
  });
});

function operationsOf(paths: ApiPaths) {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      name: `${method} ${path}`,
      method,
      path,
      security,
    })),
  );
}

function routesOf(router: Router): string[] {
  return router.stack
    .flatMap(({ route }) =>
      route === undefined
        ? []
        : [...new Set(route.stack.map(({ method }) => method))].map(
            (method) => `${method} ${route.path.replaceAll(/:(\w+)/g, '{$1}')}`,
          ),
    )
    .sort();
}

function placeIn(document: unknown, names: readonly string[]): unknown {
  return names.reduce<unknown>(
    (place, name) => (typeof place === 'object' && place !== null ? Reflect.get(place, name) : undefined),
    document,
  );
}
