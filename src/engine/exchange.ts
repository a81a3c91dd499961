// One request and its answer. A signal tells the handler when the client has gone, so that neither the voice nor the agent
// goes on for nobody. A handler reads the body only once it has a slot for the work.
import type { Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import { bytesReader, readJson } from '../http/body.ts';
import { check, type Checked, refused, type Wrong, wrong } from '../http/checking.ts';
import { answerProblem, answerProblems, INTERNAL } from '../http/problems.ts';
import { AUDIO_TYPES } from './audio-in.ts';
import type { EngineOptions } from './engine-profile.ts';

export type Outcome = Done | Wrong;

interface Done {
  readonly is: 'done';
  readonly status: number;
  /** Bytes are sent as they are, any other object as JSON, and null as nothing. */
  readonly body: object | null;
  readonly headers: Readonly<Record<string, string>>;
}

export function answered(status: number, body: object | null, headers: Done['headers'] = {}): Done {
  return { is: 'done', status, body, headers };
}

export interface Exchange {
  readonly req: Request;
  readonly res: Response;
  /** Aborts when the client is gone, or the process stops. */
  readonly signal: AbortSignal;
}

export type Handle = (exchange: Exchange) => Promise<Outcome>;

export const readAudio = bytesReader(AUDIO_TYPES);

export async function jsonOf<T>({ req, res }: Exchange, schema: z.ZodType<T>): Promise<Checked<T>> {
  const problem = await readJson(req, res, 'invalid_json');
  return problem === null ? check(schema, req.body) : wrong(problem);
}

export const CLOSING = refused('closing', 'This process is stopping. Try again: another one will answer.');

export function answering(
  { closing, onBug }: Pick<EngineOptions, 'closing' | 'onBug'>,
  handle: Handle,
): RequestHandler {
  return async (req, res) => {
    const gone = new AbortController();
    res.on('close', () => gone.abort());
    let outcome: Outcome = CLOSING;
    try {
      if (!closing.aborted)
        outcome = await handle({ req, res, signal: AbortSignal.any([gone.signal, closing]) });
    } catch (error) {
      onBug(error);
      outcome = wrong(INTERNAL);
    }
    if (!res.closed) send(res, closing.aborted ? CLOSING : outcome);
  };
}

function send(res: Response, outcome: Outcome): void {
  if (outcome.is === 'wrong') {
    const [first, ...others] = outcome.problems;
    return others.length === 0 ? answerProblem(res, first) : answerProblems(res, outcome.problems);
  }
  const { status, body, headers } = outcome;
  res.status(status).set(headers);
  if (body === null) res.end();
  else if (Buffer.isBuffer(body)) res.end(body);
  else res.json(body);
}
