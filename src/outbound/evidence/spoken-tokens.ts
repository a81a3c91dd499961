// The words and figures of a line, without case, accents and punctuation, for comparison with a value. The gap between two
// tokens matters: `4 7-1` is one number, `4, 7` may be two.

/** How a token follows the one before: without a space, directly, after punctuation, or in a new line. */
export type Gap = 'glued' | 'tight' | 'loose' | 'line';

export interface Token {
  /** Letters only, or figures: `1,234.50`, `14:30` and `4711` are one token each, `4.7.1` is three. */
  readonly text: string;
  readonly gap: Gap;
  /** The one or two characters between it and the token before, such as `/` in 5/3; else ''. */
  readonly joint: string;
}

const LONGEST = 4000;
const MOST_TOKENS = 800;

/** Grouped thousands; two figures with a point, comma or colon between; figures; letters. */
const TOKEN =
  /(?<![\d][.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![.,]?\d)|(?<!\d[.,:])\d+[.,:]\d+(?![.,:]?\d)|\d+|\p{L}+/gu;

/** What reading may still cost, one step a token; what is left unread counts as not said. */
export interface Steps {
  left: number;
}

export function tokensOf(text: string): Token[] {
  const folded = fold(text.slice(0, LONGEST));
  const tokens: Token[] = [];
  let end = 0;
  for (const match of folded.matchAll(TOKEN)) {
    if (tokens.length === MOST_TOKENS) break;
    const between = folded.slice(end, match.index);
    const joint = end > 0 && /^\S{1,2}$/.test(between) ? between : '';
    tokens.push({ text: match[0], gap: gapOf(between, end === 0), joint });
    end = match.index + match[0].length;
  }
  return tokens;
}

/** Joins consecutive lines. */
export function inOneLine(lines: readonly (readonly Token[])[]): Token[] {
  return lines.flatMap((tokens, line) =>
    tokens.map((token, index) => (line > 0 && index === 0 ? { ...token, gap: 'line' as const } : token)),
  );
}

/** '' if there is no such token. */
export function textAt(tokens: readonly Token[], at: number): string {
  return tokens[at]?.text ?? '';
}

function gapOf(between: string, isFirst: boolean): Gap {
  if (isFirst) return 'loose';
  if (between === '') return 'glued';
  return /^[\s\-‐-―#_()+$€£]*$/.test(between) ? 'tight' : 'loose';
}

function fold(text: string): string {
  return (
    text
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .replaceAll('ß', 'ss')
      .replaceAll(/[’‘`´]/g, "'")
      // `Ann's` means Ann; `o'clock` and `don't` are one word.
      .replaceAll(/(?<=\p{L})'s(?!\p{L})/gu, '')
      .replaceAll(/(?<=\p{L})'(?=\p{L})/gu, '')
      .replaceAll(/\b([ap])\.\s?m\b\.?/g, '$1m')
      .replaceAll(/(?<=\d\s?)([ap]) m\b/g, '$1m')
      .replaceAll('%', ' percent ')
  );
}
