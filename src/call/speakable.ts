// What is written for the eye, made fit for the ear (T7), and the comparison of what was spoken with what was written
// (T6). Pure text work on one segment at a time; it never sees half a sentence.

/** A segment as it should be read aloud; '' when nothing of it can be said. */
export function speakable(written: string): string {
  const plain = written
    .replace(/```\w*/g, '')
    .replace(/[\u{E200}][^\u{E201}]*[\u{E201}]/gu, '') // citation marks of OpenAI's hosted search
    .replace(/【[^】]*】/g, '')
    .replace(/\[\^?\d+\](?!\()/g, '')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/<\/?[a-z][^>]*>/gi, ' ')
    .replace(/<?https?:\/\/(?:www\.)?([^\s/?#>)]+)[^\s>)]*?([.,;:!?]*)(?=[\s>)]|$)>?/gi, '$1$2')
    .replace(/^\s*(?:[-*_]\s*){3,}$/gm, '')
    .replace(/^\s*\|?(?:\s*:?-+:?\s*\|)+\s*:?-*:?\s*$/gm, '')
    .replace(/^\s*\|(.*)\|\s*$/gm, '$1')
    .replace(/\s*\|\s*/g, ', ')
    .replace(/^\s*(?:#{1,6}|>+|[-*+•◦▪–])\s+/gm, '')
    .replace(/^(\s*\d+)[.)]\s+/gm, '$1: ')
    .replace(/\*{2,}|~~/g, '') // emphasis may run over several sentences: each mark goes by itself
    .replace(/\*(?=\S)([^*]*?\S)\*/g, '$1')
    .replace(/(?<![\p{L}\p{N}_])(_{1,3})(?=\S)([^_]*?\S)\1(?![\p{L}\p{N}_])/gu, '$2')
    .replace(/`/g, '')
    .replace(
      /[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}\u{FE0F}\u{20E3}\u{200D}]/gu,
      '',
    )
    .replace(/\s+/g, ' ')
    .replace(/\s+([.,;:!?])/g, '$1')
    .trim();
  return /[\p{L}\p{N}]/u.test(plain) ? plain : '';
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
