// Judges what was heard around a cut. The relay does not know the delay to the caller and back, so a reply that is resumed
// repeats up to that much; nothing may be missing.
import { CUT_OFF } from '../tones.ts';

/** 120 ms of sound. */
const MOST_HEARD_TWICE = 6;

/** Whether `heard` has all of `text` in order, with up to `mostTwice` characters repeated at one place. */
export function isHeardWithOneCut(heard: string, text: string, mostTwice = MOST_HEARD_TWICE): boolean {
  const sounds = heard.replaceAll('~', '');
  const from = sounds.indexOf(text.slice(0, 10));
  if (from === -1) return false;
  for (let twice = 0; twice <= mostTwice; twice++) {
    const candidate = sounds.slice(from, from + text.length + twice);
    for (let at = twice; at <= text.length; at++) {
      if (candidate === text.slice(0, at) + text.slice(at - twice)) return true;
    }
  }
  return false;
}

/**
 * The source of a RegExp for `text` as a caller understands it: whole, or cut by sounds of their own (B3) and continued from
 * further back.
 */
export function understood(text: string): string {
  let again = '';
  let source = '';
  for (const char of text.split('')) {
    const next = RegExp.escape(char);
    source += `${again === '' ? '' : `${CUT_OFF}?${again}`}${next}`;
    again = `(?:${again}${next})?`;
  }
  return source;
}
