// The far ends of this part of the bench, on one port: a Realtime that does next to nothing, and the sandbox's own Agents
// API, which costs little because a turn asks it once.
import { once } from 'node:events';
import { createServer } from 'node:http';
import express from 'express';
import { mountAgentApis, sandboxAgents } from '../../openai/agent-apis.ts';
import { SANDBOX_ENV } from '../../sandbox.ts';
import { AGENT_ID, answerTo } from '../script.ts';
import type { NextSession } from './calls.ts';
import { attachLeanSpeech, type LeanSession } from './lean-speech.ts';

export interface LeanFarEnds {
  readonly env: Readonly<Record<string, string>>;
  readonly nextSession: NextSession;
  readonly openSessions: number;
  close(): Promise<void>;
}

export async function startLeanFarEnds(): Promise<LeanFarEnds> {
  const app = express();
  const { agents } = sandboxAgents();
  mountAgentApis(app, sandboxAgents({ agents: { ...agents, [AGENT_ID]: answerTo } }));
  const http = createServer(app);
  let onNext = (_session: LeanSession): void => {};
  const speech = attachLeanSpeech(http, (session) => onNext(session));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('the far ends have no port');
  return {
    env: {
      ...SANDBOX_ENV,
      AGENT_WORKFLOW_ID: AGENT_ID,
      OPENAI_BASE_URL: `http://127.0.0.1:${address.port}/v1`,
      REALTIME_MODEL: 'gpt-realtime-2.1-mini',
      // Nobody is there to hang up on a call, and nobody outside is to be asked.
      TWILIO_API_URL: `http://127.0.0.1:${address.port}`,
      VAD_SILENCE_MS: '500',
      MAX_CALLS: '1000',
      // A call stands still while another subject is measured, and nobody is to ask whether its caller is there.
      SILENCE_PROMPT_S: '600',
    },
    nextSession: () => new Promise((resolve) => (onNext = resolve)),
    get openSessions() {
      return speech.openSessions;
    },
    async close() {
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}
