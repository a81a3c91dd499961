// The Assistants API of the sandbox (v2), on the paths and with the refusals that the SDK's calls meet. A run that brings
// tools has those and none of its assistant's.
import { type Request, type Response, Router } from 'express';
import type { Assistant } from 'openai/resources/beta/assistants';
import type { ThreadDeleted } from 'openai/resources/beta/threads/threads';
import { seconds } from './agents-turn.ts';
import {
  metadataOf,
  outputsOf,
  problemWithMessage,
  problemWithOutputs,
  problemWithRun,
  problemWithThread,
  type Refusal,
  toolsOf,
} from './assistants-checks.ts';
import type { RunReader, SandboxRun } from './assistants-run.ts';
import { SandboxThread } from './assistants-thread.ts';
import { type AgentFaults, EventStream, recordOf, refuse, type SandboxAgents } from './http-faults.ts';

const MISSING_HEADER =
  "You must provide the 'OpenAI-Beta' header to access the Assistants API, as 'OpenAI-Beta: assistants=v2'.";

interface World {
  readonly state: SandboxAgents;
  readonly threads: Map<string, SandboxThread>;
  readonly newId: (prefix: string) => string;
}

/** To be mounted at `/v1`, which it leaves to others except for `/assistants` and `/threads`. */
export function assistantsApiRoutes(state: SandboxAgents): Router {
  let idsGiven = 0;
  const world: World = {
    state,
    threads: new Map(),
    newId: (prefix) => `${prefix}_${(++idsGiven).toString(36)}`,
  };
  const router = Router();
  router.use(['/assistants', '/threads'], (req, res, next) => {
    if (req.get('openai-beta') === 'assistants=v2') next();
    else refuse(res, 400, 'invalid_beta', MISSING_HEADER);
  });

  router.get('/assistants/:id', (req, res) => {
    const { id } = req.params;
    if (state.assistants[id] === undefined) refuse(res, 404, null, `No assistant found with id '${id}'.`);
    else res.json(assistant(id, [...(state.assistantTools[id] ?? [])]));
  });
  addThreadRoutes(router, world);
  addMessageRoutes(router, world);
  addRunsRoutes(router, world);
  addRunRoutes(router, world);
  return router;
}

type ThreadAct = (thread: SandboxThread, req: Request<{ id: string }>, res: Response) => void;
type RunAct = (run: SandboxRun, thread: SandboxThread, req: Request, res: Response) => void;

function withThread({ threads }: World, act: ThreadAct) {
  return (req: Request<{ id: string }>, res: Response): void => {
    const thread = threads.get(req.params.id);
    if (thread === undefined) refuse(res, 404, null, `No thread found with id '${req.params.id}'.`);
    else act(thread, req, res);
  };
}

function withRun({ threads }: World, act: RunAct) {
  return (req: Request<{ id: string; runId: string }>, res: Response): void => {
    const { id, runId } = req.params;
    const thread = threads.get(id);
    if (thread === undefined) return refuse(res, 404, null, `No thread found with id '${id}'.`);
    const run = thread.runs.find((one) => one.run.id === runId);
    if (run === undefined) refuse(res, 404, null, `No run found with id '${runId}'.`);
    else act(run, thread, req, res);
  };
}

function addThreadRoutes(router: Router, world: World): void {
  const { state, threads, newId } = world;
  router.post('/threads', (req, res) => {
    const body = recordOf(req.body) ?? {};
    const problem = problemWithThread(body);
    if (problem !== null) return refuseWith(res, problem);
    const thread = new SandboxThread({
      id: newId('thread'),
      metadata: metadataOf(body),
      clock: state.clock,
      faults: state.faults,
      onToolAnswer: state.onToolAnswer,
      newId,
      log: state.log,
    });
    threads.set(thread.id, thread);
    thread.addMessages(body['messages']);
    res.json(thread.view());
  });

  router.get(
    '/threads/:id',
    withThread(world, (thread, _, res) => res.json(thread.view())),
  );

  router.delete(
    '/threads/:id',
    withThread(world, (thread, _, res) => {
      threads.delete(thread.id);
      const deleted: ThreadDeleted = { id: thread.id, deleted: true, object: 'thread.deleted' };
      res.json(deleted);
    }),
  );
}

function addMessageRoutes(router: Router, world: World): void {
  router.get(
    '/threads/:id/messages',
    withThread(world, (thread, req, res) => {
      const { run_id } = req.query;
      list(
        res,
        thread.messages.filter((one) => run_id === undefined || one.run_id === run_id),
        req,
      );
    }),
  );

  router.post(
    '/threads/:id/messages',
    withThread(world, (thread, req, res) => {
      const body = recordOf(req.body) ?? {};
      const active = thread.activeRun?.run.id;
      const problem = problemWithMessage(body);
      if (problem !== null) return refuseWith(res, problem);
      if (active !== undefined)
        return refuse(res, 400, null, `Can't add messages to ${thread.id} while a run ${active} is active.`);
      const [message] = thread.addMessages([body]);
      res.json(message);
    }),
  );
}

