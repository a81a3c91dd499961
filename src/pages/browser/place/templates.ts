// What each kind of call begins with, so that nobody starts from a blank page. A person changes all of it.
import type { TaskType } from '../../../call/assignment.ts';
import { EMPTY_FIELD, type ResultField } from './result-fields.ts';

export interface Template {
  readonly title: string;
  readonly prompt: string;
  /** The names of what the agent should know; their values are the person's. */
  readonly facts: readonly string[];
  readonly fields: readonly ResultField[];
}

export const TASK_KINDS = [
  'appointment_reminder',
  'survey',
  'notification',
  'custom',
] as const satisfies readonly TaskType[];

export const TEMPLATES: Readonly<Record<TaskType, Template>> = {
  appointment_reminder: {
    title: 'Reminder',
    prompt: 'Remind them of the appointment, and ask whether they will come.',
    facts: ['name', 'at', 'with'],
    fields: [{ ...EMPTY_FIELD, name: 'isConfirmed', about: 'Whether they will come.' }],
  },
  survey: {
    title: 'Survey',
    prompt: 'Ask how content they are with us, from 1 to 10, and what we could do better. Thank them.',
    facts: ['name'],
    fields: [
      { ...EMPTY_FIELD, name: 'score', kind: 'number', about: 'From 1 to 10.' },
      { ...EMPTY_FIELD, name: 'wish', kind: 'text', isNeeded: false, about: 'What we could do better.' },
    ],
  },
  notification: {
    title: 'Notification',
    prompt: 'Tell them that their order is ready, and make sure that they have understood.',
    facts: ['name', 'order'],
    fields: [{ ...EMPTY_FIELD, name: 'isUnderstood' }],
  },
  custom: { title: 'Own words', prompt: '', facts: [], fields: [] },
};
