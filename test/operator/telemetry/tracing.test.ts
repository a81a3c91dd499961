import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CallEvent, CallEventBody } from '../../../src/call/call.ts';
import { LIST_PRICES } from '../../../src/call/prices.ts';
import { CallSpans, TraceIds } from '../../../src/operator/telemetry/call-spans.ts';
import { startTracing } from '../../../src/operator/telemetry/tracing.ts';
import { runCommand } from '../../support/command.ts';
import { startCollector, type TakenSpan } from '../otlp-collector.ts';
import { TracerProvider } from '@opentelemetry/sdk-trace';

const EPOCH = 1_790_000_000_000;
type Told = readonly [at: number, body: CallEventBody];

const eventOf = (callId: string, [at, body]: Told): CallEvent => ({ callId, at: EPOCH + at, ...body });

/** What a collector has of these calls once the relay is closed. */
async function traced(calls: Readonly<Record<string, readonly Told[]>>) {
  const collector = await startCollector();
  const lines: string[] = [];
  const tracing = await startTracing(collector.endpoint, {
    prices: LIST_PRICES,
    log: (line) => lines.push(line),
  });
  for (const [callId, events] of Object.entries(calls))
    for (const event of events) tracing.take(eventOf(callId, event));
  await tracing.close();
  expect(collector.refused).toEqual([]);
  expect(lines).toEqual([]);
  return collector;
}

/** As lines: name, from, to, and whether it failed, indented below what it is part of. */
function tree(spans: readonly TakenSpan[], parent: string | null = null, depth = 0): string[] {
  return spans
    .filter((span) => span.parent === parent)
    .toSorted((one, other) => one.from - other.from || one.to - other.to)
    .flatMap((span) => [
      `${'  '.repeat(depth)}${span.name} ${span.from - EPOCH} ${span.to - EPOCH}${span.hasFailed ? ' failed' : ''}`,
      ...tree(spans, span.spanId, depth + 1),
    ]);
}

const started = { type: 'call-started', from: '+15550001', to: '+15550002', sid: null } as const;
const connected = { type: 'line-connected', streamId: 'MZ1' } as const;
const stopped = { type: 'caller-stopped-speaking' } as const;
const said = { type: 'caller-said', utteranceId: 'u1', transcript: 'Hi.' } as const;
const turn = (turnId: number, text = 'Hi.') => ({ type: 'turn-started', turnId, text }) as const;
const firstWord = (turnId: number) => ({ type: 'agent-began-replying', turnId }) as const;
const asked = (turnId: number | null) => ({ type: 'segment-asked', turnId, text: 'Yes.' }) as const;
const began = (turnId: number) => ({ type: 'reply-began', turnId }) as const;
const heard = (turnId: number) => ({ type: 'reply-heard', turnId }) as const;
const finished = (
  turnId: number,
  outcome: 'done' | 'failed' | 'interrupted' = 'done',
  failure: string | null = null,
) => ({ type: 'turn-finished', turnId, outcome, said: 'Yes.', heard: 'Yes.', failure }) as const;
const ended = (reason: 'caller-hung-up' | 'bug' = 'caller-hung-up') =>
  ({ type: 'call-ended', reason, durationMs: 9000 }) as const;

