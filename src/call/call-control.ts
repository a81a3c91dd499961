// What people and programs can do with calls from outside: place them, watch them, steer them. The operator's API and the
// commands speak to this, and know nothing of how a call is carried.
import type { Assignment, Refusal } from './assignment.ts';
import type { CallbackState } from './callback-store.ts';
import type { CallRecord } from './call-record.ts';
import type { CallCost } from './ledger.ts';
import type { TranscriptLine } from './transcript.ts';
import type { CallCount, CallPage, CallQuery, StoredEvent } from './call-store.ts';
import type { CallVia } from './call-id.ts';
import type { GatheredInsights, InsightsOf } from './insights.ts';
import type { CallId } from './call.ts';
import type { Rehearsed, ToRehearse, UsageToday } from './rehearsal.ts';
import type { Steering } from './steering.ts';
import type { StoredRecording } from './stored-recording.ts';

export type Placed =
  /** `isNew` false: the same request was made before, and this is its call. */
  | { readonly is: 'placed'; readonly callId: CallId; readonly isNew: boolean }
  | { readonly is: 'refused'; readonly refusal: Refusal };

export interface CallView {
  readonly call: CallRecord;
  readonly transcript: readonly TranscriptLine[];
  readonly cost: CallCost;
  readonly callbacks: readonly CallbackState[];
  /** How many calls go before it while it waits to be dialled; null where it does not wait, or another process knows. */
  readonly place: number | null;
  readonly hasRecording: boolean;
  /** The numbers, in E.164, to which it can be transferred now: its profile's. */
  readonly transferTo: readonly string[];
  /** Of the last event that is in the view: what comes after it is news. */
  readonly position: number;
}

/** `accepted`: it is being done, by the process that has the call; `over`: the call has ended. */
export type Steered = 'accepted' | 'unknown' | 'over' | 'not-allowed';

export interface CallControl {
  /** The assignment was checked by its form; whether the call may be made is checked here. */
  place(assignment: Assignment, idempotency: { key: string; fingerprint: string } | null): Promise<Placed>;
  /** What placing would come to. Places and counts nothing. */
  rehearse(wanted: ToRehearse): Promise<Rehearsed>;
  usageToday(): Promise<UsageToday>;
  list(query: CallQuery): Promise<CallPage>;
  /** How many calls a list has on all its pages, by kind. */
  count(query: CallQuery): Promise<readonly CallCount[]>;
  insights(of: InsightsOf, via: CallVia | 'all'): Promise<GatheredInsights>;
  view(callId: CallId): Promise<CallView | null>;
  /** Events of one call, or of all, in the order in which they were written: after `position`. */
  eventsAfter(callId: CallId | null, position: number, limit: number): Promise<readonly StoredEvent[]>;
  /** Where the events end now. */
  lastPosition(): Promise<number>;
  /**
   * Calls `listener` soon after something was written about any call, here or by another process; it may be nothing new.
   * Returns what ends that.
   */
  onNews(listener: () => void): () => void;
  steer(callId: CallId, steering: Steering): Promise<Steered>;
  /** The record, its words and its recording. Not of a call that still goes on. */
  erase(callId: CallId): Promise<'erased' | 'unknown' | 'live'>;
  recording(callId: CallId): Promise<StoredRecording | null>;
  /** The names that an assignment may have as its profile. */
  readonly profiles: readonly string[];
}
