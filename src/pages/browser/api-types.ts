// What the pages read of the API's answers. A test holds these shapes to the API's own, field by field.
import type { CallStage } from '../../call/assignment.ts';
import type { Json } from '../../call/json.ts';
import type { TurnOutcome } from '../../call/call.ts';
import type { EndGroup } from '../../call/end-groups.ts';
import type { CostOwner } from '../../call/usage.ts';
import type { WaitPart } from '../../call/turn-waits.ts';

/** Why the API does not do what it was asked for. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly field?: string;
  /** When it is worth trying again. */
  readonly retryAfterS?: number;
}

/** What placing a call would come to. */
export interface Rehearsal {
  readonly wouldBePlaced: boolean;
  readonly refusals: readonly Refusal[];
  readonly callee: Callee | null;
}

export interface Callee {
  /** Two letters. */
  readonly country: string | null;
  readonly timeZones: readonly string[];
}

export interface UsageToday {
  readonly calls: Used;
  readonly minutes: Used;
}

export interface Used {
  readonly used: number;
  readonly limit: number;
}

/** What came of one check of the relay's surroundings. */
export interface CheckFinding {
  readonly is: 'fine' | 'wrong' | 'unknown';
  readonly saw: string;
  readonly todo: string | null;
}

export type Ready =
  | { readonly status: 'ready'; readonly warnings: readonly string[] }
  | {
      readonly status: 'not-ready';
      readonly reasons: readonly string[];
      readonly warnings: readonly string[];
    };

export interface Configuration {
  readonly variables: readonly {
    readonly name: string;
    readonly is: 'set' | 'default' | 'missing';
    /** null: a secret, or there is none. */
    readonly value: string | null;
  }[];
}

/** What a phone number has on file at Twilio. */
export type Webhooks = Readonly<
  Record<
    | 'voiceUrl'
    | 'voiceMethod'
    | 'voiceFallbackUrl'
    | 'voiceFallbackMethod'
    | 'statusCallback'
    | 'statusCallbackMethod'
    | 'voiceApplicationSid',
    string
  >
>;

export interface NumberOfAccount {
  readonly number: string;
  readonly isOwn: boolean;
  readonly is: 'here' | 'partly' | 'elsewhere' | 'in-trunk';
  readonly profile: string;
  readonly trunkSid: string | null;
  readonly now: Webhooks;
  readonly wanted: Webhooks;
  readonly version: string;
  readonly undo: {
    readonly is: 'possible' | 'done' | 'changed';
    readonly changedAt: string;
    readonly before: Webhooks;
  } | null;
}

/** As profiles.json says it of a number. */
export interface NumberProfile {
  readonly agent: string;
  readonly greeting: string;
}

export interface Numbers {
  readonly webhookUrl: string;
  readonly numbers: readonly NumberOfAccount[];
  readonly missing: readonly string[];
  readonly hasProfiles: boolean;
  /** What answers a number without a profile. */
  readonly usual: NumberProfile;
  readonly isCut: boolean;
}

export interface Webhook {
  readonly at: string;
  readonly route: string;
  readonly tookMs: number;
  readonly is: 'answered' | 'refused';
  readonly refused: { readonly kind: string; readonly detail: string } | null;
  readonly answer: string;
  readonly callStatus: string;
  readonly callId: string | null;
  /** The last digits. */
  readonly from: string;
}

export interface WebhookRehearsal {
  readonly status: number;
  readonly twiml: string;
  readonly answer: string;
  readonly tookMs: number;
  readonly to: string;
  readonly profile: string;
}

/** What came of a sample to a callback URL. */
export interface SentSample {
  readonly is: 'delivered' | 'failed';
  /** A status or a code; null if it was delivered. */
  readonly problem: string | null;
  readonly tookMs: number;
}

/** Why somebody should look at a call. */
export type Attention = 'fault' | 'slow' | 'result' | 'callback';

