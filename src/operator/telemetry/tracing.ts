// OpenTelemetry traces, sent as OTLP over HTTP. OpenTelemetry loads only when this runs and nothing of it is global, so two
// relays in a process do not interfere. Only `close` waits for the collector; traces that it does not accept are lost.
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { systemClock } from '../../call/system-clock.ts';
import { within } from '../../call/waiting.ts';
import { codeOf } from '../../call/error-code.ts';
import type { CallEvent } from '../../call/call.ts';
import type { PriceTable } from '../../call/prices.ts';

const CLOSE_MS = 2000;
const MOST_WAITING = 4096;

export interface Tracing {
  /** A subscriber of CallEvents. */
  readonly take: (event: CallEvent) => void;
  /** Sends the waiting spans, within two seconds. Never rejects. */
  close(): Promise<void>;
}

export interface TracingParts {
  readonly prices: PriceTable;
  readonly log: (line: string) => void;
}

/**
 * Sends to `endpoint` plus `/v1/traces`. OpenTelemetry's own variables set headers and attributes
 * (`OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`).
 */
export async function startTracing(endpoint: string, { prices, log }: TracingParts): Promise<Tracing> {
  const [{ CallSpans, TraceIds }, { BatchSpanProcessor, TracerProvider }, { OTLPTraceExporter }, resources] =
    await Promise.all([
      import('./call-spans.ts'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
  const { defaultResource, detectResources, envDetector, resourceFromAttributes } = resources;
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  const ids = new TraceIds();
  const provider = new TracerProvider({
    idGenerator: ids,
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'patchcord' }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: sayingFailure(new OTLPTraceExporter({ url }), log),
        maxQueueSize: MOST_WAITING,
      }),
    ],
  });
  const spans = new CallSpans(provider.getTracer('patchcord'), ids, prices);
  return {
    take: spans.take,
    close: async () => {
      spans.close();
      await within(
        systemClock,
        CLOSE_MS,
        provider.shutdown().catch(() => {}),
        undefined,
      );
    },
  };
}

/** Logs the exporter's failures, which OpenTelemetry hides: the first one after each success. */
function sayingFailure(exporter: SpanExporter, log: (line: string) => void): SpanExporter {
  let isFailing = false;
  return {
    export: (spans, onResult) =>
      exporter.export(spans, (result) => {
        const hasFailed = result.error !== undefined || result.code !== 0;
        if (hasFailed && !isFailing)
          log(`OTEL_EXPORTER_OTLP_ENDPOINT does not take traces (${codeOf(result.error) ?? 'unreachable'})`);
        isFailing = hasFailed;
        onResult(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
