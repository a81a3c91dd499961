// Whose doing the end of a call was. Pure.
import type { EndReason } from './call.ts';

/** `wanted`: somebody meant the call to end so. `theirs`: nobody was reached. `ours`: something broke. */
export const END_GROUPS = ['wanted', 'theirs', 'ours'] as const;
export type EndGroup = (typeof END_GROUPS)[number];

const GROUP: Readonly<Record<EndReason, EndGroup>> = {
  'caller-hung-up': 'wanted',
  'agent-ended': 'wanted',
  transferred: 'wanted',
  closed: 'wanted',
  unverified: 'wanted',
  'handed-over': 'wanted',
  silence: 'wanted',
  'too-long': 'wanted',
  'too-costly': 'wanted',
  'over-budget': 'wanted',
  'operator-ended': 'wanted',
  canceled: 'wanted',
  'voicemail-left': 'wanted',
  'callee-busy': 'theirs',
  'no-answer': 'theirs',
  unreachable: 'theirs',
  machine: 'theirs',
  'too-many-failures': 'ours',
  'speech-lost': 'ours',
  'line-lost': 'ours',
  'no-stream': 'ours',
  'bad-input': 'ours',
  draining: 'ours',
  bug: 'ours',
  'carrier-rejected': 'ours',
  'never-known': 'ours',
};

/** A reason that only another version of the relay knows counts as ours: somebody should look. */
export function endGroupOf(reason: string): EndGroup {
  return Object.entries(GROUP).find(([known]) => known === reason)?.[1] ?? 'ours';
}
