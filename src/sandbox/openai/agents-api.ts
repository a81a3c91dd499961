// The Agents API of the sandbox, on the paths and with the refusals that the SDK's calls meet. It knows saved agents
// only and no environment, which is all that the relay asks for; anything else is refused, never ignored.
import { type Request, type Response, Router } from 'express';
import type * as wire from 'openai/resources/beta/agents/agents';
import type { SessionCreateParamsBase } from 'openai/resources/beta/agents/sessions/sessions';
import { SandboxSession } from './agents-session.ts';
import { seconds } from './agents-turn.ts';
import { EventStream, recordOf, refuse, type SandboxAgents, unknownField } from './http-faults.ts';

const CREATE_FIELDS = [
  'agent',
  'agent_id',
  'environment',
  'input',
  'metadata',
  'review',
  'spend_control',
  'stream',
  'vault_ids',
] satisfies (keyof SessionCreateParamsBase)[];

const INPUT_FIELDS: Readonly<Record<string, readonly string[]>> = {
  'agent.session.input.message': ['type', 'input'],
  'agent.session.input.cancel': ['type'],
  'agent.session.input.tool_result': ['type', 'turn_id', 'call_id', 'success', 'output', 'error'],
} satisfies Partial<Record<wire.AgentSessionInputParam['type'], readonly string[]>>;

