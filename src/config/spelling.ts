// Finds the word that somebody meant to write.

/** The word that was probably meant: at most two letters from what was written. Null if none is close. */
export function closestWord(written: string, words: readonly string[]): string | null {
  const [closest] = words
    .map((word) => ({ word, edits: editsBetween(written.toLowerCase(), word.toLowerCase()) }))
    .filter(({ word, edits }) => edits <= 2 && edits <= word.length / 2)
    .toSorted((one, other) => one.edits - other.edits);
  return closest?.word ?? null;
}

/** How many letters to insert, delete or replace. */
function editsBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let index = 0; index < one.length; index += 1) {
    const next = [index + 1];
    for (let at = 1; at <= other.length; at += 1) {
      const change = (row[at - 1] ?? 0) + (one[index] === other[at - 1] ? 0 : 1);
      next.push(Math.min(change, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
