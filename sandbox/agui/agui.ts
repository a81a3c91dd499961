// An AG-UI server in front of each of the sandbox's agents. It keeps nothing of a conversation, so what the agent knows is
// what each run brings.
import express, { type Express, type Request, type Response, Router } from 'express';
import { atTheDoor, recordOf, type SandboxAgents } from '../openai/http-faults.ts';
import { afterCall, type MindReply, type Remembered } from '../openai/mind.ts';
import { acts, askedIn, heardIn } from '../wire/acting.ts';
import { WireAnswer } from '../wire/wire-answer.ts';
import { type AgUiMessage, messagesIn, refusalOf, resumedIn, toolNamesIn } from './agui-checks.ts';
import { RunWriter } from './run-writer.ts';

type Body = Readonly<Record<string, unknown>>;

/** Answers at `/agui/` and the ID of an agent of the Agents API. */
export function mountAgUi(app: Express, state: SandboxAgents): void {
  app.use('/agui', express.json({ limit: '4mb' }), atTheDoor(state), agUiRoutes(state));
}

function agUiRoutes(state: SandboxAgents): Router {
  const runs = new Set<string>();
  const calls = new Map<string, { readonly name: string; readonly rest: MindReply }>();
  const answered = new Set<string>();
  const interrupts = new Map<string, readonly string[]>();
  const router = Router();
  router.post('/:agent', async (req, res) => {
    const mind = state.agents[req.params.agent];
    if (mind === undefined) return void res.status(404).json({ detail: 'Not Found' });
    const body = recordOf(req.body) ?? {};
    const thread = String(body['threadId']);
    if (state.wire.agui.forgetsInterrupts) interrupts.clear();
    const refusal = refusalOf(body, state.wire.agui.isOld, interrupts.get(thread) ?? []);
    if (refusal !== null) return void res.status(refusal.status).json({ detail: refusal.why });
    const runId = String(body['runId']);
    if (runs.has(runId)) return void res.status(400).json({ detail: 'this run was had already' });
    runs.add(runId);
    const messages = messagesIn(body) ?? [];
    const last = messages.at(-1);
    noteAnswers(messages);
    const rest = last?.role === 'tool' ? calls.get(last.answers)?.rest : undefined;
    const asked = askedIn(saidIn(messages, body));
    await run(req, res, body, rest ?? mind({ ...asked, sessionId: thread }));
  });
  router.all('/:agent', (_req, res) => void res.status(405).json({ detail: 'Method Not Allowed' }));
  return router;

  function noteAnswers(messages: readonly AgUiMessage[]): void {
    for (const { role, answers, text } of messages) {
      const call = calls.get(answers);
      if (role !== 'tool' || call === undefined || answered.has(answers)) continue;
      answered.add(answers);
      state.onToolAnswer({ name: call.name, output: text });
    }
  }

  async function run(req: Request, res: Response, body: Body, reply: MindReply): Promise<void> {
    const answer = new WireAnswer(req, res, state);
    const writer = new RunWriter(answer, state.wire.agui, body);
    const { gone } = answer;
    const canCall = (name: string): boolean => toolNamesIn(body).includes(name);
    const thread = String(body['threadId']);
    interrupts.delete(thread);
    try {
      await answer.begin('text/event-stream', ': keep-alive\n\n');
      writer.begin();
      for await (const act of acts({ reply, canCall, clock: state.clock, gone })) {
        if (act.type === 'drop') answer.drop();
        const callId = writer.write(act, reply.isWithoutParts === true);
        if (act.type === 'call') calls.set(callId, { name: act.name, rest: afterCall(reply) });
        if (act.type === 'failed') return answer.end('');
      }
      const open = writer.end();
      if (open.length > 0) interrupts.set(thread, open);
    } catch (error) {
      if (!gone.aborted) throw error;
    }
  }
}

function saidIn(messages: readonly AgUiMessage[], body: Body): Remembered[] {
  const said = messages.flatMap(({ role, text }): Remembered[] => {
    if (role === 'tool' || text === '') return [];
    return role === 'assistant' ? [{ role, text }] : heardIn(text);
  });
  const resumed = resumedIn(body).map(({ payload }) => JSON.stringify(payload) ?? 'cancelled');
  return [...said, ...resumed.map((text) => ({ role: 'user', text: `resumed: ${text}` }) as const)];
}
