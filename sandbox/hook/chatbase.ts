// A Chatbase agent, API v2. Its page shows events, and its sample reads bare lines of JSON, so it streams either.
import { Router } from 'express';
import { recordOf, type SandboxAgents } from '../openai/http-faults.ts';
import { Chats } from './chats.ts';
import { type Words, write } from './writing.ts';

export function chatbaseRoutes(state: SandboxAgents): Router {
  const chats = new Chats();
  let idsGiven = 0;
  const router = Router();
  router.post('/api/v2/agents/:agent/chat', async (req, res) => {
    const mind = state.agents[req.params.agent];
    if (mind === undefined) return void res.status(404).json({ error: { code: 'AGENT_NOT_FOUND' } });
    const { message, stream, conversationId } = recordOf(req.body) ?? {};
    if (typeof message !== 'string' || message === '' || stream !== true)
      return void res.status(400).json({ error: { code: 'VALIDATION_ERROR' } });
    if (state.wire.hook.forgets) chats.forget();
    state.wire.hook.forgets = false;
    const id = typeof conversationId === 'string' ? conversationId : `conv-${++idsGiven}`;
    if (conversationId === undefined) chats.begin(id);
    else if (!chats.has(id)) return void res.status(404).json({ error: { code: 'CONVERSATION_NOT_FOUND' } });
    const reply = chats.think(mind, id, message);
    const words = wordsOf(id, state.wire.hook.isChatbaseBare);
    await write({ req, res, state, reply, words, keep: (answer) => chats.keep(id, message, answer) });
  });
  return router;
}

function wordsOf(conversationId: string, isBare: boolean): Words {
  const frame = (fields: object): string =>
    isBare ? `${JSON.stringify(fields)}\n` : `data: ${JSON.stringify(fields)}\n\n`;
  const metadata = { type: 'message-metadata', conversationId, finishReason: 'stop', usage: { credits: 1 } };
  return {
    contentType: 'text/event-stream',
    keepAlive: ': keep-alive\n\n',
    begin: () => frame({ type: 'message-start', messageId: 'm1' }) + frame({ type: 'text-start', id: '0' }),
    delta: (delta) => frame({ type: 'text-delta', id: '0', delta }),
    end: () =>
      frame({ type: 'text-end', id: '0' }) + frame(metadata) + frame({ type: 'finish' }) + 'data: [DONE]\n\n',
    failed: (errorText) => frame({ type: 'error', errorText }),
  };
}
