// Where a phone number's calls go, as its carrier has it on file; how somebody points a number here and back; and the port that
// keeps what was there before. Passwords in addresses are real only between the carrier and that port.
export const WEBHOOK_FIELDS = [
  'voiceUrl',
  'voiceMethod',
  'voiceFallbackUrl',
  'voiceFallbackMethod',
  'statusCallback',
  'statusCallbackMethod',
  'voiceApplicationSid',
] as const;

export type WebhookField = (typeof WEBHOOK_FIELDS)[number];

/**
 * They decide where a call to a number goes; '' where nothing is set. Where `voiceApplicationSid` is set, the carrier asks
 * that application and none of the URLs.
 */
export type Webhooks = Readonly<Record<WebhookField, string>>;

/** A change of ours, kept before it is made. */
export interface NumberChange {
  readonly id: string;
  readonly changedAt: number;
  readonly before: Webhooks;
  /** What the change left; anything else on file later is somebody else's. */
  readonly after: Webhooks;
}

/** Keeps at most one change of each number. Methods reject with a StoreError, or an error that says what to mend. */
export interface NumberChangeStore {
  /** By number, in E.164. */
  numberChanges(): Promise<ReadonlyMap<string, NumberChange>>;
  /** @param instead the ID of the change that it replaces. False: another one is kept by now. */
  keepNumberChange(phoneNumber: string, change: NumberChange, instead: string | null): Promise<boolean>;
  /** Does nothing if another change is kept by now. */
  forgetNumberChange(phoneNumber: string, id: string): Promise<void>;
}

/**
 * `partly`: calls come here, but fallback, status callback or retries differ from what the relay sets. `in-trunk`: a SIP trunk
 * has the number, which overrides all webhooks.
 */
export type Direction = 'here' | 'partly' | 'elsewhere' | 'in-trunk';

/** A number of the account. Passwords in its addresses are hidden. */
export interface NumberState {
  readonly number: string;
  readonly is: Direction;
  /** '' if it is in no SIP trunk. */
  readonly trunkSid: string;
  readonly now: Webhooks;
  /** What pointing it here would leave. */
  readonly wanted: Webhooks;
  /** Names what is on file: equal only if all of that is. */
  readonly version: string;
  readonly undo: Undo | null;
}

export interface Undo {
  readonly changedAt: number;
  readonly before: Webhooks;
  /** `possible`: what we left is still there. `done`: it is as it was before. `changed`: somebody else changed it since. */
  readonly is: 'possible' | 'done' | 'changed';
}

/** The carrier refused, or did not answer (`isTheirs`); with what to do. */
export interface CarrierTrouble {
  readonly is: 'failed';
  readonly isTheirs: boolean;
  readonly saw: string;
  readonly todo: string;
}

export interface NumbersOnFile {
  readonly is: 'told';
  readonly numbers: readonly NumberState[];
  /** The account has more numbers than these. */
  readonly isCut: boolean;
}

export type PointResult =
  | { readonly is: 'done'; readonly number: NumberState }
  /** The carrier accepted the change, but has something else on file than asked for. */
  | { readonly is: 'not-taken'; readonly number: NumberState }
  /** Somebody else changed it since it was looked at, or since our change: nothing was done. */
  | { readonly is: 'changed' }
  | { readonly is: 'in-trunk'; readonly trunkSid: string }
  | { readonly is: 'nothing-to-undo' }
  /** The account has no such number. */
  | { readonly is: 'unknown' }
  | CarrierTrouble;

/** Points numbers here and back. Rejects only as its NumberChangeStore does; then nothing was changed. */
export interface NumberPointing {
  list(): Promise<NumbersOnFile | CarrierTrouble>;
  /** null: the account has no such number. */
  look(phoneNumber: string): Promise<NumberState | CarrierTrouble | null>;
  /** @param seen the `version` that somebody decided on; null: whatever is there. */
  point(phoneNumber: string, seen: string | null): Promise<PointResult>;
  /** @param isForced even over somebody else's later change. */
  undo(phoneNumber: string, seen: string | null, isForced: boolean): Promise<PointResult>;
}
