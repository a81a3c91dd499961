// One answer of a builder: what its mind does, written in the builder's words. The builder goes on when its reader leaves,
// and remembers the turn at its end.
import type { Request, Response } from 'express';
import type { SandboxAgents } from '../openai/http-faults.ts';
import type { MindReply } from '../openai/mind.ts';
import { acts } from '../wire/acting.ts';
import { WireAnswer } from '../wire/wire-answer.ts';

export interface Words {
  readonly contentType: string;
  readonly keepAlive: string;
  readonly begin: () => string;
  readonly thought?: (text: string) => string;
  readonly delta: (delta: string) => string;
  readonly end: (whole: string) => string;
  readonly failed: (code: string) => string;
}

export interface Writing {
  readonly req: Request;
  readonly res: Response;
  readonly state: SandboxAgents;
  readonly reply: MindReply;
  readonly words: Words;
  /** Aborts when the answer is stopped; never, where it cannot be. */
  readonly stopped?: AbortSignal;
  /** The turn has ended, or was stopped after this much. */
  readonly keep: (answer: string) => void;
}

export async function write({ req, res, state, reply, words, stopped, keep }: Writing): Promise<void> {
  const answer = new WireAnswer(req, res, state);
  const gone = stopped ?? new AbortController().signal;
  let said = '';
  try {
    await answer.begin(words.contentType, words.keepAlive);
    answer.write(words.begin());
    if (answer.fault === 'empty-first') answer.write(words.delta(''));
    for await (const act of acts({ reply, canCall: () => false, clock: state.clock, gone })) {
      if (act.type === 'thought') answer.write(words.thought?.(act.text) ?? '');
      if (act.type === 'token') {
        said += act.delta;
        answer.write(words.delta(act.delta));
      }
      if (act.type === 'message-end' && reply.isWithoutParts === true) {
        said = act.whole;
        answer.write(words.delta(act.whole));
      }
      if (act.type === 'drop') answer.drop();
      if (act.type === 'failed') {
        answer.write(words.failed(act.code));
        return answer.close();
      }
    }
    keep(said);
    answer.end(words.end(said));
  } catch (error) {
    if (!answer.gone.aborted && !gone.aborted) throw error;
    if (gone.aborted) keep(said);
    answer.close();
  }
}

/** All that a reply comes to, for a builder that does not stream. */
export async function whole(state: SandboxAgents, reply: MindReply): Promise<string> {
  let said = '';
  const gone = new AbortController().signal;
  for await (const act of acts({ reply, canCall: () => false, clock: state.clock, gone }))
    if (act.type === 'message-end') said += act.whole;
  return said;
}