describe('a call', () => {
  it('is one trace with a span per turn and stage, at the times of its events', async () => {
    const { spans } = await traced({
      CA1: [
        [0, started],
        [500, connected],
        [1000, stopped],
        [1250, said],
        [1251, turn(1)],
        [2000, firstWord(1)],
        [2100, asked(1)],
        [2200, asked(1)],
        [2400, began(1)],
        [2520, heard(1)],
        [4000, finished(1)],
        [4100, turn(2, '')],
        [4900, finished(2, 'interrupted')],
        [9000, ended()],
        [9001, said],
      ],
    });
    expect(tree(spans)).toEqual([
      'call 0 9000',
      '  connect 0 500',
      '  turn 1000 4000',
      '    transcript 1000 1250',
      '    agent 1250 2000',
      '    sentence 2000 2100',
      '    voice 2100 2400',
      '    playout 2400 4000',
      '  turn 4100 4900',
      '    agent 4100 4900',
    ]);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    const [call] = spans.filter(({ name }) => name === 'call');
    expect(call).toMatchObject({
      service: 'patchcord',
      attributes: {
        'patchcord.call.id': 'CA1',
        'patchcord.call.direction': 'in',
        'patchcord.call.end_reason': 'caller-hung-up',
        'patchcord.cost_usd.carrier': 0.0129,
      },
      events: ['line-connected'],
    });
    const turns = spans.filter(({ name }) => name === 'turn');
    expect(turns.map(({ attributes }) => attributes)).toEqual(
      expect.arrayContaining([
        { 'patchcord.turn.id': 1, 'patchcord.turn.outcome': 'done' },
        { 'patchcord.turn.id': 2, 'patchcord.turn.outcome': 'interrupted' },
      ]),
    );
  });

  it('has stages before the answer if it is outbound', async () => {
    const { spans } = await traced({
      out1: [
        [0, { type: 'call-queued', from: '+1', to: '+2', profile: 'p' }],
        [1000, { type: 'call-dialled' }],
        [1200, { type: 'call-placed', sid: 'CA1' }],
        [2000, { type: 'call-rang' }],
        [2100, started],
        [7000, { type: 'call-answered' }],
        [7300, connected],
        [9000, ended()],
      ],
    });
    expect(tree(spans)).toEqual([
      'call 0 9000',
      '  queue 0 1000',
      '  dial 1000 2000',
      '  ring 2000 7000',
      '  connect 7000 7300',
    ]);
    expect(spans.find(({ name }) => name === 'call')?.attributes).toMatchObject({
      'patchcord.call.direction': 'out',
    });
  });

  it('[T8] shows which stage of a turn failed, and how', async () => {
    const { spans } = await traced({
      CA1: [
        [0, started],
        [1000, turn(1)],
        [21_000, { type: 'line-spoken', line: 'apology', text: 'Sorry.' }],
        [21_000, asked(null)],
        [23_000, finished(1, 'failed', 'timeout: no text in time')],
        [24_000, turn(2)],
        [24_500, finished(2, 'failed', 'Ann said: no')],
        [25_000, { type: 'bug-found', stack: 'Error' }],
        [25_000, ended('bug')],
      ],
    });
    expect(tree(spans)).toEqual([
      'call 0 25000 failed',
      '  connect 0 25000',
      '  turn 1000 23000 failed',
      '    agent 1000 21000 failed',
      '    apology 21000 23000',
      '  turn 24000 24500 failed',
      '    agent 24000 24500 failed',
    ]);
    const kinds = spans
      .filter(({ name }) => name === 'turn')
      .map(({ attributes }) => attributes['error.type']);
    expect(new Set(kinds)).toEqual(new Set(['other', 'timeout']));
  });

  it('ends an unfinished turn with the next one, or with the call', async () => {
    const { spans } = await traced({
      CA1: [
        [0, started],
        [0, connected],
        [1000, turn(1)],
        [2000, firstWord(1)],
        [3000, turn(2)],
        [3100, began(1)],
        [4000, ended()],
      ],
      CA2: [
        [0, started],
        [0, connected],
        [700, { type: 'reply-held' }],
      ],
    });
    const [one, two] = Map.groupBy(spans, ({ traceId }) => traceId).values();
    expect(new Set([tree(one ?? []).join('|'), tree(two ?? []).join('|')])).toEqual(
      new Set([
        'call 0 4000|  connect 0 0|  turn 1000 3000|    agent 1000 2000|    sentence 2000 3000|  turn 3000 4000|    agent 3000 4000',
        // Of a call that goes on when the relay is closed.
        'call 0 700|  connect 0 0',
      ]),
    );
  });

  it('[R2] stays one trace when another process resumes it', async () => {
    const first = await traced({
      CA1: [
        [0, started],
        [100, ended()],
      ],
    });
    const second = await traced({
      CA1: [
        [200, started],
        [200, { type: 'call-taken-up', wasLost: true }],
        [300, ended()],
      ],
      CA2: [
        [200, started],
        [300, ended()],
      ],
    });
    const traces = (spans: readonly TakenSpan[], callId: string) =>
      spans
        .filter(({ attributes }) => attributes['patchcord.call.id'] === callId)
        .map(({ traceId }) => traceId);
    expect(traces(second.spans, 'CA1')).toEqual(traces(first.spans, 'CA1'));
    expect(traces(second.spans, 'CA2')).not.toEqual(traces(first.spans, 'CA1'));
    expect(second.spans.find(({ events }) => events.includes('call-taken-up'))).toBeDefined();
  });

  it('[E4] is forgotten once it has ended, whatever comes late; the number of followed calls is bounded', () => {
    const ids = new TraceIds();
    const spans = new CallSpans(new TracerProvider({ idGenerator: ids }).getTracer('test'), ids, LIST_PRICES);
    spans.take(eventOf('CA1', [0, connected]));
    expect(spans.size).toBe(0);
    spans.take(eventOf('CA1', [0, started]));
    expect(spans.size).toBe(1);
    spans.take(eventOf('CA1', [10, ended()]));
    spans.take(eventOf('CA1', [20, turn(1)]));
    expect(spans.size).toBe(0);
    for (let nth = 0; nth < 10_050; nth++) spans.take(eventOf(`CA${nth}`, [nth, started]));
    expect(spans.size).toBe(10_000);
  });
});

