// Schemas and answers that would stop a thread for seconds, and what the loop of this thread notices of them.
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/call/system-clock.ts';
import { makeResult } from '../../../src/outbound/outcome/make-result.ts';
import { ResultChecker } from '../../../src/outbound/outcome/result-checker.ts';
import type { ResultSchema } from '../../../src/outbound/outcome/schema-bounds.ts';
import { talk } from './some-talk.ts';

/** What these took on the main thread was 400 ms to minutes. */
const MOST_MS = 250;

/** Enough for what costs nothing, also on a busy machine. */
/** Long beside what a thread takes to start. */
const PATIENCE_MS = 3_000;
const impatient = { schemaMs: 60_000, callMs: 700 };

let checker = new ResultChecker(() => {});
afterEach(async () => {
  await checker.close();
  checker = new ResultChecker(() => {});
});

/** The longest time, in ms of this thread's own work, in which its loop did not turn while `work` was going on. */
async function blockedBy(work: () => Promise<unknown>): Promise<number> {
  let longestMs = 0;
  let { user, system } = process.threadCpuUsage();
  let onBeat = (): void => {};
  const beat = setInterval(() => {
    const now = process.threadCpuUsage();
    longestMs = Math.max(longestMs, (now.user - user + now.system - system) / 1000);
    ({ user, system } = now);
    onBeat();
  }, 5);
  await work();
  // What blocked the loop at the end of the work is seen at the next beat.
  await new Promise<void>((resolve) => (onBeat = resolve));
  clearInterval(beat);
  return longestMs;
}

const TEXT = { type: 'object', properties: { a: { type: 'string' } } } as const;
/** Two to the power of the number of letters. */
const PATTERN = { type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } } as const;
const TRAP = `{"result": {"a": "${'a'.repeat(60)}b"}}`;

function resultOf(schema: ResultSchema, answer: string, lines: readonly string[] = ['caller: Hello.']) {
  const transcript = talk(...lines);
  const ask = async (): Promise<string> => answer;
  return makeResult({
    schema,
    wantsSummary: false,
    transcript,
    checker,
    ask,
    timeoutMs: 60_000,
    clock: systemClock,
  });
}

/** Definitions that each name the next one twice. */
function laughing(): ResultSchema {
  const $defs: Record<string, ResultSchema> = { a40: { type: 'null' } };
  for (let at = 0; at < 40; at++) {
    const $ref = `#/$defs/a${at + 1}`;
    $defs[`a${at}`] = { allOf: [{ $ref }, { $ref }] };
  }
  return { type: 'object', properties: { a: { $ref: '#/$defs/a0' } }, $defs };
}

/** 13 KB of definitions that name each other. */
function tangled(): ResultSchema {
  const definition = (at: number): ResultSchema => ({
    type: 'object',
    description: 'x'.repeat(60),
    properties: Object.fromEntries(
      [0, 1].map((name) => [`p${name}`, { $ref: `#/$defs/d${(at * 7 + name * 13 + 1) % 90}` }]),
    ),
  });
  const $defs = Object.fromEntries(Array.from({ length: 90 }, (_, at) => [`d${at}`, definition(at)]));
  return { type: 'object', properties: { a: { $ref: '#/$defs/d0' } }, $defs };
}

describe('[C8] checking a result', () => {
  it.each([
    ['a pattern that takes years', PATTERN, TRAP],
    ['such a pattern and sixty objects', PATTERN, `${TRAP}\n`.repeat(60)],
    ['definitions that double forty times', laughing(), '{"result": {"a": 1}}'],
  ])('fails with a reason, and does not block the loop: %s', async (_, schema, answer) => {
    checker = new ResultChecker(() => {}, impatient);
    const blockedMs = await blockedBy(async () =>
      expect(await resultOf(schema, answer)).toMatchObject({
        is: 'failed',
        problems: [expect.stringMatching(/too much time/)],
      }),
    );
    expect(blockedMs).toBeLessThan(MOST_MS);
  });

  it('compiles a tangle of definitions six times without blocking the loop', async () => {
    checker = new ResultChecker(() => {}, impatient);
    const schema = tangled();
    expect(JSON.stringify(schema).length).toBeGreaterThan(13_000);
    const blockedMs = await blockedBy(async () => {
      const problems = await Promise.all(Array.from({ length: 6 }, () => checker.problemWith(schema)));
      expect(problems).toEqual(Array.from({ length: 6 }, () => null));
    });
    expect(blockedMs).toBeLessThan(MOST_MS);
  });

  it.each([
    ['one', '1'.repeat(99)],
    ['one', '1'.repeat(1000)],
    ['and', 'andy1'],
    ['double', 'b1'],
    ['undundund', 'x 1'],
    ['word', 'a summary of these words '.repeat(40)],
  ])('finds no evidence among thousands of "%s", and does not block the loop', async (word, value) => {
    const lines = Array.from({ length: 40 }, () => `caller: ${`${word} `.repeat(800)}`);
    const blockedMs = await blockedBy(async () =>
      expect(await resultOf(TEXT, JSON.stringify({ result: { a: value } }), lines)).toMatchObject({
        is: 'answered',
        findings: [{ isSupported: false }],
      }),
    );
    expect(blockedMs).toBeLessThan(MOST_MS);
  });

  it('runs what waits behind a costly task in another thread', async () => {
    checker = new ResultChecker(() => {}, impatient);
    const costly = resultOf(PATTERN, TRAP);
    const others = [TEXT, PATTERN].map((schema) =>
      resultOf(schema, '{"result": {"a": "aa"}}', ['caller: A A.']),
    );
    expect(await costly).toMatchObject({ is: 'failed' });
    for (const other of others)
      expect(await other).toMatchObject({ is: 'answered', findings: [{ isSupported: true }] });
  });

  it('counts the time of all answers of a call together', async () => {
    checker = new ResultChecker(() => {}, { ...impatient, callMs: PATIENCE_MS });
    const checks = checker.forCall(PATTERN, talk('caller: Hello.'));
    expect(await checks.read(TRAP)).toEqual({ is: 'too-costly' });
    const startedAt = performance.now();
    expect(await checks.read(TRAP)).toEqual({ is: 'too-costly' });
    // Nothing is left of it; a budget of its own would last as long again.
    expect(performance.now() - startedAt).toBeLessThan(PATIENCE_MS);
    // Another call has its own.
    expect(await checker.problemWith(TEXT)).toBeNull();
  });

  it('never resolves what close finds under way: the next process settles it', async () => {
    let hasResolved = false;
    void resultOf(PATTERN, TRAP).then(() => (hasResolved = true));
    expect(await checker.problemWith(TEXT)).toBeNull();
    await checker.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(hasResolved).toBe(false);
  });
});
