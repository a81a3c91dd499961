// The models of the account, as `/v1/models` tells of them: one by its name, and all. Anybody with a key may ask, so
// this is also the cheapest way to learn whether a key is one.
import type { Model } from 'openai/resources/models';
import express, { type Router } from 'express';
import { refuse, type SandboxAgents } from './http-faults.ts';
import { MODELS } from './realtime-update.ts';

/** To be mounted at `/v1/models`, behind `atTheDoor`. */
export function modelRoutes(state: SandboxAgents): Router {
  const router = express.Router();
  const names = (): string[] => [...Object.keys(state.models), ...MODELS, 'gpt-transcribe', 'sandbox'];
  const modelOf = (id: string): Model => ({
    id,
    object: 'model',
    created: 1_780_000_000,
    owned_by: 'system',
    shutdown_date: state.shutdownDates[id] ?? null,
  });
  router.get('/', (_req, res) => {
    res.json({ object: 'list', data: names().map(modelOf) });
  });
  router.get('/:model', (req, res) => {
    const { model } = req.params;
    if (names().includes(model)) res.json(modelOf(model));
    else refuse(res, 404, 'model_not_found', `The model '${model}' does not exist.`, 'model');
  });
  return router;
}
