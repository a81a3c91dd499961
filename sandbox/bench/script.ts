// What is said in every call of the bench, and how long the far ends take for their part. Every sentence of a caller
// names its line, so that the agent's side can tell the calls apart whatever design stands in between.
import { type Heard, type MindReply, tokensOf } from '../openai/mind.ts';

export const AGENT_ID = 'agent_bench';

/**
 * Both halves of what a caller says: a breath may be between them. Sound takes 20 ms a character, about a third of what a
 * person would take.
 */
export function halvesOf(line: number): readonly [string, string] {
  return [
    `This is line ${line}. Please tell me when you are open this week, `,
    `and whether line ${line} can order on Sundays, too.`,
  ];
}

export function sentenceOf(line: number): string {
  return halvesOf(line).join('');
}

/** Every so many sentences have a breath in them, in which a VAD may well hear an end. */
export const BREATH = { everySentences: 3, ms: 600 } as const;

/** The line that such words, anywhere in `text`, name. */
export function lineIn(text: string): number | null {
  const line = /\bline (\d+)\b/.exec(text)?.[1];
  return line === undefined ? null : Number(line);
}

export const FIRST_SENTENCE = 'We are open from nine to six, Monday to Saturday.';

/** The floor says it by itself. */
export const REPLY = `${FIRST_SENTENCE} On Sundays the shop is closed, but you can order online. Shall I take an order for you now?`;

const FIRST_WORD_AFTER_MS = 250;
const PER_TOKEN_MS = 15;

/** About what the vendors' parts take, and how long the caller must have been silent to have finished. */
export const PARTS = {
  silenceMs: 700,
  vadSilenceMs: 240,
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
