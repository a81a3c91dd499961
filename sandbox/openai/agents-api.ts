// The Agents API of the sandbox, on the paths and with the refusals that the SDK's calls meet. The tools that a session
// is created with replace those that were saved with the agent, as in life.
import { type Request, type Response, Router } from 'express';
import type * as wire from 'openai/resources/beta/agents/agents';
import { messagesOf, type Problem, problem, problemWithCreation, problemWithInput } from './agents-checks.ts';
import { SandboxSession } from './agents-session.ts';
import { flowerShop } from './mind.ts';
import { seconds } from './agents-turn.ts';
import { pause } from '../pause.ts';
import { EventStream, recordOf, refuse, type SandboxAgents, unknownField } from './http-faults.ts';

interface World {
  readonly state: SandboxAgents;
  readonly sessions: Map<string, SandboxSession>;
  readonly newId: (prefix: string) => string;
  /** Agents that were created or changed, by their IDs. */
  readonly saved: Map<string, SavedAgent>;
}

type SavedAgent = Pick<wire.Agent, 'model' | 'name' | 'instructions'>;

/** To be mounted at `/v1/agents`. */
export function agentsApiRoutes(state: SandboxAgents): Router {
  let idsGiven = 0;
  const world: World = {
    state,
    sessions: new Map(),
    saved: new Map(),
    newId: (prefix) => `${prefix}_${(++idsGiven).toString(36)}`,
  };
  const router = Router();
  router.use((req, res, next) => {
    if (req.get('openai-beta') === 'agents=v1') next();
    else refuse(res, 400, 'missing_beta_header', 'This API needs the header "OpenAI-Beta: agents=v1".');
  });
  router.post('/sessions', (req, res) => createSession(world, req, res));
  addSessionRoutes(router, world);
  addListRoutes(router, world);
  router.post('/', (req, res) => saveAgent(world, world.newId('agent'), req, res));
  router.get('/:agentId', (req, res) => viewAgent(world, req.params.agentId, res));
  router.post('/:agentId', (req, res) => {
    const { agentId } = req.params;
    if (isPublished(world, agentId)) saveAgent(world, agentId, req, res);
    else refuse(res, 404, 'agent_not_found', `No agent ${agentId}.`, 'agent_id');
  });
  return router;
}

function savedTools(state: SandboxAgents, agentId: string): readonly wire.PersistedAgentTool[] {
  return state.agentTools[agentId] ?? [];
}

function createSession(world: World, req: Request, res: Response): void {
  const { state, sessions, newId } = world;
  const body = recordOf(req.body) ?? {};
  const found = problemWithCreation(body);
  if (found !== null) return refuse(res, 400, found.code, found.message, found.param);
  const agentId = String(body['agent_id']);
  // The sandbox cannot think by instructions: every agent that was created here sells flowers.
  const mind = state.agents[agentId] ?? (world.saved.has(agentId) ? flowerShop : undefined);
  if (mind === undefined) return refuse(res, 404, 'agent_not_found', `No agent ${agentId}.`, 'agent_id');
  const metadata = Object.fromEntries(
    Object.entries(recordOf(body['metadata']) ?? {}).map(([key, value]) => [key, String(value)]),
  );
  const id = newId('sess');
  const replaced: unknown = recordOf(body['agent'])?.['tools'];
  const session = new SandboxSession({
    id,
    agentId,
    mind,
    functions: functionsOf(Array.isArray(replaced) ? replaced : savedTools(state, agentId)),
    metadata,
    newId,
    clock: state.clock,
    faults: state.faults,
    onEvent: state.onEvent,
    onToolAnswer: state.onToolAnswer,
    log: state.log,
  });
  sessions.set(id, session);
  if (body['stream'] === true) {
    const isPadded = recordOf(body['stream_options'])?.['include_obfuscation'] !== false;
    const stream = openStream(state, session, res, { isPadded });
    session.created(stream);
  }
  session.hear(messagesOf(body['input']) ?? []);
  if (body['stream'] !== true) res.json(session.view());
}

function openStream(
  { faults }: SandboxAgents,
  session: SandboxSession,
  res: Response,
  how: { readonly isPadded: boolean; readonly holdsHeaders?: boolean },
): EventStream {
  const stream = new EventStream(res, {
    ...how,
    stallsAfterEvents: () => faults.stallsStreamsAfterEvents,
    onClosed: () => session.forget(stream),
  });
  return stream;
}

type SessionAct = (session: SandboxSession, req: Request<{ id: string }>, res: Response) => unknown;

function withSession({ sessions }: World, act: SessionAct) {
  return async (req: Request<{ id: string }>, res: Response): Promise<void> => {
    const session = sessions.get(req.params.id);
    if (session !== undefined) await act(session, req, res);
    else refuse(res, 404, 'session_not_found', 'No such session.', 'session_id');
  };
}

