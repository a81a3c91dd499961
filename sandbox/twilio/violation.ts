// A message or document that Twilio would not take. The real one drops most of these with a warning in its debugger,
// and the only symptom is a silent call; this one stops the call, so that a test sees it.

/** Twilio's own error number, or one of our rules where Twilio would let it pass. */
export type ViolationCode =
  | 11200
  | 12100
  | 12200
  | 12300
  | 13212
  | 13214
  | 13223
  | 13520
  | 31920
  | 31922
  | 31941
  | 31950
  | 31951
  | 'L1'
  | 'E2';

export class TwilioViolation extends Error {
  readonly code: ViolationCode;

  constructor(code: ViolationCode, message: string) {
    super(`${code}: ${message}`);
    this.name = 'TwilioViolation';
    this.code = code;
  }
}
