// A demo call that is over, and its relay, which still runs.
import type { CallId } from '../../src/call/call.ts';
import type { Caller } from '../caller/caller.ts';
import type { Sandbox } from '../sandbox.ts';
import type { TwilioSandbox } from '../twilio/twilio.ts';
import type { Voice } from '../voice/voice.ts';

/** Twilio's code for it. */
const STREAM_BROKE = 31903;

export interface DemoCall extends Pick<Sandbox, 'env' | 'relayUrl'> {
  readonly callId: CallId;
  readonly caller: Caller;
  /** Where the call departed from its script. */
  readonly problems: readonly string[];
  /** Printed if there are no problems. */
  readonly verdict: string;
  close(): Promise<void>;
}

export interface Surroundings {
  /** Added to the user's own settings. */
  readonly env: Readonly<Record<string, string>>;
  readonly voice: Voice | null;
}

/** What the telephone side would complain about; `breaks` streams were to break. */
export function problemsOfTwilio(
  { violations, streamErrors }: Pick<TwilioSandbox, 'violations' | 'streamErrors'>,
  breaks = 0,
): string[] {
  const isExpected = (code: number, at: number): boolean => code === STREAM_BROKE && at < breaks;
  return [
    ...violations.map(({ message }) => `Twilio would complain: ${message}`),
    ...streamErrors
      .filter(({ code }, at) => !isExpected(code, at))
      .map(({ code, detail }) => `Twilio would log ${code}: ${detail}`),
  ];
}
