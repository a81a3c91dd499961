// What is put through, kind by kind. Each makes one input from chance, gives it to the code that takes it from outside, and says
// whether it was refused. Here are those to whose code no address leads.
import { setImmediate } from 'node:timers/promises';
import { Directives } from '../../src/call/directives.ts';
import { isRecord, parsedJson } from '../../src/call/json.ts';
import { ReplyLimit } from '../../src/call/reply-limit.ts';
import { Sentences } from '../../src/call/sentences.ts';
import type { TranscriptLine } from '../../src/call/transcript.ts';
import type { ResultChecker } from '../../src/outbound/outcome/result-checker.ts';
import { resultPrompt } from '../../src/outbound/outcome/result-prompt.ts';
import type { ResultSchema } from '../../src/outbound/outcome/schema-bounds.ts';
import { type Chance, mutated } from './mutate.ts';
import { ODDLY, TEXTS, textOf } from './texts.ts';

export const INSIDE = ['agent deltas', 'schemas and answers', 'transcripts'] as const;

export interface Kind {
  /** At a time. */
  readonly together: number;
  /** True: it was refused. */
  readonly put: (chance: Chance) => Promise<boolean>;
}

/** One in so many schemas has a pattern that takes years, and its answer meets it: each costs the call's whole time in the thread. */
const COSTLY_ONE_IN = 500;

/** How many of them were refused. */
export async function putAll({ together, put }: Kind, inputs: number, chance: Chance): Promise<number> {
  let left = inputs;
  let refused = 0;
  const work = async (): Promise<void> => {
    while (left-- > 0) {
      if (await put(chance)) refused++;
      await setImmediate();
    }
  };
  await Promise.all(Array.from({ length: together }, work));
  return refused;
}

export function insideKinds(checker: ResultChecker): Readonly<Record<(typeof INSIDE)[number], Kind>> {
  return {
    'agent deltas': { together: 1, put: deltaTaker() },
    'schemas and answers': { together: 4, put: (chance) => putAnswer(checker, chance) },
    transcripts: { together: 4, put: (chance) => putTranscript(checker, chance) },
  };
}

/** As a turn takes what its agent writes. */
function deltaTaker(): Kind['put'] {
  let limit = new ReplyLimit();
  let directives = new Directives();
  let sentences = new Sentences();
  return async (chance) => {
    if (chance.below(40) === 0 || limit.isReached) {
      sentences.push(directives.end());
      sentences.end();
      limit = new ReplyLimit();
      directives = new Directives();
      sentences = new Sentences();
    }
    const delta = chance.below(500) === 0 ? chance.pick(TEXTS).repeat(chance.below(50_000)) : textOf(chance);
    const cut = limit.cut(delta);
    sentences.push(directives.push(cut));
    return cut.length < delta.length;
  };
}

async function putAnswer(checker: ResultChecker, chance: Chance): Promise<boolean> {
  const isCostly = chance.below(COSTLY_ONE_IN) === 0;
  const pattern = isCostly ? '^(a+)+$' : chance.pick(['^a*$', '(', '[0-9]+', '^(?:a|b)*$']);
  const whole = {
    type: 'object',
    properties: {
      a: { type: 'string', pattern },
      b: { type: 'array', items: { $ref: '#/$defs/c' } },
      c: { $ref: '#/$defs/c' },
    },
    $defs: { c: { anyOf: [{ enum: ['x', textOf(chance)] }, { type: 'null' }] } },
  };
  const wanted = parsedJson(
    String(chance.below(2) === 0 ? JSON.stringify(whole) : mutated(chance, whole, [], ODDLY)),
  );
  const schema: ResultSchema = isRecord(wanted) ? JSON.parse(JSON.stringify(wanted)) : {};
  const checks = checker.forCall(schema, linesOf(chance, 3));
  if ((await checks.problem()) !== null) return true;
  const value = { a: isCostly ? `${'a'.repeat(60)}b` : textOf(chance), b: ['x'], c: null };
  const answer = String(mutated(chance, { result: value, evidence: { '/a': [1] } }, [textOf(chance)], ODDLY));
  return (await checks.read(answer.repeat(1 + chance.below(60)))).is !== 'fits';
}

async function putTranscript(checker: ResultChecker, chance: Chance): Promise<boolean> {
  const schema = { type: 'object', properties: { a: {} } } as const;
  const lines = linesOf(chance, 1 + chance.below(30));
  resultPrompt({ schema, wantsSummary: chance.below(2) === 0 }, lines);
  const value = chance.pick<() => unknown>([
    () => textOf(chance),
    () => chance.below(10_000),
    () => '9:30',
    () => '2026-12-02T14:30',
    () => '+15551234567',
    () => '1'.repeat(chance.below(1000)),
  ])();
  const reading = await checker.forCall(schema, lines).read(JSON.stringify({ result: { a: value } }));
  return reading.is !== 'fits';
}

function linesOf(chance: Chance, many: number): TranscriptLine[] {
  return Array.from({ length: many }, (_, at) => {
    const said = textOf(chance);
    return chance.below(3) === 0
      ? { at: at * 1000, who: 'agent', turnId: at, said, heard: said, outcome: 'done' }
      : { at: at * 1000, who: 'caller', by: 'voice', said };
  });
}
