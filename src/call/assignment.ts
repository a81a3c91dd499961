// An outbound call as it was requested: whom to call, as which profile, to do what, and what to bring back. The API checks
// every field before it gets here (operator/call-requests.ts); these schemas only read it back from the store.
import { z } from 'zod';
import { jsonSchema } from './json.ts';

export const TASK_TYPES = ['appointment_reminder', 'survey', 'notification', 'custom'] as const;
export const taskTypeSchema = z.enum(TASK_TYPES);
export type TaskType = z.infer<typeof taskTypeSchema>;

const jsonObject = z.record(z.string(), jsonSchema).readonly();

/** What the agent is to do. All of it is personal data. */
export const taskSchema = z
  .object({
    type: taskTypeSchema,
    /** In the words of the client that requested the call. */
    prompt: z.string(),
    /** What the agent needs to know besides. */
    context: jsonObject,
  })
  .readonly();

export const assignmentSchema = z
  .object({
    /** E.164. */
    to: z.string(),
    profile: z.string(),
    task: taskSchema,
    /** The message for an answering machine; null: hang up on it. */
    voicemail: z.string().nullable(),
    /** A JSON Schema of what to bring back; null: nothing. */
    result: jsonObject.nullable(),
    callbackUrl: z.string().nullable(),
    ringTimeoutS: z.number(),
    maxMinutes: z.number(),
    /** Returned with everything that is reported of the call; the relay does not read it. */
    metadata: z.record(z.string(), z.string()).readonly(),
  })
  .readonly();

export type Task = z.infer<typeof taskSchema>;
export type Assignment = z.infer<typeof assignmentSchema>;

/**
 * How far an outbound call has come. `queued`: Twilio was not asked yet. `dialling`: it was, or is being asked, so the call
 * may have been placed and must not be placed again. A stage never goes back.
 */
export const callStageSchema = z.enum(['queued', 'dialling', 'ringing', 'in-progress', 'ended']);
export type CallStage = z.infer<typeof callStageSchema>;

/** Who or what answered, by the carrier's machine detection. */
export const answeredBySchema = z.enum(['human', 'machine', 'fax', 'unknown']);
export type AnsweredBy = z.infer<typeof answeredBySchema>;

/** Why a call was not placed; stable, because programs match on it. docs/outbound.md lists them. */
export type RefusalCode =
  | 'invalid_request'
  | 'invalid_phone'
  | 'not_allowed'
  | 'do_not_call'
  | 'quiet_hours'
  | 'rate_limited'
  | 'budget_spent'
  | 'busy'
  | 'idempotency_conflict'
  | 'carrier_rejected'
  | 'outbound_off';

export interface Refusal {
  readonly code: RefusalCode;
  /** What is wrong and what to do about it, for the client that sent the request; holds no secret. */
  readonly message: string;
  /** The field it is about, as `task.prompt`. */
  readonly field?: string;
  /** When it is worth trying again. */
  readonly retryAfterS?: number;
}
