// What a request to place a call may ask for, and the errors that Twilio answers otherwise. Stricter than the real one:
// what that takes and does otherwise than meant, such as a parameter it does not know, is refused here.
import type { CallListInstanceCreateOptions } from 'twilio/lib/rest/api/v2010/account/call.js';
import { PROGRESS_EVENTS, type ProgressEvent, type Reporting } from './status-reports.ts';

export interface CallOrder {
  readonly to: string;
  readonly from: string;
  /** Asked what to do with the call once it is answered. */
  readonly url: string;
  readonly reporting: Reporting | null;
  readonly ringMs: number;
  readonly longestMs: number | null;
  readonly detection: MachineDetection | null;
}

export interface MachineDetection {
  readonly mode: 'Enable' | 'DetectMessageEnd';
  readonly callback: string;
}

export interface OrderRefusal {
  readonly code: number;
  readonly message: string;
}

/** As the SDK writes them on the wire. */
type Parameter = Capitalize<Extract<keyof CallListInstanceCreateOptions, string>>;

/** null where the value is good; the error otherwise. */
type Check = (value: string) => OrderRefusal | null;

const E164 = /^\+[1-9]\d{6,14}$/;
const LONGEST_CALL_S = 14_400;

/** Those that the sandbox carries out; all others are refused, Twilio's own ones too. */
const CHECKS: Partial<Record<Parameter, Check>> = {
  To: (value) => (E164.test(value) ? null : refusal(21211, `The phone number ${value} is not valid.`)),
  From: (value) => (E164.test(value) ? null : refusal(21212, `The caller ID ${value} is not valid.`)),
  Url: (value) => (isWebAddress(value) ? null : refusal(21205, `Url ${value} is not a valid URL`)),
  Method: isPost,
  Timeout: within(21208, 5, 600),
  TimeLimit: within(20001, 1, LONGEST_CALL_S),
  StatusCallback: isCallback,
  StatusCallbackMethod: isPost,
  StatusCallbackEvent: (value) =>
    isProgressEvent(value) ? null : refusal(21626, `StatusCallbackEvent ${value} is not valid`),
  MachineDetection: oneOf('Enable', 'DetectMessageEnd'),
  MachineDetectionTimeout: within(20001, 3, 59),
  MachineDetectionSpeechThreshold: within(20001, 1000, 6000),
  MachineDetectionSpeechEndThreshold: within(20001, 500, 5000),
  MachineDetectionSilenceTimeout: within(20001, 2000, 10_000),
  AsyncAmd: oneOf('true', 'false'),
  AsyncAmdStatusCallback: isCallback,
  AsyncAmdStatusCallbackMethod: isPost,
};

/** `owns` says whether a number is one of the account's. */
export function readOrder(
  form: URLSearchParams,
  owns: (number: string) => boolean,
): CallOrder | OrderRefusal {
  if (form.has('Twiml') && form.has('Url')) return refusal(20001, 'Twiml and Url exclude each other');
  const [to, from, url] = [form.get('To'), form.get('From'), form.get('Url')];
  if (to === null || to === '') return refusal(21201, "No 'To' number is specified");
  if (from === null || from === '') return refusal(21213, "'From' phone number is required to make a call");
  if (url === null || url === '') return refusal(21205, 'Url parameter is required.');
  for (const [name, value] of form) {
    const check = isKnown(name) ? CHECKS[name] : undefined;
    const refused =
      check === undefined ? refusal(20001, `${name} is not known to the sandbox`) : check(value);
    if (refused !== null) return refused;
    if (name !== 'StatusCallbackEvent' && form.getAll(name).length > 1) {
      return refusal(20001, `${name} was given more than once`);
    }
  }
  if (!owns(from)) {
    return refusal(21210, `The source phone number provided, ${from}, is not yet verified for your account.`);
  }
  const events = form.getAll('StatusCallbackEvent').filter(isProgressEvent);
  if (new Set(events).size < events.length) return refusal(21626, 'a StatusCallbackEvent was given twice');
  const callback = form.get('StatusCallback');
  if (callback === null && events.length > 0) return refusal(21626, 'events without a StatusCallback');
  const detection = detectionOf(form);
  if (detection !== null && 'code' in detection) return detection;
  const longestS = form.get('TimeLimit');
  return {
    to,
    from,
    url,
    reporting:
      callback === null ? null : { url: callback, events: events.length > 0 ? events : ['completed'] },
    ringMs: Number(form.get('Timeout') ?? 60) * 1000,
    longestMs: longestS === null ? null : Number(longestS) * 1000,
    detection,
  };
}

/** Detection that the callee waits for in silence is not for a relay: only that in the background is carried out. */
function detectionOf(form: URLSearchParams): MachineDetection | OrderRefusal | null {
  const mode = form.get('MachineDetection');
  const callback = form.get('AsyncAmdStatusCallback');
  if (mode === null) {
    const alone = [...form.keys()].find((name) => /^(MachineDetection|AsyncAmd)/.test(name));
    return alone === undefined ? null : refusal(20001, `${alone} without MachineDetection`);
  }
  if (form.get('AsyncAmd') !== 'true') return refusal(20001, 'the callee would wait until it is detected');
  if (callback === null) return refusal(20001, 'without AsyncAmdStatusCallback nobody receives the result');
  return { mode: mode === 'Enable' ? 'Enable' : 'DetectMessageEnd', callback };
}

function isKnown(name: string): name is Parameter {
  return Object.hasOwn(CHECKS, name);
}

function isProgressEvent(value: string): value is ProgressEvent {
  const events: readonly string[] = PROGRESS_EVENTS;
  return events.includes(value);
}

function isPost(value: string): OrderRefusal | null {
  return value === 'POST' ? null : refusal(21209, `${value} is not what the sandbox asks with`);
}

function isCallback(value: string): OrderRefusal | null {
  return isWebAddress(value) ? null : refusal(21609, `The StatusCallback URL ${value} is not a valid URL.`);
}

/** Without underscores in the name of the host. */
function isWebAddress(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && /^https?:$/.test(url.protocol) && !url.hostname.includes('_');
}

function within(code: number, least: number, most: number): Check {
  return (value) => {
    const isGood = /^\d{1,9}$/.test(value) && Number(value) >= least && Number(value) <= most;
    return isGood ? null : refusal(code, `${value} is not a whole number from ${least} to ${most}`);
  };
}

function oneOf(...values: readonly string[]): Check {
  return (value) =>
    values.includes(value) ? null : refusal(20001, `${value} is not one of ${values.join(', ')}`);
}

function refusal(code: number, message: string): OrderRefusal {
  return { code, message };
}
