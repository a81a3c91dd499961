// Assignments and results of outbound calls as columns. An assignment has two: its words lie apart, so that they can be
// erased while the rest stays.
import type { z } from 'zod';
import { type Assignment, assignmentSchema, taskSchema } from '../../call/assignment.ts';
import { type CallResult, callResultSchema } from '../../call/call-result.ts';
import { assignmentWithoutWords } from '../../call/redaction.ts';

const taskWordsSchema = taskSchema
  .unwrap()
  .omit({ type: true })
  .extend(assignmentSchema.unwrap().pick({ voicemail: true, result: true }).shape);
type TaskWords = z.infer<typeof taskWordsSchema>;

export function assignmentColumns(given: Assignment | null): {
  assignment: Assignment | null;
  task_words: TaskWords | null;
} {
  if (given === null) return { assignment: null, task_words: null };
  const { task, voicemail, result } = given;
  return {
    assignment: assignmentWithoutWords(given),
    task_words: { prompt: task.prompt, context: task.context, voicemail, result },
  };
}

/** null if another version wrote it in another form. `words` null: they were erased. */
export function asAssignment(text: string, words: string | null): Assignment | null {
  const parsed = assignmentSchema.safeParse(JSON.parse(text));
  if (!parsed.success) return null;
  if (words === null) return parsed.data;
  const { data } = taskWordsSchema.safeParse(JSON.parse(words));
  if (data === undefined) return null;
  const { prompt, context, voicemail, result } = data;
  return { ...parsed.data, task: { type: parsed.data.task.type, prompt, context }, voicemail, result };
}

/** null if another version wrote it in another form. */
export function asResult(text: string): CallResult | null {
  return callResultSchema.safeParse(JSON.parse(text)).data ?? null;
}
