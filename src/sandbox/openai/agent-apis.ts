// The published agents of the sandbox, behind both of OpenAI's APIs through which the relay calls one. Changing the ID
// changes the business, here as there.
import express, { type Express } from 'express';
import { agentsApiRoutes } from './agents-api.ts';
import { atTheDoor, noFaults, type SandboxAgents } from './http-faults.ts';
import { dentist, flowerShop } from './mind.ts';
import { responsesApiRoutes } from './responses-api.ts';

/** What stands in for an OpenAI account with a few agents in it; `given` replaces parts of it. */
export function sandboxAgents(given: Partial<SandboxAgents> = {}): SandboxAgents {
  return {
    apiKey: 'sk-sandbox',
    agents: { agent_flowers: flowerShop, agent_dentist: dentist },
    models: { 'gpt-5-mini': flowerShop },
    prompts: { pmpt_flowers: flowerShop },
    faults: noFaults(),
    onRequest: () => {},
    onEvent: () => {},
    log: () => {},
    ...given,
  };
}

/** Answers `/v1/agents` and `/v1/responses`; other paths are left for others. */
export function mountAgentApis(app: Express, state: SandboxAgents): void {
  app.use(['/v1/agents', '/v1/responses'], express.json({ limit: '4mb' }), atTheDoor(state));
  app.use('/v1/agents', agentsApiRoutes(state));
  app.use('/v1/responses', responsesApiRoutes(state));
}
