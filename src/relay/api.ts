// All that people and programs can ask of the relay, put together: the operator's routes, the calls, the engine, and the
// one document that describes them.
import express, { type Router } from 'express';
import type { EngineOptions } from '../engine/engine-profile.ts';
import { engineRoutes } from '../engine/engine-routes.ts';
import { ENGINE_PATHS } from '../engine/engine-openapi.ts';
import { operatorOnly } from '../http/access.ts';
import { CALL_PATHS, CALL_SCHEMAS } from '../operator/calls-openapi.ts';
import { type CallsRoutesOptions, callsRoutes } from '../operator/calls-routes.ts';
import { docsRoutes } from '../http/docs.ts';
import { openApiDocument } from '../http/openapi.ts';
import { OPERATOR_PATHS } from '../operator/operator-openapi.ts';
import { type OperatorOptions, operatorRoutes } from '../operator/health-routes.ts';

const DOCUMENT = openApiDocument({
  title: 'Patchcord',
  version: '1',
  description:
    'Calls of a relay that gives a published agent a phone number, and its voice and agent by themselves.',
  paths: { ...OPERATOR_PATHS, ...CALL_PATHS, ...ENGINE_PATHS },
  named: CALL_SCHEMAS,
});

/** Nobody uses the engine who may not see the calls: it costs as much. */
const ENGINE = ['/profiles', '/speech-to-text', '/text-to-speech', '/conversations'];

export function apiRoutes(options: OperatorOptions & CallsRoutesOptions & EngineOptions): Router {
  const router = express.Router();
  router.use(operatorRoutes(options), docsRoutes(DOCUMENT), callsRoutes(options));
  router.use(ENGINE, operatorOnly(options.token));
  router.use(engineRoutes(options));
  return router;
}
