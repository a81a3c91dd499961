// What the primary and its relay processes say to each other. All of them are of one version and on one machine, so that these
// messages are trusted; they hold words and numbers of callers and are never logged.
import type { AnsweredBy } from '../call/assignment.ts';
import type { Steered } from '../call/call-control.ts';
import type { CallFacts, CallId, LiveTalk, NextStep, TransferOutcome } from '../call/call.ts';
import type { HeardWebhook } from '../call/heard-webhook.ts';
import type { CarrierStatus, Steering } from '../call/steering.ts';

/**
 * What a process has of a call. `live` counts for MAX_CALLS, as `waiting` does: an outbound call that nobody has answered.
 * `ended`: what Twilio asks about it must still be answered by the process that ended it.
 */
export type Holding = 'live' | 'waiting' | 'ended' | 'gone';

/** Calls of the other processes of this machine. Talks are not among the live ones, because they have places of their own (W2). */
export interface Elsewhere {
  readonly live: number;
  readonly waiting: number;
  readonly talks: number;
}

/** What a process says of itself; empty lists: it takes calls, and nothing is wrong. */
export interface ProcessState {
  /** Why it takes no call now. */
  readonly reasons: readonly string[];
  readonly warnings: readonly string[];
}

export interface MachineState {
  /** As many as PROCESSES says. */
  readonly wanted: number;
  /** Those that have started. */
  readonly processes: readonly ProcessState[];
}

/** A metric as prom-client's `getMetricsAsJSON` writes it. */
export interface PlainMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  /** How prom-client makes one of several processes' values: 'sum', 'max', … */
  readonly aggregator: string;
  readonly values: readonly {
    readonly value: number;
    readonly labels: Readonly<Record<string, string | number>>;
    readonly metricName?: string;
  }[];
}

interface OfCall {
  readonly callId: CallId;
  readonly sid: string;
}

/** What one process asks of another: each question with its answer. */
export interface Questions {
  incoming: { readonly asked: { readonly call: CallFacts }; readonly answer: NextStep };
  answered: { readonly asked: { readonly call: OfCall }; readonly answer: NextStep };
  next: {
    readonly asked: {
      readonly call: CallFacts;
      readonly status: CarrierStatus;
      readonly transfer: TransferOutcome | null;
    };
    readonly answer: NextStep;
  };
  transferAnswered: { readonly asked: { readonly callId: CallId }; readonly answer: string };
  verdict: {
    readonly asked: {
      readonly callId: CallId;
      readonly answeredBy: AnsweredBy;
      readonly isMessageOver: boolean;
    };
    readonly answer: 'noted';
  };
  status: {
    readonly asked: { readonly call: OfCall; readonly status: CarrierStatus };
    readonly answer: 'noted';
  };
  steer: {
    readonly asked: { readonly callId: CallId; readonly steering: Steering };
    readonly answer: Steered;
  };
  metrics: { readonly asked: null; readonly answer: readonly PlainMetric[] };
  talks: { readonly asked: null; readonly answer: readonly LiveTalk[] };
  webhooks: { readonly asked: null; readonly answer: readonly HeardWebhook[] };
}

export type Question = {
  [Name in keyof Questions]: { readonly name: Name; readonly asked: Questions[Name]['asked'] };
}[keyof Questions];

/** null: the process that asks decides by itself. */
export type Answer = Questions[keyof Questions]['answer'] | null;

/** The head of a WebSocket's handshake; its socket goes with the message. */
export interface Upgrade {
  readonly url: string;
  readonly rawHeaders: readonly string[];
}

export type FromProcess =
  /** `owner`: the name by which the records know this process. */
  | {
      readonly type: 'state';
      readonly state: ProcessState;
      readonly owner: string;
      /** Where this process alone is reached, on this machine. */
      readonly port: number;
    }
  | { readonly type: 'holds'; readonly callId: CallId; readonly how: Holding }
  /** `mayPlace`: if nobody has the call, the least busy process gets it. */
  | {
      readonly type: 'ask';
      readonly id: number;
      readonly callId: CallId;
      readonly question: Question;
      readonly mayPlace: boolean;
    }
  | { readonly type: 'machine' | 'all-metrics' | 'all-talks' | 'all-webhooks'; readonly id: number }
  /** Where is the process of this number? */
  | { readonly type: 'where'; readonly id: number; readonly process: number }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answer }
  /** With the socket. */
  | { readonly type: 'stream'; readonly callId: CallId; readonly upgrade: Upgrade }
  /** This process has the socket of the stream that the primary handed to it. */
  | { readonly type: 'took-stream'; readonly id: number }
  | { readonly type: 'cannot-start'; readonly problems: readonly string[] }
  | { readonly type: 'wants-to-leave' | 'takes-no-calls' }
  | { readonly type: 'leaves'; readonly metrics: readonly PlainMetric[] };

export type ToProcess =
  | { readonly type: 'question'; readonly id: number; readonly question: Question }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answer }
  /** No process has the call: the one that asked decides. */
  | { readonly type: 'nobody'; readonly id: number }
  | { readonly type: 'machine'; readonly id: number; readonly machine: MachineState }
  | {
      readonly type: 'all-metrics';
      readonly id: number;
      readonly metrics: readonly (readonly PlainMetric[])[];
    }
  | { readonly type: 'all-talks'; readonly id: number; readonly talks: readonly LiveTalk[] }
  | { readonly type: 'all-webhooks'; readonly id: number; readonly webhooks: readonly HeardWebhook[] }
  /** null: it is gone. */
  | { readonly type: 'where'; readonly id: number; readonly port: number | null }
  /** With the socket. */
  | { readonly type: 'stream'; readonly id: number; readonly upgrade: Upgrade }
  /** Another process died, whose name in the records this is. */
  | { readonly type: 'died'; readonly owner: string }
  | { readonly type: 'elsewhere'; readonly elsewhere: Elsewhere }
  /** The whole machine leaves: answered by `takes-no-calls`. */
  | { readonly type: 'take-no-calls' }
  | { readonly type: 'leave' };
