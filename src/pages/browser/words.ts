// Durations, numbers and end reasons in words. Pure, so that node tests it.
import type { EndReason } from '../../call/call.ts';
import { type EndGroup, endGroupOf } from '../../call/end-groups.ts';
import type { CostOwner } from '../../call/usage.ts';

/** Each end reason in words. */
const ENDS: Readonly<Record<EndReason, string>> = {
  'caller-hung-up': 'caller hung up',
  'agent-ended': 'agent said goodbye',
  transferred: 'transferred',
  closed: 'outside hours',
  unverified: 'caller not verified',
  'handed-over': 'handed over',
  silence: 'caller was silent',
  'too-long': 'time was up',
  'too-costly': 'cost its most',
  'over-budget': 'budget spent',
  'operator-ended': 'ended by operator',
  canceled: 'cancelled',
  'voicemail-left': 'message left',
  'callee-busy': 'busy',
  'no-answer': 'no answer',
  unreachable: 'unreachable',
  machine: 'answering machine',
  'too-many-failures': 'agent kept failing',
  'speech-lost': 'voice was lost',
  'line-lost': 'line was lost',
  'no-stream': 'never connected',
  'bad-input': 'bad input',
  draining: 'relay shut down',
  bug: 'fault in the relay',
  'carrier-rejected': 'rejected by Twilio',
  'never-known': 'fate unknown',
};

/** A newer version of the relay may know reasons that this page does not. */
export function endOf(reason: string): { readonly words: string; readonly group: EndGroup } {
  const found = Object.entries(ENDS).find(([known]) => known === reason);
  return { words: found?.[1] ?? reason.replaceAll('-', ' '), group: endGroupOf(reason) };
}

export const GROUPS: Readonly<Record<EndGroup, string>> = {
  wanted: 'as it should',
  theirs: 'nobody reached',
  ours: 'our fault',
};

/** Where the money of a call goes. */
export const COST_WORDS: Readonly<Record<CostOwner, string>> = {
  ears: 'transcription',
  voice: 'voice',
  agent: 'your agent',
  carrier: 'telephone',
};

/** `1:05`, `1:02:03`. */
export function clockTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'));
  const hours = Math.floor(seconds / 3600);
  return hours > 0 ? `${hours}:${parts.join(':')}` : `${Math.floor(seconds / 60)}:${parts[1]}`;
}

/** `1 call`, `1,284 calls`. */
export function callsInWords(count: number): string {
  return `${count.toLocaleString()} ${count === 1 ? 'call' : 'calls'}`;
}

/** `250 ms`, `1.45 s`. */
export function lengthOf(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** `$0.062`, `$12.40`; `~` if it is rough: some of it is an estimate, or not known. */
export function dollars(usd: number, isRough = false): string {
  return `$${usd.toFixed(usd < 0.1 ? 3 : 2)}${isRough ? '~' : ''}`;
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
