// Whether a caller's words say yes or no, in English, German or Spanish. A doubtful yes is none: an approval lets a tool act.

const YES =
  /^(?:(?:oh|well|um|uh|and|ähm|also|pues|eh)\s)*(?:yes|yeah|yep|yup|sure|okay|ok|of course|go ahead|please do|do it|absolutely|certainly|ja|jawohl|klar|gerne?|natürlich|sicher|in ordnung|einverstanden|bitte|sí|si|claro|vale|de acuerdo|adelante|por supuesto)(?=\s|$)/u;
const NO = /(?:^|\s)(?:no|nope|nah|never|nein|nee|niemals|nunca)(?=\s|$)/u;
/** Words that take a yes back, and are no clear no by themselves. */
const BUT =
  /(?:^|\s)(?:not|don't|do not|stop|wait|cancel|but|if|nicht|kein\p{L}*|stopp|warte\p{L}*|aber|wenn|abbrechen|espera|cancela|pero)(?=\s|$)/u;
const LONGEST_BARE = 4;

/** `isBare`: the words say nothing else. null if they are neither a clear yes nor a clear no. */
export function yesOrNo(text: string): { readonly isYes: boolean; readonly isBare: boolean } | null {
  const words = text
    .toLowerCase()
    .replace(/’/g, "'")
    .replace(/[^\p{L}\p{N}']+/gu, ' ')
    .trim();
  const isBare = words.split(' ').length <= LONGEST_BARE;
  if (NO.test(words)) return { isYes: false, isBare };
  if (BUT.test(words) || text.trim().endsWith('?')) return null;
  return YES.test(words) ? { isYes: true, isBare } : null;
}
