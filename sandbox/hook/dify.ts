// A Dify app: a chatflow, or an agent. A conversation belongs to one user, an answer goes on until it ends or that user stops
// it, and what was written by then is kept.
import { randomUUID } from 'node:crypto';
import { type Response, Router } from 'express';
import { recordOf, type SandboxAgents } from '../openai/http-faults.ts';
import { Chats } from './chats.ts';
import { whole, type Words, write } from './writing.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const USAGE = {
  prompt_tokens: 42,
  completion_tokens: 9,
  total_tokens: 51,
  total_price: '0.0001',
  currency: 'USD',
  latency: 0.5,
};

interface Running {
  readonly user: string;
  readonly stop: AbortController;
}

interface Message {
  readonly conversation_id: string;
  readonly task_id: string;
  readonly message_id: string;
}

export function difyRoutes(state: SandboxAgents): Router {
  const chats = new Chats();
  const running = new Map<string, Running>();
  const router = Router();

  router.get('/:agent/v1/parameters', (req, res) => {
    if (state.agents[req.params.agent] === undefined) return refuse(res, 404, 'not_found');
    res.json({ user_input_form: [], opening_statement: '' });
  });

  router.post('/:agent/v1/chat-messages', async (req, res) => {
    const mind = state.agents[req.params.agent];
    if (mind === undefined) return refuse(res, 400, 'app_unavailable');
    const quirks = state.wire.hook;
    const {
      inputs,
      query,
      user,
      response_mode: mode = 'blocking',
      conversation_id: given = '',
    } = recordOf(req.body) ?? {};
    if (
      recordOf(inputs) === null ||
      typeof query !== 'string' ||
      query === '' ||
      typeof user !== 'string' ||
      user === ''
    )
      return refuse(res, 400, 'invalid_param');
    if (typeof given !== 'string' || (given !== '' && !UUID.test(given)))
      return refuse(res, 400, 'invalid_param');
    if (quirks.isDifyAgent && mode !== 'streaming') return refuse(res, 400, 'invalid_param');
    if (quirks.forgets) chats.forget();
    quirks.forgets = false;
    const id = given === '' ? randomUUID() : given;
    const chat = `${user}/${id}`;
    if (given === '') chats.begin(chat);
    else if (!chats.has(chat)) return refuse(res, 404, 'not_found');
    const reply = chats.think(mind, chat, query);
    const message = { conversation_id: id, task_id: randomUUID(), message_id: randomUUID() };
    const stop = new AbortController();
    running.set(message.task_id, { user, stop });
    const keep = (answer: string): void => {
      running.delete(message.task_id);
      if (answer !== '') chats.keep(chat, query, answer);
    };
    if (mode === 'streaming')
      return write({ req, res, state, reply, words: wordsOf(message, state), stopped: stop.signal, keep });
    const answer = await whole(state, reply);
    keep(answer);
    res.json({
      event: 'message',
      ...message,
      mode: 'chat',
      answer,
      metadata: { usage: USAGE },
      created_at: 1,
    });
  });

  router.post('/:agent/v1/chat-messages/:task/stop', async (req, res) => {
    const { user } = recordOf(req.body) ?? {};
    if (typeof user !== 'string') return refuse(res, 400, 'invalid_param');
    state.wire.hook.difyStops.push(user);
    const answer = running.get(req.params.task);
    // Another user stops nothing, and learns nothing of that.
    if (answer?.user === user) answer.stop.abort();
    res.json({ result: 'success' });
  });
  return router;
}

function wordsOf(message: Message, { wire }: SandboxAgents): Words {
  const { isDifyAgent, difyReplaces, difyNodeFails } = wire.hook;
  const data = (event: string, fields: object = {}): string =>
    `data: ${JSON.stringify({ event, ...message, created_at: 1_764_460_800, ...fields })}\n\n`;
  const finished = (status: string): string => data('workflow_finished', { data: { id: 'w', status } });
  return {
    contentType: 'text/event-stream',
    keepAlive: 'event: ping\n\n',
    begin: () => (isDifyAgent ? '' : data('workflow_started', { data: { id: 'w' } })),
    thought: (thought) =>
      data('agent_thought', { thought, tool: 'look_up', tool_input: '{}', observation: thought }),
    delta: (answer) => data(isDifyAgent ? 'agent_message' : 'message', { answer }),
    end: () => {
      if (difyNodeFails) return finished('failed');
      const replaced = difyReplaces === '' ? '' : data('message_replace', { answer: difyReplaces });
      const end = `${replaced}${data('message_end', { metadata: { usage: USAGE } })}`;
      return isDifyAgent ? `${end}${data('tts_message_end')}` : `${end}${finished('succeeded')}`;
    },
    failed: (code) =>
      `data: ${JSON.stringify({ event: 'error', status: 400, code, message: 'It failed.' })}\n\n`,
  };
}

function refuse(res: Response, status: number, code: string): void {
  res.status(status).json({ status, code, message: 'The sandbox refuses.' });
}
