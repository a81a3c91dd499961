// How a conversation without a phone begins for the agent: what it is told in the relay's own name, like the notes of a
// call (call/notes.ts) one line in square brackets.

export interface OpeningFacts {
  /** What the agent is to know of this conversation, by name. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Null where the agent speaks first. */
  readonly greeting: string | null;
  /** Of the business. */
  readonly localTime: string;
  /** Without it only the fact that there is a conversation is left. */
  readonly hasContext: boolean;
}

export function openingNote({ parameters, greeting, localTime, hasContext }: OpeningFacts): string {
  const told = Object.entries(parameters).map(([name, value]) => ` ${name}: ${value}.`);
  const about = hasContext
    ? `A conversation has begun, not over the phone but through a program; it is ${localTime}.${told.join('')}`
    : 'A conversation has begun.';
  const greeted =
    greeting === null
      ? 'Greet whoever is there in one short sentence.'
      : `They are being greeted with: "${greeting}"`;
  return `[${`${about} Your words may be read aloud. ${greeted}`.replace(/[[\]\s]+/g, ' ')}]`;
}
