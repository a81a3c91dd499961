// Makes written text fit to be read aloud (T7), and compares what was spoken with what was written (T6). Works on one
// whole segment at a time, never on half a sentence.

/**
 * A segment as it should be read aloud; '' when nothing of it can be said. Takes time in proportion to the length: white
 * space is reduced to single characters first, and no rule looks beyond the next mark of its own kind.
 */
export function speakable(written: string): string {
  const plain = written
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n\s*/g, '\n')
    .replace(/```\w*/g, '')
    .replace(/\u{E200}[^\u{E200}\u{E201}]*\u{E201}/gu, '') // citation marks of OpenAI's hosted search
    .replace(/【[^【】]*】/g, '')
    .replace(/\[\^?\d+\](?!\()/g, '')
    .replace(/!?\[([^[\]]*)\]\((?:[^()]|\([^()]*\))*\)/g, '$1')
    .replace(/<\/?[a-z][^<>]*>/gi, ' ')
    .replace(/<?https?:\/\/(?:www\.)?([^\s/?#>)]+)([^\s>)]*)>?/gi, hostOf)
    .replace(/^ ?(?:[-*_] ?){3,}$/gm, '')
    .replace(/^ ?\|?(?: ?:?-+:? ?\|)+ ?:?-*:? ?$/gm, '')
    .replace(/^ ?\|(.*)\| ?$/gm, '$1')
    .replace(/\s?\|\s?/g, ', ')
    .replace(/^ ?(?:#{1,6}|>+|[-*+•◦▪–])\s/gm, '')
    .replace(/^( ?\d+)[.)]\s/gm, '$1: ')
    .replace(/\*{2,}|~~/g, '') // emphasis may run over several sentences: each mark goes by itself
    .replace(/\*(?=\S)([^*]*?\S)\*/g, '$1')
    .replace(/(?<![\p{L}\p{N}_])(_{1,3})(?=\S)([^_]*?\S)\1(?![\p{L}\p{N}_])/gu, '$2')
    .replace(/`/g, '')
    .replace(
      /[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}\u{FE0F}\u{20E3}\u{200D}]/gu,
      '',
    )
    .replace(/\s+/g, ' ')
    .replace(/ ([.,;:!?])/g, '$1')
    .trim();
  return /[\p{L}\p{N}]/u.test(plain) ? plain : '';
}

/** Of an address only its host is read aloud, and the punctuation that follows the address. */
function hostOf(_address: string, host: string, rest: string): string {
  let end = rest.length;
  while (end > 0 && '.,;:!?'.includes(rest.charAt(end - 1))) end -= 1;
  return host + rest.slice(end);
}

/** Whether the same words were spoken; case, punctuation and spacing are the voice's own business. */
export function isSpokenAsWritten(written: string, spoken: string): boolean {
  return words(written) === words(spoken);
}

function words(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
