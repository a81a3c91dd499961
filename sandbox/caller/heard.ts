// Judging what was heard around a cut: the way to the caller and back is not known to the relay, so that when a held
// reply goes on, up to that much of it is heard twice, and none may be missing.

/** 120 ms of sound. */
const MOST_HEARD_TWICE = 6;

/** Whether `heard` has all of `text` in order, save that a little of it may be doubled at one place. */
export function isHeardWithOneCut(heard: string, text: string): boolean {
  const sounds = heard.replaceAll('~', '');
  const from = sounds.indexOf(text.slice(0, 10));
  if (from === -1) return false;
  for (let twice = 0; twice <= MOST_HEARD_TWICE; twice++) {
    const candidate = sounds.slice(from, from + text.length + twice);
    for (let at = twice; at <= text.length; at++) {
      if (candidate === text.slice(0, at) + text.slice(at - twice)) return true;
    }
  }
  return false;
}
