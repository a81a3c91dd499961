// The published agents of the sandbox, behind both of OpenAI's APIs through which the relay calls one. Changing the ID
// changes the business, here as there.
import express, { type Express } from 'express';
import { systemClock } from '../../src/call/system-clock.ts';
import { mountAgUi } from '../agui/agui.ts';
import { mountAiSdk } from '../aisdk/aisdk.ts';
import { mountHooks } from '../hook/hooks.ts';
import { mountChatKit } from '../chatkit/chatkit.ts';
import { type FoundrySandbox, mountFoundry } from '../foundry/foundry.ts';
import { noQuirks } from '../chatkit/quirks.ts';
import { noWireQuirks } from '../wire/wire-faults.ts';
import { agentsApiRoutes } from './agents-api.ts';
import { assistantsApiRoutes } from './assistants-api.ts';
import { callingAgent } from './calling-mind.ts';
import { chatCompletionsRoutes } from './chat-completions-api.ts';
import { atTheDoor, noFaults, type SandboxAgents } from './http-faults.ts';
import { dentist, flowerShop } from './mind.ts';
import { modelRoutes } from './models-api.ts';
import { responsesApiRoutes } from './responses-api.ts';

/** What stands in for an OpenAI account with a few agents in it; `given` replaces parts of it. */
export function sandboxAgents(given: Partial<SandboxAgents> = {}): SandboxAgents {
  return {
    apiKey: 'sk-sandbox',
    clock: systemClock,
    agents: { agent_flowers: flowerShop, agent_dentist: dentist, agent_caller: callingAgent },
    models: { 'gpt-6-luna': flowerShop },
    assistants: { asst_flowers: flowerShop },
    agentTools: {},
    assistantTools: {},
    shutdownDates: {},
    faults: noFaults(),
    chatKit: noQuirks(),
    wire: noWireQuirks(),
    onRequest: () => {},
    onToolAnswer: () => {},
    onEvent: () => {},
    log: () => {},
    ...given,
  };
}

/** Answers the paths of the agents' APIs, `/v1/models`, `/foundry` and `/chatkit`; other paths are left for others. */
export function mountAgentApis(app: Express, state: SandboxAgents): { readonly foundry: FoundrySandbox } {
  app.use(
    ['/v1/agents', '/v1/assistants', '/v1/chat', '/v1/models', '/v1/responses', '/v1/threads'],
    express.json({ limit: '4mb' }),
    atTheDoor(state),
  );
  app.use('/v1/agents', agentsApiRoutes(state));
  app.use('/v1/responses', responsesApiRoutes(state));
  app.use('/v1/models', modelRoutes(state));
  app.use('/v1/chat/completions', chatCompletionsRoutes(state));
  app.use('/v1', assistantsApiRoutes(state));
  mountChatKit(app, state);
  mountAgUi(app, state);
  mountAiSdk(app, state);
  mountHooks(app, state);
  return { foundry: mountFoundry(app, state) };
}
