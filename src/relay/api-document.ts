// The one document that describes the HTTP API. It loads when somebody asks for it: no call needs it.
import { TALK_PATHS } from '../browser/talk-openapi.ts';
import { ENGINE_PATHS } from '../engine/engine-openapi.ts';
import { type ApiDocument, openApiDocument } from '../http/openapi-document.ts';
import { SESSION_PATHS } from '../http/session-routes.ts';
import { CALLBACK_PATHS } from '../operator/callback-routes.ts';
import { CALL_PATHS, CALL_SCHEMAS } from '../operator/calls-openapi.ts';
import { NUMBER_PATHS } from '../operator/number-routes.ts';
import { OPERATOR_PATHS } from '../operator/operator-openapi.ts';
import { UPKEEP_PATHS } from '../operator/upkeep-routes.ts';
import { WEBHOOK_PATHS } from '../operator/webhook-routes.ts';

export const DOCUMENT: ApiDocument = openApiDocument({
  title: 'Patchcord',
  version: '1',
  description:
    'Calls of a relay that gives a published agent a phone number, and its voice and agent by themselves.',
  paths: {
    ...SESSION_PATHS,
    ...OPERATOR_PATHS,
    ...UPKEEP_PATHS,
    ...NUMBER_PATHS,
    ...WEBHOOK_PATHS,
    ...CALLBACK_PATHS,
    ...CALL_PATHS,
    ...TALK_PATHS,
    ...ENGINE_PATHS,
  },
  schemas: CALL_SCHEMAS,
});
