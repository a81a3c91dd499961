// The note with which a conversation without a phone begins: one line in square brackets, like a call's (call/notes.ts).

export interface OpeningFacts {
  readonly parameters: Readonly<Record<string, string>>;
  /** null if the agent speaks first. */
  readonly greeting: string | null;
  readonly localTime: string;
  /** false leaves only that a conversation has begun. */
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
