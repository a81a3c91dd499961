// A webhook of one's own, as somebody may write one: it answers in one of four ways, and refuses a body without the two fields
// that it reads.
import { Router } from 'express';
import { recordOf, type SandboxAgents } from '../openai/http-faults.ts';
import { Chats } from './chats.ts';
import { whole, type Words, write } from './writing.ts';

const line = (fields: object): string => `${JSON.stringify(fields)}\n`;
const data = (fields: object | string): string =>
  `data: ${typeof fields === 'string' ? fields : JSON.stringify(fields)}\n\n`;
const error = (code: string) => ({ error: { code } });

const LINES: Words = {
  contentType: 'application/x-ndjson',
  keepAlive: '\n',
  begin: () => '',
  delta: (text) => line({ text }),
  end: () => line({ done: true }),
  failed: (code) => line(error(code)),
};
const EVENTS: Words = {
  ...LINES,
  contentType: 'text/event-stream',
  keepAlive: ': keep-alive\n\n',
  delta: (text) => data({ text }),
  end: () => data('[DONE]'),
  failed: (code) => data(error(code)),
};
const TEXT: Words = {
  ...LINES,
  contentType: 'text/plain; charset=utf-8',
  delta: (text) => text,
  end: () => '',
  failed: () => '',
};

export function ownRoutes(state: SandboxAgents): Router {
  const chats = new Chats();
  const router = Router();
  router.post('/:agent', async (req, res) => {
    const mind = state.agents[req.params.agent];
    if (mind === undefined) return void res.status(404).end();
    const { text, session } = recordOf(req.body) ?? {};
    if (typeof text !== 'string' || text === '' || typeof session !== 'string')
      return void res.status(400).json({ error: 'text and session are needed' });
    const reply = chats.think(mind, session, text);
    const keep = (answer: string): void => chats.keep(session, text, answer);
    const { own } = state.wire.hook;
    if (own !== 'whole') {
      const words = own === 'lines' ? LINES : own === 'events' ? EVENTS : TEXT;
      return write({ req, res, state, reply, words, keep });
    }
    const answer = await whole(state, reply);
    keep(answer);
    // Over several lines, as a person would see it.
    res
      .type('application/json')
      .send(JSON.stringify({ reply: { output: answer }, end: /goodbye/i.test(answer) }, null, 2));
  });
  return router;
}
