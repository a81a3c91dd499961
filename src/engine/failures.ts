// What went wrong behind the engine, as it is told: a code and what to do. Never what a vendor wrote.
import type { AgentFailure } from '../call/ports.ts';

export interface Failure {
  readonly status: 502 | 504;
  readonly code: string;
  readonly message: string;
}

const AGENT: Readonly<Record<AgentFailure, Failure>> = {
  timeout: { status: 504, code: 'agent_timeout', message: 'The agent did not answer in time.' },
  unavailable: {
    status: 502,
    code: 'agent_unavailable',
    message: 'The agent could not be reached, or broke off. Try again.',
  },
  refused: {
    status: 502,
    code: 'agent_refused',
    message: 'The agent will not answer: look at its ID, its key and its quota.',
  },
  'rate-limited': {
    status: 502,
    code: 'agent_rate_limited',
    message: 'The agent is asked too often. Try again later.',
  },
  malformed: { status: 502, code: 'agent_malformed', message: 'What the agent answered cannot be read.' },
};

/** Why a speech session did not do what was asked. `left`: nobody waits for it any more. */
export type SpeechFailure = 'unavailable' | 'timeout' | 'left';

const SPEECH: Readonly<Record<SpeechFailure, Failure>> = {
  unavailable: { status: 502, code: 'speech_unavailable', message: 'The voice could not be had. Try again.' },
  timeout: { status: 504, code: 'speech_timeout', message: 'The voice was not done in time.' },
  left: { status: 502, code: 'speech_unavailable', message: 'Nobody waited for the voice any more.' },
};

export function agentFailure(failure: AgentFailure): Failure {
  return AGENT[failure];
}

export function speechFailure(why: SpeechFailure): Failure {
  return SPEECH[why];
}
