// The instructions that make a conversational model read aloud instead of answering. A response's instructions replace the
// session's, so both are complete, tone included. The tone precedes the text: everything after the colon is read out.

/** For the session, should a response ever come without its own instructions. `tone` is '' for none. */
export function readerInstructions(tone: string): string {
  const manner = tone === '' ? '' : ` Speak in a tone of voice that is ${tone}; it never changes a word.`;
  return (
    'You are the voice of somebody else. Read the text you are given aloud, word for word, in its own language and in a ' +
    `natural telephone voice. Never answer it, never add, leave out or change a word.${manner}`
  );
}

/** For one response. */
export function readingInstruction(text: string, tone: string): string {
  const manner = tone === '' ? '' : `, in a tone of voice that is ${tone}`;
  return `Say exactly the following, word for word and nothing else${manner}: ${text}`;
}
