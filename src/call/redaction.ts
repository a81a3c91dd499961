// The same events, states, assignments and results without anything that somebody said, pressed or wrote. Phone numbers
// stay: records are found by them, and another process resumes the call with them.
import type { Assignment } from './assignment.ts';
import type { CallResult } from './call-result.ts';
import type { PendingOrder, ResumeState } from './call-record.ts';
import type { CallEvent } from './call.ts';

const WORDS: ReadonlySet<string> = new Set([
  'text',
  'transcript',
  'digits',
  'said',
  'heard',
  'wanted',
  'spoken',
  'summary',
  'notes',
  'heardOfLast',
]);

export function withoutWords(event: CallEvent): CallEvent {
  const bare = { ...event };
  for (const [name, value] of Object.entries(event))
    if (WORDS.has(name) && value !== null) Reflect.set(bare, name, Array.isArray(value) ? [] : '');
  return bare;
}

/**
 * An agent whose history is kept here then remembers nothing in another process, and keys that were still to be sent
 * are forgotten.
 */
export function resumeWithoutWords(resume: ResumeState): ResumeState {
  return {
    ...resume,
    agent: resume.agent === null ? null : { ...resume.agent, history: null },
    speaking: null,
    unanswered: null,
    order: orderWithoutWords(resume.order),
  };
}

function orderWithoutWords(order: PendingOrder | null): PendingOrder | null {
  if (order?.type === 'transfer') return { ...order, summary: '' };
  if (order?.type === 'send-digits') return { type: 'connect' };
  return order;
}

/** Keeps the task's type, whether a message was to be left, and whether a result was asked for. */
export function assignmentWithoutWords(assignment: Assignment): Assignment {
  const { task, voicemail, result } = assignment;
  return {
    ...assignment,
    task: { type: task.type, prompt: '', context: {} },
    voicemail: voicemail === null ? null : '',
    result: result === null ? null : {},
  };
}

export function resultWithoutWords(result: CallResult | null): CallResult | null {
  return result?.is === 'answered' ? { is: 'answered', value: null, findings: [] } : result;
}
