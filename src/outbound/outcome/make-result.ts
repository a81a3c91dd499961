// The result of a call: asks its agent for JSON, at most twice, and compares each value with what was said. A value that nobody
// said stays, marked as unsupported: the receiver decides.
import { setImmediate } from 'node:timers/promises';
import type { CallResult, Finding } from '../../call/call-result.ts';
import type { TranscriptLine } from '../../call/transcript.ts';
import type { Clock } from '../../call/ports.ts';
import { type AgentAnswer, answersIn } from './agent-answer.ts';
import { evidenceIn, leavesOf } from '../evidence/evidence.ts';
import { isClosedChoice } from './closed-choices.ts';
import { onceMore, resultPrompt } from './result-prompt.ts';
import { checkOf, type Departure, problemWithSchema, type ResultSchema } from './result-schema.ts';

export interface ResultParts {
  readonly schema: ResultSchema;
  readonly transcript: readonly TranscriptLine[];
  /** Asks the same agent in the same conversation, in text; null if it gives no answer. */
  readonly ask: (prompt: string) => Promise<string | null>;
  /** For all attempts together. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

const MOST_ASKED = 2;

/** Rejects only if `ask` does. */
export async function makeResult(parts: ResultParts): Promise<CallResult> {
  const { schema, transcript, ask, timeoutMs, clock } = parts;
  // Another version of the relay may have accepted it.
  if (problemWithSchema(schema) !== null) return failed('The schema cannot be checked against.');
  const departuresOf = checkOf(schema);
  const prompt = resultPrompt(schema, transcript);
  const timeout = Promise.withResolvers<'timeout'>();
  const cancel = clock.after(timeoutMs, () => timeout.resolve('timeout'));
  try {
    let departures: readonly Departure[] | null = null;
    for (let asked = 0; asked < MOST_ASKED; asked++) {
      const text = await Promise.race([answerTo(ask, onceMore(prompt, departures)), timeout.promise]);
      if (text === 'timeout') return failed('The agent took too long to answer.');
      if (text.is === null) {
        departures = null;
        continue;
      }
      const answers = answersIn(text.is);
      const fitting = answers.find(({ value }) => departuresOf(value).length === 0);
      if (fitting !== undefined) {
        return { is: 'answered', value: fitting.value, findings: await findingsFor(fitting, parts) };
      }
      const [likeliest] = answers;
      departures = likeliest === undefined ? [] : departuresOf(likeliest.value);
    }
    if (departures === null) return failed('The agent gave no answer.');
    if (departures.length === 0) return failed('The agent answered without JSON.');
    // Without the place in the value: its names may be words of the call.
    return failed(...new Set(departures.map(({ rule }) => `The answer breaks the schema's ${rule}.`)));
  } finally {
    cancel();
  }
}

/** One value at a time, so that audio flows in between. */
async function findingsFor(
  { value, named }: AgentAnswer,
  { schema, transcript }: ResultParts,
): Promise<readonly Finding[]> {
  const evidence = evidenceIn(transcript);
  const findings: Finding[] = [];
  for (const leaf of leavesOf(value)) {
    const isChoice = isClosedChoice(schema, leaf);
    findings.push(evidence.findingFor(leaf, named.get(leaf.pointer) ?? [], isChoice));
    await setImmediate();
  }
  return findings;
}

async function answerTo(ask: ResultParts['ask'], prompt: string): Promise<{ readonly is: string | null }> {
  return { is: await ask(prompt) };
}

function failed(...problems: string[]): CallResult {
  return { is: 'failed', problems };
}
