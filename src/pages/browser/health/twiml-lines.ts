// TwiML as a person reads it: an element a line. Twilio's package writes it all in one.

export function twimlLines(twiml: string): string {
  let depth = 0;
  return twiml
    .replace(/>\s*</g, '>\n<')
    .split('\n')
    .map((line) => {
      if (line.startsWith('</')) depth = Math.max(0, depth - 1);
      const indented = '  '.repeat(depth) + line;
      const opens = /^<[^/?!]/.test(line) && !line.endsWith('/>') && !line.includes('</');
      if (opens) depth += 1;
      return indented;
    })
    .join('\n');
}
