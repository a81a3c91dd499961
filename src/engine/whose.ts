// Whose conversation is it? Its ID names the process of this machine that began it and has the agent's connection; what comes to
// another process is passed on to that one (R14).
import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import { passOn } from '../http/pass-on.ts';
import type { EngineOptions, EngineSiblings } from './engine-profile.ts';

export function newConversationId(siblings: EngineSiblings | null): string {
  return siblings === null ? `conv_${randomUUID()}` : `conv_${siblings.number}_${randomUUID()}`;
}

/** The number of the process that began it; null if its ID names none. */
function processOf(id: string): number | null {
  const [, number] = /^conv_(\d{1,9})_/.exec(id) ?? [];
  return number === undefined ? null : Number(number);
}

/** Goes before the routes of one conversation, and before its body is read. */
export function ledToItsProcess({
  siblings,
  closing,
}: Pick<EngineOptions, 'siblings' | 'closing'>): RequestHandler<{ id: string }> {
  return async (req, res, next) => {
    const process = processOf(req.params.id);
    if (siblings === null || process === null || process === siblings.number || closing.aborted)
      return next();
    const port = await siblings.portOf(process);
    // What no process answers, this one does: it does not know the conversation.
    if (port === null || !(await passOn(req, res, port, closing))) next();
  };
}
