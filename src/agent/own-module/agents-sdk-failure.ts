// Maps what went wrong in a run of the Agents SDK to the five failures that a call knows. Errors are distinguished by the
// names of their classes, because the user's module may bring its own copy of the SDK. Messages are never passed on, because
// they quote what was said.
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

const LONGEST_NAME = 60;

/** `badEnd` is how the model's last response ended, if that was the cause. */
export function agentsSdkFailure(error: unknown, badEnd: BadEnd | null): AgentFailed {
  if (badEnd !== null) return failedWithCode(badEnd.code);
  const name = errorName(error);
  const failure = FAILURE_OF_ERROR.get(name);
  if (failure !== undefined) return failed(failure, name);
  return ownFailure(error);
}

/** What the user's module threw: an OpenAI error by its status, any other by the name of its class. */
export function ownFailure(error: unknown): AgentFailed {
  const told = failedWith(error);
  return told.detail === 'not answered' ? failed('unavailable', `the agent threw ${errorName(error)}`) : told;
}

export function isTripwire(error: unknown): boolean {
  return errorName(error).endsWith('TripwireTriggered');
}

export function isInputTripwire(error: unknown): boolean {
  return errorName(error) === 'InputGuardrailTripwireTriggered';
}

export function errorName(error: unknown): string {
  const name = error instanceof Error ? error.constructor.name : '';
  return /^\w+$/.test(name) ? name.slice(0, LONGEST_NAME) : 'something';
}
