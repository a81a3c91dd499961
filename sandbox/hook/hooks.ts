// The builders' webhooks in front of each of the sandbox's agents, with one's own beside them.
import express, { type Express } from 'express';
import { atTheDoor, type SandboxAgents } from '../openai/http-faults.ts';
import { chatbaseRoutes } from './chatbase.ts';
import { difyRoutes } from './dify.ts';
import { flowiseRoutes } from './flowise.ts';
import { n8nRoutes } from './n8n.ts';
import { ownRoutes } from './own.ts';

/** Answers under `/hook/`, at each builder's own paths. */
export function mountHooks(app: Express, state: SandboxAgents): void {
  app.use('/hook', express.json({ limit: '4mb' }), atTheDoor(state));
  app.use('/hook/own', ownRoutes(state));
  app.use('/hook/n8n', n8nRoutes(state));
  app.use('/hook/dify', difyRoutes(state));
  app.use('/hook/flowise', flowiseRoutes(state));
  app.use('/hook/chatbase', chatbaseRoutes(state));
}
