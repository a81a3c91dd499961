// Microsoft Foundry's endpoint of a hosted agent, and the part of Microsoft Entra that gives tokens for it. As in life an API
// key is no token, the agent takes neither model, instructions nor tools, and it gets a new sandbox with every request that
// does not name the one before.
import express, { type Express, type RequestHandler, type Response as HttpResponse } from 'express';
import type { Response } from 'openai/resources/responses/responses';
import { recordOf, refuse, type SandboxAgents } from '../openai/http-faults.ts';
import { responsesApiRoutes } from '../openai/responses-api.ts';
import type { Body, Refusal } from '../openai/responses-checks.ts';

/** What the sandbox's Entra knows. */
export const ENTRA = {
  tenantId: 'sandbox-tenant',
  clientId: 'sandbox-client',
  clientSecret: 'sandbox-secret',
};

const SCOPE = 'https://ai.azure.com/.default';
const OWN = ['model', 'instructions', 'tools'];

/** What went on, for tests. */
export interface FoundrySandbox {
  tokensGiven: number;
  /** Of the tokens that are given from now on. */
  tokenSeconds: number;
  /** The sandboxes in which the agent ran, one for each request. */
  readonly sandboxes: string[];
  /** Tells the sandbox's name in a header only. */
  namesInHeader: boolean;
}

/** Answers at `/entra/…/token` and `/foundry/api/projects/shop/agents/<agent>/endpoint/protocols/openai/responses`. */
export function mountFoundry(app: Express, state: SandboxAgents): FoundrySandbox {
  const foundry: FoundrySandbox = { tokensGiven: 0, tokenSeconds: 3599, sandboxes: [], namesInHeader: false };
  const tokens = new Map<string, number>();
  app.post('/entra/:tenant/oauth2/v2.0/token', express.urlencoded({ extended: false }), (req, res) => {
    const why = refusedByEntra(String(req.params['tenant']), recordOf(req.body) ?? {});
    if (why !== null) return refuseToken(res, why);
    const token = `eyJ${++foundry.tokensGiven}`;
    tokens.set(token, state.clock.now() + foundry.tokenSeconds * 1000);
    res.json({
      token_type: 'Bearer',
      expires_in: foundry.tokenSeconds,
      ext_expires_in: foundry.tokenSeconds,
      access_token: token,
    });
  });
  const mayPass: RequestHandler = (req, res, next) => {
    state.onRequest({ method: req.method, path: req.originalUrl, body: req.body, at: performance.now() });
    const endsAt = tokens.get((req.get('authorization') ?? '').replace(/^Bearer /, ''));
    if (endsAt === undefined || endsAt <= state.clock.now())
      return refuse(res, 401, 'PermissionDenied', 'The token is missing, expired or for another audience.');
    if (req.query['api-version'] !== 'v1')
      return refuse(res, 400, 'MissingApiVersion', 'The api-version query parameter is required.');
    next();
  };
  const adorn = (response: Response, body: Body, res: HttpResponse): Refusal | null => {
    const own = OWN.find((field) => body[field] !== undefined);
    if (own !== undefined)
      return {
        status: 400,
        code: 'invalid_payload',
        message: `Not allowed when agent is specified: ${own}.`,
        param: own,
      };
    const given = body['agent_session_id'];
    const sandbox = typeof given === 'string' ? given : `sandbox-${foundry.sandboxes.length + 1}`;
    foundry.sandboxes.push(sandbox);
    if (foundry.namesInHeader) res.set('x-agent-session-id', sandbox);
    else Object.assign(response, { agent_session_id: sandbox });
    return null;
  };
  for (const [agent, mind] of Object.entries(state.agents)) {
    const manner = { mindOf: () => mind, fields: ['agent_session_id'], hasOwnTools: true, adorn };
    const router = responsesApiRoutes(state, manner);
    router.get('/:id', (_req, res) => refuse(res, 404, 'not_found', 'No such response.'));
    app.use(
      `/foundry/api/projects/shop/agents/${agent}/endpoint/protocols/openai/responses`,
      express.json({ limit: '4mb' }),
      mayPass,
      router,
    );
  }
  return foundry;
}

/** The error's code; null for a request that gets a token. */
function refusedByEntra(tenant: string, form: Body): string | null {
  if (form['grant_type'] !== 'client_credentials') return 'unsupported_grant_type';
  if (tenant !== ENTRA.tenantId) return 'invalid_tenant';
  if (form['client_id'] !== ENTRA.clientId) return 'unauthorized_client';
  if (form['client_secret'] !== ENTRA.clientSecret) return 'invalid_client';
  return form['scope'] === SCOPE ? null : 'invalid_scope';
}

function refuseToken(res: HttpResponse, error: string): void {
  const status = error === 'invalid_client' ? 401 : 400;
  res.status(status).json({ error, error_description: 'AADSTS7000215: …', error_codes: [7_000_215] });
}
