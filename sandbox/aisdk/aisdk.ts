// A route of the AI SDK in front of each of the sandbox's agents. It declares the phone's tools without `execute`, so that
// their results must come from the client.
import express, { type Express, type Request, type Response, Router } from 'express';
import { atTheDoor, recordOf, type SandboxAgents } from '../openai/http-faults.ts';
import { afterCall, type MindReply } from '../openai/mind.ts';
import { acts, askedIn } from '../wire/acting.ts';
import { WireAnswer } from '../wire/wire-answer.ts';
import { problemWith, resultsIn, saidIn, uiMessagesIn } from './aisdk-checks.ts';
import { ChunkWriter } from './chunk-writer.ts';

/** Answers at `/aisdk/` and the ID of an agent of the Agents API. */
export function mountAiSdk(app: Express, state: SandboxAgents): void {
  app.use('/aisdk', express.json({ limit: '4mb' }), atTheDoor(state), aiSdkRoutes(state));
}

function aiSdkRoutes(state: SandboxAgents): Router {
  const calls = new Map<string, { readonly name: string; readonly rest: MindReply }>();
  const answered = new Set<string>();
  let idsGiven = 0;
  const router = Router();
  router.post('/:agent', async (req, res) => {
    const mind = state.agents[req.params.agent];
    if (mind === undefined) return void res.status(404).type('text/plain').send('Not Found');
    const body = recordOf(req.body) ?? {};
    const isExtra = state.wire.aisdk.isStrict && body['message'] !== undefined;
    const problem = isExtra ? 'Unrecognized key: "message"' : problemWith(body['messages']);
    if (problem !== null || typeof body['id'] !== 'string')
      return void res
        .status(400)
        .type('text/plain')
        .send(problem ?? 'Invalid chat ID');
    const messages = uiMessagesIn(body['messages']) ?? [];
    const last = messages.at(-1);
    const results = last?.role === 'assistant' ? resultsIn(last) : [];
    for (const { callId, output } of results) {
      const call = calls.get(callId);
      if (call === undefined || output === null || answered.has(callId)) continue;
      answered.add(callId);
      state.onToolAnswer({ name: call.name, output });
    }
    const latest = results.at(-1);
    const rest = latest === undefined ? undefined : calls.get(latest.callId)?.rest;
    const reply = rest ?? mind({ ...askedIn(saidIn(messages)), sessionId: body['id'] });
    await answer(req, res, reply);
  });
  router.all('/:agent', (_req, res) => void res.status(405).end());
  return router;

  async function answer(req: Request, res: Response, reply: MindReply): Promise<void> {
    const wire = new WireAnswer(req, res, state);
    const writer = new ChunkWriter(wire, state.wire.aisdk, () => `id${++idsGiven}`);
    const { gone } = wire;
    try {
      await writer.begin();
      for await (const act of acts({ reply, canCall: () => true, clock: state.clock, gone })) {
        if (act.type === 'drop') wire.drop();
        const callId = writer.write(act, reply.isWithoutParts === true);
        if (act.type === 'call') calls.set(callId, { name: act.name, rest: afterCall(reply) });
        if (act.type === 'failed') return wire.end('data: [DONE]\n\n');
      }
      const approval = reply.asksApproval;
      if (approval !== undefined) {
        const rest = { text: approval.whenDenied };
        calls.set(writer.askApproval('order', approval.message), { name: 'order', rest });
      }
      writer.end();
    } catch (error) {
      if (!gone.aborted) throw error;
    }
  }
}
