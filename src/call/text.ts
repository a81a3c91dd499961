// Cutting text to a length. Lengths are in UTF-16 code units, as JavaScript counts them.

/** The first `length` code units of `text`, or one fewer where the cut would split a character in two. */
export function cutText(text: string, length: number): string {
  const cut = text.slice(0, length);
  return cut.length < text.length && endsInHalf(cut) ? cut.slice(0, -1) : cut;
}

function endsInHalf(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}
