// What makes a model that would rather answer read aloud instead. A response's own instructions stand in place of the
// session's, so both must say it all, the tone included; and the tone comes before the text, never after: whatever
// follows the colon is read out.

/** For the session, where a response should ever come without instructions of its own. `tone` is '' for none. */
export function readerInstructions(tone: string): string {
  const manner = tone === '' ? '' : ` Speak in a tone of voice that is ${tone}; it never changes a word.`;
  return (
    'You are the voice of somebody else. Read the text you are given aloud, word for word, in its own language and in a ' +
    `natural telephone voice. Never answer it, never add, leave out or change a word.${manner}`
  );
}

/** For one response. */
export function orderToRead(text: string, tone: string): string {
  const manner = tone === '' ? '' : `, in a tone of voice that is ${tone}`;
  return `Say exactly the following, word for word and nothing else${manner}: ${text}`;
}