export interface Spread {
  readonly count: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

export type TurnCounts = Readonly<Record<TurnOutcome, number>>;

/** A call in numbers. */
export interface CallNumbers {
  readonly turns: TurnCounts;
  readonly coughs: number;
  readonly handOvers: number;
  /** null: none was measured. */
  readonly wait: Spread | null;
  /** null for calls of older versions. */
  readonly cost: { readonly usd: number; readonly isPartial: boolean; readonly isEstimate: boolean } | null;
}

export interface CallSummary {
  readonly id: string;
  readonly direction: 'inbound' | 'outbound';
  readonly via: 'phone' | 'browser';
  readonly stage: CallStage;
  readonly from: string;
  readonly to: string;
  readonly profile: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly endReason: string | null;
  readonly durationS: number | null;
  readonly answeredBy: string | null;
  readonly isSettled: boolean;
  readonly metadata: Readonly<Record<string, string>>;
  /** null while the call lives, a moment longer, and for calls of older versions. */
  readonly summary: CallNumbers | null;
  readonly attention: readonly Attention[];
}

/** How many calls there are on all pages, by the values of each filter. */
export interface Counts {
  readonly all: number;
  readonly needsAttention: number;
  readonly direction: Readonly<Record<string, number>>;
  readonly via: Readonly<Record<string, number>>;
  readonly endReason: Readonly<Record<string, number>>;
  readonly profile: Readonly<Record<string, number>>;
}

export interface CallPage {
  readonly calls: readonly CallSummary[];
  readonly next: string | null;
  readonly counts?: Counts;
}

export interface Stretch {
  readonly at: string;
  readonly calls: number;
  /** The most of them that were live at a time. */
  readonly peak: number;
  readonly ended: Readonly<Record<EndGroup, number>>;
  readonly endReasons: Readonly<Record<string, number>>;
  readonly turns: TurnCounts;
  readonly coughs: number;
  readonly fillers: number;
  readonly reconnects: number;
  readonly handOvers: number;
  readonly longestSilenceMs: number;
  readonly wait: Spread | null;
  readonly parts: Readonly<Record<WaitPart, Spread>> | null;
  /** In USD; null: of no call it is known. */
  readonly cost: {
    readonly usd: number;
    readonly isPartial: boolean;
    readonly isEstimate: boolean;
    readonly byOwner: Readonly<Record<CostOwner, number | null>>;
  } | null;
}

export interface Insights {
  readonly since: string;
  readonly until: string;
  readonly step: number;
  readonly isCut: boolean;
  readonly groups: readonly { readonly value: string; readonly stretches: readonly Stretch[] }[];
}

export type Line = { readonly at: string; readonly said: string } & (
  | { readonly who: 'caller'; readonly by: 'voice' | 'keys' }
  | { readonly who: 'agent'; readonly heard: string | null; readonly outcome: TurnOutcome | null }
  | { readonly who: 'relay'; readonly line: string }
);

export interface Finding {
  readonly pointer: string;
  readonly is: 'supported' | 'unsupported' | 'hedged' | 'retracted';
  readonly evidence: readonly { readonly line: number; readonly who: string; readonly text: string }[];
}

export type Result =
  | {
      readonly status: 'answered';
      readonly value: Json;
      readonly findings: readonly Finding[];
      readonly summary?: string | undefined;
    }
  | { readonly status: 'not-reached'; readonly why: string }
  | { readonly status: 'failed'; readonly problems: readonly string[] };

export interface Callback {
  readonly id: string;
  readonly url: string;
  readonly createdAt: string;
  readonly attempts: number;
  readonly nextAt: string | null;
  readonly deliveredAt: string | null;
  readonly lastProblem: string | null;
}

export interface Cost {
  readonly usd: number;
  readonly isPartial: boolean;
  readonly isEstimate: boolean;
  readonly pricesOf: string;
  readonly lines: readonly {
    readonly owner: CostOwner;
    readonly what: string;
    readonly quantity: number | null;
    readonly unit: string;
    readonly usd: number | null;
  }[];
}

export interface Call extends CallSummary {
  readonly task: {
    readonly type: string;
    readonly prompt: string;
    readonly context: { readonly [name: string]: Json };
  } | null;
  readonly place: number | null;
  readonly transcript: readonly Line[];
  readonly result: Result | null;
  readonly cost: Cost;
  readonly callbacks: readonly Callback[];
  readonly hasRecording: boolean;
  /** In E.164. */
  readonly transferTo: readonly string[];
  readonly position: number;
}