function addRunsRoutes(router: Router, world: World): void {
  const { state } = world;
  router.get(
    '/threads/:id/runs',
    withThread(world, (thread, req, res) =>
      list(
        res,
        thread.runs.map(({ run }) => run),
        req,
      ),
    ),
  );

  router.post(
    '/threads/:id/runs',
    withThread(world, (thread, req, res) => {
      const body = recordOf(req.body) ?? {};
      const problem = problemWithRun(body);
      if (problem !== null) return refuseWith(res, problem);
      const id = String(body['assistant_id']);
      const mind = state.assistants[id];
      if (mind === undefined) return refuse(res, 404, null, `No assistant found with id '${id}'.`);
      const active = thread.activeRun?.run.id;
      if (active !== undefined)
        return refuse(res, 400, null, `Thread ${thread.id} already has an active run ${active}.`);
      thread.addMessages(body['additional_messages']);
      const run = thread.addRun({
        assistantId: id,
        mind,
        instructions: instructionsOf(body),
        tools: toolsOf(body) ?? [...(state.assistantTools[id] ?? [])],
        metadata: metadataOf(body),
      });
      const reader = body['stream'] === true ? readerOf(run, res, state.faults) : null;
      run.start(reader).catch((error: unknown) => state.log(`sandbox: a run broke: ${String(error)}`));
      if (reader === null) res.json(run.run);
    }),
  );
}

function addRunRoutes(router: Router, world: World): void {
  const { state } = world;
  router.get(
    '/threads/:id/runs/:runId',
    withRun(world, ({ run }, _thread, _req, res) => res.json(run)),
  );

  router.post(
    '/threads/:id/runs/:runId/cancel',
    withRun(world, (run, _thread, _req, res) => {
      const { status } = run.run;
      if (!run.isActive || status === 'cancelling')
        return refuse(res, 400, null, `Cannot cancel run with status '${status}'.`);
      run.cancel();
      res.json(run.run);
    }),
  );

  router.post(
    '/threads/:id/runs/:runId/submit_tool_outputs',
    withRun(world, (run, _thread, req, res) => {
      const body = recordOf(req.body) ?? {};
      const problem = problemWithOutputs(body, run.run);
      if (problem !== null) return refuseWith(res, problem);
      const reader = body['stream'] === true ? readerOf(run, res, state.faults) : null;
      run.takeOutputs(outputsOf(body) ?? [], reader);
      if (reader === null) res.json(run.run);
    }),
  );
}

/** Tells a run on this response, in the API's own envelope: the type stands beside the data and not in it. */
function readerOf(run: SandboxRun, res: Response, { holdsStreamHeaders }: AgentFaults): RunReader {
  const onClosed = (): void => run.forget(reader);
  const stream = new EventStream(res, { holdsHeaders: holdsStreamHeaders, onClosed });
  const reader: RunReader = {
    tell: ({ event, data }) => stream.send(event, JSON.stringify(data)),
    end: () => {
      stream.send('done', '[DONE]');
      stream.end();
    },
    drop: () => stream.drop(),
  };
  return reader;
}

/** What a run tells the model before all messages. */
function instructionsOf(body: Readonly<Record<string, unknown>>): string {
  const { instructions, additional_instructions: additional } = body;
  return [instructions, additional].filter((one) => typeof one === 'string' && one !== '').join('\n');
}

function assistant(id: string, tools: Assistant['tools']): Assistant {
  return {
    id,
    object: 'assistant',
    name: id,
    description: null,
    instructions: null,
    model: 'sandbox',
    metadata: {},
    tools,
    created_at: seconds(),
  };
}

function refuseWith(res: Response, { code, message, param }: Refusal): void {
  refuse(res, 400, code, message, param);
}

/** A page by cursor, newest first unless asked otherwise. */
function list(res: Response, all: readonly { readonly id: string }[], req: Request): void {
  const { order, after, limit } = req.query;
  const ordered = order === 'asc' ? all : all.toReversed();
  const rest =
    typeof after === 'string' ? ordered.slice(ordered.findIndex(({ id }) => id === after) + 1) : ordered;
  const data = rest.slice(0, typeof limit === 'string' ? Number(limit) : 20);
  const [first_id, last_id] = [data[0]?.id ?? null, data.at(-1)?.id ?? null];
  res.json({ object: 'list', data, first_id, last_id, has_more: data.length < rest.length });
}
