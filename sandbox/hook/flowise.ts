// A Flowise flow. Its frames are no clean server-sent events, its streams are bound to a `chatId`, so that of two at once the
// later one takes the place of the other, and `end` comes after an error as well.
import { type Response, Router } from 'express';
import { recordOf, type SandboxAgents } from '../openai/http-faults.ts';
import { Chats } from './chats.ts';
import { whole, type Words, write } from './writing.ts';

const frame = (event: string, data: unknown): string =>
  `message:\ndata:${JSON.stringify({ event, data })}\n\n`;
const last = (event: string, data: unknown): string => `message\ndata:${JSON.stringify({ event, data })}\n\n`;

export function flowiseRoutes(state: SandboxAgents): Router {
  const chats = new Chats();
  const streams = new Map<string, Response>();
  const router = Router();

  router.get('/api/v1/chatflows-streaming/:agent', (req, res) => {
    if (state.agents[req.params.agent] === undefined) return void res.status(404).json(NO_FLOW);
    res.json({ isStreaming: state.wire.hook.flowise === 'streaming' });
  });

  router.post('/api/v1/prediction/:agent', async (req, res) => {
    const mind = state.agents[req.params.agent];
    if (mind === undefined) return void res.status(404).json(NO_FLOW);
    const { question, streaming = false, chatId } = recordOf(req.body) ?? {};
    if (typeof question !== 'string' || question === '' || typeof chatId !== 'string')
      return void res.status(412).json({ statusCode: 412, success: false, message: 'no question' });
    const reply = chats.think(mind, chatId, question);
    const how = state.wire.hook.flowise;
    const keep = (answer: string): void => chats.keep(chatId, question, answer);
    if (streaming !== true || how === 'whole') {
      const text = await whole(state, reply);
      keep(text);
      return void res.json({ text, question, chatId, chatMessageId: 'm1', sessionId: chatId });
    }
    streams.get(chatId)?.destroy();
    streams.set(chatId, res);
    await write({ req, res, state, reply, words: wordsOf(chatId, how === 'wordless'), keep });
  });
  return router;
}

const NO_FLOW = { statusCode: 404, success: false, message: 'Chatflow not found' };

function wordsOf(chatId: string, isWordless: boolean): Words {
  const metadata = frame('metadata', { chatId, chatMessageId: 'm1', sessionId: chatId });
  return {
    contentType: 'text/event-stream',
    keepAlive: ':\n\n',
    begin: () => frame('start', ''),
    thought: (thought) => frame('agentReasoning', [{ agentName: 'Agent', messages: [thought] }]),
    delta: (delta) => (isWordless ? '' : frame('token', delta)),
    end: () => `${metadata}${last('end', '[DONE]')}`,
    failed: () => `${last('error', 'It failed.')}${last('end', '[DONE]')}`,
  };
}