function addSessionRoutes(router: Router, world: World): void {
  const { state, sessions } = world;
  router.get(
    '/sessions/:id',
    withSession(world, (session, _, res) => res.json(session.view())),
  );

  router.delete(
    '/sessions/:id',
    withSession(world, (session, req, res) => {
      if (session.isRunning) return refuse(res, 409, 'session_running', 'Cancel the running turn first.');
      sessions.delete(req.params.id);
      session.dropStreams();
      const deleted: wire.AgentSessionDeleted = {
        id: req.params.id,
        deleted: true,
        object: 'agent.session.deleted',
      };
      res.json(deleted);
    }),
  );

  router.get(
    '/sessions/:id/events',
    withSession(world, async (session, req, res) => {
      const { holdsStreamHeaders, slowStreamsMs } = state.faults;
      if (slowStreamsMs > 0) await pause(state.clock, slowStreamsMs);
      const isPadded = req.query['include_obfuscation'] !== 'false';
      session.listen(openStream(state, session, res, { isPadded, holdsHeaders: holdsStreamHeaders }));
    }),
  );

  router.post(
    '/sessions/:id/events',
    withSession(world, (session, req, res) => {
      const key = req.get('idempotency-key');
      if (key !== undefined && session.idempotencyKeys.has(key)) return void res.status(202).end();
      const body = recordOf(req.body) ?? {};
      const events: unknown = body['events'];
      const unknown = unknownField(body, ['events']);
      if (unknown !== null) return refuse(res, 400, 'unknown_parameter', `Unknown: ${unknown}.`, unknown);
      if (!Array.isArray(events) || events.length === 0)
        return refuse(res, 400, 'missing_required_parameter', 'There are no events.', 'events');
      for (const event of events) {
        const found = takeInput(session, recordOf(event) ?? {});
        if (found !== null) return refuse(res, 400, found.code, found.message, found.param);
      }
      if (key !== undefined) session.idempotencyKeys.add(key);
      res.status(202).end();
    }),
  );
}

function addListRoutes(router: Router, world: World): void {
  const { sessions } = world;
  router.get(
    '/sessions/:id/items',
    withSession(world, (session, req, res) => list(res, session.items, req)),
  );

  router.get(
    '/sessions/:id/turns',
    withSession(world, (session, req, res) => list(res, session.turns, req)),
  );

  router.get('/sessions/:id/turns/:turnId', (req, res) => {
    const turn = sessions.get(req.params.id)?.turns.find(({ id }) => id === req.params.turnId);
    if (turn === undefined) refuse(res, 404, 'turn_not_found', 'No such turn.', 'turn_id');
    else res.json(turn);
  });

  router.get('/sessions/:id/turns/:turnId/items', (req, res) => {
    const session = sessions.get(req.params.id);
    if (session?.turns.some(({ id }) => id === req.params.turnId) !== true)
      return refuse(res, 404, 'turn_not_found', 'No such turn.', 'turn_id');
    list(
      res,
      session.items.filter((item) => item.turn_id === req.params.turnId),
      req,
    );
  });
}

const UNSAVED: SavedAgent = { model: 'sandbox', name: null, instructions: null };

function isPublished({ state, saved }: World, agentId: string): boolean {
  return saved.has(agentId) || state.agents[agentId] !== undefined;
}

function saveAgent(world: World, agentId: string, req: Request, res: Response): void {
  const body = recordOf(req.body) ?? {};
  const unknown = unknownField(body, ['model', 'name', 'instructions']);
  if (unknown !== null) return refuse(res, 400, 'unknown_parameter', `Unknown: ${unknown}.`, unknown);
  if (!isPublished(world, agentId) && typeof body['model'] !== 'string')
    return refuse(res, 400, 'missing_required_parameter', 'There is no model.', 'model');
  const texts = Object.fromEntries(Object.entries(body).map(([field, value]) => [field, String(value)]));
  world.saved.set(agentId, { ...(world.saved.get(agentId) ?? UNSAVED), ...texts });
  viewAgent(world, agentId, res);
}

function viewAgent(world: World, agentId: string, res: Response): void {
  const { state, saved } = world;
  if (!isPublished(world, agentId))
    return refuse(res, 404, 'agent_not_found', `No agent ${agentId}.`, 'agent_id');
  const agent: wire.Agent = {
    id: agentId,
    object: 'agent',
    ...(saved.get(agentId) ?? { ...UNSAVED, name: agentId }),
    metadata: {},
    multi_agent: { enabled: false, max_concurrent_subagents: null },
    reasoning: { effort: 'low', summary: null },
    service_tier: 'auto',
    text: { format: { type: 'text' }, verbosity: 'medium' },
    tools: [...savedTools(state, agentId)],
    created_at: seconds(),
    updated_at: seconds(),
  };
  res.json(agent);
}

/** The names of the functions that an agent may call. */
function functionsOf(tools: readonly unknown[]): Set<string> {
  const named = tools.map((tool) => recordOf(tool)).filter((tool) => tool?.['type'] === 'function');
  return new Set(named.map((tool) => String(tool?.['name'])));
}

/** Takes one input event, or tells why not. */
function takeInput(session: SandboxSession, event: Readonly<Record<string, unknown>>): Problem | null {
  const found = problemWithInput(event);
  if (found !== null) return found;
  switch (event['type']) {
    case 'agent.session.input.message':
      session.hear(messagesOf(event['input']) ?? []);
      return null;
    case 'agent.session.input.cancel':
      if (!session.isRunning) return problem('no_active_turn', 'There is no turn to cancel.', null);
      session.cancel();
      return null;
    case 'agent.session.input.mcp_approval_request_result':
      return session.takeApproval(event)
        ? null
        : problem('invalid_approval', 'No such approval is waited for.', 'events.request_id');
    default:
      return session.takeToolResult(event)
        ? null
        : problem('invalid_tool_result', 'No such call waits for a result.', 'events.call_id');
  }
}

/** A page by cursor, newest first unless asked otherwise. */
function list(res: Response, all: readonly { readonly id: string | null }[], req: Request): void {
  const { order, after, limit } = req.query;
  const ordered = order === 'asc' ? all : all.toReversed();
  const rest =
    typeof after === 'string' ? ordered.slice(ordered.findIndex(({ id }) => id === after) + 1) : ordered;
  const data = rest.slice(0, typeof limit === 'string' ? Number(limit) : 20);
  const [first_id, last_id] = [data[0]?.id ?? null, data.at(-1)?.id ?? null];
  res.json({ object: 'list', data, first_id, last_id, has_more: data.length < rest.length });
}
