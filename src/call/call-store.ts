// The port of the call store. Methods reject only with a StoreError, which holds a code and no text. Never await them on
// the way of audio: events go through store/store-writer.ts.
import type { CallStage } from './assignment.ts';
import type { CallChange, CallDirection, CallRecord } from './call-record.ts';
import type { CallEvent, CallId } from './call.ts';
import type { Steering } from './steering.ts';

export class StoreError extends Error {
  /** The database's own code for it, such as `57P01`, `SQLITE_BUSY` or `ECONNREFUSED`. Fit for a log. */
  readonly code: string;
  /** What was to be written can never be, however often it is tried. */
  readonly isAboutData: boolean;

  constructor(code: string, isAboutData = false) {
    super(`The call store failed: ${code}`);
    this.name = 'StoreError';
    this.code = code;
    this.isAboutData = isAboutData;
  }
}

/** What is written at once: all of it or nothing. */
export interface Batch {
  /** The process that writes; also the holder of the calls that are new in this batch. */
  readonly ownerId: string;
  readonly leaseUntil: number;
  /**
   * Facts of calls, one change a call; left alone where another process holds the call by now. Every call that has an
   * event here, or had one before, has its change here, or had it before.
   */
  readonly changes: readonly CallChange[];
  /** In order. The same number of the same process is written once, however often it comes. */
  readonly events: readonly NumberedEvent[];
}

export interface NumberedEvent {
  /** Counts all events of one process, over all of its calls. */
  readonly number: number;
  readonly event: CallEvent;
}

export interface StoredEvent {
  /** Grows in the order in which events became visible, over all calls and processes; has gaps. */
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
   * knows better, because Twilio asked it what next. null: only a call that nobody holds.
   */
  readonly evenFrom: number | null;
}

export interface CallQuery {
  readonly state?: 'live' | 'ended';
  readonly direction?: CallDirection;
  readonly stage?: CallStage;
  /** Either end of the call, to the letter. */
  readonly number?: string;
  readonly since?: number;
  readonly until?: number;
  readonly limit: number;
  /** `CallPage.next` of the page before. One that was made up gives the first page. */
  readonly cursor?: string;
}

export interface Reservation {
  readonly callId: CallId;
  /** Of the request's body: the same key with another body is a mistake. */
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

export interface CallStore {
  readonly kind: 'sqlite' | 'postgres';
  /** Creates or migrates the schema. Done by itself before the first use; here to learn early whether it can be. */
  open(): Promise<void>;
  append(batch: Batch): Promise<void>;
  load(callId: CallId): Promise<CallRecord | null>;
  /** Takes the call for this process; null where it is unknown or another's. Of many at once, one gets it. */
  claim(callId: CallId, claim: Claim): Promise<CallRecord | null>;
  /** Prolongs the lease on these calls; returns those that another process holds by now. */
  renew(ownerId: string, callIds: readonly CallId[], leaseUntil: number): Promise<CallId[]>;
  /** Lets the next claim succeed. Does nothing if another process holds the call. */
  release(callId: CallId, ownerId: string): Promise<void>;
  list(query: CallQuery): Promise<CallPage>;
  /** Events of one call, or of all, that come after a position (0: from the first). */
  eventsAfter(callId: CallId | null, position: number, limit: number): Promise<StoredEvent[]>;
  /** The call that the carrier knows by this name; null where none is known. */
  loadBySid(sid: string): Promise<CallRecord | null>;
  /** Unsettled outbound calls without a holder, or whose holder's lease has ended by `now`; the oldest first. */
  abandoned(now: number, limit: number): Promise<CallRecord[]>;
  /**
   * Makes a repeated request harmless: keeps the first reservation of a key for `keepMs`, and returns it to every later
   * one.
   */
  reserve(key: string, reservation: Reservation, now: number, keepMs: number): Promise<Reservation>;
  /** Leaves a command for the process that holds the call. Does nothing if the call is over or unknown. */
  steer(callId: CallId, steering: Steering, at: number): Promise<void>;
  /** Takes the commands left for this process's calls, each once, in order; drops those older than `since`. */
  takeSteerings(ownerId: string, since: number): Promise<readonly SteeringOf[]>;
  /**
   * Tells that this process is there, or is leaving. Returns how many others were there since `since` and are not leaving.
   */
  beat(ownerId: string, now: number, isLeaving: boolean, since: number): Promise<number>;
  /** Nothing is left but the call's ID, so that what still comes of it is not kept. False: there was nothing. */
  erase(callId: CallId): Promise<boolean>;
  /** Removes calls of which nothing was written since `at`; returns how many. */
  eraseOlderThan(at: number): Promise<number>;
  /** The position of the last event there is; 0 where there is none. */
  lastPosition(): Promise<number>;
  /** Resolves where the store can be written to. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
