// A collector of OpenTelemetry's as far as its front door: takes OTLP as JSON over HTTP on `/v1/traces`, and refuses what the
// protocol does not allow. What it took can be asked for span by span.
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { listen } from '../support/listen.ts';

const attribute = z.strictObject({
  key: z.string().min(1),
  value: z.union([
    z.strictObject({ stringValue: z.string() }),
    z.strictObject({ boolValue: z.boolean() }),
    z.strictObject({ intValue: z.union([z.number().int(), z.string().regex(/^-?\d+$/)]) }),
    z.strictObject({ doubleValue: z.number() }),
    z.strictObject({ arrayValue: z.object({}) }),
  ]),
});
const nanos = z.string().regex(/^\d{18,19}$/);
const span = z
  .strictObject({
    traceId: z.string().regex(/^(?!0{32})[0-9a-f]{32}$/),
    spanId: z.string().regex(/^(?!0{16})[0-9a-f]{16}$/),
    parentSpanId: z
      .string()
      .regex(/^[0-9a-f]{16}$/)
      .optional(),
    traceState: z.string().optional(),
    name: z.string().min(1),
    kind: z.number().int().min(1).max(5),
    startTimeUnixNano: nanos,
    endTimeUnixNano: nanos,
    attributes: z.array(attribute),
    droppedAttributesCount: z.number(),
    events: z.array(
      z.strictObject({
        name: z.string().min(1),
        timeUnixNano: nanos,
        attributes: z.array(attribute),
        droppedAttributesCount: z.number(),
      }),
    ),
    droppedEventsCount: z.number(),
    status: z.strictObject({ code: z.number().int().min(0).max(2), message: z.string().optional() }),
    links: z.array(z.object({})),
    droppedLinksCount: z.number(),
    flags: z.number(),
  })
  .refine((one) => BigInt(one.endTimeUnixNano) >= BigInt(one.startTimeUnixNano));
const request = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes: z.array(attribute), droppedAttributesCount: z.number() }),
      scopeSpans: z.array(
        z.strictObject({
          scope: z.object({ name: z.string().min(1) }),
          spans: z.array(span),
          schemaUrl: z.string().optional(),
        }),
      ),
      schemaUrl: z.string().optional(),
    }),
  ),
});

export interface TakenSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parent: string | null;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly hasFailed: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly string[];
  readonly service: unknown;
}

export interface OtlpCollector {
  readonly endpoint: string;
  readonly spans: TakenSpan[];
  /** Why requests were refused. */
  readonly refused: string[];
  /** As they came. */
  readonly bodies: string[];
  /** What requests come to instead; null: nothing is ever answered. */
  answer: number | null;
  /** How many requests have come. */
  asked(count: number): Promise<void>;
}

export async function startCollector(): Promise<OtlpCollector> {
  let count = 0;
  const server = createServer((incoming, response) => {
    void text(incoming).then((body) => {
      count++;
      collector.bodies.push(body);
      take(incoming.url ?? '', incoming.method ?? '', incoming.headers['content-type'] ?? '', body, response);
      server.emit('asked');
    });
  });
  const take = (url: string, method: string, type: string, body: string, response: ServerResponse): void => {
    if (collector.answer === null) return;
    const refuse = (status: number, why: string): void => {
      collector.refused.push(why);
      response.writeHead(status, { 'content-type': 'application/json' }).end('{"message":"No, Ann."}');
    };
    if (collector.answer !== 200) return refuse(collector.answer, 'told to');
    if (url !== '/v1/traces') return refuse(404, url);
    if (method !== 'POST') return refuse(405, method);
    if (type !== 'application/json') return refuse(415, type);
    const parsed = request.safeParse(JSON.parse(body));
    if (!parsed.success) return refuse(400, z.prettifyError(parsed.error));
    for (const { resource, scopeSpans } of parsed.data.resourceSpans) {
      const service = plain(resource.attributes)['service.name'];
      for (const one of scopeSpans.flatMap(({ spans }) => spans)) {
        collector.spans.push({
          traceId: one.traceId,
          spanId: one.spanId,
          parent: one.parentSpanId ?? null,
          name: one.name,
          from: Number(BigInt(one.startTimeUnixNano) / 1_000_000n),
          to: Number(BigInt(one.endTimeUnixNano) / 1_000_000n),
          hasFailed: one.status.code === 2,
          attributes: plain(one.attributes),
          events: one.events.map(({ name }) => name),
          service,
        });
      }
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"partialSuccess":{}}');
  };
  const collector: OtlpCollector = {
    endpoint: '',
    spans: [],
    refused: [],
    bodies: [],
    answer: 200,
    asked: async (wanted) => {
      while (count < wanted) await once(server, 'asked');
    },
  };
  const port = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(collector, { endpoint: `http://127.0.0.1:${port}` });
}

function plain(attributes: readonly z.infer<typeof attribute>[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