/** To be mounted at `/v1/agents`. */
export function agentsApiRoutes(state: SandboxAgents): Router {
  const sessions = new Map<string, SandboxSession>();
  let idsGiven = 0;
  const newId = (prefix: string): string => `${prefix}_${(++idsGiven).toString(36)}`;

  const withSession = (
    act: (session: SandboxSession, req: Request<{ id: string }>, res: Response) => void,
  ) => {
    return (req: Request<{ id: string }>, res: Response): void => {
      const session = sessions.get(req.params.id);
      if (session !== undefined) act(session, req, res);
      else refuse(res, 404, 'session_not_found', 'No such session.', 'session_id');
    };
  };

  const router = Router();
  router.use((req, res, next) => {
    if (req.get('openai-beta') === 'agents=v1') next();
    else refuse(res, 400, 'missing_beta_header', 'This API needs the header "OpenAI-Beta: agents=v1".');
  });

  router.post('/sessions', (req, res) => {
    const body = recordOf(req.body) ?? {};
    const problem = problemWithCreation(body);
    if (problem !== null) return refuse(res, 400, problem.code, problem.message, problem.param);
    const agentId = String(body['agent_id']);
    const mind = state.agents[agentId];
    if (mind === undefined) return refuse(res, 404, 'agent_not_found', `No agent ${agentId}.`, 'agent_id');
    const metadata = Object.fromEntries(
      Object.entries(recordOf(body['metadata']) ?? {}).map(([key, value]) => [key, String(value)]),
    );
    const id = newId('sess');
    const session = new SandboxSession({
      id,
      agentId,
      mind,
      metadata,
      newId,
      faults: state.faults,
      onEvent: state.onEvent,
      log: state.log,
    });
    sessions.set(id, session);
    if (body['stream'] === true) {
      const stream = new EventStream(res, { onClosed: () => session.forget(stream) });
      session.created(stream);
    }
    session.hear(inputText(body['input']) ?? '');
    if (body['stream'] !== true) res.json(session.view());
  });

  router.get(
    '/sessions/:id',
    withSession((session, _, res) => res.json(session.view())),
  );

  router.delete(
    '/sessions/:id',
    withSession((session, req, res) => {
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
    withSession((session, _, res) => {
      const holdsHeaders = state.faults.holdsStreamHeaders;
      const stream = new EventStream(res, { holdsHeaders, onClosed: () => session.forget(stream) });
      session.listen(stream);
    }),
  );

  router.post(
    '/sessions/:id/events',
    withSession((session, req, res) => {
      const key = req.get('idempotency-key');
      if (key !== undefined && session.idempotencyKeys.has(key)) return void res.status(202).end();
      const body = recordOf(req.body) ?? {};
      const events: unknown = body['events'];
      const unknown = unknownField(body, ['events']);
      if (unknown !== null) return refuse(res, 400, 'unknown_parameter', `Unknown: ${unknown}.`, unknown);
      if (!Array.isArray(events) || events.length === 0)
        return refuse(res, 400, 'missing_required_parameter', 'There are no events.', 'events');
      for (const event of events) {
        const problem = takeInput(session, recordOf(event) ?? {});
        if (problem !== null) return refuse(res, 400, problem.code, problem.message, problem.param);
      }
      if (key !== undefined) session.idempotencyKeys.add(key);
      res.status(202).end();
    }),
  );

  router.get(
    '/sessions/:id/items',
    withSession((session, req, res) => list(res, session.items, req)),
  );

  router.get(
    '/sessions/:id/turns',
    withSession((session, req, res) => list(res, session.turns, req)),
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

  router.get('/:agentId', (req, res) => {
    const { agentId } = req.params;
    if (state.agents[agentId] === undefined)
      return refuse(res, 404, 'agent_not_found', `No agent ${agentId}.`, 'agent_id');
    const agent: wire.Agent = {
      id: agentId,
      object: 'agent',
      name: agentId,
      model: 'sandbox',
      instructions: null,
      metadata: {},
      multi_agent: { enabled: false, max_concurrent_subagents: null },
      reasoning: { effort: 'low', summary: null },
      service_tier: 'auto',
      text: { format: { type: 'text' }, verbosity: 'medium' },
      tools: [],
      created_at: seconds(),
      updated_at: seconds(),
    };
    res.json(agent);
  });

  return router;
}

interface Problem {
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
}

function problemWithCreation(body: Readonly<Record<string, unknown>>): Problem | null {
  const unknown = unknownField(body, CREATE_FIELDS);
  if (unknown !== null) return problem('unknown_parameter', `Unknown: ${unknown}.`, unknown);
  const environment = recordOf(body['environment']);
  if (environment === null)
    return problem('missing_required_parameter', 'There is no environment.', 'environment');
  if (environment['type'] !== 'none')
    return problem('unsupported_value', 'The sandbox has no environments.', 'environment.type');
  if (body['agent'] !== undefined || typeof body['agent_id'] !== 'string')
    return problem('unsupported_value', 'The sandbox knows saved agents only.', 'agent_id');
  if (inputText(body['input']) === null)
    return problem('missing_required_parameter', 'Without an environment, input is required.', 'input');
  const metadata = Object.entries(recordOf(body['metadata'] ?? {}) ?? { '': null });
  const isFine = metadata.every(
    ([key, value]) => key.length <= 64 && typeof value === 'string' && value.length <= 512,
  );
  if (metadata.length > 16 || !isFine)
    return problem('invalid_value', 'Metadata is out of bounds.', 'metadata');
  return null;
}

/** Takes one input event, or tells why not. */
function takeInput(session: SandboxSession, event: Readonly<Record<string, unknown>>): Problem | null {
  const fields = INPUT_FIELDS[String(event['type'])];
  if (fields === undefined) return problem('invalid_value', 'No such event.', 'events.type');
  const unknown = unknownField(event, fields);
  if (unknown !== null) return problem('unknown_parameter', `Unknown: ${unknown}.`, `events.${unknown}`);
  if (event['type'] === 'agent.session.input.message') {
    const text = Array.isArray(event['input']) ? inputText(event['input']) : null;
    if (text === null) return problem('invalid_value', 'A message needs text.', 'events.input');
    session.hear(text);
  } else if (event['type'] === 'agent.session.input.cancel') {
    if (!session.isRunning) return problem('no_active_turn', 'There is no turn to cancel.', null);
    session.cancel();
  } else if (
    typeof event['success'] !== 'boolean' ||
    !session.takeToolResult(event['turn_id'], event['call_id'])
  ) {
    return problem('invalid_tool_result', 'No such call waits for a result.', 'events.call_id');
  }
  return null;
}

function problem(code: string, message: string, param: string | null): Problem {
  return { code, message, param };
}

/** The words of an input, which is a string or a list of user messages; null when it is neither, or empty. */
function inputText(input: unknown): string | null {
  if (typeof input === 'string') return input === '' ? null : input;
  if (!Array.isArray(input)) return null;
  const texts = input.flatMap((message) => {
    const { role, content } = recordOf(message) ?? {};
    if (role !== 'user' || !Array.isArray(content)) return [null];
    return content.map((part) => {
      const { type, text } = recordOf(part) ?? {};
      return type === 'input_text' && typeof text === 'string' && text !== '' ? text : null;
    });
  });
  return texts.length === 0 || texts.includes(null) ? null : texts.join('\n');
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
