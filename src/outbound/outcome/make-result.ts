// The result of a call: asks its agent for JSON, at most twice, and compares each value with what was said. A value that nobody
// said stays, marked as unsupported: the receiver decides.
import type { CallResult } from '../../call/call-result.ts';
import type { TranscriptLine } from '../../call/transcript.ts';
import type { Clock } from '../../call/ports.ts';
import { onceMore, resultPrompt } from './result-prompt.ts';
import type { ResultChecker } from './result-checker.ts';
import type { Departure } from './result-schema.ts';
import type { ResultSchema } from './schema-bounds.ts';

export interface ResultParts {
  /** null: only a summary is wanted. */
  readonly schema: ResultSchema | null;
  readonly wantsSummary: boolean;
  readonly transcript: readonly TranscriptLine[];
  readonly checker: Pick<ResultChecker, 'forCall'>;
  /** Asks the same agent in the same conversation, in text; null if it gives no answer. */
  readonly ask: (prompt: string) => Promise<string | null>;
  /** For all attempts together. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

const MOST_ASKED = 2;
/** The value that comes beside a summary alone. */
const NOTHING: ResultSchema = { type: 'object' };
const TOO_COSTLY =
  'Checking the answer took too much time or memory: the schema, such as a pattern in it, may be too costly.';

/** Rejects only if `ask` does. */
export async function makeResult(parts: ResultParts): Promise<CallResult> {
  const { schema, wantsSummary, transcript, checker, ask, timeoutMs, clock } = parts;
  const checks = checker.forCall(schema ?? NOTHING, transcript);
  // Another version of the relay may have accepted it.
  if ((await checks.problem()) !== null) return failed('The schema cannot be checked against.');
  const prompt = resultPrompt({ schema, wantsSummary }, transcript);
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
      const reading = await checks.read(text.is);
      switch (reading.is) {
        case 'fits': {
          const { value, findings, summary } = reading;
          if (schema === null && summary === null) {
            departures = [];
            break;
          }
          const told = wantsSummary && summary !== null ? { summary } : {};
          return { is: 'answered', value: schema === null ? null : value, findings, ...told };
        }
        case 'departs':
          departures = reading.departures;
          break;
        case 'too-costly':
          return failed(TOO_COSTLY);
      }
    }
    if (departures === null) return failed('The agent gave no answer.');
    if (departures.length === 0) return failed('The agent answered without JSON.');
    // Without the place in the value: its names may be words of the call.
    return failed(...new Set(departures.map(({ rule }) => `The answer breaks the schema's ${rule}.`)));
  } finally {
    cancel();
  }
}

async function answerTo(ask: ResultParts['ask'], prompt: string): Promise<{ readonly is: string | null }> {
  return { is: await ask(prompt) };
}

function failed(...problems: string[]): CallResult {
  return { is: 'failed', problems };
}
