// An n8n workflow behind a public Chat Trigger, with memory by `sessionId`. Streams are lines under the content type of JSON.
import { Router } from 'express';
import { recordOf, type SandboxAgents } from '../openai/http-faults.ts';
import { Chats } from './chats.ts';
import { whole, type Words, write } from './writing.ts';

const metadata = {
  nodeId: 'n1',
  nodeName: 'AI Agent',
  itemIndex: 0,
  runIndex: 0,
  timestamp: 1_764_460_800_000,
};
const tool = { ...metadata, nodeId: 'n2', nodeName: 'Look up' };
const line = (fields: object): string => `${JSON.stringify(fields)}\n`;

/** An agent with tools begins and ends twice. */
const WORDS: Words = {
  contentType: 'application/json; charset=utf-8',
  keepAlive: '\n',
  begin: () =>
    line({ type: 'begin', metadata: tool }) +
    line({ type: 'end', metadata: tool }) +
    line({ type: 'begin', metadata }),
  delta: (content) => line({ type: 'item', content, metadata }),
  end: () => line({ type: 'end', metadata }),
  failed: () => line({ type: 'error', content: 'Error in workflow', metadata }),
};

export function n8nRoutes(state: SandboxAgents): Router {
  const chats = new Chats();
  const router = Router();
  router.post('/webhook/:agent/chat', async (req, res) => {
    const mind = state.agents[req.params.agent];
    if (mind === undefined)
      return void res.status(404).json({ code: 404, message: 'The requested webhook is not registered.' });
    const { action, sessionId, chatInput } = recordOf(req.body) ?? {};
    if (action === 'loadPreviousSession' && typeof sessionId === 'string') return void res.json({ data: [] });
    // The real one runs the workflow with nothing.
    if (
      action !== 'sendMessage' ||
      typeof sessionId !== 'string' ||
      typeof chatInput !== 'string' ||
      chatInput === ''
    )
      return void res.status(400).json({ code: 0, message: 'Invalid chat request' });
    const how = state.wire.hook.n8n;
    if (how === 'page')
      return void res.type('text/html').send('<!DOCTYPE html>\n<html><body>504</body></html>');
    if (how === 'empty') return void res.type('application/json').send('');
    if (how === 'waits') return void res.json({ executionStarted: true, executionId: '7' });
    if (how === 'started') return void res.json({ message: 'Workflow was started' });
    if (how === 'failed') return void res.json({ message: 'Error in workflow' });
    const reply = chats.think(mind, sessionId, chatInput);
    const keep = (answer: string): void => chats.keep(sessionId, chatInput, answer);
    if (how === 'streaming') return write({ req, res, state, reply, words: WORDS, keep });
    const answer = await whole(state, reply);
    keep(answer);
    if (how === 'whole') res.json([{ output: answer }]);
    else res.type('text/html').send(answer);
  });
  return router;
}
