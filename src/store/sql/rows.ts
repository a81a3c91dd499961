// Rows of calls and events from either database, checked as they are read: another version of the relay may have written them.
import { z } from 'zod';
import { answeredBySchema, type CallStage } from '../../call/assignment.ts';
import { callDirectionSchema, type CallRecord, type ResumeState, STAGES } from '../../call/call-record.ts';
import { ATTENTION, type Attention, type CallSummary, callSummarySchema } from '../../call/call-summary.ts';
import { fieldsOf, jsonSchema } from '../../call/json.ts';
import type { StoredEvent } from '../../call/call-store.ts';
import type { CallEvent, EndReason } from '../../call/call.ts';
import { NOTE_KINDS } from '../../call/notes.ts';
import { asAssignment, asResult } from './assignment-rows.ts';
import { readRow, type Row } from './database.ts';

/** Both return JSON as text, and Postgres returns 64-bit integers as text. */
export const CALL_COLUMNS = `id, direction, from_number, to_number, profile, started_at, last_at, state, ended_at,
  end_reason, owner_id, lease_until, claims, CAST(resume AS TEXT) AS resume, sid, stage, answered_by,
  CAST(assignment AS TEXT) AS assignment, CAST(task_words AS TEXT) AS task_words, CAST(result AS TEXT) AS result,
  is_result_wanted, is_settled, summary, attention`;
export const EVENT_COLUMNS = `position, call_id, at, type, CAST(body AS TEXT) AS body`;

const resumeState: z.ZodType<ResumeState> = z.object({
  profile: z.string(),
  parameters: z.record(z.string(), z.string()),
  agent: z.object({ kind: z.string(), reference: jsonSchema, history: jsonSchema }).nullable(),
  speaking: z.object({ text: z.string(), heard: z.string() }).nullable(),
  order: z
    .union([
      z.object({ type: z.enum(['connect', 'hang-up', 'apologise']) }),
      z.object({ type: z.literal('transfer'), to: z.string(), summary: z.string() }),
      z.object({ type: z.literal('send-digits'), digits: z.string() }),
    ])
    .nullable(),
  // Missing in the records of earlier versions.
  unanswered: z
    .object({
      text: z.string(),
      notes: z.array(z.object({ kind: z.enum([...NOTE_KINDS, 'needed']), text: z.string() })),
      audio: z.array(z.string()),
    })
    .nullable()
    .default(null),
  isWhole: z.boolean().default(false),
});

const callRow = z.object({
  id: z.string(),
  direction: callDirectionSchema.nullable(),
  from_number: z.string().nullable(),
  to_number: z.string().nullable(),
  profile: z.string().nullable(),
  started_at: z.number(),
  last_at: z.number(),
  ended_at: z.number().nullable(),
  end_reason: z.custom<EndReason>((reason) => typeof reason === 'string').nullable(),
  owner_id: z.string().nullable(),
  lease_until: z.number().nullable(),
  claims: z.number(),
  resume: z.string().nullable(),
  sid: z.string().nullable(),
  // A stage that only a later version knows counts as under way: the call must not be dialled again.
  stage: z.enum(STAGES).nullable().catch('in-progress'),
  answered_by: answeredBySchema.nullable().catch('unknown'),
  assignment: z.string().nullable(),
  task_words: z.string().nullable(),
  result: z.string().nullable(),
  is_result_wanted: z.number(),
  is_settled: z.number(),
  summary: z.string().nullable(),
  attention: z.number().nullable(),
});

export function asCall(row: Row): CallRecord {
  const call = readRow(callRow, row);
  const isOut = call.direction === 'outbound';
  const ended =
    call.ended_at === null || call.end_reason === null
      ? null
      : { at: call.ended_at, reason: call.end_reason };
  // `dialling` is written before the carrier is asked: a call without a stage was never dialled.
  const liveStage: CallStage = isOut ? (call.stage ?? 'queued') : 'in-progress';
  return {
    id: call.id,
    // In records of earlier versions an inbound call's ID is the carrier's SID.
    sid: call.sid ?? (call.id.startsWith('CA') ? call.id : null),
    direction: call.direction ?? 'inbound',
    from: call.from_number ?? '',
    to: call.to_number ?? '',
    profile: call.profile ?? '',
    startedAt: call.started_at,
    lastAt: call.last_at,
    ended,
    holder: call.owner_id === null ? null : { ownerId: call.owner_id, leaseUntil: call.lease_until ?? 0 },
    claims: call.claims,
    resume: call.resume === null ? null : asResume(call.resume),
    stage: ended === null ? liveStage : 'ended',
    answeredBy: call.answered_by,
    assignment: call.assignment === null ? null : asAssignment(call.assignment, call.task_words),
    result: call.result === null ? null : asResult(call.result),
    isResultWanted: call.is_result_wanted === 1,
    isSettled: call.is_settled === 1,
    summary: call.summary === null ? null : asSummary(call.summary),
    attention: attentionIn(call.attention ?? 0),
  };
}

/** null if another version wrote it in another form. */
export function asSummary(text: string): CallSummary | null {
  return callSummarySchema.safeParse(JSON.parse(text)).data ?? null;
}

export function attentionBits(attention: readonly Attention[]): number {
  return ATTENTION.reduce((bits, reason, place) => bits | (attention.includes(reason) ? 1 << place : 0), 0);
}

export function attentionIn(bits: number): Attention[] {
  return ATTENTION.filter((_, place) => (bits & (1 << place)) !== 0);
}

/** null if another version wrote it in another form: the call then resumes as if nothing were known. */
function asResume(text: string): ResumeState | null {
  return resumeState.safeParse(JSON.parse(text)).data ?? null;
}

const eventRow = z.object({
  position: z.coerce.number(),
  call_id: z.string(),
  at: z.number(),
  type: z.string(),
  body: z.string(),
});

export function asEvent(row: Row): StoredEvent {
  const { position, call_id: callId, at, type, body } = readRow(eventRow, row);
  const event = readRow(callEvent, { ...fieldsOf(JSON.parse(body)), callId, at, type });
  return { position, event };
}

/** Not checked: another version may have written other fields, and readers ignore what they do not know. */
const callEvent = z.custom<CallEvent>((event) => typeof event === 'object' && event !== null);
