// What is said in every call of the bench, and how long the far ends take for their part. Every sentence of a caller
// names its line, so that the agent's side can tell the calls apart whatever design stands in between.
import { type Heard, type MindReply, tokensOf } from '../openai/mind.ts';

export const AGENT_ID = 'agent_bench';

/** One sentence's sound takes 20 ms a character, about a third of what a person would take for it. */
export function sentenceOf(line: number): string {
  return `This is line ${line}. Please tell me when you are open this week, and whether I can order on Sundays, too.`;
}

/** The line that such a sentence, anywhere in `text`, names. */
export function lineIn(text: string): number | null {
  const line = /This is line (\d+)\./.exec(text)?.[1];
  return line === undefined ? null : Number(line);
}

export const FIRST_SENTENCE = 'We are open from nine to six, Monday to Saturday.';

/** The floor says it by itself. */
export const REPLY = `${FIRST_SENTENCE} On Sundays the shop is closed, but you can order online. Shall I take an order for you now?`;

const FIRST_WORD_AFTER_MS = 250;
const PER_TOKEN_MS = 15;

/** About what the vendors' parts take. */
export const PARTS = {
  vadSilenceMs: 500,
  transcriptionMs: 250,
  firstSentenceMs: FIRST_WORD_AFTER_MS + PER_TOKEN_MS * tokensOf(FIRST_SENTENCE).length,
  firstAudioMs: 250,
} as const;

/** Answers a caller who names their line; the relay's note at the beginning of a call gets a mere "ok". */
export function answerTo({ text }: Heard): MindReply {
  return lineIn(text) === null
    ? { text: 'ok' }
    : { text: REPLY, firstWordAfterMs: FIRST_WORD_AFTER_MS, perTokenMs: PER_TOKEN_MS };
}
