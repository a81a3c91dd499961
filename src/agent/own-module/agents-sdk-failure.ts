// What went wrong in a run of the Agents SDK, in the five kinds that a call knows. Errors are told apart by the names of
// their classes, because the user's module may bring a copy of the SDK of its own. Messages are never passed on: they
// quote what was said.
import type { AgentFailure } from '../../call/ports.ts';
import type { BadEnd } from './agents-sdk-text.ts';
import { type AgentFailed, failed, failedWith, failedWithCode } from '../failures.ts';

const FAILURE_OF_ERROR: ReadonlyMap<string, AgentFailure> = new Map([
  ['MaxTurnsExceededError', 'refused'],
  ['ModelRefusalError', 'refused'],
  ['InputGuardrailTripwireTriggered', 'refused'],
  ['OutputGuardrailTripwireTriggered', 'refused'],
  ['ToolInputGuardrailTripwireTriggered', 'refused'],
  ['ToolOutputGuardrailTripwireTriggered', 'refused'],
  ['UserError', 'refused'],
  ['ModelTimeoutError', 'timeout'],
  ['ModelBehaviorError', 'malformed'],
]);

/** Longer names are nobody's. */
const LONGEST_NAME = 60;

/** `badEnd` is how the model's last response ended, where that was the trouble. */
export function agentsSdkFailure(error: unknown, badEnd: BadEnd | null): AgentFailed {
  if (badEnd !== null) return failedWithCode(badEnd.code);
  const name = errorName(error);
  const failure = FAILURE_OF_ERROR.get(name);
  if (failure !== undefined) return failed(failure, name);
  return ownFailure(error);
}

/** What a module of the user's own threw: an error of OpenAI's by its status, any other by the name of its class. */
export function ownFailure(error: unknown): AgentFailed {
  const told = failedWith(error);
  return told.detail === 'not answered' ? failed('unavailable', `the agent threw ${errorName(error)}`) : told;
}

/** Whether a guardrail has tripped: then what was written before is not to be spoken. */
export function isTripwire(error: unknown): boolean {
  return errorName(error).endsWith('TripwireTriggered');
}

/** Whether it was one over what the caller said. */
export function isInputTripwire(error: unknown): boolean {
  return errorName(error) === 'InputGuardrailTripwireTriggered';
}

/** The name of the class, or "something" where there is none that could be told. */
export function errorName(error: unknown): string {
  const name = error instanceof Error ? error.constructor.name : '';
  return /^\w+$/.test(name) ? name.slice(0, LONGEST_NAME) : 'something';
}
