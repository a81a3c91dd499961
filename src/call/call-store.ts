// The port of the call store. Methods reject only with a StoreError, which holds a code and no text. Audio must never wait for
// them: events go through store/store-writer.ts.
import type { CallStage } from './assignment.ts';
import type { CallChange, CallDirection, CallRecord } from './call-record.ts';
import type { CallEvent, CallId } from './call.ts';
import type { CallVia } from './call-id.ts';
import type { CallDigest } from './insights.ts';
import type { Steering } from './steering.ts';

export class StoreError extends Error {
  /** The database's own, such as `57P01`, `SQLITE_BUSY` or `ECONNREFUSED`. Fit for a log. */
  readonly code: string;
  /** The data itself was refused, so a retry cannot help. */
  readonly isAboutData: boolean;

  constructor(code: string, isAboutData = false) {
    super(`The call store failed: ${code}`);
    this.name = 'StoreError';
    this.code = code;
    this.isAboutData = isAboutData;
  }
}

/** One transaction. */
export interface Batch {
  /** The writing process, which becomes the holder of calls that are new. */
  readonly ownerId: string;
  readonly leaseUntil: number;
  /**
   * One a call; ignored if another process holds the call by now. A call's first change comes before its first event, or in
   * the same batch.
   */
  readonly changes: readonly CallChange[];
  /** In order. An event that is sent again is written once, by its number. */
  readonly events: readonly NumberedEvent[];
}

export interface NumberedEvent {
  /** Counts all events of one process, over all of its calls. */
  readonly number: number;
  readonly event: CallEvent;
}

export interface StoredEvent {
  /** Grows in the order in which events become visible, over all calls and processes; has gaps. */
  readonly position: number;
  readonly event: CallEvent;
}

export interface Claim {
  readonly ownerId: string;
  /** By this process's clock; machines should agree on the time to well within a lease. */
  readonly now: number;
  readonly leaseUntil: number;
  /**
   * Takes the call even from a holder whose lease runs, if `CallRecord.claims` still has this value: for a process that
   * Twilio asked about the call. null: only a call that nobody holds.
   */
  readonly evenFrom: number | null;
}

export interface CallQuery {
  readonly state?: 'live' | 'ended';
  readonly direction?: CallDirection;
  readonly via?: CallVia;
  readonly endReason?: string;
  readonly profile?: string;
  /** Whether there is a reason to look at it. */
  readonly needsAttention?: boolean;
  readonly stage?: CallStage;
  /** Of either end of the call, compared as text. */
  readonly number?: string;
  readonly since?: number;
  readonly until?: number;
  readonly limit: number;
  /** `CallPage.next` of the page before. Anything else gives the first page. */
  readonly cursor?: string;
}

export interface Reservation {
  readonly callId: CallId;
  /** Of the request's body: the same key must come with the same body. */
  readonly fingerprint: string;
}

export interface SteeringOf {
  readonly callId: CallId;
  readonly steering: Steering;
}

export interface CallPage {
  /** The latest first. */
  readonly calls: readonly CallRecord[];
  readonly next: string | null;
}

/** How many calls there are of each kind. */
export interface CallCount {
  readonly isLive: boolean;
  readonly direction: CallDirection;
  readonly via: CallVia;
  /** null while it lives. */
  readonly endReason: string | null;
  readonly profile: string;
  readonly needsAttention: boolean;
  readonly calls: number;
}

export interface CallStore {
  readonly kind: 'sqlite' | 'postgres';
  /** Creates or migrates the schema. The first use does so too; this tells early whether it works. */
  open(): Promise<void>;
  append(batch: Batch): Promise<void>;
  load(callId: CallId): Promise<CallRecord | null>;
  /** Takes the call for this process; null if it is unknown or another's. Of several at once, one gets it. */
  claim(callId: CallId, claim: Claim): Promise<CallRecord | null>;
  /** Renews the lease on these calls; returns those that another process holds by now. */
  renew(ownerId: string, callIds: readonly CallId[], leaseUntil: number): Promise<CallId[]>;
  /** Lets the next claim succeed. Does nothing if another process holds the call. */
  release(callId: CallId, ownerId: string): Promise<void>;
  list(query: CallQuery): Promise<CallPage>;
  /** Of all pages; `limit` and `cursor` count for nothing. At most some thousand kinds. */
  count(query: Omit<CallQuery, 'limit' | 'cursor'>): Promise<readonly CallCount[]>;
  /** Calls that started from `since` on and before `until`, the latest first; those after `after` in that order. */
  digests(
    range: { readonly since: number; readonly until: number },
    after: { readonly startedAt: number; readonly id: CallId } | null,
    limit: number,
  ): Promise<readonly CallDigest[]>;
  /** Events of one call, or of all, after a position; 0: from the first. */
  eventsAfter(callId: CallId | null, position: number, limit: number): Promise<StoredEvent[]>;
  loadBySid(sid: string): Promise<CallRecord | null>;
  /** Unsettled calls, outbound or with a result wanted and over, without a holder, or whose holder's lease has ended by `now`; the oldest first. */
  abandoned(now: number, limit: number): Promise<CallRecord[]>;
  /**
   * Keeps the first reservation of a key for `keepMs`, and returns it to every later request with that key.
   */
  reserve(key: string, reservation: Reservation, now: number, keepMs: number): Promise<Reservation>;
  /** Leaves a command for the process that holds the call. Does nothing if the call is over or unknown. */
  steer(callId: CallId, steering: Steering, at: number): Promise<void>;
  /** Takes the commands left for this process's calls, each once, in order; drops those older than `since`. */
  takeSteerings(ownerId: string, since: number): Promise<readonly SteeringOf[]>;
  /** Marks this process as running or leaving; returns how many others ran since `since` and are not leaving. */
  beat(ownerId: string, now: number, isLeaving: boolean, since: number): Promise<number>;
  /** Leaves only the call's ID, so that later writes about it are refused. False: there was nothing to erase. */
  erase(callId: CallId): Promise<boolean>;
  /** Removes calls without a write since `at`; returns how many. */
  eraseOlderThan(at: number): Promise<number>;
  /** Of the last event; 0 if there is none. */
  lastPosition(): Promise<number>;
  /** Rejects if the store cannot be written to. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
