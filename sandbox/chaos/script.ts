// What is said in every call: by the caller, a saying a point; by the agent, a reply of three sentences to each saying.
// Every word of the agent's has a name of its own, and every saying differs from its repetition, so that whatever
// is lost, doubled or crossed over is seen.

/** A point of a call that is said for the first time, or once more because something went wrong. */
export interface Saying {
  readonly call: number;
  readonly point: number;
  readonly attempt: number;
}

export const GREETING = 'Hello, how can I help?';
/** How the relay's own lines end, and by which a caller knows that they have to say it again, or may have to. */
export const APOLOGY = 'Could you say that again?';
export const WHERE_WERE_WE = 'Sorry, where were we?';
/** The agent's answer to what it could not make out. */
export const PARDON = 'Pardon me, could you say that once more?';
/** The agent is asked to go on, and there is nothing to go on with. */
export const GO_AHEAD = 'Yes, please go ahead.';

const SENTENCES = ['abc', 'def', 'ghi'] as const;
export const LAST_WORD = 'i';
export const WORDS_OF_A_SAYING = 6;

export function textOf({ call, point, attempt }: Saying): string {
  return `Call ${call} point ${point} attempt ${attempt}.`;
}

/** Every saying in a text, in order. */
export function sayingsIn(text: string): Saying[] {
  return [...text.matchAll(/Call (\d+) point (\d+) attempt (\d+)\./g)].map(([, call, point, attempt]) => ({
    call: Number(call),
    point: Number(point),
    attempt: Number(attempt),
  }));
}

/** The words of the reply, a list for each of its sentences. */
export function replyTo({ call, point, attempt }: Saying): string[][] {
  return SENTENCES.map((letters) =>
    letters.split('').map((letter) => `K${call}P${point}T${attempt}${letter}`),
  );
}

export function sentenceOf(words: readonly string[]): string {
  return `${words.join(' ')}.`;
}

export interface Word {
  readonly saying: Saying;
  readonly word: string;
}

/** Every whole word of a reply in a text, in order. */
export function wordsIn(text: string): (Word & { readonly endsAt: number })[] {
  return [...text.matchAll(/K(\d+)P(\d+)T(\d+)[a-i]/g)].map((match) => ({
    saying: { call: Number(match[1]), point: Number(match[2]), attempt: Number(match[3]) },
    word: match[0],
    endsAt: match.index + match[0].length,
  }));
}
