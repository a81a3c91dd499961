// A call out, as it was asked for: whom to call, as which profile, to do what, and what is to be brought back. Words
// only; every field was checked before it got here (operator/call-schemas.ts).
import { z } from 'zod';
import type { Json } from './json.ts';

export type TaskType = 'appointment_reminder' | 'survey' | 'notification' | 'custom';

/** What the agent is to do. All of it is personal data. */
export interface Task {
  readonly type: TaskType;
  /** In the words of whoever asked for the call. */
  readonly prompt: string;
  /** What the agent needs to know besides. */
  readonly context: { readonly [name: string]: Json };
}

/** What is left on an answering machine; null: nothing, the line is closed. */
export type VoicemailMessage = string | null;

export interface Assignment {
  readonly to: string;
  readonly profile: string;
  readonly task: Task;
  readonly voicemail: VoicemailMessage;
  /** A JSON Schema of what is to be brought back; null: nothing is asked for. */
  readonly result: { readonly [name: string]: Json } | null;
  readonly callbackUrl: string | null;
  readonly ringTimeoutS: number;
  readonly maxMinutes: number;
  /** Given back with everything that is told of the call; the relay makes nothing of it. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * How far a call out has come. `queued`: Twilio was not asked yet. `dialling`: it was, or is being asked, so that the call
 * may have been placed and must not be placed again. A stage never goes back.
 */
export type CallStage = 'queued' | 'dialling' | 'ringing' | 'in-progress' | 'ended';

/** Who or what answered, as the carrier's machine detection has it. */
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
  /** What is wrong and what to do about it, for whoever sent the request; holds no secret. */
  readonly message: string;
  /** The field it is about, as `task.prompt`. */
  readonly field?: string;
  /** When it is worth trying again. */
  readonly retryAfterS?: number;
}

/** A line of the transcript on which a value rests; `line` is its index in the call's transcript. */
export interface Evidence {
  readonly line: number;
  readonly who: 'caller' | 'agent' | 'relay';
  readonly text: string;
}

/** One value of a result, by its JSON Pointer. `unsupported`: nobody said what it holds. */
export interface Finding {
  readonly pointer: string;
  readonly evidence: readonly Evidence[];
  readonly isSupported: boolean;
}

export type CallResult =
  | { readonly is: 'answered'; readonly value: Json; readonly findings: readonly Finding[] }
  /** Nobody was asked, because nobody was reached: `why` is the call's end reason. */
  | { readonly is: 'not-reached'; readonly why: string }
  /** The agent was asked twice and gave nothing that fits. `problems` hold no words of the call. */
  | { readonly is: 'failed'; readonly problems: readonly string[] };
