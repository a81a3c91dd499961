// Durations, numbers and end reasons in words. Pure, so that node tests it.
import type { EndReason } from '../../call/call.ts';

/** `as it should`, for a reason of the other side, or a fault on ours. */
export type EndGroup = 'fine' | 'theirs' | 'ours';

const ENDS: Readonly<Record<EndReason, readonly [words: string, group: EndGroup]>> = {
  'caller-hung-up': ['caller hung up', 'fine'],
  'agent-ended': ['agent said goodbye', 'fine'],
  transferred: ['transferred', 'fine'],
  closed: ['outside hours', 'fine'],
  'voicemail-left': ['message left', 'fine'],
  'operator-ended': ['ended by operator', 'fine'],
  'handed-over': ['handed over', 'fine'],
  canceled: ['cancelled', 'fine'],
  silence: ['caller was silent', 'theirs'],
  'too-long': ['time was up', 'theirs'],
  'too-costly': ['cost its most', 'theirs'],
  'over-budget': ['budget spent', 'theirs'],
  unverified: ['caller not verified', 'theirs'],
  'callee-busy': ['busy', 'theirs'],
  'no-answer': ['no answer', 'theirs'],
  unreachable: ['unreachable', 'theirs'],
  machine: ['answering machine', 'theirs'],
  'no-stream': ['never connected', 'theirs'],
  'too-many-failures': ['agent kept failing', 'ours'],
  'speech-lost': ['voice was lost', 'ours'],
  'line-lost': ['line was lost', 'ours'],
  'bad-input': ['bad input', 'ours'],
  draining: ['relay shut down', 'ours'],
  bug: ['fault in the relay', 'ours'],
  'carrier-rejected': ['rejected by Twilio', 'ours'],
  'never-known': ['fate unknown', 'ours'],
};

export const END_REASONS = Object.entries(ENDS).map(([reason, [words, group]]) => ({ reason, words, group }));

/** A newer version of the relay may know reasons that this page does not. */
export function endOf(reason: string): { readonly words: string; readonly group: EndGroup } {
  const found = END_REASONS.find((one) => one.reason === reason);
  return found ?? { words: reason.replaceAll('-', ' '), group: 'theirs' };
}

/** `1:05`, `1:02:03`. */
export function clockTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'));
  const hours = Math.floor(seconds / 3600);
  return hours > 0 ? `${hours}:${parts.join(':')}` : `${Math.floor(seconds / 60)}:${parts[1]}`;
}

/** `250 ms`, `1.45 s`. */
export function lengthOf(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** `just now`, `5 min ago`, `in 20 s`; beyond a week the date says more. */
export function timeAgo(at: number, now: number): string {
  const seconds = Math.round((at - now) / 1000);
  const units = [
    ['second', 1, 60],
    ['minute', 60, 60],
    ['hour', 3600, 24],
    ['day', 86_400, 7],
  ] as const;
  if (Math.abs(seconds) < 5) return 'just now';
  for (const [unit, length, most] of units) {
    const count = Math.round(seconds / length);
    if (Math.abs(count) < most)
      return new Intl.RelativeTimeFormat('en', { style: 'short', numeric: 'always' }).format(count, unit);
  }
  return new Date(at).toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
}

/** Groups an E.164 number for reading; hides the middle of it if `isMasked`. Anything else is shown as it is. */
export function numberWords(number: string, isMasked: boolean): string {
  const [, country = '', rest = ''] = /^(\+(?:1|7|\d{2}))(\d{5,})$/.exec(number) ?? [];
  if (rest === '') return isMasked && /\d/.test(number) ? '•••' : number === '' ? 'unknown' : number;
  const [first, last] = [rest.slice(0, 3), rest.slice(-4)];
  const groups = isMasked ? [country, first, '•••', last] : [country, first, rest.slice(3, -4), last];
  // A number is not broken over two lines.
  return groups.filter((group) => group !== '').join('\u00a0');
}