it('puts no words and no phone numbers into a trace', async () => {
  const secret = 'Ann+15559999';
  const every: CallEventBody[] = [
    { type: 'call-queued', from: secret, to: secret, profile: secret },
    { type: 'call-dialled' },
    { type: 'call-placed', sid: secret },
    { type: 'call-rang' },
    { type: 'call-answered' },
    { type: 'screener-heard' },
    { type: 'call-started', from: secret, to: secret, sid: null },
    { type: 'call-taken-up', wasLost: false },
    { type: 'line-connected', streamId: secret },
    { type: 'line-lost' },
    { type: 'speech-ready' },
    { type: 'speech-away', reason: secret },
    { type: 'speech-lost', reason: secret },
    { type: 'caller-began-speaking' },
    { type: 'caller-stopped-speaking' },
    { type: 'caller-said', utteranceId: secret, transcript: secret },
    { type: 'digits-pressed', digits: secret },
    { type: 'transfer-began', to: secret },
    { type: 'transfer-failed', why: 'busy' },
    { type: 'digits-sent', digits: secret },
    { type: 'line-spoken', line: 'filler', text: secret },
    { type: 'operator-said', text: secret },
    { type: 'operator-noted', text: secret },
    { type: 'turn-started', turnId: 1, text: secret },
    { type: 'agent-began-replying', turnId: 1 },
    { type: 'segment-asked', turnId: 1, text: secret },
    { type: 'reply-began', turnId: 1 },
    { type: 'reply-heard', turnId: 1 },
    { type: 'reply-held' },
    { type: 'reply-resumed' },
    {
      type: 'turn-finished',
      turnId: 1,
      outcome: 'failed',
      said: secret,
      heard: secret,
      failure: `refused: ${secret}`,
    },
    { type: 'spoken-otherwise', wanted: secret, spoken: secret },
    { type: 'input-refused', kind: 'stream-slow', detail: secret },
    { type: 'bug-found', stack: secret },
    { type: 'call-ended', reason: 'bug', durationMs: 1 },
  ];
  const { bodies, spans } = await traced({ CA1: every.map((body, nth) => [nth, body]) });
  expect(spans.find(({ name }) => name === 'call')?.events.length).toBeGreaterThan(15);
  expect(bodies.join()).toContain('refused');
  expect(bodies.join()).not.toContain('Ann');
  expect(bodies.join()).not.toContain('1555');
});

describe('a collector', () => {
  it('that refuses is logged once until it accepts again, by status only', async () => {
    const collector = await startCollector();
    const lines: string[] = [];
    const tracing = await startTracing(collector.endpoint, {
      prices: LIST_PRICES,
      log: (line) => lines.push(line),
    });
    for (const [nth, status] of [400, 400, 200, 400].entries()) {
      collector.answer = status;
      // As many spans as are sent without waiting for more.
      for (let call = 0; call < 256; call++) {
        tracing.take(eventOf(`CA${call}`, [0, started]));
        tracing.take(eventOf(`CA${call}`, [1, ended()]));
      }
      await collector.asked(nth + 1);
    }
    await tracing.close();
    expect(lines).toEqual([
      'OTEL_EXPORTER_OTLP_ENDPOINT does not take traces (400)',
      'OTEL_EXPORTER_OTLP_ENDPOINT does not take traces (400)',
    ]);
  });

  it('that is unreachable or silent delays the close by at most two seconds', async () => {
    const collector = await startCollector();
    collector.answer = null;
    const closed = [collector.endpoint, 'http://127.0.0.1:9'].map(async (endpoint) => {
      const tracing = await startTracing(endpoint, { prices: LIST_PRICES, log: () => {} });
      tracing.take(eventOf('CA1', [0, started]));
      tracing.take(eventOf('CA1', [1, ended()]));
      const since = performance.now();
      await tracing.close();
      return performance.now() - since;
    });
    expect(Math.max(...(await Promise.all(closed)))).toBeLessThan(2900);
  });
});

describe('OpenTelemetry', () => {
  /**
   * Runs a line of code in a process that writes down every module of OpenTelemetry's that is asked for. The words of its
   * API come with prom-client, whether we want them or not.
   */
  async function loadedBy(code: string): Promise<string[]> {
    const folder = await mkdtemp(join(tmpdir(), 'tracing-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const script = join(folder, 'run.mjs');
    const url = (file: string): string => JSON.stringify(pathToFileURL(resolve(file)).href);
    await writeFile(
      script,
      `import { registerHooks } from 'node:module';
      registerHooks({ resolve: (name, context, next) => {
        if (name.startsWith('@opentelemetry/') && !context.parentURL?.includes('/prom-client/')) console.log(name);
        return next(name, context);
      } });
      await import(${url('src/relay/relay.ts')});
      const { startTracing } = await import(${url('src/operator/telemetry/tracing.ts')});
      ${code}`,
    );
    const { out, errors, exitCode } = await runCommand(script, [], {}, folder);
    expect({ errors, exitCode }).toEqual({ errors: '', exitCode: 0 });
    return out.split('\n').filter((line) => line !== '');
  }

  it('is not loaded by a relay without traces', async () => {
    expect(await loadedBy('')).toEqual([]);
  });

  it('is loaded by a relay with traces', async () => {
    const loaded = await loadedBy("await startTracing('http://127.0.0.1:9', { log: () => {} });");
    expect(loaded).toContain('@opentelemetry/api');
    expect(loaded).toContain('@opentelemetry/exporter-trace-otlp-http');
  });
});
