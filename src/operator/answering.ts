// How routes answer what is not right: a request that is wrong, and a store that is away.
import type { ErrorRequestHandler, Response } from 'express';
import { StoreError } from '../call/call-store.ts';
import type { Checked } from '../http/checking.ts';
import { answerProblem, answerProblems } from '../http/problems.ts';

/** The checked value; or null, once it has answered what is wrong. */
export function right<T>(res: Response, checked: Checked<T>): T | null {
  if (checked.is === 'right') return checked.value;
  const [first] = checked.problems;
  // Only a wrong request has several problems, one for each field.
  if (first.code.startsWith('invalid_')) answerProblems(res, checked.problems);
  else answerProblem(res, first);
  return null;
}

/** Goes after the routes: a store that is away is no bug. */
export const storeAway: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  if (!(error instanceof StoreError) || res.headersSent) return next(error);
  answerProblem(res, { code: 'unavailable', message: 'The records cannot be reached now. Try again.' });
};
