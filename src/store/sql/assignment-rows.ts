// How what a call out is for, and what came of it, lie in a row: an assignment in two columns, its words apart, so that
// they can go while the rest stays.
import { z } from 'zod';
import type { Assignment, CallResult } from '../../call/assignment.ts';
import { assignmentWithoutWords } from '../../call/redaction.ts';
import type { Json } from '../../call/json.ts';

const json: z.ZodType<Json> = z.json();
const object = z.record(z.string(), json);

const assignment: z.ZodType<Assignment> = z.object({
  to: z.string(),
  profile: z.string(),
  task: z.object({
    type: z.enum(['appointment_reminder', 'survey', 'notification', 'custom']),
    prompt: z.string(),
    context: object,
  }),
  voicemail: z.string().nullable(),
  result: object.nullable(),
  callbackUrl: z.string().nullable(),
  ringTimeoutS: z.number(),
  maxMinutes: z.number(),
  metadata: z.record(z.string(), z.string()),
});

const taskWords = z.object({
  prompt: z.string(),
  context: object,
  voicemail: z.string().nullable(),
  result: object.nullable(),
});

const callResult: z.ZodType<CallResult> = z.discriminatedUnion('is', [
  z.object({
    is: z.literal('answered'),
    value: json,
    findings: z.array(
      z.object({
        pointer: z.string(),
        evidence: z.array(
          z.object({ line: z.number(), who: z.enum(['caller', 'agent', 'relay']), text: z.string() }),
        ),
        isSupported: z.boolean(),
      }),
    ),
  }),
  z.object({ is: z.literal('not-reached'), why: z.string() }),
  z.object({ is: z.literal('failed'), problems: z.array(z.string()) }),
]);

/** The two columns. */
export function assignmentColumns(given: Assignment | null): {
  assignment: Assignment | null;
  task_words: z.infer<typeof taskWords> | null;
} {
  if (given === null) return { assignment: null, task_words: null };
  const { task, voicemail, result } = given;
  return {
    assignment: assignmentWithoutWords(given),
    task_words: { prompt: task.prompt, context: task.context, voicemail, result },
  };
}

/** null where another version wrote it in another form. `words` null: they are gone. */
export function asAssignment(text: string, words: string | null): Assignment | null {
  const parsed = assignment.safeParse(JSON.parse(text));
  if (!parsed.success) return null;
  if (words === null) return parsed.data;
  const { data } = taskWords.safeParse(JSON.parse(words));
  if (data === undefined) return null;
  const { prompt, context, voicemail, result } = data;
  return { ...parsed.data, task: { type: parsed.data.task.type, prompt, context }, voicemail, result };
}

/** null where another version wrote it in another form. */
export function asResult(text: string): CallResult | null {
  return callResult.safeParse(JSON.parse(text)).data ?? null;
}
