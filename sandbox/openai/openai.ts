// OpenAI as one far end: the Realtime socket and the agent APIs behind one base, as in life.
import { createServer } from 'node:http';
import { once } from 'node:events';
import express from 'express';
import type { RealtimeClientEvent, RealtimeServerEvent } from 'openai/resources/realtime/realtime';
import type { Clock } from '../../src/call/ports.ts';
import { systemClock } from '../../src/call/system-clock.ts';
import type { Latencies } from '../latencies.ts';
import { mountAgentApis, sandboxAgents } from './agent-apis.ts';
import type { ToldEvent } from './agents-turn.ts';
import type { AgentFaults, SeenRequest } from './http-faults.ts';
import { type Mind, thinkingFor } from './mind.ts';
import type { RealtimeFaults } from './realtime-far-end.ts';
import { attachRealtime, type RealtimeSandbox } from './realtime.ts';

export interface OpenAiOptions {
  readonly apiKey: string;
  readonly clock?: Clock;
  /** Default 0: any free one. */
  readonly port?: number;
  /** Published beside the two businesses that are always there, by their IDs. */
  readonly agents?: Readonly<Record<string, Mind>>;
  readonly models?: Readonly<Record<string, Mind>>;
  readonly assistants?: Readonly<Record<string, Mind>>;
  /** How long agents, transcription and voice take; as each mind and `realtimeFaults` say unless told otherwise. */
  readonly latencies?: Latencies;
  /** What is slow or wrong with Realtime from the start. */
  readonly realtimeFaults?: Partial<RealtimeFaults>;
  /** Default 60 minutes, as the vendor's. */
  readonly sessionMs?: number;
  readonly onRequest?: (request: SeenRequest) => void;
  /** Every event of an agent's session, just before the session sends it to its listeners. */
  readonly onAgentEvent?: (event: ToldEvent) => void;
  readonly onRealtimeEvent?: (event: RealtimeClientEvent, sessionId: string) => void;
  /** Every event to a Realtime client, just before it is sent. */
  readonly onRealtimeServerEvent?: (event: RealtimeServerEvent, sessionId: string) => void;
}

export interface OpenAiSandbox {
  /** For `OPENAI_BASE_URL`. */
  readonly baseUrl: string;
  readonly realtime: RealtimeSandbox;
  /** Change these at any time. */
  readonly agentFaults: AgentFaults;
  /** When models end, by their names. */
  readonly shutdownDates: Record<string, string>;
  close(): Promise<void>;
}

export async function startOpenAi(options: OpenAiOptions): Promise<OpenAiSandbox> {
  const {
    apiKey,
    clock = systemClock,
    agents = {},
    models = {},
    assistants = {},
    onRequest = () => {},
    onAgentEvent = () => {},
  } = options;
  const { onRealtimeEvent = () => {}, onRealtimeServerEvent = () => {} } = options;
  const state = sandboxAgents({ apiKey, clock, onRequest, onEvent: onAgentEvent });
  const app = express();
  const { latencies } = options;
  const paced = (minds: Readonly<Record<string, Mind>>): Readonly<Record<string, Mind>> =>
    latencies === undefined ? minds : thinkingFor(latencies.agent, minds);
  mountAgentApis(app, {
    ...state,
    agents: paced({ ...state.agents, ...agents }),
    models: paced({ ...state.models, ...models }),
    assistants: paced({ ...state.assistants, ...assistants }),
  });
  const http = createServer(app);
  const realtime = attachRealtime(http, {
    apiKey,
    clock,
    onClientEvent: onRealtimeEvent,
    onServerEvent: onRealtimeServerEvent,
    faults: {
      ...options.realtimeFaults,
      ...(latencies && { transcriptionMs: latencies.transcription, firstAudioMs: latencies.voice }),
    },
    ...(options.sessionMs === undefined ? {} : { sessionMs: options.sessionMs }),
  });
  http.listen(options.port ?? 0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('the sandbox has no port');
  return {
    baseUrl: `http://127.0.0.1:${address.port}/v1`,
    realtime,
    agentFaults: state.faults,
    shutdownDates: state.shutdownDates,
    async close() {
      realtime.close();
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}
