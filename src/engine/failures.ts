// Failures of the agent and of the speech API as the engine answers them: a code and what to do, never a
// vendor's words, which only the log receives.
import type { AgentEvent, AgentFailure } from '../call/ports.ts';
import type { Problem } from '../http/problems.ts';

const AGENT: Readonly<Record<AgentFailure, Problem>> = {
  timeout: { code: 'agent_timeout', message: 'The agent did not answer in time.' },
  unavailable: {
    code: 'agent_unavailable',
    message: 'The agent could not be reached, or broke off. Try again.',
  },
  refused: {
    code: 'agent_refused',
    message: 'The agent refuses to answer: check its ID, its key and its quota.',
  },
  'rate-limited': {
    code: 'agent_rate_limited',
    message: 'The agent receives too many requests. Try again later.',
  },
  malformed: { code: 'agent_malformed', message: "The agent's answer cannot be read." },
};

export type AgentFailed = Extract<AgentEvent, { type: 'failed' }>;

/** Why a speech session did not do what was asked. `left`: the client or the process is gone. */
export type SpeechFailure = 'unavailable' | 'timeout' | 'left';

const SPEECH: Readonly<Record<SpeechFailure, Problem>> = {
  unavailable: { code: 'speech_unavailable', message: 'The speech API could not be reached. Try again.' },
  timeout: { code: 'speech_timeout', message: 'The speech API did not finish in time.' },
  left: { code: 'speech_unavailable', message: 'The request ended before the speech API did.' },
};

export interface SpeechFailed {
  readonly is: 'failed';
  readonly why: SpeechFailure;
  readonly detail: string;
}

export function agentProblem({ failure, detail }: AgentFailed, log: (line: string) => void): Problem {
  log(`engine: agent ${failure}: ${detail}`);
  return AGENT[failure];
}

export function speechProblem({ why, detail }: SpeechFailed, log: (line: string) => void): Problem {
  if (why !== 'left') log(`engine: speech ${why}: ${detail}`);
  return SPEECH[why];
}
